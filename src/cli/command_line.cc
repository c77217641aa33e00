#include "cli/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <sstream>
#include <utility>
#include <vector>

#include "base/nearest_name.h"

namespace sluice::cli {
namespace {

/// One option or positional argument of a command. Its values land in Arguments under its long name.
struct Option {
  const char* names;  ///< As the library wants them: `-e,--environment`, or `service` for a positional.
  const char* help;
  enum class Kind { Flag, Value, List, Required } kind = Kind::Value;
  const char* contradicts = nullptr;  ///< An option before this one that must not be given with it.
};

struct Command {
  const char* name;  ///< `image build` is `build` below `image`.
  const char* help;
  const char* example;
  std::vector<Option> options;
};

using Kind = Option::Kind;

const Option kEnvironment{"-E,--environment", "Environment of sluice.yaml (default: local, else the first)"};
const Option kDirectory{"-C,--directory", "Work as if started in this folder"};
const Option kServices{"service", "Services (default: all of sluice.yaml)", Kind::List};
const Option kService{"service", "Service (default: the only one there is)"};
constexpr const char* kCodeHelp = "Code of a function, [SERVICE=]FILE.zip or [SERVICE=]s3://BUCKET/KEY?versionId=ID";
constexpr const char* kAppSpecHelp = "AppSpec file of CodeDeploy for a service in AWS, [SERVICE=]FILE";
const Option kOnSignal{
    "--on-signal",
    "At SIGINT and SIGTERM: rollback, park (hold, for `sluice recover` elsewhere) or detach (default: "
    "rollback with SLUICE_JOURNAL, else detach; a terminal is asked)"};
const Option kConfig{"-f,--file", "Configuration file (default: sluice.yaml)"};

std::vector<Command> commands() {
  return {
      {"init",
       "Look at this repository and write sluice.yaml and a workflow to start from",
       "sluice init --git-hook ../site.git",
       {{"--git-hook", "Write the post-receive hook of this repository, which starts sluice on a push"},
        {"--aws", "Start with Amazon ECS, and write infrastructure/ for CloudFormation and for Terraform", Kind::Flag},
        kDirectory}},
      {"lint",
       "Check workflows, sluice.yaml, AppSpec files and Dockerfiles; exit 1 on errors",
       "sluice lint .github/workflows/*.yml sluice.yaml",
       {{"file", "Files (default: sluice.yaml, appspec.yaml, .github/workflows/*, Dockerfile)", Kind::List},
        kDirectory}},
      {"eval",
       "Evaluate one workflow expression and print JSON",
       "sluice eval \"startsWith(github.ref, 'refs/heads/')\" --context c.json",
       {{"expression", "The expression, with or without ${{ }}", Kind::Required},
        {"--context", "JSON file with the contexts"}}},
      {"analyze",
       "Judge recorded traffic by the alarms and the analysis of sluice.yaml; a JSON line a decision",
       "sluice analyze --config sluice.yaml --input requests.ndjson",
       {{"--config", "sluice.yaml, or a file with its sections alarms and analysis (default: sluice.yaml)"},
        {"--service", "Whose checks (default: the only service there is)"},
        kEnvironment,
        {"--input", "The recording; - is standard input (the default)"},
        {"--format", "ndjson, csv, haproxy or alb (default: by the first line)"},
        {"--blue", "What BLUE is called in the recording (default: blue)"},
        {"--green", "What GREEN is called in the recording (default: green)"},
        {"--weight", "GREEN's share from a time since the first request on, like 60s=10%, where no line tells it",
         Kind::List},
        {"--reorder", "How late a line may come (default: 2s)"},
        {"--all", "Go on after a rollback, and tell what the other checks find", Kind::Flag},
        {"--plot", "Write the evidence, and both colours' errors and latencies, as an SVG"},
        {"--what-if", "No recording: how soon these checks would find which fault", Kind::Flag},
        {"--rate", "With --what-if: requests a second (default: 100)"},
        {"--errors", "With --what-if: BLUE's share of 5xx (default: 0.05%)"},
        {"--runs", "With --what-if: made-up canaries for each fault (default: 100)"}}},
      {"iam-policy",
       "Print the least policy of IAM that an environment with target: aws needs, or its role's trust policy",
       "sluice iam-policy --environment staging > policy.json",
       {{"--trust", "Print the trust policy of the role instead, for GitHub's OIDC tokens", Kind::Flag},
        {"--repository", "With --trust: whose jobs are trusted, OWNER/NAME or OWNER@ID/NAME@ID"},
        {"--journal", "A journal in S3 that is used with it (default: SLUICE_JOURNAL)"},
        {"--branch", "With --trust: only jobs on this branch (default: all of the repository, pull requests too)"},
        {"--packages", "Where the zips of functions are that --code of deploy names, s3://BUCKET/PREFIX", Kind::List},
        {"--kms-key", "ARN of a key of KMS, other than AWS's own, that encrypts secrets or buckets", Kind::List},
        {"--appspec", "AppSpec file whose hooks are invoked, too, [SERVICE=]FILE", Kind::List},
        {"--runner", "What a runner of sluice.yaml needs to run jobs, instead of an environment"},
        kEnvironment,
        kConfig,
        kDirectory}},
      {"adopt",
       "Take a service of ECS over from rolling updates, CodeDeploy or Copilot: a plan first, then beside it",
       "sluice adopt web --environment staging --from web-rolling",
       {{"service", "Service of sluice.yaml, whose aws.service names the one beside", Kind::Required},
        {"--from", "The ECS service of today (default: the one that the rules forward to)"},
        {"--at-once", "All requests in one step, not by those of the strategy", Kind::Flag},
        {"--undo", "The way back, while nothing was deployed to the one beside", Kind::Flag},
        {"--yes", "Do it, without a question", Kind::Flag},
        kEnvironment,
        kConfig,
        kDirectory}},
      {"run",
       "Run workflows on this machine; exit 0 passed, 1 a job failed, 2 invalid",
       "sluice run push -j unit-tests",
       {{"event", "Trigger: push (default), workflow_dispatch, …"},
        {"-W,--workflows", "Workflow file (default: all of .github/workflows)"},
        {"-e,--eventpath", "JSON file with the event's payload"},
        {"-j,--job", "This job and what it needs"},
        {"--input", "Input of workflow_dispatch, NAME=VALUE", Kind::List},
        {"-s,--secret", "Secret, NAME=VALUE or NAME (then from the environment)", Kind::List},
        {"--var", "Variable, NAME=VALUE", Kind::List},
        {"--matrix", "Only these matrix values, KEY:VALUE", Kind::List},
        {"--before", "The commit before the push"},
        {"--after", "The commit that was pushed"},
        {"--ref", "The ref that was pushed"},
        {"--detach", "Return at once; `sluice watch` shows the run", Kind::Flag},
        kDirectory}},
      {"image build",
       "Build a service's image from this commit",
       "sluice image build web",
       {kService,
        {"--rebuild", "Also when this commit has an image already", Kind::Flag},
        kEnvironment,
        kConfig,
        kDirectory}},
      {"image check",
       "Inspect the built image and start it alone: no network, no secrets",
       "sluice image check web",
       {kService, kEnvironment, kConfig, kDirectory}},
      {"image scan",
       "Scan the built image for vulnerabilities",
       "sluice image scan web",
       {kService, kEnvironment, kConfig, kDirectory}},
      {"image push",
       "Push the checked and scanned image under sha-<commit>, by digest",
       "sluice image push web",
       {kService, kEnvironment, kConfig, kDirectory}},
      {"plan",
       "What a deployment would change, field by field; changes nothing",
       "sluice plan web --image sha-1a2b3c4",
       {kServices,
        {"-i,--image", "Image, [SERVICE=]REF", Kind::List},
        {"--code", kCodeHelp, Kind::List},
        {"--appspec", kAppSpecHelp, Kind::List},
        kEnvironment,
        kConfig,
        kDirectory}},
      {"deploy",
       "Deploy: preflight, GREEN up, shift, watch, promote or roll back",
       "sluice deploy web --image sha-1a2b3c4 --wait",
       {kServices,
        {"-i,--image", "Image, [SERVICE=]REF: tag, digest or whole reference", Kind::List},
        {"--code", kCodeHelp, Kind::List},
        {"--appspec", kAppSpecHelp, Kind::List},
        {"-w,--wait", "Return when it has ended or is held; this is the default", Kind::Flag},
        {"-d,--detach", "Return when it has begun", Kind::Flag, "--wait"},
        {"--supersede", "Roll back a deployment that is under way, then start", Kind::Flag},
        {"--while-alarming", "Start although an alarm fires already: this is the cure", Kind::Flag},
        kOnSignal,
        kEnvironment,
        kConfig,
        kDirectory}},
      {"status", "What runs now", "sluice status", {kService, kEnvironment}},
      {"watch",
       "Follow a deployment or a workflow run until it ends",
       "sluice watch",
       {{"id", "Deployment, run or service (default: the newest)"}}},
      {"history",
       "What ran, how it ended and why",
       "sluice history web --most 5",
       {kService, {"-n,--most", "How many (default 20)"}, kEnvironment}},
      {"logs",
       "The last lines that a service's replicas logged, or the steps of a workflow run",
       "sluice logs web -n 50",
       {{"name", "Service, id of a workflow run, or run for the newest (default: the only service there is)"},
        {"-n,--most", "How many lines of each replica or step (default 100)"},
        kEnvironment}},
      {"promote",
       "End the bake or the hold: one traffic step on",
       "sluice promote web --full",
       {kService, {"--full", "To 100% at once", Kind::Flag}, kEnvironment}},
      {"hold",
       "Keep the traffic where it is until promote, rollback or the hold's deadline",
       "sluice hold web",
       {kService, kEnvironment}},
      {"rollback",
       "All traffic back to BLUE; after the end, to the revision before",
       "sluice rollback web --to 01kb…",
       {kService,
        {"--to", "An older revision, by id or label"},
        {"--reason", "For the history"},
        {"-w,--wait", "Return when it has ended", Kind::Flag},
        kEnvironment}},
      {"cancel", "End a deployment: all traffic on BLUE", "sluice cancel web", {kService, kEnvironment}},
      {"smoke",
       "Run a service's smoke tests through its front door",
       "sluice smoke web",
       {kService, kEnvironment, kConfig, kDirectory}},
      {"recover",
       "Bring routers, fleets and deployments back after a reboot or a crash, also those of a machine that is dead",
       "sluice recover --wait",
       {{"-w,--wait", "Return when all that was under way has ended or is held", Kind::Flag},
        {"--take-over", "With SLUICE_JOURNAL: also what belongs to a sluice that was heard of just now", Kind::Flag},
        kOnSignal}},
      {"simulate",
       "Run simulated deployments under faults and check the invariants",
       "sluice simulate --seeds 1000 --from 1",
       {{"--seeds", "How many (default 100)"},
        {"--from", "The first seed (default 1)"},
        {"--faults", "Names of faults, all or none"}}},
      {"doctor",
       "What this machine, or with --environment what the keys in use lack, and the command that mends it",
       "sluice doctor --environment production",
       {kEnvironment, kConfig, kDirectory}},
      {"shutdown",
       "End the controller; what serves goes on serving",
       "sluice shutdown --everything",
       {{"--everything", "Also HAProxy, the registry and every replica", Kind::Flag}}},
  };
}

// Commands that sluice calls itself; left out of the help.
std::vector<Command> hidden_commands() {
  return {
      {"controller",
       "Run the resident controller under a parent that restarts it",
       "",
       {{"--child", "Without the parent", Kind::Flag}}},
      {"push-received",
       "What the git hook calls",
       "",
       {{"--repository", "", Kind::Value},
        {"--before", "", Kind::Value},
        {"--after", "", Kind::Value},
        {"--ref", "", Kind::Value}}},
  };
}

std::string long_name(std::string_view names) {
  const std::size_t dashes = names.find("--");
  return std::string(dashes == std::string_view::npos ? names : names.substr(dashes + 2));
}

/// Where the values of one option land while the library reads them.
struct Slot {
  std::string name;
  Kind kind;
  std::vector<std::string> values;
  bool flag = false;
};

struct Parser {
  CLI::App app{"From a commit to production traffic, and back by itself when the new version is worse.", "sluice"};
  std::vector<std::pair<CLI::App*, std::string>> leaves;
  std::map<std::string, std::vector<std::unique_ptr<Slot>>> slots;
  std::map<std::string, CLI::App*> groups;
  bool json = false;
};

void add_option(CLI::App& app, const Option& option, Slot& slot) {
  if (option.kind == Kind::Flag) {
    CLI::Option* flag = app.add_flag(option.names, slot.flag, option.help);
    if (option.contradicts != nullptr) flag->excludes(app.get_option(option.contradicts));
    return;
  }
  CLI::Option* added = app.add_option(option.names, slot.values, option.help);
  added->type_name("");
  if (option.kind == Kind::Value) added->expected(1);
  if (option.kind == Kind::Required) added->required()->expected(1);
  if (option.kind == Kind::List) added->expected(0, CLI::detail::expected_max_vector_size)->take_all();
  if (option.kind == Kind::List && option.names[0] == '-') added->expected(1)->take_all();
}

void add_command(Parser& parser, const Command& command, bool hidden) {
  const std::string name = command.name;
  const std::size_t space = name.find(' ');
  CLI::App* parent = &parser.app;
  if (space != std::string::npos) {
    CLI::App*& group = parser.groups[name.substr(0, space)];
    if (group == nullptr) {
      group = parser.app.add_subcommand(name.substr(0, space), "The image stage, each part on its own");
      group->require_subcommand(1);
    }
    parent = group;
  }
  CLI::App* app = parent->add_subcommand(space == std::string::npos ? name : name.substr(space + 1), command.help);
  app->footer(fmt::format("Example:\n  {}", command.example));
  if (hidden) app->group("");
  app->add_flag("--json", parser.json, "One JSON object a line");
  for (const Option& option : command.options) {
    auto slot = std::make_unique<Slot>(Slot{long_name(option.names), option.kind, {}, false});
    add_option(*app, option, *slot);
    parser.slots[name].push_back(std::move(slot));
  }
  parser.leaves.emplace_back(app, name);
}

std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& names) {
  const auto near = nearest_name(word, names);
  return near ? fmt::format("; did you mean '{}'?", *near) : "";
}

/// The library says "The following argument was not expected: X"; people want the nearest name.
CommandLine unknown_command(const Parser& parser, const std::string& group, std::string_view word) {
  std::vector<std::string_view> names;
  for (const auto& [app, name] : parser.leaves) {
    if (name.starts_with(group)) names.push_back(std::string_view(name).substr(group.size()));
  }
  const std::string help = group.empty() ? "" : " " + group.substr(0, group.size() - 1);
  return {{},
          2,
          fmt::format("sluice: there is no command '{}{}'{}\nTry `sluice{} --help`.\n", group, word,
                      did_you_mean(word, names), help)};
}

/// What was typed as an option, without its value, and is none of the command's.
std::string unknown_option(const CLI::App& command, int argc, const char* const* argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view typed = std::string_view(argv[i]).substr(0, std::string_view(argv[i]).find('='));
    if (typed == "--") return "";
    if (typed.starts_with("--") && command.get_option_no_throw(std::string(typed)) == nullptr) {
      return std::string(typed);
    }
  }
  return "";
}

CommandLine usage_error(const Parser& parser, const CLI::ParseError& error, int argc, const char* const* argv) {
  const std::string word = argc > 1 ? argv[1] : "";
  const auto is_known = [&](const std::string& name) {
    return std::ranges::any_of(parser.leaves, [&](const auto& leaf) { return leaf.second == name; });
  };
  if (parser.groups.contains(word)) {
    const std::string part = argc > 2 ? argv[2] : "";
    if (!part.empty() && !part.starts_with('-') && !is_known(word + " " + part)) {
      return unknown_command(parser, word + " ", part);
    }
  } else if (!word.empty() && !word.starts_with('-') && !is_known(word)) {
    return unknown_command(parser, "", word);
  }
  std::string command = "sluice";
  std::string problem = error.what();
  for (const auto& [app, name] : parser.leaves) {
    if (!app->parsed()) continue;
    command += " " + name;
    const std::string typed = unknown_option(*app, argc, argv);
    if (typed.empty()) continue;
    std::vector<std::string> names;
    for (const CLI::Option* option : app->get_options()) {
      for (const std::string& known : option->get_lnames()) names.push_back("--" + known);
    }
    problem = fmt::format("there is no option '{}'{}", typed, did_you_mean(typed, {names.begin(), names.end()}));
  }
  return {{}, 2, fmt::format("sluice: {}\nTry `{} --help`.\n", problem, command)};
}

}  // namespace

CommandLine parse_command_line(int argc, const char* const* argv) {
  Parser parser;
  parser.app.set_version_flag("--version", "sluice " SLUICE_VERSION);
  parser.app.require_subcommand(1);
  parser.app.footer(
      "Every command has --help with an example, and --json.\n"
      "SLUICE_HOME and SLUICE_RUN say where sluice keeps its state and its sockets; with\n"
      "SLUICE_JOURNAL=s3://BUCKET/PREFIX[?region=REGION&role=ARN&lease=60s] several machines share the journal (AWS "
      "alone).");
  for (const Command& command : commands()) add_command(parser, command, false);
  for (const Command& command : hidden_commands()) add_command(parser, command, true);
  if (argc < 2) return {{}, 2, parser.app.help()};
  try {
    parser.app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() != 0) return usage_error(parser, error, argc, argv);
    std::ostringstream out;
    std::ostringstream ignored;
    parser.app.exit(error, out, ignored);
    return {{}, 0, out.str()};
  }
  CommandLine line;
  line.invocation.json = parser.json;
  for (const auto& [app, name] : parser.leaves) {
    if (!app->parsed()) continue;
    line.invocation.command = name;
    for (const auto& slot : parser.slots[name]) {
      if (slot->flag) line.invocation.arguments.add(slot->name, "");
      for (std::string& value : slot->values) line.invocation.arguments.add(slot->name, std::move(value));
    }
  }
  return line;
}

}  // namespace sluice::cli
