#include "adapters/aws/messages/detail.h"

#include <boost/json.hpp>

#include "base/utf8.h"

namespace sluice::aws::messages {

namespace json = boost::json;

json::object detail_of(const ports::Message& message) {
  const ports::About& about = message.about;
  const bool has_begun = about.began != TimePoint{};
  return {{"version", kDetailVersion},
          {"id", about.incident + "/" + message.id},
          {"kind", about.kind},
          {"subject", valid_utf8(message.subject, kMostTextBytes)},
          {"text", valid_utf8(message.text, kMostTextBytes)},
          {"deployment", about.incident},
          {"ended", json::array(about.ended.begin(), about.ended.end())},
          {"project", about.project},
          {"environment", about.environment},
          {"service", about.service},
          {"label", about.label},
          {"revision", about.revision},
          {"image", about.image},
          {"began", has_begun ? json::value(format_rfc3339(about.began)) : json::value()}};
}

}  // namespace sluice::aws::messages
