#include "core/image/dockerfile_lint.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <tuple>

#include "core/image/dockerfile.h"
#include "core/image/shell_programs.h"

namespace sluice::image {
namespace {

/// Console scripts of Python packages that services are started with.
constexpr std::array<std::string_view, 12> kConsoleScripts = {"alembic",   "celery",    "daphne",  "django-admin",
                                                              "fastapi",   "flask",     "granian", "gunicorn",
                                                              "hypercorn", "streamlit", "uvicorn", "waitress-serve"};

/// The last part of an image's name and its tag: `docker.io/library/python:3.11-slim@sha256:…` → `python`, `3.11-slim`.
struct BaseName {
  std::string name;
  std::string tag;
  bool by_digest = false;
};

BaseName base_name(std::string_view image) {
  BaseName base;
  const auto at = image.find('@');
  base.by_digest = at != std::string_view::npos;
  image = image.substr(0, at);
  image = image.substr(image.rfind('/') + 1);
  const auto colon = image.find(':');
  base.name = image.substr(0, colon);
  if (colon != std::string_view::npos) base.tag = image.substr(colon + 1);
  return base;
}

/// Whether a base is known to lack a program that HEALTHCHECKs like to call.
bool known_to_lack(const BaseName& base, std::string_view program) {
  const bool slim = base.tag.ends_with("-slim") || base.tag.find("-slim-") != std::string::npos || base.tag == "slim";
  const bool alpine = base.name == "alpine" || base.tag.find("alpine") != std::string::npos;
  const bool debian = base.name == "debian" || base.name == "ubuntu";
  if (program == "curl") return slim || alpine || debian;
  if (program == "wget") return slim || debian;  // Alpine's busybox has one.
  return false;
}

std::string whole_text(const DockerInstruction& run) {
  std::string text = run.arguments;
  for (const auto& document : run.documents) text += "\n" + document;
  return text;
}

bool mentions(std::string_view text, std::string_view word) { return text.find(word) != std::string_view::npos; }

class Linter {
 public:
  Linter(Dockerfile file, std::string_view name) : file_(std::move(file)), name_(name) {}

  Findings run() {
    findings_ = file_.findings;
    for (std::size_t i = 0; i < file_.stages.size(); ++i) {
      check_base(file_.stages[i], i);
      check_stage(file_.stages[i]);
    }
    if (!file_.stages.empty()) check_last_stage();
    std::sort(findings_.begin(), findings_.end(), [](const auto& a, const auto& b) {
      return std::tie(a.at, a.severity, a.message) < std::tie(b.at, b.severity, b.message);
    });
    return std::move(findings_);
  }

 private:
  void add(Severity severity, Position at, std::string message) {
    findings_.push_back({severity, std::string(name_), at, std::move(message)});
  }

  /// The stage and those that it is built on in this file, nearest first.
  std::vector<const DockerStage*> lineage(const DockerStage& stage) const {
    std::vector<const DockerStage*> stages = {&stage};
    while (true) {
      const auto* base = file_.find_stage(stages.back()->base);
      if (base == nullptr || base >= stages.back()) return stages;
      stages.push_back(base);
    }
  }

  void check_base(const DockerStage& stage, std::size_t number) {
    const auto base = base_name(stage.base);
    const auto* earlier = file_.find_stage(stage.base);
    const bool is_stage = earlier != nullptr && earlier < &file_.stages[number];
    if (is_stage || base.by_digest || stage.base == "scratch" || mentions(stage.base, "$")) return;
    if (base.tag.empty()) {
      add(Severity::Warning, stage.at, fmt::format("`{}` has no tag, which means latest: name a version", stage.base));
    } else if (base.tag == "latest") {
      add(Severity::Warning, stage.at, fmt::format("`{}` is another image tomorrow: name a version", stage.base));
    }
  }

  void check_stage(const DockerStage& stage) {
    std::map<std::string, Position> once;
    for (const auto& instruction : stage.instructions) {
      const auto& name = instruction.name;
      if (instruction.on_build) continue;
      if (name == "ADD") check_add(instruction);
      if (name == "ENV" || name == "ARG") check_secret(instruction);
      if (name != "CMD" && name != "ENTRYPOINT" && name != "HEALTHCHECK") continue;
      const auto [first, is_new] = once.emplace(name, instruction.at);
      if (!is_new) {
        add(Severity::Warning, instruction.at,
            fmt::format("only the last {} of a stage counts; there is one in line {} too", name, first->second.line));
      }
    }
  }

  void check_add(const DockerInstruction& add_instruction) {
    if (add_instruction.flag("checksum")) return;
    for (const auto& word : add_instruction.exec.value_or(add_instruction.words())) {
      if (!word.starts_with("http://") && !word.starts_with("https://")) continue;
      add(Severity::Warning, add_instruction.arguments_at,
          fmt::format("ADD of {} takes whatever is there at that moment; give --checksum, or fetch it in a RUN that "
                      "checks it",
                      word));
      return;
    }
  }

  void check_secret(const DockerInstruction& instruction) {
    for (const auto& word : instruction.words()) {
      const auto equals = word.find('=');
      if (equals == std::string::npos || equals + 1 == word.size()) continue;
      std::string name = word.substr(0, equals);
      std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::toupper(c); });
      const bool secret = name.ends_with("PASSWORD") || name.ends_with("SECRET") || name.ends_with("TOKEN") ||
                          name.ends_with("API_KEY") || name.ends_with("PRIVATE_KEY");
      if (!secret) continue;
      add(Severity::Warning, instruction.arguments_at,
          fmt::format("the value of {} is in the image for all to read; give it as a secret of the service", name));
    }
  }

  /// The last instruction of that name that holds in the built image, the stages below included.
  const DockerInstruction* effective(const std::vector<const DockerStage*>& stages, std::string_view name) const {
    for (const auto* stage : stages) {
      const auto& list = stage->instructions;
      const auto found = std::find_if(list.rbegin(), list.rend(), [name](const DockerInstruction& instruction) {
        return instruction.name == name && !instruction.on_build;
      });
      if (found != list.rend()) return &*found;
    }
    return nullptr;
  }

  void check_last_stage() {
    const auto stages = lineage(file_.stages.back());
    check_health(stages);
    for (const char* name : {"ENTRYPOINT", "CMD"}) {
      if (const auto* start = effective(stages, name)) check_start(*start, stages);
    }
    const Position at = file_.stages.back().at;
    if (effective(stages, "EXPOSE") == nullptr) {
      add(Severity::Note, at, "no EXPOSE: sluice takes the port from sluice.yaml alone");
    }
    if (effective(stages, "USER") == nullptr) {
      add(Severity::Note, at, "no USER: the service runs as root unless its base says otherwise");
    }
  }

  void check_health(const std::vector<const DockerStage*>& stages) {
    const auto* check = effective(stages, "HEALTHCHECK");
    if (check == nullptr) {
      add(Severity::Note, file_.stages.back().at, "no HEALTHCHECK: only the health path of sluice.yaml is asked");
      return;
    }
    const auto command = health_command(*check);
    if (!command) return;
    const auto base = base_name(stages.back()->base);
    for (const auto& program : programs_of(*command)) {
      if (!known_to_lack(base, program) || installed(stages, program)) continue;
      add(Severity::Error, check->arguments_at,
          fmt::format("`{}` has no `{}`, so this HEALTHCHECK never succeeds; install it, or ask with a program that "
                      "the image has",
                      stages.back()->base, program));
    }
  }

  void check_start(const DockerInstruction& start, const std::vector<const DockerStage*>& stages) {
    if (!start.exec) {
      add(Severity::Note, start.arguments_at,
          fmt::format("{} in shell form: a shell is the first process and gets the TERM that should end the service; "
                      "write [\"program\", \"argument\"]",
                      start.name));
    }
    const auto* target = pip_target();
    if (target == nullptr || sets_path(stages)) return;
    for (const auto& program : programs_of(start)) {
      if (std::find(kConsoleScripts.begin(), kConsoleScripts.end(), program) == kConsoleScripts.end()) continue;
      add(Severity::Error, start.arguments_at,
          fmt::format("`{0}` came by `pip install --target` (line {1}), which puts it in a `bin` that is not on PATH; "
                      "start it as a module: `python -m {0}`",
                      program, target->at.line));
    }
  }

  static std::vector<std::string> programs_of(const DockerInstruction& command) {
    if (!command.exec) return programs_in_script(command.arguments);
    if (command.exec->empty()) return {};
    return {command.exec->front()};
  }

  static bool installed(const std::vector<const DockerStage*>& stages, std::string_view program) {
    for (const auto* stage : stages) {
      for (const auto& instruction : stage->instructions) {
        const bool brings = instruction.name == "RUN" || instruction.name == "COPY" || instruction.name == "ADD";
        if (brings && mentions(whole_text(instruction), program)) return true;
      }
    }
    return false;
  }

  static bool sets_path(const std::vector<const DockerStage*>& stages) {
    return std::any_of(stages.begin(), stages.end(), [](const DockerStage* stage) {
      return std::any_of(stage->instructions.begin(), stage->instructions.end(), [](const auto& instruction) {
        return instruction.name == "ENV" &&
               (instruction.arguments.starts_with("PATH") || mentions(instruction.arguments, " PATH="));
      });
    });
  }

  /// The RUN of any stage that installs Python packages into a folder of their own.
  const DockerInstruction* pip_target() const {
    for (const auto& stage : file_.stages) {
      for (const auto& instruction : stage.instructions) {
        if (instruction.name != "RUN") continue;
        const auto text = whole_text(instruction);
        const bool pip = mentions(text, "pip install") || mentions(text, "pip3 install");
        if (pip && (mentions(text, "--target") || mentions(text, " -t "))) return &instruction;
      }
    }
    return nullptr;
  }

  Dockerfile file_;
  std::string_view name_;
  Findings findings_;
};

}  // namespace

Findings lint_dockerfile(std::string_view text, std::string_view file, const std::map<std::string, std::string>& args) {
  return Linter(parse_dockerfile(text, file, args), file).run();
}

}  // namespace sluice::image
