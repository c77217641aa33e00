#include "adapters/aws/s3/deployment_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>
#include <cstdint>
#include <utility>

#include "adapters/aws/digest.h"
#include "core/rollout/event_json.h"
#include "core/rollout/object_reader.h"

namespace sluice::aws::s3 {
namespace {

namespace json = boost::json;

constexpr int kVersion = 1;

/// The reverse of `hexadecimal`. Nothing for what is none.
std::optional<std::string> bytes_of(std::string_view digits) {
  if (digits.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    unsigned char byte = 0;
    const char* const end = digits.data() + i + 2;
    const auto read = std::from_chars(digits.data() + i, end, byte, 16);
    if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
    bytes += static_cast<char>(byte);
  }
  return bytes;
}

Result<ports::JournalRecord> record_of(const std::string& line, int sequence) {
  std::int64_t milliseconds = 0;
  const char* const end = line.data() + line.size();
  const auto read = std::from_chars(line.data(), end, milliseconds);
  if (read.ec != std::errc{} || read.ptr == end || *read.ptr != ' ') {
    return Error{ErrorKind::InvalidInput, "it does not begin with a moment"};
  }
  TRY_ASSIGN(rollout::Event event, rollout::read_event(std::string_view(read.ptr + 1, end)));
  return ports::JournalRecord{sequence, TimePoint(Milliseconds(milliseconds)), std::move(event)};
}

}  // namespace

std::string record_line(TimePoint at, const std::string& event) {
  return fmt::format("{} {}", at.time_since_epoch().count(), event);
}

void DeploymentFile::add(TimePoint at, const rollout::Event& event) {
  records.push_back(record_line(at, rollout::to_text(event)));
}

std::string to_text(const DeploymentFile& file) {
  json::value progress;
  if (file.progress) progress = json::value(hexadecimal(*file.progress));
  std::string text = json::serialize(json::object{{"v", kVersion},
                                                  {"stamp", file.stamp},
                                                  {"holder", file.holder},
                                                  {"epoch", file.epoch},
                                                  {"progress", std::move(progress)}});
  text += '\n';
  for (const std::string& line : file.records) text.append(line).append("\n");
  return text;
}

Result<DeploymentFile> read_deployment_file(std::string_view text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  json::error_code failed;
  const json::value value = json::parse(text.substr(0, end), failed);
  if (failed) return Error{ErrorKind::InvalidInput, "its first line is no JSON"};
  DeploymentFile file;
  int version = 0;
  std::optional<std::string> digits;
  rollout::ObjectReader reader(value, "");
  reader.read("v", version);
  if (version > kVersion) {
    return Error{ErrorKind::InvalidInput,
                 fmt::format("it has version {}, of a newer sluice; this one reads {}", version, kVersion)};
  }
  reader.read("stamp", file.stamp);
  reader.read("holder", file.holder);
  reader.read("epoch", file.epoch);
  reader.read("progress", digits);
  if (digits) {
    file.progress = bytes_of(*digits);
    if (!file.progress) reader.fail("progress", "has letters that are no hexadecimal digits");
  }
  TRY(reader.finish());
  std::string_view rest = text.substr(std::min(end + 1, text.size()));
  while (!rest.empty()) {
    const std::size_t line = std::min(rest.find('\n'), rest.size());
    file.records.emplace_back(rest.substr(0, line));
    rest.remove_prefix(std::min(line + 1, rest.size()));
  }
  return file;
}

Result<std::vector<ports::JournalRecord>> records_of(const DeploymentFile& file) {
  std::vector<ports::JournalRecord> records;
  for (const std::string& line : file.records) {
    auto record = record_of(line, static_cast<int>(records.size()));
    if (!record) return with_context(std::move(record), fmt::format("record {}", records.size()));
    records.push_back(std::move(*record));
  }
  return records;
}

}  // namespace sluice::aws::s3
