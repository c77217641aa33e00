#include "adapters/haproxy/configuration.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "adapters/haproxy/names.h"

namespace sluice::haproxy {
namespace {

constexpr int kReservedFiles = 500;
constexpr int kFewestConnections = 100;
constexpr int kMostConnections = 100'000;

std::string seconds_up(Milliseconds span) { return fmt::format("{}s", std::max<long>(1, (span.count() + 999) / 1000)); }

std::string global_section(const Settings& settings) {
  return fmt::format(
      R"(global
  description @STRUCTURE@
  maxconn {connections}
  stats socket {run}/haproxy.sock mode 600 level admin expose-fd listeners
  hard-stop-after {drain}
  log 127.0.0.1:{log_port} len 4096 format raw local0

defaults
  mode http
  log global
  maxconn {connections}
  option idle-close-on-response
  option abortonclose
  option forwardfor
  option redispatch 1
  retries 2
  retry-on conn-failure empty-response response-timeout
  http-reuse safe
  timeout connect 200ms
  timeout client 60s
  timeout server {answer}
  timeout http-request 10s
  timeout tunnel {drain_or_hour}
  timeout check 2s
)",
      fmt::arg("connections", settings.most_connections), fmt::arg("run", settings.run_directory),
      fmt::arg("drain", seconds_up(settings.drain)), fmt::arg("log_port", settings.log_port),
      fmt::arg("answer", seconds_up(settings.answer_within)),
      fmt::arg("drain_or_hour", seconds_up(std::max(settings.drain, Milliseconds(std::chrono::hours{1})))));
}

/// One for each address that anything listens on: the socket that the variable names where HAProxy was started with one
/// (HeldListeners), else one that HAProxy opens. A request's way: is it sluice's own, whose is it, is the route open,
/// which slot does the draw (or sluice's own wish) give it.
std::string frontend_section(const Settings& settings, const std::string& listen) {
  return fmt::format(
      R"(
frontend front_{listen}
  bind "${{{variable}-{listen}}}"
  http-request set-var(txn.start) date(0,us)
  unique-id-format %{{+X}}o%ci%cp%Ts%rt%pid
  http-request set-header x-request-id %[unique-id] unless {{ req.hdr(x-request-id) -m found }}
  http-request set-var(txn.id) req.hdr(x-request-id)
  http-request set-var(txn.path) path
  http-request set-var(txn.probe) bool(true) if {{ req.hdr({probe}) -m str -f {secret} }}
  http-request set-var(txn.want) req.hdr({slot}) if {{ var(txn.probe) -m bool }} {{ req.hdr({slot}) -m str a b }}
  http-request del-header {probe}
  http-request del-header {slot}
  http-request set-header x-forwarded-proto http
  http-request set-var(txn.host) req.hdr(host),field(1,:),lower
  http-request set-var(txn.key) str("{listen}|"),concat(,txn.host),concat(,txn.path,/)
  http-request set-var(txn.svc) var(txn.key),map_beg({routes})
  http-request set-var(txn.key) str("{listen}|*"),concat(,txn.path,/) unless {{ var(txn.svc) -m found }}
  http-request set-var(txn.svc) var(txn.key),map_beg({routes}) unless {{ var(txn.svc) -m found }}
  http-request return status 404 content-type text/plain string "sluice: no service has this route\n" unless {{ var(txn.svc) -m found }}
  http-request set-var(txn.weight) var(txn.svc),map_str_int({weights},-1)
  http-request return status 503 content-type text/plain string "sluice: the route is closed\n" if {{ var(txn.weight) -m int lt 0 }} !{{ var(txn.want) -m found }}
  http-request set-var(txn.draw) rand(10000)
  http-request set-var(txn.slot) str(a)
  http-request set-var(txn.slot) str(b) if {{ var(txn.draw),sub(txn.weight) -m int lt 0 }}
  http-request set-var(txn.slot) var(txn.want) if {{ var(txn.want) -m found }}
  http-request disable-l7-retry unless {{ method GET HEAD OPTIONS PUT DELETE TRACE }}
  log-format "{token} %[date(0,ms)] %pid %b %s %ST %rc %Ta %[date(0,us),sub(txn.start)] %[var(txn.probe)] %HM %[var(txn.path),bytes(0,512)] %[var(txn.id),bytes(0,64)]"
  use_backend %[var(txn.svc)]:%[var(txn.slot)]
)",
      fmt::arg("listen", listen), fmt::arg("variable", listener_variable(listen)), fmt::arg("probe", kProbeHeader),
      fmt::arg("slot", kSlotHeader), fmt::arg("secret", probe_secret_path(settings)),
      fmt::arg("routes", routes_path(settings)), fmt::arg("weights", weights_path(settings)),
      fmt::arg("token", settings.log_token));
}

std::string server_lines(const Places& places, char kind) {
  std::string text;
  for (std::size_t i = 0; i < places.size(); ++i) {
    const auto& place = places[i];
    text += fmt::format("  server {}{} {}:{}{}{}\n", kind, i + 1, place ? place->address : "127.0.0.1",
                        place ? place->port : 1, kind == 'f' ? " backup" : "", place ? "" : " disabled");
  }
  return text;
}

/// A failed connection marks a server down at once, so that later requests go to another without waiting for a check.
/// The one that failed is sent again after `timeout connect` where a slot has a single server, else at once. A probe
/// that a fallback answered would tell about the other colour, so it is answered 503.
std::string backend_section(const ServiceState& service, rollout::Slot slot) {
  const auto& health = service.routed.health;
  const auto every = std::max<long>(1, health.every.count());
  return fmt::format(
             R"(
backend {name}
  option httpchk
  http-check send meth GET uri {path} ver HTTP/1.1 hdr Host localhost hdr User-Agent sluice-health
  http-check expect status 200-399
  option allbackups
  http-response return status 503 content-type text/plain string "sluice: no replica of this slot answered\n" if {{ var(txn.probe) -m bool }} {{ srv_name -m beg f }}
  default-server check inter {every}ms fastinter {fast}ms downinter {down}ms fall 2 rise 1 observe layer4 error-limit 1 on-error mark-down
)",
             fmt::arg("name", backend_name(service.routed.service, slot)), fmt::arg("path", health.path),
             fmt::arg("every", every), fmt::arg("fast", std::min(every, 100L)),
             fmt::arg("down", std::min(every, 200L))) +
         server_lines(service.slot(slot).own, 's') + server_lines(service.slot(slot).fallback, 'f');
}

std::string render_with_places(const Settings& settings, const RouterState& state) {
  std::string text = global_section(settings);
  std::set<std::string> listens;
  for (const auto& service : state.services) listens.insert(service.routed.listen);
  for (const auto& listen : listens) text += frontend_section(settings, listen);
  for (const auto& service : state.services) {
    text += backend_section(service, rollout::Slot::A) + backend_section(service, rollout::Slot::B);
  }
  return text;
}

/// FNV-1a, 64 bits: tells configurations apart, protects nothing.
std::string fingerprint(const std::string& text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const unsigned char c : text) hash = (hash ^ c) * 0x100000001b3;
  return fmt::format("{:016x}", hash);
}

bool holds_any(const std::string& text, const char* letters) {
  return text.find_first_of(letters) != std::string::npos;
}

}  // namespace

std::string weights_path(const Settings& settings) { return settings.home + "/weights.map"; }
std::string routes_path(const Settings& settings) { return settings.home + "/routes.map"; }
std::string probe_secret_path(const Settings& settings) { return settings.run_directory + "/probe.secret"; }

std::string structure_id(const Settings& settings, const RouterState& state) {
  RouterState without = state;
  for (auto& service : without.services) {
    for (auto& slot : service.slots) {
      slot.own.assign(slot.own.size(), std::nullopt);
      slot.fallback.assign(slot.fallback.size(), std::nullopt);
    }
  }
  return fingerprint(render_with_places(settings, without) + render_routes(state));
}

std::string render(const Settings& settings, const RouterState& state) {
  std::string text = render_with_places(settings, state);
  static constexpr std::string_view kMark = "@STRUCTURE@";
  return text.replace(text.find(kMark), kMark.size(), structure_id(settings, state));
}

std::string route_key(const ports::RoutedService& service) {
  std::string host = service.route.host.empty() ? "*" : service.route.host;
  std::ranges::transform(host, host.begin(), [](unsigned char c) { return std::tolower(c); });
  std::string path = service.route.path;
  if (!path.ends_with('/')) path += '/';
  return service.listen + "|" + host + path;
}

std::string render_routes(const RouterState& state) {
  std::string text;
  for (const auto& service : state.services) {
    text += fmt::format("{} {}\n", route_key(service.routed), service_name(service.routed.service));
  }
  return text;
}

int connections_within(long most_files, const RouterState& state) {
  long servers = 0;
  for (const auto& service : state.services) servers += 4L * service.routed.most_replicas;
  const long files = most_files - kReservedFiles - 2 * servers;
  return static_cast<int>(std::clamp<long>(files / 2, kFewestConnections, kMostConnections));
}

Status check(const ports::RoutedService& service) {
  TRY(check_names(service.service));
  const auto bad = [&](const std::string& what) {
    return Error{ErrorKind::InvalidInput, service.service.to_string() + ": " + what};
  };
  const auto colon = service.listen.rfind(':');
  const std::string port = colon == std::string::npos ? "" : service.listen.substr(colon + 1);
  const bool digits =
      !port.empty() && port.size() <= 5 && std::ranges::all_of(port, [](unsigned char c) { return std::isdigit(c); });
  if (!digits || std::stoi(port) < 1 || std::stoi(port) > 65535 || colon == 0 ||
      service.listen.find_first_not_of("0123456789.:") != std::string::npos) {
    return bad(fmt::format("'{}' is no listen address; write one like 127.0.0.1:20080", service.listen));
  }
  if (holds_any(service.route.host, " \t\r\n\"'\\#/:*|")) return bad("'" + service.route.host + "' is no host name");
  if (!service.route.path.starts_with('/') || holds_any(service.route.path, " \t\r\n\"'\\#?|")) {
    return bad("'" + service.route.path + "' is no path that a route can have");
  }
  if (!service.health.path.starts_with('/') || holds_any(service.health.path, " \t\r\n\"'\\#")) {
    return bad("'" + service.health.path + "' is no path for a health check");
  }
  if (service.most_replicas < 1 || service.most_replicas > 64) return bad("a slot has 1 to 64 places");
  return {};
}

}  // namespace sluice::haproxy
