// Reads checked values out of a document and keeps what the rules find.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/position.h"
#include "base/time.h"
#include "core/rollout/revision.h"
#include "core/yaml/document.h"

namespace sluice::config {

class Reader {
 public:
  /// `bad`: nodes that a finding is about already. They read as absent.
  Reader(std::string file, std::set<const yaml::Node*> bad) : file_(std::move(file)), bad_(std::move(bad)) {}

  void report(Position at, std::string message, Severity severity = Severity::Error) {
    findings_.push_back(Finding{severity, file_, at, std::move(message)});
  }

  bool is_bad(const yaml::Node* node) const { return bad_.contains(node); }
  /// True when a key of this mapping was misspelt or holds something else than it should: what is absent in it may
  /// just have been misread.
  bool has_bad_member(const yaml::Node& mapping) const;

  /// The member's value; null when it is absent or bad, or `parent` is null.
  const yaml::Node* get(const yaml::Node* parent, std::string_view key) const;

  /// Each sets `out` when the member is there and good, and leaves it alone otherwise. True when it was set.
  bool read(const yaml::Node* parent, std::string_view key, std::string& out) const;
  bool read(const yaml::Node* parent, std::string_view key, int& out) const;
  bool read(const yaml::Node* parent, std::string_view key, long& out) const;
  bool read(const yaml::Node* parent, std::string_view key, bool& out) const;
  bool read(const yaml::Node* parent, std::string_view key, Milliseconds& out) const;
  bool read(const yaml::Node* parent, std::string_view key, std::vector<std::string>& out) const;
  bool read(const yaml::Node* parent, std::string_view key, std::map<std::string, std::string>& out) const;
  /// `node` is a secret: exactly one of its sources is set. `access`: where and as whom AWS is asked for it.
  std::optional<rollout::SecretSource> secret(const yaml::Node* node, const rollout::AwsAccess& access) const;

  Findings take_findings() { return std::move(findings_); }

 private:
  std::string file_;
  std::set<const yaml::Node*> bad_;
  Findings findings_;
};

}  // namespace sluice::config
