// Runs real workflows of real git repositories with real shells.
#include "application/workflow/run_workflow.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>

#include "adapters/posix/clock.h"
#include "adapters/posix/ids.h"
#include "adapters/posix/processes.h"

namespace sluice::application {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;
using workflow::Outcome;

template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};

/// Keeps what it is told as lines, and can wait for one of them.
class Listener final : public RunObserver {
 public:
  void on_update(const std::string& run, const RunUpdate& update) override {
    const std::scoped_lock lock(mutex_);
    run_ = run;
    std::visit(
        Overloaded{
            [&](const RunWaits& e) { say("waits for " + e.group); },
            [&](const RunBegins& e) { say("begins " + e.name); }, [&](const JobBegins& e) { say("job " + e.name); },
            [&](const StepBegins& e) { say(fmt::format("{}.{} {}", e.job, e.step, e.name)), logs_.push_back(e.log); },
            [&](const OutputLine& e) { say(fmt::format("{}| {}", e.job, e.text)); },
            [&](const Annotation& e) {
              say(fmt::format("{}! {}{}", e.job, e.file.empty() ? "" : fmt::format("{}:{} ", e.file, e.at.line),
                              e.message));
            },
            [&](const StepSkipped& e) { say(fmt::format("{}.{} skipped {}", e.job, e.step, e.name)); },
            [&](const StepEnds& e) { say(fmt::format("{}.{} {}", e.job, e.step, to_string(e.outcome))); },
            [&](const JobEnds& e) { say(fmt::format("{} {}", e.job, to_string(e.outcome))); },
            [&](const RunEnds& e) { say(fmt::format("run {}", to_string(e.outcome))); }},
        update);
    came_.notify_all();
  }

  /// False when no such line came within a minute.
  bool wait_for(const std::string& line) {
    std::unique_lock lock(mutex_);
    return came_.wait_for(lock, std::chrono::minutes(1),
                          [&] { return std::find(lines_.begin(), lines_.end(), line) != lines_.end(); });
  }
  std::vector<std::string> lines() const {
    const std::scoped_lock lock(mutex_);
    return lines_;
  }
  std::string text() const {
    std::string all;
    for (const std::string& line : lines()) all += line + "\n";
    return all;
  }
  std::vector<std::string> logs() const {
    const std::scoped_lock lock(mutex_);
    return logs_;
  }
  std::string run() const {
    const std::scoped_lock lock(mutex_);
    return run_;
  }

 private:
  void say(std::string line) { lines_.push_back(std::move(line)); }

  mutable std::mutex mutex_;
  std::condition_variable came_;
  std::vector<std::string> lines_;
  std::vector<std::string> logs_;
  std::string run_;
};

/// A runner whose jobs run in this machine's folders for temporary files, with nothing of it but files that were sent.
class ElsewhereInAFolder final : public ports::Runner {
 public:
  explicit ElsewhereInAFolder(ports::Processes& processes) : processes_(processes) {}

  Result<std::unique_ptr<ports::RemoteJob>> start(const ports::JobOrder& order,
                                                  const std::function<void(std::string)>& tell,
                                                  std::stop_token) override {
    const std::scoped_lock lock(mutex_);
    orders_.push_back(order);
    if (refusal_) return *refusal_;
    tell("begins in " + order.folder);
    ++alive_;
    return std::unique_ptr<ports::RemoteJob>(new Job(*this, order));
  }

  std::vector<ports::JobOrder> orders() const {
    const std::scoped_lock lock(mutex_);
    return orders_;
  }
  int alive() const { return alive_; }
  void refuse(Error error) { refusal_ = std::move(error); }

 private:
  class Job final : public ports::RemoteJob {
   public:
    Job(ElsewhereInAFolder& home, const ports::JobOrder& order) : home_(home), folder_(order.folder) {}
    ~Job() override {
      fs::remove_all(folder_);
      --home_.alive_;
    }
    Result<ports::ScriptEnd> run(const ports::ScriptOrder& order, std::stop_token stop) override {
      for (const auto& [path, content] : order.files) {
        fs::create_directories(fs::path(path).parent_path());
        std::ofstream(path, std::ios::binary) << content;
      }
      ports::ProcessRequest request;
      request.argv = order.argv;
      request.env = order.env;
      std::string path;
      for (const std::string& folder : order.path) path += folder + ":";
      (*request.env)["PATH"] = path + std::getenv("PATH");
      (*request.env)["OF_THE_IMAGE"] = "yes";
      request.directory = order.directory;
      request.timeout = order.timeout;
      request.on_output = [&](ports::Stream, std::string_view piece) { order.on_output(piece); };
      TRY_ASSIGN(const ports::ProcessResult ended, home_.processes_.run(request, stop));
      ports::ScriptEnd end{ended.exit_code, {}};
      for (const std::string& file : order.read_back) end.files.push_back(read(file));
      return end;
    }
    Status send(const std::string& folder, const std::string& archive, std::stop_token stop) override {
      fs::remove_all(folder);
      fs::create_directories(folder);
      std::ofstream(fs::path(folder_) / "sent", std::ios::binary) << archive;
      return tar({"tar", "-xzf", (fs::path(folder_) / "sent").string(), "-C", folder}, stop);
    }
    Result<std::string> fetch(const std::string& folder, std::stop_token stop) override {
      const fs::path file = fs::path(folder_) / "fetched";
      TRY(tar({"tar", "-czf", file.string(), "-C", folder, "."}, stop));
      return read(file);
    }

   private:
    static std::string read(const fs::path& path) {
      std::ifstream stream(path, std::ios::binary);
      return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
    }
    Status tar(std::vector<std::string> argv, const std::stop_token& stop) {
      ports::ProcessRequest request;
      request.argv = std::move(argv);
      TRY_ASSIGN(const ports::ProcessResult ended, home_.processes_.run(request, stop));
      if (ended.exit_code == 0) return {};
      return Error{ErrorKind::Failed, ended.err};
    }

    ElsewhereInAFolder& home_;
    std::string folder_;
  };

  ports::Processes& processes_;
  mutable std::mutex mutex_;
  std::vector<ports::JobOrder> orders_;
  std::optional<Error> refusal_;
  std::atomic<int> alive_ = 0;
};

class RunWorkflowTest : public ::testing::Test {
 protected:
  RunWorkflowTest() {
    fs::create_directories(repository_);
    git({"init", "--quiet", "--initial-branch=main"});
  }
  ~RunWorkflowTest() override { fs::remove_all(folder_); }

  void git(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(),
                     {"git", "-C", repository_.string(), "-c", "user.name=Ada", "-c", "user.email=ada@example.com"});
    ports::ProcessRequest request;
    request.argv = arguments;
    const auto result = processes_.run(request, {});
    ASSERT_TRUE(result) << result.error().message;
    ASSERT_EQ(result->exit_code, 0) << result->err;
  }
  void write(const fs::path& path, std::string_view text) const {
    fs::create_directories((repository_ / path).parent_path());
    std::ofstream(repository_ / path, std::ios::binary) << text;
  }
  void commit(const std::string& message = "change") {
    git({"add", "--all"});
    git({"commit", "--quiet", "--message", message});
  }
  void commit_workflow(std::string_view text) {
    write(".github/workflows/w.yml", text);
    commit();
  }

  RunRequest request(std::string event = "push") const {
    RunRequest made;
    made.directory = repository_.string();
    made.event = std::move(event);
    for (const char* name : {"PATH", "HOME"}) {
      if (const char* value = std::getenv(name)) made.environment[name] = value;
    }
    made.environment["NOT_FOR_STEPS"] = "x";
    return made;
  }

  PlannedRun plan_one(const RunRequest& made) {
    auto planned = runner_.plan(made);
    EXPECT_TRUE(planned) << (planned ? "" : planned.error().message);
    if (!planned) return {};
    EXPECT_FALSE(has_errors(planned->findings)) << to_string(planned->findings.front());
    EXPECT_EQ(planned->runs.size(), 1u);
    return planned->runs.empty() ? PlannedRun{} : std::move(planned->runs.front());
  }

  Outcome run(const RunRequest& made, std::stop_token stop = {}) {
    const auto outcome = runner_.run(plan_one(made), listener_, std::move(stop));
    EXPECT_TRUE(outcome);
    return outcome.value_or(Outcome::Failure);
  }

  static fs::path make_folder() {
    std::string pattern = (fs::temp_directory_path() / "sluice-run-XXXXXX").string();
    return ::mkdtemp(pattern.data());
  }

  fs::path folder_ = make_folder();
  fs::path repository_ = folder_ / "project";
  posix::Processes processes_;
  posix::Clock clock_;
  posix::Ids ids_{clock_};
  ConcurrencyGroups groups_;
  Listener listener_;
  ElsewhereInAFolder elsewhere_{processes_};
  RunWorkflow runner_{processes_,
                      elsewhere_,
                      clock_,
                      ids_,
                      groups_,
                      {.home = folder_ / "home",
                       .program_folder = "/opt/sluice/bin",
                       .jobs_at_once = 4,
                       .variables = {{"SLUICE_HOME", "/h"}}}};
};

TEST_F(RunWorkflowTest, RunsJobsWithNeedsOutputsConditionsVariablesAndFileCommands) {
  write("src/value.txt", "forty-two\n");
  commit_workflow(R"yml(name: Everyday
on: push
env: {GREETING: hello}
jobs:
  build:
    runs-on: ubuntu-latest
    outputs: {value: "${{ steps.read.outputs.value }}"}
    steps:
      - uses: actions/checkout@v4
      - id: read
        run: echo "value=$(cat src/value.txt)" >> "$GITHUB_OUTPUT"
      - run: |
          echo "NAME=Ada" >> "$GITHUB_ENV"
          echo "TEXT<<END" >> "$GITHUB_ENV"
          printf 'two\nlines\nEND\n' >> "$GITHUB_ENV"
          mkdir -p bin && printf '#!/bin/sh\necho tool runs\n' > bin/tool && chmod +x bin/tool
          echo "$PWD/bin" >> "$GITHUB_PATH"
          echo "# Summary" >> "$GITHUB_STEP_SUMMARY"
      - name: Say ${{ env.GREETING }}
        env: {GREETING: good morning}
        run: echo "$GREETING, $NAME - ${{ env.GREETING }} - $TEXT"; tool
      - {if: failure(), run: echo never}
  use:
    needs: build
    runs-on: ubuntu-latest
    defaults: {run: {shell: bash}}
    steps:
      - run: echo "got ${{ needs.build.outputs.value }} from ${{ needs.build.result }} on $GITHUB_REF_NAME at ${#GITHUB_SHA}"
      - {shell: python, run: "print('python', 6 * 7)"}
      - run: set -o | grep pipefail
)yml");
  EXPECT_EQ(run(request()), Outcome::Success) << listener_.text();
  const auto lines = listener_.lines();
  EXPECT_THAT(lines, Contains("build| good morning, Ada - good morning - two"));
  EXPECT_THAT(lines, Contains("build| lines"));
  EXPECT_THAT(lines, Contains("build| tool runs"));
  EXPECT_THAT(lines, Contains("build.4 Say good morning"));
  EXPECT_THAT(lines, Contains("build.5 skipped Run echo never"));
  EXPECT_THAT(lines, Contains("use| got forty-two from success on main at 40"));
  EXPECT_THAT(lines, Contains("use| python 42"));
  EXPECT_THAT(lines, Contains(HasSubstr("pipefail       \ton")));
  EXPECT_EQ(lines.front(), "begins Everyday");
  EXPECT_EQ(lines.back(), "run success");
  const fs::path run_folder = folder_ / "home/runs" / listener_.run();
  EXPECT_TRUE(fs::exists(run_folder / "build/summary.md"));
  EXPECT_FALSE(fs::exists(run_folder / "build/work")) << "the workspace is removed";
  EXPECT_EQ(listener_.logs().front(), (run_folder / "build/01-Run-actions-checkout-v4.log").string());
}

constexpr std::string_view kRunners = R"yaml(version: 1
project: shop
services: {web: {image: web}}
runners:
  fargate: {kind: ecs, region: eu-west-1, cluster: ci, subnets: [subnet-01234567], image: "debian:12", bucket: shop-ci}
)yaml";

TEST_F(RunWorkflowTest, RunsJobsElsewhereAndMovesTheWorkspaceToWhereItIsNeeded) {
  write("sluice.yaml", kRunners);
  write("src/value.txt", "forty-two\n");
  commit_workflow(R"yml(on: push
jobs:
  build:
    runs-on: [self-hosted, Fargate]
    container: {image: "gcc:${{ github.ref_name }}"}
    outputs: {value: "${{ steps.read.outputs.value }}"}
    steps:
      - uses: actions/checkout@v4
      - id: read
        run: |
          echo "value=$(cat src/value.txt)" >> "$GITHUB_OUTPUT"
          echo "LATER=yes" >> "$GITHUB_ENV"
          mkdir tools out && printf '#!/bin/sh\necho tool runs\n' > tools/tool && chmod +x tools/tool
          echo "$GITHUB_WORKSPACE/tools" >> "$GITHUB_PATH"
          echo made > out/made.txt
          git log --oneline | wc -l
      - run: |
          tool
          echo "later=$LATER image=$OF_THE_IMAGE machine=${NOT_FOR_STEPS:-}${SLUICE_HOME:-}"
          test "$PWD" = "${{ github.workspace }}" && grep -c full_name "$GITHUB_EVENT_PATH"
      - if: ${{ hashFiles('out/*.txt') != '' }}
        uses: actions/upload-artifact@v4
        with: {name: made, path: "${{ github.workspace }}/out"}
      - {working-directory: out, shell: python, run: "print(open('made.txt').read().strip(), 'again')"}
  use:
    needs: build
    runs-on: fargate
    steps:
      - id: down
        uses: actions/download-artifact@v4
        with: {name: made, path: got}
      - run: cat got/made.txt; ls "${{ steps.down.outputs.download-path }}"
      - {id: fails, continue-on-error: true, run: exit 7}
      - run: echo "it was ${{ steps.fails.outcome }}"
  here:
    needs: build
    runs-on: ubuntu-latest
    steps:
      - run: echo "here ${{ needs.build.outputs.value }}, image=${OF_THE_IMAGE:-}"
)yml");
  EXPECT_EQ(run(request()), Outcome::Success) << listener_.text();
  const auto lines = listener_.lines();
  EXPECT_THAT(lines, Contains("build| 1"));
  EXPECT_THAT(lines, Contains("build| tool runs"));
  EXPECT_THAT(lines, Contains("build| later=yes image=yes machine="));
  EXPECT_THAT(lines, Contains("build| made again"));
  EXPECT_THAT(lines, Contains("use| made"));
  EXPECT_THAT(lines, Contains("use| made.txt"));
  EXPECT_THAT(lines, Contains("use! exit code 7"));
  EXPECT_THAT(lines, Contains("use| it was failure"));
  EXPECT_THAT(lines, Contains("here| here forty-two, image="));
  const auto orders = elsewhere_.orders();
  ASSERT_EQ(orders.size(), 2u);
  EXPECT_EQ(orders[0].image, "gcc:main");
  EXPECT_EQ(orders[0].runner.cluster, "ci");
  EXPECT_EQ(orders[1].image, "");
  EXPECT_EQ(elsewhere_.alive(), 0);
}

TEST_F(RunWorkflowTest, EndsJobsElsewhereThatAreCancelledAndStillRunsWhatAlwaysRuns) {
  write("sluice.yaml", kRunners);
  commit_workflow(R"yml(on: push
jobs:
  a:
    runs-on: fargate
    steps:
      - run: echo begun; sleep 600
      - {if: always(), run: echo cleaned}
      - run: echo never
)yml");
  std::stop_source stop;
  auto outcome = std::async(std::launch::async, [&] { return run(request(), stop.get_token()); });
  EXPECT_TRUE(listener_.wait_for("a| begun")) << listener_.text();
  stop.request_stop();
  EXPECT_EQ(outcome.get(), Outcome::Cancelled);
  EXPECT_THAT(listener_.lines(), Contains("a| cleaned"));
  EXPECT_THAT(listener_.lines(), Not(Contains("a| never")));
  EXPECT_EQ(elsewhere_.alive(), 0);
}

TEST_F(RunWorkflowTest, FailsAJobThatDoesNotBeginElsewhereAndSaysWhy) {
  write("sluice.yaml", kRunners);
  commit_workflow(R"yml(on: push
jobs:
  a: {runs-on: fargate, steps: [{run: echo never}]}
)yml");
  elsewhere_.refuse({ErrorKind::Failed, "the job's task has stopped before it began: CannotPullContainerError"});
  EXPECT_EQ(run(request()), Outcome::Failure);
  EXPECT_THAT(listener_.lines(), Contains("a! the job's task has stopped before it began: CannotPullContainerError"));
}

TEST_F(RunWorkflowTest, RefusesARunWhoseRunnersCannotBeRead) {
  write("sluice.yaml", "version: 1\nproject: shop\nrunners: {fargate: {kind: ecs}}\n");
  commit_workflow("on: push\njobs:\n  a: {runs-on: fargate, steps: [{run: echo never}]}\n");
  const auto planned = runner_.plan(request());
  ASSERT_FALSE(planned);
  EXPECT_THAT(planned.error().message, HasSubstr("the runners of sluice.yaml cannot be read"));
}

TEST_F(RunWorkflowTest, GivesStepsACleanEnvironmentWithGitHubsVariables) {
  commit_workflow(R"yml(on: push
jobs:
  a:
    runs-on: x
    steps:
      - env: {GITHUB_SHA: forged, MINE: "1"}
        run: env | sort
)yml");
  RunRequest made = request();
  made.environment["WANTED"] = "yes";
  made.pass_variables = {"WANTED"};
  EXPECT_EQ(run(made), Outcome::Success);
  const auto lines = listener_.lines();
  for (const std::string line :
       {"CI=true", "GITHUB_ACTIONS=true", "GITHUB_JOB=a", "GITHUB_REF=refs/heads/main", "GITHUB_EVENT_NAME=push",
        "GITHUB_REPOSITORY=local/project", "RUNNER_OS=Linux", "SLUICE=1", "SLUICE_HOME=/h", "WANTED=yes", "MINE=1"}) {
    EXPECT_THAT(lines, Contains("a| " + line));
  }
  EXPECT_THAT(lines, Contains(StartsWith("a| PATH=/opt/sluice/bin:")));
  EXPECT_THAT(listener_.text(), Not(HasSubstr("NOT_FOR_STEPS")));
  EXPECT_THAT(listener_.text(), Not(HasSubstr("forged")));
}

TEST_F(RunWorkflowTest, ShowsNoSecretAnywhere) {
  commit_workflow(R"yml(on: push
jobs:
  a:
    runs-on: x
    outputs: {leak: "${{ steps.s.outputs.leak }}"}
    steps:
      - name: Use ${{ secrets.TOKEN }}
        id: s
        run: |
          echo "plain ${{ secrets.TOKEN }}"; echo "err $T" >&2; printf 'no end %s' "$T"
          echo; printf %s "$T" | base64
          echo "::add-mask::made-up-$((40+2))"; echo "now made-up-42"
          echo "::error file=a.c,line=3::about $T"
          echo "leak=$T" >> "$GITHUB_OUTPUT"
        env: {T: "${{ secrets.TOKEN }}"}
      - run: exit 3
      - if: always()
        run: echo "debug ${{ toJSON(secrets) }}"
  b:
    needs: a
    if: always()
    runs-on: x
    steps: [{run: "echo [${{ needs.a.outputs.leak }}]"}]
)yml");
  RunRequest made = request();
  made.secrets = {{"TOKEN", "s3cr3t-value"}};
  EXPECT_EQ(run(made), Outcome::Failure);
  const auto lines = listener_.lines();
  EXPECT_THAT(lines, Contains("a| plain ***"));
  EXPECT_THAT(lines, Contains("a| err ***"));
  EXPECT_THAT(lines, Contains("a| no end ***"));
  EXPECT_THAT(lines, Contains("a| now ***"));
  EXPECT_THAT(lines, Contains("a! a.c:3 about ***"));
  EXPECT_THAT(lines, Contains("a.1 Use ***"));
  EXPECT_THAT(lines, Contains("a! exit code 3"));
  EXPECT_THAT(lines, Contains("b| []"));
  std::string everything = listener_.text();
  for (const std::string& log : listener_.logs()) {
    std::ifstream stream(log);
    everything.append(std::istreambuf_iterator<char>(stream), {});
    everything += log;
  }
  EXPECT_THAT(everything, Not(HasSubstr("s3cr3t")));
  EXPECT_THAT(everything, Not(HasSubstr("czNjcjN0"))) << "its base64 form";
}

TEST_F(RunWorkflowTest, StartsWhatThePushedRangeAsksFor) {
  commit_workflow(
      "on: {push: {branches: [main], paths: ['src/**']}}\njobs: {a: {runs-on: x, steps: [{run: 'true'}]}}\n");
  write("src/a", "1");
  commit("one");
  write("README", "2");
  commit("two");
  auto by_hand = runner_.plan(request());
  ASSERT_TRUE(by_hand) << by_hand.error().message;
  EXPECT_THAT(by_hand->runs, IsEmpty()) << "HEAD~1..HEAD changes README only";
  EXPECT_THAT(by_hand->not_started.at(0).reason, HasSubstr("no changed file"));

  RunRequest pushed = request();
  pushed.ref = "refs/heads/main";
  pushed.before = "HEAD~2";
  pushed.after = "HEAD";
  EXPECT_EQ(runner_.plan(pushed)->runs.size(), 1u);
  pushed.ref = "refs/heads/other";
  EXPECT_THAT(runner_.plan(pushed)->not_started.at(0).reason, HasSubstr("'other' does not pass"));
  pushed.ref = "refs/heads/main";
  pushed.before = std::string(40, '0');
  EXPECT_EQ(runner_.plan(pushed)->runs.size(), 1u) << "a new branch brings all files";
  pushed.after = std::string(40, '0');
  EXPECT_THAT(runner_.plan(pushed)->notes.at(0), HasSubstr("was deleted"));
}

TEST_F(RunWorkflowTest, ReadsWorkflowsOfThePushedCommitFromABareRepository) {
  commit_workflow(
      "on: push\njobs: {a: {runs-on: x, steps: [{uses: actions/checkout@v4}, {run: \"cat file; git status --short "
      "--branch\"}]}}\n");
  write("file", "old\n");
  commit("old");
  git({"branch", "old"});
  write("file", "new\n");
  write(".github/workflows/w.yml", "on: [broken\n");
  commit("new");
  git({"clone", "--quiet", "--bare", repository_.string(), (folder_ / "bare.git").string()});
  RunRequest made = request();
  made.directory = (folder_ / "bare.git").string();
  made.ref = "refs/heads/old";
  made.before = "old~1";
  made.after = "old";
  EXPECT_EQ(run(made), Outcome::Success) << listener_.text();
  EXPECT_THAT(listener_.lines(), Contains("a| old"));
  EXPECT_THAT(listener_.lines(), Contains("a| ## old"));
  made.after = "main";
  const auto broken = runner_.plan(made);
  EXPECT_TRUE(has_errors(broken->findings));
  EXPECT_THAT(broken->runs, IsEmpty());
}

TEST_F(RunWorkflowTest, ResolvesInputsOfADispatch) {
  commit_workflow(R"yml(name: Deploy
run-name: Deploy to ${{ inputs.environment }}
on: {workflow_dispatch: {inputs: {environment: {type: choice, options: [staging, production]}, dry: {type: boolean}}}}
jobs: {a: {runs-on: x, steps: [{run: "echo ${{ inputs.environment }} ${{ inputs.dry && 'dry' || 'wet' }} ${{ github.event.inputs.environment }}"}]}}
)yml");
  RunRequest made = request("workflow_dispatch");
  made.inputs = {{"environment", "production"}, {"dry", "true"}};
  EXPECT_EQ(run(made), Outcome::Success);
  EXPECT_THAT(listener_.lines(), Contains("begins Deploy to production"));
  EXPECT_THAT(listener_.lines(), Contains("a| production dry production"));
  made.inputs = {{"enviroment", "staging"}};
  const auto refused = runner_.plan(made);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::InvalidInput);
  EXPECT_THAT(refused.error().message, HasSubstr("did you mean 'environment'?"));
  made.inputs.clear();
  made.only_job = "b";
  EXPECT_THAT(runner_.plan(made).error().message, HasSubstr("there is no job 'b': did you mean 'a'?"));
}

TEST_F(RunWorkflowTest, CancelsARunAndStillCleansUp) {
  commit_workflow(R"yml(on: push
jobs:
  a:
    runs-on: x
    steps:
      - run: echo ready; exec tail -f /dev/null
      - run: echo never
      - {if: always(), run: echo cleaned}
  b: {needs: a, runs-on: x, steps: [{run: echo b}]}
)yml");
  std::stop_source stop;
  auto done = std::async(std::launch::async, [&] { return run(request(), stop.get_token()); });
  ASSERT_TRUE(listener_.wait_for("a| ready")) << listener_.text();
  stop.request_stop();
  EXPECT_EQ(done.get(), Outcome::Cancelled);
  const auto lines = listener_.lines();
  EXPECT_THAT(lines, Contains("a.1 cancelled"));
  EXPECT_THAT(lines, Contains("a.2 skipped Run echo never"));
  EXPECT_THAT(lines, Contains("a| cleaned"));
  EXPECT_THAT(lines, Contains("b cancelled"));
}

TEST_F(RunWorkflowTest, EndsAStepThatRunsTooLongAndABackgroundProcessWithItsJob) {
  commit_workflow(R"yml(on: push
jobs:
  a:
    runs-on: x
    steps:
      - run: tail -f /dev/null > /dev/null 2>&1 & echo $! > "$RUNNER_TEMP/pid"
      - run: kill -0 "$(cat "$RUNNER_TEMP/pid")" && echo "server $(cat "$RUNNER_TEMP/pid") lives"
      - {timeout-minutes: 0.005, run: exec tail -f /dev/null}
)yml");
  EXPECT_EQ(run(request()), Outcome::Failure);
  EXPECT_THAT(listener_.text(), HasSubstr("a! bash was ended: it ran longer than 300ms"));
  if (processes_.containment() != posix::Containment::Cgroup)
    GTEST_SKIP() << "no cgroups: background processes end with their step";
  int pid = 0;
  for (const std::string& line : listener_.lines()) std::sscanf(line.c_str(), "a| server %d lives", &pid);
  ASSERT_GT(pid, 0) << listener_.text();
  std::ifstream status(fmt::format("/proc/{}/stat", pid));
  const std::string state{std::istreambuf_iterator<char>(status), {}};
  EXPECT_TRUE(state.empty() || state.find(") Z ") != std::string::npos) << state;
}

TEST_F(RunWorkflowTest, LetsOneRunOfAGroupRunAndTheNewestWait) {
  const fs::path flag = folder_ / "flag";
  commit_workflow(R"yml(on: push
concurrency: deploy-${{ github.ref }}
jobs:
  a:
    runs-on: x
    steps:
      - run: |
          echo ready
          until [ -e "${{ vars.FLAG }}" ]; do read -t 0.05 -r _ <> <(:) || true; done
)yml");
  RunRequest made = request();
  made.vars = {{"FLAG", flag.string()}};
  Listener first;
  Listener second;
  Listener third;
  auto one = std::async(std::launch::async, [&] { return runner_.run(plan_one(made), first, {}); });
  ASSERT_TRUE(first.wait_for("a| ready"));
  auto two = std::async(std::launch::async, [&] { return runner_.run(plan_one(made), second, {}); });
  ASSERT_TRUE(second.wait_for("waits for deploy-refs/heads/main"));
  auto three = std::async(std::launch::async, [&] { return runner_.run(plan_one(made), third, {}); });
  EXPECT_EQ(*two.get(), Outcome::Cancelled) << "a newer one waits in its place";
  EXPECT_THAT(second.lines(), ElementsAre("waits for deploy-refs/heads/main", "run cancelled"));
  std::ofstream(flag) << "";
  EXPECT_EQ(*one.get(), Outcome::Success);
  EXPECT_EQ(*three.get(), Outcome::Success);
  EXPECT_THAT(third.lines(), Contains("begins .github/workflows/w.yml"));
}

TEST_F(RunWorkflowTest, CarriesFilesBetweenJobsAndRuns) {
  write("lock", "v1");
  write("out/a.txt", "A");
  write("out/deep/b.txt", "B");
  write("out/c.log", "C");
  commit_workflow(R"yml(on: push
jobs:
  a:
    runs-on: x
    steps:
      - uses: actions/checkout@v4
      - id: cache
        uses: actions/cache@v4
        with: {path: kept, key: "deps-${{ hashFiles('lock') }}", restore-keys: deps-}
      - run: echo "hit=${{ steps.cache.outputs.cache-hit }}"; mkdir -p kept; echo more >> kept/file; cat kept/file
      - uses: actions/upload-artifact@v4
        with: {name: files, path: "out/**\n!out/*.log\n", colour: blue}
  b:
    needs: a
    runs-on: x
    steps:
      - uses: actions/download-artifact@v4
        with: {name: files, path: got}
      - run: find got -type f | sort; cat got/deep/b.txt
)yml");
  EXPECT_EQ(run(request()), Outcome::Success) << listener_.text();
  EXPECT_THAT(listener_.lines(), Contains("a| hit=false"));
  EXPECT_THAT(listener_.lines(),
              Contains("a! actions/upload-artifact@v4 heeds no input 'colour' here: it has name, path, "
                       "if-no-files-found, retention-days, compression-level, overwrite, include-hidden-files"));
  EXPECT_THAT(listener_.lines(), Contains("b| got/a.txt"));
  EXPECT_THAT(listener_.lines(), Contains("b| B"));
  EXPECT_THAT(listener_.lines(), Not(Contains("b| got/c.log")));
  EXPECT_EQ(run(request()), Outcome::Success);
  EXPECT_THAT(listener_.lines(), Contains("a| hit=true"));
}

TEST_F(RunWorkflowTest, PutsAPythonEnvironmentOnPath) {
  commit_workflow(R"yml(on: push
jobs:
  a:
    runs-on: x
    steps:
      - uses: actions/setup-python@v5
        with: {python-version: '3.x'}
      - shell: python
        run: |
          import os, sys
          print("venv", sys.prefix != sys.base_prefix, sys.prefix.startswith(os.environ["RUNNER_TEMP"]))
      - {run: "pip --version | grep --fixed-strings --count $VIRTUAL_ENV"}
      - {if: always(), uses: actions/setup-python@v5, with: {python-version: '2.7'}}
)yml");
  EXPECT_EQ(run(request()), Outcome::Failure);
  EXPECT_THAT(listener_.lines(), Contains("a| venv True True")) << listener_.text();
  EXPECT_THAT(listener_.lines(), Contains("a| 1"));  // pip is the environment's own
  EXPECT_THAT(listener_.text(), HasSubstr("no Python '2.7' is on this machine; it has 3."));
}

TEST_F(RunWorkflowTest, FailsClearlyWhereItCannotDoWhatIsAsked) {
  commit_workflow(R"yml(on: push
jobs:
  a: {runs-on: x, steps: [{uses: someone/something@v1}]}
  b: {runs-on: x, steps: [{run: x, shell: fish}]}
  c: {runs-on: x, steps: [{run: x, working-directory: absent}]}
  d: {runs-on: x, steps: [{run: "echo nonsense >> $GITHUB_OUTPUT"}]}
  e: {runs-on: x, steps: [{run: "echo '::set-env name=A::b'"}]}
  f: {runs-on: x, steps: [{uses: actions/checkout@v4, with: {repository: other/one}}]}
)yml");
  EXPECT_EQ(run(request()), Outcome::Failure);
  const std::string text = listener_.text();
  EXPECT_THAT(text, HasSubstr("a! sluice cannot carry out 'someone/something@v1' on this machine yet"));
  EXPECT_THAT(text, HasSubstr("b! 'fish' is no shell of this machine"));
  EXPECT_THAT(text, HasSubstr("c! the working directory 'absent' is not there"));
  EXPECT_THAT(text, HasSubstr("d! the file GITHUB_OUTPUT cannot be read: line 1: neither"));
  EXPECT_THAT(text, HasSubstr("e! ::set-env:: is refused"));
  EXPECT_THAT(text, HasSubstr("f! checkout of another repository ('other/one')"));
}

TEST_F(RunWorkflowTest, RunsAMatrix) {
  commit_workflow(R"yml(on: push
jobs:
  a:
    strategy: {matrix: {n: [1, 2], include: [{n: 2, word: two}]}}
    runs-on: x
    steps: [{run: "echo ${{ matrix.n }} ${{ matrix.word || '-' }}"}]
)yml");
  EXPECT_EQ(run(request()), Outcome::Success);
  EXPECT_THAT(listener_.lines(), Contains("a-1| 1 -"));
  EXPECT_THAT(listener_.lines(), Contains("a-2| 2 two"));
}

}  // namespace
}  // namespace sluice::application
