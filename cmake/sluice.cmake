# How every folder of src/ becomes a library, and every *_test.cc a test.

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

find_program(SLUICE_CCACHE ccache)
if(SLUICE_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${SLUICE_CCACHE})
endif()

add_library(sluice_options INTERFACE)
target_include_directories(sluice_options INTERFACE ${CMAKE_SOURCE_DIR}/src)
target_compile_options(sluice_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Werror)
# GCC 12 warns of maybe-uninitialised values inside std::optional and std::variant that are none, and of every member
# that a designated initialiser leaves at its default.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(sluice_options INTERFACE -Wno-maybe-uninitialized -Wno-dangling-pointer -Wno-restrict
    -Wno-missing-field-initializers)
endif()
# Likewise clang, which also takes libstdc++ 12 itself for a user of what it deprecates (std::stable_sort's buffer).
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_compile_options(sluice_options INTERFACE -Wno-missing-field-initializers -Wno-deprecated-declarations)
endif()

if(SLUICE_FAIL_POINTS)
  target_compile_definitions(sluice_options INTERFACE SLUICE_FAIL_POINTS)
endif()

# sluice_library(NAME SOURCES … [DEPENDS …] [PRIVATE_DEPENDS …])
function(sluice_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS;PRIVATE_DEPENDS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC sluice_options ${ARG_DEPENDS} PRIVATE ${ARG_PRIVATE_DEPENDS})
endfunction()

# sluice_test(NAME SOURCES … DEPENDS … [LABEL unit|contract|simulation|golden|integration] [TIMEOUT seconds])
# SLUICE_TEST_OPTIONS: compiler options for the tests' own files, which take longest to compile and are run once.
# Tests of the label integration talk to real programs of the machine and run one at a time.
function(sluice_test name)
  if(NOT SLUICE_TESTS)
    return()
  endif()
  cmake_parse_arguments(ARG "" "LABEL;TIMEOUT" "SOURCES;DEPENDS" ${ARGN})
  if(NOT ARG_LABEL)
    set(ARG_LABEL unit)
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_DEPENDS} GTest::gmock GTest::gtest_main rapidcheck)
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
  target_compile_options(${name} PRIVATE ${SLUICE_TEST_OPTIONS})
  target_compile_definitions(${name} PRIVATE SLUICE_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
    SLUICE_BINARY_DIR="${CMAKE_BINARY_DIR}")
  set(properties LABELS ${ARG_LABEL} TIMEOUT ${ARG_TIMEOUT})
  if(ARG_LABEL STREQUAL integration)
    list(APPEND properties RUN_SERIAL TRUE)
  endif()
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60 PROPERTIES ${properties})
endfunction()

# sluice_fuzz(NAME SOURCES … [DEPENDS …])
# The target fuzz_NAME from a file that defines LLVMFuzzerTestOneInput. Its kept inputs are the files in
# tests/fuzz/corpus/NAME/. With SLUICE_FUZZ it is a libFuzzer program, and its test looks for new inputs for a few
# seconds (those that it finds stay in the build folder); without, its test replays the kept inputs.
function(sluice_fuzz name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS" ${ARGN})
  set(corpus ${CMAKE_SOURCE_DIR}/tests/fuzz/corpus/${name})
  if(SLUICE_FUZZ)
    add_executable(fuzz_${name} ${ARG_SOURCES})
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
    set(found ${CMAKE_BINARY_DIR}/corpus/${name})
    file(MAKE_DIRECTORY ${found})
    if(NOT TARGET fuzz_targets)
      add_custom_target(fuzz_targets)
    endif()
    add_dependencies(fuzz_targets fuzz_${name})
    add_test(NAME fuzz_${name} COMMAND fuzz_${name} -max_total_time=10 -timeout=5 -max_len=8192 ${found} ${corpus})
  else()
    add_executable(fuzz_${name} ${ARG_SOURCES} ${CMAKE_SOURCE_DIR}/tests/fuzz/replay_main.cc)
    add_test(NAME fuzz_${name} COMMAND fuzz_${name} ${corpus})
  endif()
  target_link_libraries(fuzz_${name} PRIVATE sluice_options ${ARG_DEPENDS})
  set_tests_properties(fuzz_${name} PROPERTIES LABELS unit TIMEOUT 120)
endfunction()
