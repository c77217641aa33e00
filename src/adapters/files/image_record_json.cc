#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "adapters/files/image_records.h"

namespace sluice::files {
namespace {

namespace json = boost::json;

constexpr int kSchemaVersion = 1;
constexpr std::array<std::string_view, 4> kVerdicts = {"not_asked", "passed", "refused", "off"};

std::string_view to_string(ports::ImageVerdict verdict) { return kVerdicts.at(static_cast<std::size_t>(verdict)); }

json::object object_of(const std::map<std::string, std::string>& values) {
  json::object object;
  for (const auto& [name, value] : values) object[name] = value;
  return object;
}

json::array array_of(const std::vector<std::string>& values) {
  json::array array;
  for (const auto& value : values) array.emplace_back(value);
  return array;
}

Error wrong(std::string_view name) {
  return {ErrorKind::InvalidInput, fmt::format("the record of an image has no usable `{}`", name)};
}

/// Reads the members of one object, each of which must be there.
class Members {
 public:
  explicit Members(const json::object& object) : object_(object) {}

  Result<std::string> text(std::string_view name) const {
    const auto* value = object_.if_contains(name);
    if (value == nullptr || !value->is_string()) return wrong(name);
    return std::string(value->as_string());
  }
  Result<bool> boolean(std::string_view name) const {
    const auto* value = object_.if_contains(name);
    if (value == nullptr || !value->is_bool()) return wrong(name);
    return value->as_bool();
  }
  Result<ports::ImageVerdict> verdict(std::string_view name) const {
    TRY_ASSIGN(const auto word, text(name));
    const auto* const found = std::find(kVerdicts.begin(), kVerdicts.end(), word);
    if (found == kVerdicts.end()) return wrong(name);
    return static_cast<ports::ImageVerdict>(found - kVerdicts.begin());
  }
  Result<std::map<std::string, std::string>> texts(std::string_view name) const {
    const auto* value = object_.if_contains(name);
    if (value == nullptr || !value->is_object()) return wrong(name);
    std::map<std::string, std::string> result;
    for (const auto& item : value->as_object()) {
      if (!item.value().is_string()) return wrong(name);
      result.emplace(item.key(), item.value().as_string());
    }
    return result;
  }
  Result<std::vector<std::string>> list(std::string_view name) const {
    const auto* value = object_.if_contains(name);
    if (value == nullptr || !value->is_array()) return wrong(name);
    std::vector<std::string> result;
    for (const auto& item : value->as_array()) {
      if (!item.is_string()) return wrong(name);
      result.emplace_back(item.as_string());
    }
    return result;
  }

 private:
  const json::object& object_;
};

}  // namespace

std::string to_json(const ports::ImageRecord& record) {
  return json::serialize(json::object{{"schema_version", kSchemaVersion},
                                      {"project", record.project},
                                      {"service", record.service},
                                      {"commit", record.commit},
                                      {"image_id", record.image_id},
                                      {"dockerfile", record.dockerfile},
                                      {"args", object_of(record.args)},
                                      {"built_at", format_rfc3339(record.built_at)},
                                      {"used_at", format_rfc3339(record.used_at)},
                                      {"check", to_string(record.check)},
                                      {"scan", to_string(record.scan)},
                                      {"rebuilt", record.rebuilt},
                                      {"check_findings", array_of(record.check_findings)},
                                      {"scan_findings", array_of(record.scan_findings)},
                                      {"digests", object_of(record.digests)}});
}

Result<ports::ImageRecord> parse_image_record(std::string_view text) {
  boost::system::error_code failed;
  const json::value document = json::parse({text.data(), text.size()}, failed);
  if (failed || !document.is_object())
    return Error{ErrorKind::InvalidInput, "the record of an image is no JSON object"};
  const auto* version = document.as_object().if_contains("schema_version");
  if (version == nullptr || !version->is_int64() || version->as_int64() != kSchemaVersion) {
    return wrong("schema_version");
  }
  const Members members(document.as_object());
  ports::ImageRecord record;
  TRY_ASSIGN(record.project, members.text("project"));
  TRY_ASSIGN(record.service, members.text("service"));
  TRY_ASSIGN(record.commit, members.text("commit"));
  TRY_ASSIGN(record.image_id, members.text("image_id"));
  TRY_ASSIGN(record.dockerfile, members.text("dockerfile"));
  TRY_ASSIGN(record.args, members.texts("args"));
  TRY_ASSIGN(const auto built_at, members.text("built_at"));
  TRY_ASSIGN(record.built_at, parse_rfc3339(built_at));
  record.used_at = record.built_at;  // Records of a former sluice do not say.
  if (document.as_object().contains("used_at")) {
    TRY_ASSIGN(const auto used_at, members.text("used_at"));
    TRY_ASSIGN(record.used_at, parse_rfc3339(used_at));
  }
  TRY_ASSIGN(record.check, members.verdict("check"));
  TRY_ASSIGN(record.scan, members.verdict("scan"));
  TRY_ASSIGN(record.rebuilt, members.boolean("rebuilt"));
  TRY_ASSIGN(record.check_findings, members.list("check_findings"));
  TRY_ASSIGN(record.scan_findings, members.list("scan_findings"));
  TRY_ASSIGN(record.digests, members.texts("digests"));
  return record;
}

}  // namespace sluice::files
