#include "core/analysis/request_route.h"

#include <gtest/gtest.h>

namespace sluice::analysis {
namespace {

TEST(RequestRoute, KeepsTheNamesOfAPathAndFoldsWhatDiffersFromRequestToRequest) {
  const std::pair<const char*, const char*> kPaths[] = {
      {"/api/v1/chat", "/api/v1/chat"},
      {"/orders/4711/items?page=2", "/orders/{id}/items"},
      {"/users/9f1c2d3e-aaaa-4bbb-8ccc-0123456789ab", "/users/{id}"},
      {"/objects/deadbeef01", "/objects/{id}"},
      {"/carts/01JDN8Q2Z7X4M5K6P3R9T1V0WA/lines", "/carts/{id}/lines"},
      {"/o/order-20231", "/o/{id}"},
      {"/reset/aGVsbG8gd29ybGQgdGhpcyBpcw", "/reset/{id}"},
      {"/by-mail/ana@example.com", "/by-mail/{id}"},
      {"/checkout-step/oauth2/sha256.js", "/checkout-step/oauth2/sha256.js"},
      {"/internationalization_of_everything", "/{id}"},
      {"//a//b/", "/a/b"},
      {"/", "/"},
      {"", ""},
      {"http://shop.example.com:80/cart?x=1", "/cart"},
      {"https://shop.example.com", "/"},
      {"/a/b/c/d/e/f/g/h", "/a/b/c/d/e/f/…"},
      {"chat", "/chat"},
      {"/a\x1b[31m/b", "/{id}/b"},
  };
  for (const auto& [path, route] : kPaths) EXPECT_EQ(route_of("", path), route) << path;
}

TEST(RequestRoute, BeginsWithTheMethodWhereThatIsOne) {
  EXPECT_EQ(route_of("POST", "/chat"), "POST /chat");
  EXPECT_EQ(route_of("<BADREQ>", "/chat"), "/chat");
  EXPECT_EQ(route_of("GET", "-"), "") << "what load balancers write where there was no request";
}

TEST(RequestRoute, IsNoLongerThanItsLimit) {
  std::string path;
  for (int i = 0; i < 6; ++i) path += "/words-of-some-length-in-here";
  EXPECT_LE(route_of("DELETE", path).size(), kLongestRoute);
  EXPECT_TRUE(route_of("DELETE", path).ends_with("/…"));
}

}  // namespace
}  // namespace sluice::analysis
