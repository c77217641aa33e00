#include "core/image/inspection.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/image/shell_programs.h"

namespace sluice::image {
namespace {

using Weight = Cause::Weight;

/// Shells whose `-c SCRIPT` can be read.
bool is_shell(std::string_view program) {
  const auto name = program.substr(program.rfind('/') + 1);
  return name == "sh" || name == "bash" || name == "dash" || name == "ash" || name == "zsh";
}

/// The programs that a list of arguments runs: its first one and, when that is a shell with a script, those in it.
std::vector<std::string> programs_of(const std::vector<std::string>& arguments) {
  std::vector<std::string> programs;
  if (arguments.empty()) return programs;
  programs.push_back(arguments[0]);
  if (!is_shell(arguments[0])) return programs;
  for (std::size_t i = 1; i + 1 < arguments.size(); ++i) {
    const bool script_next = arguments[i].starts_with('-') && arguments[i].ends_with('c');
    if (!script_next) continue;
    const auto inside = programs_in_script(arguments[i + 1]);
    programs.insert(programs.end(), inside.begin(), inside.end());
    break;
  }
  return programs;
}

std::string folder_of(std::string_view path) {
  const auto folder = path.substr(0, path.rfind('/'));
  return folder.empty() ? "/" : std::string(folder);
}

/// `pip install --target` leaves console scripts in a `bin` inside the folder of the modules.
bool is_console_script(std::string_view path) {
  return path.find("/site-packages/bin/") != std::string_view::npos ||
         path.find("/dist-packages/bin/") != std::string_view::npos;
}

/// Why a program cannot be run, as the end of a sentence.
std::string absence(const std::string& program, const ImageConfiguration& image, const FileTree& files) {
  if (program.find('/') != std::string::npos) {
    const auto* entry = files.find(program);
    return entry != nullptr && entry->kind == FileEntry::Kind::File
               ? fmt::format("`{}` has no execute bit", program)
               : fmt::format("the image has no file `{}`", program);
  }
  const auto places = files.programs_named(program);
  if (places.empty()) return fmt::format("the image has no `{}`", program);
  std::string text =
      fmt::format("`{}` is in {}, which is not on PATH ({})", program, folder_of(places[0]), image.search_path());
  if (is_console_script(places[0])) {
    text += fmt::format("; start it as a module: `python -m {}`", program);
  } else {
    text += fmt::format("; write `{}` or set PATH", places[0]);
  }
  return text;
}

void check_programs(std::string_view what, const std::vector<std::string>& arguments, const ImageConfiguration& image,
                    const FileTree& files, Causes& causes) {
  const std::string folder = image.working_directory.empty() ? "/" : image.working_directory;
  for (const auto& program : programs_of(arguments)) {
    if (files.find_program(program, image.search_path(), folder)) continue;
    causes.push_back({Weight::Refusal, fmt::format("{} cannot run: {}", what, absence(program, image, files))});
  }
}

void check_ports(const ImageConfiguration& image, int port, Causes& causes) {
  const auto& ports = image.exposed_ports;
  if (ports.empty()) {
    causes.push_back({Weight::Note, fmt::format("the image has no EXPOSE; sluice.yaml says port {}", port)});
  } else if (std::find(ports.begin(), ports.end(), port) == ports.end()) {
    causes.push_back({Weight::Note, fmt::format("the image has EXPOSE {}, but sluice.yaml says port {}",
                                                fmt::join(ports, ", "), port)});
  }
}

}  // namespace

bool has_refusals(const Causes& causes) {
  return std::any_of(causes.begin(), causes.end(), [](const Cause& cause) { return cause.weight == Weight::Refusal; });
}

Causes inspect(const ImageConfiguration& image, const FileTree& files, int port) {
  Causes causes;
  const auto start = image.start_arguments();
  if (start.empty()) {
    causes.push_back({Weight::Refusal, "the image has neither CMD nor ENTRYPOINT: nothing would start"});
  }
  check_programs("its start command", start, image, files, causes);
  check_programs("its HEALTHCHECK", image.health_arguments(), image, files, causes);
  if (!image.health_check) {
    causes.push_back({Weight::Note, "the image has no HEALTHCHECK; sluice asks the health path of sluice.yaml alone"});
  }
  check_ports(image, port, causes);
  return causes;
}

}  // namespace sluice::image
