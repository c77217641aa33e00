#include "adapters/haproxy/configuration.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "adapters/haproxy/names.h"
#include "adapters/haproxy/sessions.h"
#include "adapters/haproxy/weights_map.h"

namespace sluice::haproxy {
namespace {

const Settings kSettings{.home = "/home", .run_directory = "/run", .log_port = 20514, .log_token = "token"};

ServiceState service(const std::string& name, const std::string& host, const std::string& path) {
  ServiceState state;
  state.routed = {.service = {.project = "shop", .environment = "local", .service = name},
                  .listen = "127.0.0.1:20080",
                  .route = {.host = host, .path = path},
                  .health = {.path = "/health", .every = Milliseconds(2000), .within = Milliseconds(60'000)},
                  .most_replicas = 2};
  for (auto& slot : state.slots) {
    slot.own.resize(2);
    slot.fallback.resize(2);
  }
  return state;
}

RouterState two_services() {
  RouterState state{.services = {service("api", "Shop.example.com", "/api"), service("web", "", "/")}};
  const ports::Endpoint blue{.address = "10.88.0.5", .port = 8080};
  const ports::Endpoint green{.address = "10.88.0.6", .port = 8080};
  state.services[0].slots[0].own[0] = blue;
  state.services[0].slots[1].own[1] = green;
  state.services[0].slots[1].fallback[0] = blue;
  return state;
}

/// SLUICE_REWRITE_GOLDEN=1 writes what is rendered now; the difference is for review.
TEST(HaproxyConfiguration, IsTheGoldenOne) {
  const std::string path = std::string(SLUICE_SOURCE_DIR) + "/tests/golden/haproxy/two_services.cfg";
  const std::string text = render(kSettings, two_services());
  if (std::getenv("SLUICE_REWRITE_GOLDEN") != nullptr) std::ofstream(path) << text;
  std::ifstream file(path);
  EXPECT_EQ(text, std::string(std::istreambuf_iterator<char>(file), {}));
}

TEST(HaproxyConfiguration, TellsStructureFromEndpoints) {
  RouterState state = two_services();
  const std::string id = structure_id(kSettings, state);
  state.services[0].slots[0].own[1] = ports::Endpoint{.address = "10.88.0.9", .port = 1};
  EXPECT_EQ(structure_id(kSettings, state), id);
  state.services[0].routed.health.path = "/healthz";
  EXPECT_NE(structure_id(kSettings, state), id);
  state = two_services();
  state.services[1].routed.route.path = "/web";
  EXPECT_NE(structure_id(kSettings, state), id) << "routes take a reload too";
}

TEST(HaproxyConfiguration, KeysRoutesByListenHostAndPath) {
  EXPECT_EQ(render_routes(two_services()),
            "127.0.0.1:20080|shop.example.com/api/ shop.local.api\n127.0.0.1:20080|*/ shop.local.web\n");
}

TEST(HaproxyConfiguration, FitsConnectionsToTheLimitOfOpenFiles) {
  const RouterState state = two_services();
  EXPECT_EQ(connections_within(20'000, state), (20'000 - 500 - 32) / 2);
  EXPECT_EQ(connections_within(100, state), 100);
}

TEST(HaproxyConfiguration, ChecksWhatItIsGiven) {
  auto good = service("web", "", "/").routed;
  EXPECT_TRUE(check(good).has_value());
  for (const char* listen : {"", "20080", ":20080", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:99999", "a b:80", "*:80"}) {
    auto bad = good;
    bad.listen = listen;
    EXPECT_FALSE(check(bad).has_value()) << listen;
  }
  auto bad = good;
  bad.route.path = "api";
  EXPECT_FALSE(check(bad).has_value());
  bad = good;
  bad.most_replicas = 0;
  EXPECT_FALSE(check(bad).has_value());
}

TEST(HaproxyNames, AreReadBack) {
  const rollout::ServiceKey key{.project = "shop", .environment = "local", .service = "web"};
  EXPECT_EQ(backend_name(key, rollout::Slot::B), "shop.local.web:b");
  EXPECT_EQ(parse_backend_name("shop.local.web:b"), std::pair(key, rollout::Slot::B));
  for (const char* name : {"front_127.0.0.1:20080", "shop.local.web", "web:a", "<NOSRV>", ""}) {
    EXPECT_FALSE(parse_backend_name(name).has_value()) << name;
  }
}

TEST(WeightsMap, KeepsTheShareOfAClosedRoute) {
  for (const bool open : {true, false}) {
    for (const int share : {0, 1, 9'999, 10'000}) {
      const rollout::TrafficSplit split{.open = open, .slot_b = *Weight::from_basis_points(share)};
      EXPECT_EQ(from_map_value(to_map_value(split)), split);
    }
  }
  EXPECT_FALSE(from_map_value(10'001).has_value());
  EXPECT_FALSE(from_map_value(-10'002).has_value());
}

TEST(WeightsMap, ReadsItsFileAndWhatHaproxyShows) {
  const WeightsMap weights{{"a.b.c", 1000}, {"a.b.d", -1}};
  EXPECT_EQ(parse_weights(render(weights), false), weights);
  EXPECT_EQ(parse_weights("0x55afb745cb60 a.b.c 1000\n0x55afb745cb61 a.b.d -1\n", true), weights);
}

TEST(RouterStateJson, IsReadBack) {
  const RouterState state = two_services();
  const auto read = parse_router_state(to_json(state));
  ASSERT_TRUE(read.has_value()) << read.error().message;
  EXPECT_EQ(*read, state);
  for (const char* broken :
       {"", "{}", R"({"schema_version":2,"services":[]})", R"({"schema_version":1,"services":[{}]})"}) {
    EXPECT_FALSE(parse_router_state(broken).has_value()) << broken;
  }
}

TEST(RouterState, KeepsPlacesOfEndpointsThatStay) {
  const auto endpoint = [](int port) { return ports::Endpoint{.address = "10.88.0.5", .port = port}; };
  const Places places{endpoint(1), endpoint(2), std::nullopt};
  EXPECT_EQ(placed(places, {endpoint(3), endpoint(2)}).value(), (Places{endpoint(3), endpoint(2), std::nullopt}));
  EXPECT_EQ(placed(places, {}).value(), Places(3));
  EXPECT_FALSE(placed(places, {endpoint(1), endpoint(2), endpoint(3), endpoint(4)}).has_value());
}

TEST(RuntimeTable, ReadsBothKinds) {
  const auto stat = parse_table("# pxname,svname,scur,\na:b,s1,3,\na:b,BACKEND,,\n", ',');
  ASSERT_EQ(stat.size(), 2u);
  EXPECT_EQ(number_in(stat[0], "scur"), 3);
  EXPECT_EQ(number_in(stat[1], "scur"), 0);
  EXPECT_EQ(text_in(stat[1], "svname"), "BACKEND");
  const auto servers = parse_table("1\n# be_name srv_name srv_addr\nx s1 10.88.0.5\n", ' ');
  ASSERT_EQ(servers.size(), 1u);
  EXPECT_EQ(text_in(servers[0], "srv_addr"), "10.88.0.5");
}

TEST(Sessions, CountsASlotsReplicasInBothBackends) {
  ServiceState state = two_services().services[0];
  const SessionPlaces blue = session_places(state, rollout::Slot::A);
  EXPECT_TRUE(blue.servers.contains({"shop.local.api:b", "f1"})) << "BLUE serves as GREEN's fallback there";
  EXPECT_FALSE(blue.servers.contains({"shop.local.api:b", "s2"}));
  const auto stat =
      parse_table("# pxname,svname,scur\nshop.local.api:a,s1,2\nshop.local.api:b,f1,3\nshop.local.api:b,s2,7\n", ',');
  EXPECT_EQ(count_sessions(stat, blue), 5);
  EXPECT_EQ(count_sessions(stat, session_places(state, rollout::Slot::B)), 7);
}

TEST(Sessions, TellsWebSocketsByTheirAnswer) {
  const SessionPlaces places{.servers = {{"x:a", "s1"}}};
  const std::string text =
      "0x1: [..] id=1\n  flags=0x0\n  backend=x:a (id=3 mode=http)\n  server=s1 (id=1)\n"
      "  txn=0x2 flags=0x0 meth=1 status=101 req.st=MSG_TUNNEL\n"
      "0x2: [..] id=2\n  backend=x:a (id=3)\n  server=s1 (id=1)\n  txn=0x2 meth=1 status=200\n"
      "0x3: [..] id=3\n  backend=x:b (id=3)\n  server=s1 (id=1)\n  txn=0x2 meth=1 status=101\n";
  EXPECT_EQ(count_websockets(text, places), 1);
  EXPECT_EQ(count_websockets("", places), 0);
}

}  // namespace
}  // namespace sluice::haproxy
