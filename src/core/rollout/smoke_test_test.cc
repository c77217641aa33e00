#include "core/rollout/smoke_test.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <boost/json.hpp>

namespace sluice::rollout {
namespace {

namespace json = boost::json;

const SmokeTest kChat{.name = "chat", .method = "POST", .path = "/chat"};

std::string said(const SmokeTest& test, const SmokeAnswer& answer) {
  const Status status = judge(test, answer);
  if (status) return "ok";
  EXPECT_EQ(status.error().kind, ErrorKind::Failed);
  return status.error().message;
}

std::string said_of_json(const char* pointer, const char* expected, const char* body) {
  SmokeTest test = kChat;
  test.json = {{pointer, expected}};
  return said(test, {.status = 200, .body = body});
}
bool holds(const char* pointer, const char* expected, const char* body) {
  return said_of_json(pointer, expected, body) == "ok";
}

TEST(SmokeTest, ExpectsTheStatus) {
  EXPECT_EQ(said(kChat, {.status = 200}), "ok");
  EXPECT_EQ(said(kChat, {.status = 503, .body = "no\tbackend\n"}),
            "smoke test 'chat' (POST /chat): expected status 200, got 503; the body is no\\tbackend\\n");
  SmokeTest gone = kChat;
  gone.expected_status = 404;
  EXPECT_EQ(said(gone, {.status = 404}), "ok");
  EXPECT_EQ(said(gone, {.status = 200}),
            "smoke test 'chat' (POST /chat): expected status 404, got 200; the body is empty");
}

TEST(SmokeTest, LimitsTheLatency) {
  SmokeTest test = kChat;
  test.within = Milliseconds{3000};
  EXPECT_EQ(said(test, {.status = 200, .latency = Milliseconds{3000}}), "ok");
  EXPECT_EQ(said(test, {.status = 200, .body = "{}", .latency = Milliseconds{3001}}),
            "smoke test 'chat' (POST /chat): expected an answer within 3000ms, got it after 3001ms; the body is {}");
}

TEST(SmokeTest, ComparesJsonAtAPointer) {
  EXPECT_TRUE(holds("/intent", R"("order_return")", R"({"intent": "order_return", "more": 1})"));
  EXPECT_EQ(
      said_of_json("/intent", R"("order_return")", R"({"intent": "greeting"})"),
      "smoke test 'chat' (POST /chat): expected /intent in the body to be \"order_return\", got \"greeting\"; the "
      R"(body is {"intent": "greeting"})");
  EXPECT_EQ(
      said_of_json("/intent", "1", "{}"),
      "smoke test 'chat' (POST /chat): expected /intent in the body to be 1, and it is not there; the body is {}");
  EXPECT_EQ(said_of_json("/intent", "1", "<html>"),
            "smoke test 'chat' (POST /chat): expected a JSON body, got none; the body is <html>");
}

// The examples of RFC 6901, section 5.
TEST(SmokeTest, ReadsPointersAsRfc6901Says) {
  const char* document = R"({"foo": ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, "e^f": 3, "g|h": 4, "i\\j": 5,
                             "k\"l": 6, " ": 7, "m~n": 8})";
  EXPECT_TRUE(holds("", document, document));
  EXPECT_TRUE(holds("/foo", R"(["bar", "baz"])", document));
  EXPECT_TRUE(holds("/foo/0", R"("bar")", document));
  EXPECT_TRUE(holds("/", "0", document));
  EXPECT_TRUE(holds("/a~1b", "1", document));
  EXPECT_TRUE(holds("/c%d", "2", document));
  EXPECT_TRUE(holds("/e^f", "3", document));
  EXPECT_TRUE(holds("/g|h", "4", document));
  EXPECT_TRUE(holds("/i\\j", "5", document));
  EXPECT_TRUE(holds("/k\"l", "6", document));
  EXPECT_TRUE(holds("/ ", "7", document));
  EXPECT_TRUE(holds("/m~0n", "8", document));
  for (const char* pointer : {"/foo/2", "/foo/-", "/foo/00", "/foo/+0", "/foo/", "/foo/0/x", "foo", "/nowhere"}) {
    EXPECT_FALSE(holds(pointer, R"("bar")", document)) << pointer;
  }
}

TEST(SmokeTest, ComparesDeepAndNumbersByValue) {
  EXPECT_TRUE(holds("/a", R"({"x": 1, "y": [1, 2.0]})", R"({"a": {"y": [1.0, 2], "x": 1e0}})"));
  EXPECT_FALSE(holds("/a", R"({"x": 1})", R"({"a": {"x": 1, "y": 2}})")) << "a member too many";
  EXPECT_FALSE(holds("/a", "[1, 2]", R"({"a": [2, 1]})"));
  EXPECT_FALSE(holds("/a", "1", R"({"a": "1"})"));
  EXPECT_FALSE(holds("/a", "true", R"({"a": 1})"));
  EXPECT_FALSE(holds("/a", "null", "{}")) << "null is not absence";
  EXPECT_TRUE(holds("/a", "null", R"({"a": null})"));
  EXPECT_FALSE(holds("/a", "9007199254740993", R"({"a": 9007199254740992})")) << "whole numbers are exact";
  EXPECT_FALSE(holds("/a", "18446744073709551615", R"({"a": -1})"));
  EXPECT_TRUE(holds("/a", "18446744073709551615", R"({"a": 18446744073709551615})"));
}

TEST(SmokeTest, EveryAssertionMustHold) {
  SmokeTest test = kChat;
  test.json = {{"/a", "1"}, {"/b", "2"}};
  EXPECT_EQ(said(test, {.status = 200, .body = R"({"a": 1, "b": 2})"}), "ok");
  EXPECT_NE(said(test, {.status = 200, .body = R"({"a": 1, "b": 3})"}), "ok");
}

TEST(SmokeTest, ShowsTheStartOfTheBodyWithoutControlCharacters) {
  const std::string body = "\x1b[2J" + std::string(191, 'a') + "ééééé and more";
  const std::string message = said(kChat, {.status = 500, .body = body});
  EXPECT_NE(message.find("the body starts with \\x1b[2Jaaa"), std::string::npos) << message;
  EXPECT_TRUE(message.ends_with("aaéé")) << "200 bytes, no half character: " << message;
}

rc::Gen<json::value> any_json(int depth) {
  const auto scalar = rc::gen::oneOf(rc::gen::just(json::value()),
                                     rc::gen::map(rc::gen::arbitrary<bool>(), [](bool b) { return json::value(b); }),
                                     rc::gen::map(rc::gen::inRange(-3, 4), [](int n) { return json::value(n); }),
                                     rc::gen::map(rc::gen::inRange(-3, 4), [](int n) { return json::value(n / 2.0); }),
                                     rc::gen::map(rc::gen::element<std::string>("a", "b", "a/b", "~"),
                                                  [](const std::string& s) { return json::value(s); }));
  if (depth == 0) return scalar;
  const auto list =
      rc::gen::map(rc::gen::container<std::vector<json::value>>(any_json(depth - 1)),
                   [](const std::vector<json::value>& v) { return json::value(json::array(v.begin(), v.end())); });
  const auto object = rc::gen::map(rc::gen::container<std::map<std::string, json::value>>(
                                       rc::gen::element<std::string>("a", "b", "a/b", "~", ""), any_json(depth - 1)),
                                   [](const std::map<std::string, json::value>& m) {
                                     json::object made;
                                     for (const auto& [key, value] : m) made.emplace(key, value);
                                     return json::value(made);
                                   });
  return rc::gen::oneOf(scalar, list, object);
}

/// A pointer to every value in the document, with the value.
void all_places(const json::value& value, const std::string& pointer, std::vector<JsonAssertion>& places) {
  places.push_back({pointer, json::serialize(value)});
  if (const json::array* array = value.if_array()) {
    for (std::size_t i = 0; i < array->size(); ++i) all_places((*array)[i], pointer + "/" + std::to_string(i), places);
  } else if (const json::object* object = value.if_object()) {
    for (const auto& member : *object) {
      std::string token;
      for (char c : std::string(member.key())) token += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
      all_places(member.value(), pointer + "/" + token, places);
    }
  }
}

RC_GTEST_PROP(SmokeTest, EveryPlaceOfADocumentCanBeAsserted, ()) {
  const json::value document = *any_json(3);
  SmokeTest test = kChat;
  all_places(document, "", test.json);
  RC_ASSERT(judge(test, {.status = 200, .body = json::serialize(document)}).has_value());
}

}  // namespace
}  // namespace sluice::rollout
