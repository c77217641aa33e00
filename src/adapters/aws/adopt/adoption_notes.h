// What AWS does not keep for an adoption: the tokens of its calls, the target groups that it made, and the rules as
// they were. Files under `home`/aws-adoptions.
#pragma once

#include <boost/json/fwd.hpp>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace sluice::aws::adopt {

struct AdoptionNote {
  std::string id;                        ///< Of this attempt: tokens are made of it.
  std::vector<std::string> made_groups;  ///< Names.
};

class AdoptionNotes {
 public:
  /// `new_id`: at most 26 characters.
  AdoptionNotes(std::string home, std::string cluster, std::string service, std::function<std::string()> new_id);

  /// The note of this service; a new one is kept before it is answered. Errors: Unavailable (damaged, not writable).
  Result<AdoptionNote> note() const;
  Status note_group(const std::string& name) const;
  /// The next adoption has another id.
  Status forget() const;

  /// Keeps a rule as it is now. Error: Unavailable.
  Status keep_rule(const boost::json::object& rule) const;
  std::string rule_path(const std::string& rule_arn) const;

 private:
  Status write(const AdoptionNote& note) const;

  std::string folder_;
  std::string name_;  ///< Of the note, in the folder.
  std::function<std::string()> new_id_;
};

}  // namespace sluice::aws::adopt
