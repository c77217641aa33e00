#include "core/analysis/service_log_line.h"

#include <gtest/gtest.h>

namespace sluice::analysis {
namespace {

bool is_error(std::string_view text) { return read_service_log_line(text).is_error; }
std::string request_of(std::string_view text) { return read_service_log_line(text).request_id; }

TEST(ServiceLogLine, KnowsTheErrorsAmongJsonLines) {
  for (const char* text :
       {R"({"level":"error","message":"no catalogue"})", R"({"levelname":"ERROR"})", R"({"severity":"CRITICAL"})",
        R"({"severity":"EMERGENCY"})", R"({"level":"fatal"})", R"({"level":50,"msg":"pino"})", R"({"level":60})",
        R"({"log.level":"error"})", R"({"log":{"level":"error"}})", R"({"lvl":"crit"})", R"({"level":"dpanic"})"}) {
    EXPECT_TRUE(is_error(text)) << text;
  }
  for (const char* text : {R"({"level":"info","message":"ERROR: not one"})", R"({"level":"warning"})",
                           R"({"level":40})", R"({"severity":3})", R"({"message":"ERROR"})", R"({"level":null})",
                           R"({"level":["error"]})", R"({"level":"errors"})", "{}", R"({"error":"x"})"}) {
    EXPECT_FALSE(is_error(text)) << text;
  }
}

TEST(ServiceLogLine, KnowsTheErrorsAmongPlainLines) {
  for (const char* text :
       {"ERROR: it broke", "ERROR:root:it broke", "2027-01-15 08:00:00,123 ERROR app: it broke",
        "[2027-01-15 08:00:00 +0000] [7] [ERROR] it broke", "08:00:00.123 [main] ERROR com.example.Shop - it broke",
        "FATAL: the database is starting up", "CRITICAL|it broke", "Jan 15 SEVERE: it broke",
        "2027/01/15 08:00:00 [error] 7#7: *1 open() failed", "2027/01/15 [crit] 7#7: no",
        "level=error msg=\"it broke\"", "time=2027 level=\"fatal\" msg=x",
        "E0115 08:00:00.123456       1 main.go:7] it broke", "panic: runtime error", "\x1b[31mERROR\x1b[0m it broke",
        "\x1b[1m\x1b[31mERROR\x1b[0m: it broke", "it ended: ERROR"}) {
    EXPECT_TRUE(is_error(text)) << text;
  }
  for (const char* text : {"", "it broke", "error: it broke", "INFO: an ERROR was answered", "WARNING: ERROR ahead",
                           "Error: it broke", "127.0.0.1 - - \"GET /ERROR HTTP/1.1\" 500", "GET /?level=error",
                           "ERRORS: 0", "MYERROR x", "errors=3", "level=info msg=\"ERROR\"", "[info] [error] x",
                           "I0115 08:00:00.1 ERROR", "don't panic: it is well", "{\"level\":\"error\"", "0 ERROR/s"}) {
    EXPECT_FALSE(is_error(text)) << text;
  }
}

TEST(ServiceLogLine, LooksNoFartherThanItSays) {
  EXPECT_TRUE(is_error(std::string(150, '.') + " ERROR x"));
  EXPECT_FALSE(is_error(std::string(160, '.') + " ERROR x"));
  EXPECT_FALSE(is_error(std::string(154, '.') + " ERROR" + "S")) << "a word that is cut is none";
}

TEST(ServiceLogLine, FindsTheRequestOfAnError) {
  EXPECT_EQ(request_of(R"({"level":"error","request_id":"7F01"})"), "7F01");
  EXPECT_EQ(request_of(R"({"level":"error","requestId":"7F02"})"), "7F02");
  EXPECT_EQ(request_of(R"({"level":50,"req":{"id":"7F03"}})"), "7F03");
  EXPECT_EQ(request_of("level=error request_id=7F04 msg=x"), "7F04");
  EXPECT_EQ(request_of("ERROR [request_id=7F05] x"), "7F05");
  EXPECT_EQ(request_of("ERROR x-request-id=\"7F06\""), "7F06");
  EXPECT_EQ(request_of(R"({"level":"error","request_id":7})"), "");
  EXPECT_EQ(request_of(R"({"level":"info","request_id":"7F01"})"), "") << "of errors only";
  EXPECT_EQ(request_of("ERROR request_id=" + std::string(1000, 'a')).size(), 128u);
}

}  // namespace
}  // namespace sluice::analysis
