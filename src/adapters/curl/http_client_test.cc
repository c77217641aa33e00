#include "adapters/curl/http_client.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <latch>
#include <thread>
#include <utility>

#include "support/one_shot_server.h"

namespace sluice::curl {
namespace {

using test::OneShotServer;

void answer(int connection, const std::string& text) {
  ASSERT_EQ(write(connection, text.data(), text.size()), static_cast<ssize_t>(text.size()));
}

TEST(HttpClient, GivesStatusHeadersAndBody) {
  std::string seen;
  OneShotServer server([&](int connection, const std::string& request) {
    seen = request;
    answer(connection, "HTTP/1.1 418 Teapot\r\nX-Mixed: One\r\nX-Mixed: Two\r\nContent-Length: 5\r\n\r\nhello");
  });
  HttpClient client;
  const auto result = client.send({.method = "POST",
                                   .url = server.url() + "/path?x=1",
                                   .headers = {{"X-Colour", "green"}, {"X-Empty", ""}},
                                   .body = "what"},
                                  {});
  ASSERT_TRUE(result.has_value()) << result.error().message;
  EXPECT_EQ(result->status, 418);
  EXPECT_EQ(result->body, "hello");
  EXPECT_EQ(result->headers.at("x-mixed"), "One, Two");
  EXPECT_TRUE(seen.starts_with("POST /path?x=1 HTTP/1.1\r\n")) << seen;
  EXPECT_NE(seen.find("X-Colour: green\r\n"), std::string::npos);
  EXPECT_NE(seen.find("X-Empty:\r\n"), std::string::npos);
  EXPECT_EQ(seen.find("form-urlencoded"), std::string::npos);
  EXPECT_TRUE(seen.ends_with("\r\n\r\nwhat"));
}

TEST(HttpClient, DoesNotFollowRedirects) {
  OneShotServer server([](int connection, const std::string&) {
    answer(connection, "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n");
  });
  HttpClient client;
  const auto result = client.send({.url = server.url()}, {});
  ASSERT_TRUE(result.has_value()) << result.error().message;
  EXPECT_EQ(result->status, 302);
}

TEST(HttpClient, CallsARefusedConnectionUnavailable) {
  int port = 0;
  {
    port = OneShotServer([](int, const std::string&) {}).port();
  }
  HttpClient client;
  const auto result = client.send({.url = "http://127.0.0.1:" + std::to_string(port) + "/"}, {});
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().kind, ErrorKind::Unavailable) << result.error().message;
}

TEST(HttpClient, CallsALostReplyAnUnknownOutcomeAndDoesNotSendAgain) {
  int requests = 0;
  OneShotServer server([&](int connection, const std::string&) {
    ++requests;
    if (requests == 1) answer(connection, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  });
  HttpClient client;
  ASSERT_TRUE(client.send({.url = server.url()}, {}).has_value());
  const auto result = client.send({.url = server.url()}, {});
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().kind, ErrorKind::UnknownOutcome) << result.error().message;
  EXPECT_EQ(requests, 2);
}

TEST(HttpClient, CallsATruncatedBodyAnUnknownOutcome) {
  OneShotServer server([](int connection, const std::string&) {
    answer(connection, "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort");
  });
  HttpClient client;
  const auto result = client.send({.url = server.url()}, {});
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().kind, ErrorKind::UnknownOutcome);
}

TEST(HttpClient, TimesOut) {
  std::latch done(1);
  OneShotServer server([&](int, const std::string&) { done.wait(); });
  HttpClient client;
  const auto result = client.send({.url = server.url(), .timeout = Milliseconds(50)}, {});
  done.count_down();
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().kind, ErrorKind::TimedOut);
}

/// `timer:when` of the client's end of a connection, as the kernel shows it in /proc/net/tcp: `01` while an answer of
/// the other end is awaited, `02` until it is asked whether it is there, `00` for none; `when` in hundredths of a
/// second.
std::pair<int, long> timer_of_client(int connection) {
  sockaddr_in client{};
  sockaddr_in server{};
  socklen_t length = sizeof client;
  getpeername(connection, reinterpret_cast<sockaddr*>(&client), &length);
  length = sizeof server;
  getsockname(connection, reinterpret_cast<sockaddr*>(&server), &length);
  std::ifstream table("/proc/net/tcp");
  std::string line;
  while (std::getline(table, line)) {
    unsigned local = 0;
    unsigned remote = 0;
    unsigned timer = 0;
    unsigned long when = 0;
    const int read =
        std::sscanf(line.c_str(), " %*d: %*8X:%X %*8X:%X %*X %*X:%*X %X:%lX", &local, &remote, &timer, &when);
    const bool is_it = local == ntohs(client.sin_port) && remote == ntohs(server.sin_port);  // old ones are listed, too
    if (read == 4 && is_it) return {static_cast<int>(timer), static_cast<long>(when)};
  }
  return {-1, 0};
}

TEST(HttpClient, KeepsASilentConnectionAliveForAnAnswerThatTakesLong) {
  std::pair<int, long> timer;
  OneShotServer server([&](int connection, const std::string&) {
    do {
      timer = timer_of_client(connection);
    } while (timer.first == 1);
    answer(connection, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  });
  HttpClient client;
  ASSERT_TRUE(client.send({.method = "POST", .url = server.url(), .body = "what"}, {}).has_value());
  EXPECT_EQ(timer.first, 2);
  EXPECT_GT(timer.second, 0);
  EXPECT_LE(timer.second, 60 * 100);
}

TEST(HttpClient, StopsWaitingWhenCancelled) {
  std::stop_source stop;
  std::latch done(1);
  OneShotServer server([&](int, const std::string&) {
    stop.request_stop();
    done.wait();
  });
  HttpClient client;
  const auto result = client.send({.url = server.url(), .timeout = Milliseconds(60'000)}, stop.get_token());
  done.count_down();
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().kind, ErrorKind::Cancelled);
}

TEST(HttpClient, SpeaksThroughAUnixSocket) {
  std::string folder = testing::TempDir() + "sluice-XXXXXX";
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  {
    OneShotServer server(
        [](int connection, const std::string&) {
          answer(connection, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        },
        folder + "/socket");
    HttpClient client;
    const auto result = client.send({.url = "http://podman/ping", .unix_socket = folder + "/socket"}, {});
    ASSERT_TRUE(result.has_value()) << result.error().message;
    EXPECT_EQ(result->body, "ok");
    const auto absent = client.send({.url = "http://podman/ping", .unix_socket = folder + "/none"}, {});
    ASSERT_FALSE(absent.has_value());
    EXPECT_EQ(absent.error().kind, ErrorKind::Unavailable);
  }
  std::filesystem::remove_all(folder);
}

TEST(HttpClient, RefusesWhatIsNoUrlAndOtherProtocols) {
  HttpClient client;
  for (const char* url : {"file:///etc/hostname", "http://[broken/"}) {
    const auto result = client.send({.url = url}, {});
    ASSERT_FALSE(result.has_value()) << url;
    EXPECT_EQ(result.error().kind, ErrorKind::InvalidInput) << result.error().message;
  }
}

TEST(HttpClient, KeepsTheSecretPathOfAWebhookOutOfItsErrors) {
  HttpClient client;
  const auto result = client.send({.url = "https://127.0.0.1:1/services/T0/SECRET", .timeout = Milliseconds(2000)}, {});
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().message.find("SECRET"), std::string::npos);
}

}  // namespace
}  // namespace sluice::curl
