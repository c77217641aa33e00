#include "cli/analyze.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace sluice::cli {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

struct Ran {
  int code = 0;
  std::vector<json::object> lines;
  std::string errors;
};

class Analyze : public testing::Test {
 protected:
  Analyze() {
    std::string name = (fs::temp_directory_path() / "sluice-analyze-XXXXXX").string();
    folder_ = mkdtemp(name.data());
    write("checks.yaml",
          "alarms: {http_5xx: {metric: error_rate, above: 1%, datapoints: 2 of 3, every: 10s}}\n"
          "strategy: {steps: [{weight: 10%, bake: 50s}, {weight: 100%}]}\nanalysis: {}\n");
  }
  ~Analyze() override { fs::remove_all(folder_); }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }

  Ran run(const std::string& input, std::vector<std::pair<std::string, std::string>> more = {}, bool as_json = false) {
    Invocation invocation{.command = "analyze", .json = as_json};
    more.emplace_back("input", path(input));
    if (std::ranges::none_of(more, [](const auto& each) { return each.first == "config"; })) {
      more.emplace_back("config", path("checks.yaml"));
    }
    for (auto& [name, value] : more) invocation.arguments.add(name, value);
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    Ran ran;
    ran.code = run_analyze(invocation);
    std::istringstream lines(testing::internal::GetCapturedStdout());
    for (std::string line; std::getline(lines, line);) ran.lines.push_back(json::parse(line).as_object());
    ran.errors = testing::internal::GetCapturedStderr();
    return ran;
  }

  fs::path folder_;
};

/// A minute of BLUE alone, then a minute in which GREEN gets a tenth and fails one request in `fails`.
std::string recording(int fails, const char* form, const char* weight) {
  std::string text;
  for (int i = 0; i < 12'000; ++i) {
    if (i == 6000) text += weight;
    const bool is_green = i >= 6000 && i % 10 == 3;
    const bool fails_now = is_green && i / 10 % fails == 0;
    text += fmt::format(fmt::runtime(form), fmt::arg("t", i / 100.0), fmt::arg("arm", is_green ? "green" : "blue"),
                        fmt::arg("status", fails_now ? 500 : 200));
  }
  return text;
}
constexpr const char* kNdjson = "{{\"t\": {t}, \"arm\": \"{arm}\", \"status\": {status}, \"latency_ms\": 12.5}}\n";
constexpr const char* kNdjsonWeight = "{\"t\": 60, \"weight\": 10}\n";

TEST_F(Analyze, PrintsALineADecisionAndEndsWithARollback) {
  write("bad.ndjson", recording(4, kNdjson, kNdjsonWeight));
  const Ran ran = run("bad.ndjson");
  EXPECT_EQ(ran.code, 0);
  EXPECT_EQ(ran.errors, "");
  ASSERT_EQ(ran.lines.size(), 1U);
  EXPECT_EQ(ran.lines[0].size(), 4U);
  EXPECT_EQ(ran.lines[0].at("decision"), "rollback");
  EXPECT_EQ(ran.lines[0].at("reason"), "sequential errors");
  EXPECT_LT(ran.lines[0].at("t").to_number<double>(), 75);
  EXPECT_TRUE(ran.lines[0].at("message").as_string().starts_with("GREEN answers 5xx to "));
}

TEST_F(Analyze, NamesTheWorstRouteAndTheFirstFailedRequestsWhereTheRecordingDoes) {
  write("bad.ndjson", recording(4,
                                "{{\"t\": {t}, \"arm\": \"{arm}\", \"status\": {status}, \"route\": "
                                "\"GET /titles/4711\", \"request_id\": \"q{t}\"}}\n",
                                kNdjsonWeight));
  const Ran ran = run("bad.ndjson");
  ASSERT_EQ(ran.lines.size(), 1U);
  const json::object& particulars = ran.lines[0].at("particulars").as_object();
  EXPECT_EQ(particulars.at("worst_route").at("route"), "GET /titles/{id}");
  EXPECT_EQ(particulars.at("request_ids").as_array().size(), 3U);
  EXPECT_EQ(particulars.at("request_ids").at(0), "q60.03");
  EXPECT_NE(ran.lines[0].at("message").as_string().find("; worst route: GET /titles/{id} ("), std::string::npos);
}

TEST_F(Analyze, ComparesTheUsersOwnMetrics) {
  write("checks.yaml",
        "analysis:\n  metrics:\n    empty: {source: log, kind: ratio, field: answer_empty}\n"
        "    lost: {source: prometheus, kind: ratio, url: 'http://h', events: a, requests: b, every: 5s}\n");
  const std::string own =
      recording(4, "{{\"t\": {t}, \"arm\": \"{arm}\", \"status\": 200, \"@\": {status}}}\n", kNdjsonWeight);
  for (const char* name : {"empty", "lost"}) {
    std::string text = own;
    for (const auto& [from, to] :
         {std::pair<std::string, std::string>{"@", name}, {": 500}", ": true}"}, {": 200}", ": 0}"}}) {
      for (std::size_t at = text.find(from); at != text.npos; at = text.find(from, at + to.size())) {
        text.replace(at, from.size(), to);
      }
    }
    write("own.ndjson", text);
    const Ran ran = run("own.ndjson");
    ASSERT_EQ(ran.lines.size(), 1U);
    EXPECT_EQ(std::string_view(ran.lines[0].at("reason").as_string()), std::string("sequential ") + name);
    EXPECT_TRUE(ran.lines[0].at("message").as_string().starts_with(std::string(name) + " is "))
        << ran.lines[0].at("message");
  }
}

TEST_F(Analyze, TellsAPromotionByTheStrategysBake) {
  write("good.ndjson", recording(100'000, kNdjson, kNdjsonWeight));
  const Ran ran = run("good.ndjson");
  ASSERT_EQ(ran.lines.size(), 1U);
  EXPECT_EQ(ran.lines[0].at("decision"), "promote");
  EXPECT_EQ(ran.lines[0].at("t"), 110);
}

TEST_F(Analyze, SaysSoWhenNothingWasDecided) {
  write("checks.yaml", "analysis: {alpha: 1%}\n");
  write("good.ndjson", recording(100'000, kNdjson, "").substr(0, 300'000));
  const Ran ran = run("good.ndjson");
  EXPECT_EQ(ran.code, 0);
  ASSERT_EQ(ran.lines.size(), 1U);
  EXPECT_EQ(ran.lines[0].at("decision"), "none");
  EXPECT_EQ(ran.lines[0].at("reason"), "end of input");
  EXPECT_EQ(ran.lines[0].at("message"), "GREEN had no requests: there is nothing to compare");
}

TEST_F(Analyze, JudgesCsvAndLoadBalancersLogsTheSame) {
  write("bad.ndjson", recording(4, kNdjson, ""));
  const Ran expected = run("bad.ndjson");
  write("bad.csv", "arm,status,t\n" + recording(4, "{arm},{status},{t}\n", ""));
  EXPECT_EQ(run("bad.csv").lines, expected.lines);
  EXPECT_EQ(run("bad.csv", {{"format", "csv"}, {"weight", "60s=10%"}}).lines, expected.lines);
  std::string log;
  for (int i = 0; i < 12'000; ++i) {
    const bool is_green = i >= 6000 && i % 10 == 3;
    log += fmt::format(
        "http 2026-01-01T00:{:02}:{:02}.{:02}0000Z app/a b c 0 0.1 0 {} - 1 1 \"-\" \"-\" - - arn/x-{}/1\n", i / 6000,
        i / 100 % 60, i % 100, is_green && i / 10 % 4 == 0 ? 500 : 200, is_green ? "green" : "blue");
  }
  write("bad.log", log);
  const Ran ran = run("bad.log");
  ASSERT_EQ(ran.lines.size(), 1U) << ran.errors;
  EXPECT_EQ(ran.lines[0].at("message"), expected.lines[0].at("message"));
}

TEST_F(Analyze, LeavesOutWhatItCannotReadAndSaysWhere) {
  std::string text = recording(4, kNdjson, kNdjsonWeight);
  text.insert(text.find('\n') + 1, "{\"t\": 0.01, \"ar\n{\"t\": 0.01}\n");
  write("bad.ndjson", text + "{\"t\": 119.99, \"arm\": \"gre");
  const Ran ran = run("bad.ndjson", {{"all", ""}}, true);
  EXPECT_EQ(ran.code, 0);
  EXPECT_EQ(ran.errors, path("bad.ndjson") + ":2: not a JSON object on one line\n" + path("bad.ndjson") +
                            ":3: neither 'arm' nor 'weight' is there\n" + path("bad.ndjson") +
                            ":12004: not a JSON object on one line\n");
  EXPECT_EQ(ran.lines.front().at("type"), "decision");
  EXPECT_EQ(ran.lines.back().at("type"), "recording");
  EXPECT_EQ(ran.lines.back().at("lines"), 12'004);
  EXPECT_EQ(ran.lines.back().at("unreadable_lines"), 3);
  EXPECT_EQ(ran.lines.back().at("green_requests"), 600);
}

TEST_F(Analyze, FailsOnlyWhenNothingCanBeRead) {
  write("none.ndjson", "{\"t\": 1\n{\"t\": 2\n");
  const Ran ran = run("none.ndjson");
  EXPECT_EQ(ran.code, 2);
  EXPECT_NE(ran.errors.find("none of the 2 lines"), std::string::npos) << ran.errors;
  write("other.txt", "hello\n");
  EXPECT_NE(run("other.txt").errors.find("say with --format"), std::string::npos);
  EXPECT_EQ(run("absent.ndjson").code, 2);
  EXPECT_EQ(run("none.ndjson", {{"format", "xml"}}).code, 2);
  write("empty.ndjson", "");
  EXPECT_EQ(run("empty.ndjson").code, 0);
}

TEST_F(Analyze, RefusesAConfigurationWithItsPlaces) {
  write("wrong.yaml", "analysis: {alpha: 1}\n");
  write("good.ndjson", kNdjsonWeight);
  const Ran ran = run("good.ndjson", {{"config", path("wrong.yaml")}});
  EXPECT_EQ(ran.code, 2);
  EXPECT_EQ(ran.errors, path("wrong.yaml") + ":1:19: error: 'alpha' must be a share with its unit, like 1%, not '1'\n" +
                            "sluice: " + path("wrong.yaml") + " cannot be used\n");
  EXPECT_EQ(run("good.ndjson", {{"reorder", "2m"}}).code, 2);
  EXPECT_EQ(run("good.ndjson", {{"weight", "60"}}).code, 2);
}

TEST_F(Analyze, DrawsWhatItSaw) {
  write("bad & worse.ndjson", recording(4, kNdjson, kNdjsonWeight));
  const Ran ran = run("bad & worse.ndjson", {{"plot", path("plot.svg")}, {"all", ""}});
  EXPECT_EQ(ran.code, 0) << ran.errors;
  std::ifstream file(folder_ / "plot.svg");
  const std::string svg((std::istreambuf_iterator<char>(file)), {});
  EXPECT_TRUE(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
  EXPECT_EQ(svg.find("nan"), svg.npos);
  for (const char* shown : {"bad &amp; worse.ndjson", "rolls back at 1 of 100", "GREEN 10%",
                            "rollback: sequential errors", "rollback: alarm http_5xx", "milliseconds", "seconds"}) {
    EXPECT_NE(svg.find(shown), svg.npos) << shown;
  }
  // One line of evidence and two of each other drawing.
  std::size_t lines = 0;
  for (std::size_t at = svg.find("<path "); at != svg.npos; at = svg.find("<path ", at + 1)) ++lines;
  EXPECT_EQ(lines, 5U);
  EXPECT_EQ(run("bad & worse.ndjson", {{"plot", path("no/such/folder.svg")}}).code, 2);
}

TEST_F(Analyze, TellsHowSoonWhichFaultWouldBeFound) {
  const Ran ran = run("-", {{"what-if", ""}, {"runs", "3"}, {"rate", "50"}, {"errors", "0.1%"}}, true);
  EXPECT_EQ(ran.code, 0) << ran.errors;
  ASSERT_EQ(ran.lines.size(), 9U);
  EXPECT_EQ(ran.lines[0].at("fault"), "none");
  EXPECT_EQ(ran.lines[0].at("rolled_back"), 0);
  EXPECT_EQ(ran.lines[0].at("median_seconds"), nullptr);
  EXPECT_EQ(ran.lines[5].at("fault"), "5xx to 100%");
  EXPECT_EQ(ran.lines[5].at("rolled_back"), 3);
  EXPECT_LT(ran.lines[5].at("p95_seconds").to_number<double>(), ran.lines[3].at("median_seconds").to_number<double>());
  for (const char* bad : {"0", "x", "1e9", "-1"}) {
    EXPECT_EQ(run("-", {{"what-if", ""}, {"rate", bad}}).code, 2) << bad;
  }
  EXPECT_EQ(run("-", {{"what-if", ""}, {"errors", "1"}}).code, 2);
  EXPECT_EQ(run("-", {{"what-if", ""}, {"runs", "0"}}).code, 2);
}

TEST_F(Analyze, ReadsPackedRecordings) {
  write("bad.ndjson", recording(4, kNdjson, kNdjsonWeight));
  const Ran expected = run("bad.ndjson");
  ASSERT_EQ(std::system(("gzip -k " + path("bad.ndjson")).c_str()), 0);
  EXPECT_EQ(run("bad.ndjson.gz").lines, expected.lines);
}

TEST_F(Analyze, ReadsLinesOfAnyLength) {
  const std::string text = recording(4, kNdjson, kNdjsonWeight);
  const Ran expected = run((write("bad.ndjson", text), "bad.ndjson"));
  write("long.ndjson", "{\"t\": 0, \"path\": \"" + std::string(3'000'000, 'a') + "\"}\n" + text);
  const Ran ran = run("long.ndjson");
  EXPECT_EQ(ran.lines, expected.lines);
  EXPECT_NE(ran.errors.find("lines could not be read"), std::string::npos) << ran.errors;
}

}  // namespace
}  // namespace sluice::cli
