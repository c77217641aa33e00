#include "adapters/aws/messages/sns.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "adapters/aws/digest.h"
#include "adapters/aws/messages/detail.h"
#include "base/utf8.h"
#include "core/config/arn.h"

namespace sluice::aws::messages {
namespace {

namespace json = boost::json;

constexpr std::size_t kSubjectCharacters = 100;
constexpr std::size_t kSmsBytes = 140;
constexpr std::size_t kMostNameBytes = 256;

/// Subject of Publish: "ASCII text that begins with a letter, number, or punctuation mark", without line breaks.
std::string subject_of(const std::string& text) {
  std::string subject;
  for (const char c : text) {
    if (c >= ' ' && c <= '~') {
      subject += c;
    } else if (c == '\n' || c == '\t') {
      subject += ' ';
    } else if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80U) {
      subject += '?';  // one for each character
    }
    if (subject == " ") subject.clear();
    if (subject.size() == kSubjectCharacters) break;
  }
  return subject.empty() ? "sluice" : subject;
}

void add_attribute(json::array& attributes, const char* name, const std::string& value) {
  if (value.empty()) return;  // an attribute has a value
  attributes.push_back(json::object{
      {"Name", name},
      {"Value", json::object{{"DataType", "String"}, {"StringValue", valid_utf8(value, kMostNameBytes)}}}});
}

}  // namespace

json::object publish_input(const std::string& topic, const ports::Message& message) {
  const std::string text = valid_utf8(message.text, kMostTextBytes);
  const std::string email = valid_utf8(message.subject, kMostTextBytes) + "\n\n" + text;
  const json::object by_protocol{{"default", json::serialize(detail_of(message))},
                                 {"email", email},
                                 {"sms", valid_utf8(message.subject, kSmsBytes)}};
  json::array attributes;
  add_attribute(attributes, "kind", message.about.kind);
  add_attribute(attributes, "project", message.about.project);
  add_attribute(attributes, "environment", message.about.environment);
  add_attribute(attributes, "service", message.about.service);
  json::object input{{"TopicArn", topic},
                     {"Subject", subject_of(message.subject)},
                     {"Message", json::serialize(by_protocol)},
                     {"MessageStructure", "json"}};
  input["MessageAttributes"] = json::object{{"entry", std::move(attributes)}};
  if (topic.ends_with(".fifo")) {
    // Both take fewer characters than ids may have.
    input["MessageGroupId"] = sha1_hex(message.about.project + "/" + message.about.environment);
    input["MessageDeduplicationId"] = sha1_hex(message.about.incident + "/" + message.id);
  }
  return input;
}

Status Sns::send(const ports::Recipient& to, const ports::Message& message) {
  const auto* topic = std::get_if<rollout::SnsTopic>(&to.place);
  if (topic == nullptr) return Error{ErrorKind::InvalidInput, "this is no topic of SNS"};
  TRY_ASSIGN(Client* const client,
             clients_.get(std::string(config::arn_part(topic->arn, config::kArnRegion)), topic->role));
  const Call call{.service = "sns", .operation = "Publish", .resource = "topic " + topic->arn, .repeat = Repeat::Never};
  TRY(client->call(call, publish_input(topic->arn, message)));
  return {};
}

}  // namespace sluice::aws::messages
