#include "core/rollout/particulars_json.h"

#include <boost/json.hpp>

#include "core/rollout/object_reader.h"
#include "core/rollout/text_array.h"

namespace sluice::rollout {
namespace {

namespace json = boost::json;
using analysis::Concern;
using analysis::Particulars;
using analysis::RouteFigures;
using analysis::WorstRoute;

constexpr std::string_view kByErrors = "errors";
constexpr std::string_view kByLatency = "latency";

std::optional<Concern> parse_concern(std::string_view name) {
  if (name == kByErrors) return Concern::Errors;
  if (name == kByLatency) return Concern::Latency;
  return std::nullopt;
}

json::object figures(const RouteFigures& route) {
  return {{"requests", route.requests},
          {"errors", route.errors},
          {"timed", route.timed},
          {"milliseconds", route.milliseconds}};
}

Result<RouteFigures> read_figures(const json::value& value, std::string path) {
  RouteFigures route;
  ObjectReader reader(value, std::move(path));
  reader.read("requests", route.requests);
  reader.read("errors", route.errors);
  reader.read("timed", route.timed);
  reader.read("milliseconds", route.milliseconds);
  TRY(reader.finish());
  return route;
}

json::value worst_json(const std::optional<WorstRoute>& worst) {
  if (!worst) return nullptr;
  return json::object{{"route", worst->green.route},
                      {"by", worst->concern == Concern::Latency ? kByLatency : kByErrors},
                      {"green", figures(worst->green)},
                      {"blue", figures(worst->blue)}};
}

Result<WorstRoute> read_worst(const json::value& value, std::string path) {
  WorstRoute worst;
  std::string route;
  ObjectReader reader(value, std::move(path));
  reader.read("route", route);
  reader.read_name("by", worst.concern, parse_concern);
  reader.read_as("green", worst.green, read_figures);
  reader.read_as("blue", worst.blue, read_figures);
  TRY(reader.finish());
  worst.green.route = worst.blue.route = route;
  return worst;
}

}  // namespace

json::value to_json(const Particulars& particulars) {
  return json::object{{"worst_route", worst_json(particulars.worst_route)},
                      {"request_ids", text_array(particulars.request_ids)},
                      {"error_lines", text_array(particulars.error_lines)}};
}

Result<Particulars> read_particulars(const json::value& value, std::string path) {
  Particulars particulars;
  ObjectReader reader(value, std::move(path));
  reader.read_optional("worst_route", particulars.worst_route, read_worst);
  reader.read("request_ids", particulars.request_ids);
  reader.read("error_lines", particulars.error_lines);
  TRY(reader.finish());
  return particulars;
}

}  // namespace sluice::rollout
