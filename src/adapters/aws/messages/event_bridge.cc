#include "adapters/aws/messages/event_bridge.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "adapters/aws/error_answer.h"
#include "adapters/aws/json_member.h"
#include "adapters/aws/messages/detail.h"

namespace sluice::aws::messages {
namespace {

namespace json = boost::json;

constexpr int kRefused = 400;  ///< What the code of an entry would have come with.

}  // namespace

std::string detail_type(std::string_view kind) {
  const bool is_run = kind.starts_with("pipeline_");
  std::string type = is_run ? "Sluice" : "Sluice Deployment";
  bool is_first = true;
  for (const char c : kind) {
    if (is_first) type += ' ';
    const bool is_lower = c >= 'a' && c <= 'z';
    if (c != '_') type += is_first && is_lower ? static_cast<char>(c - 'a' + 'A') : c;
    is_first = c == '_';
  }
  return type;
}

json::object put_events_input(const std::string& bus, const ports::Message& message) {
  json::object entry{{"Source", std::string(kEventSource)},
                     {"DetailType", detail_type(message.about.kind)},
                     {"Detail", json::serialize(detail_of(message))},
                     {"EventBusName", bus}};
  json::array entries;
  entries.push_back(std::move(entry));
  return json::object{{"Entries", std::move(entries)}};
}

Status judge_entry(const json::object& answer, const std::string& bus) {
  if (number_member(answer, "FailedEntryCount") == 0) return {};
  const json::array* entries = array_member(answer, "Entries");
  const json::object* entry = entries == nullptr || entries->empty() ? nullptr : entries->front().if_object();
  const std::string code = entry == nullptr ? "" : text_member(*entry, "ErrorCode");
  const std::string message = entry == nullptr ? "" : text_member(*entry, "ErrorMessage");
  return Error{kind_of({.status = kRefused, .code = code}),
               fmt::format("events PutEvents: bus {}: the event was refused: {} ({})", bus, code, message)};
}

Status EventBridge::send(const ports::Recipient& to, const ports::Message& message) {
  const auto* bus = std::get_if<rollout::EventBus>(&to.place);
  if (bus == nullptr) return Error{ErrorKind::InvalidInput, "this is no bus of EventBridge"};
  TRY_ASSIGN(Client* const client, clients_.get(bus->access.region, bus->access.role));
  const Call call{
      .service = "events", .operation = "PutEvents", .resource = "bus " + bus->name, .repeat = Repeat::Never};
  TRY_ASSIGN(const json::value answer, client->call(call, put_events_input(bus->name, message)));
  return judge_entry(answer.is_object() ? answer.get_object() : json::object(), bus->name);
}

}  // namespace sluice::aws::messages
