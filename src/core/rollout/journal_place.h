// Where the journal is when it is not on this machine: what the variable SLUICE_JOURNAL says.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace sluice::rollout {

/// In S3, where several machines share it.
struct JournalPlace {
  std::string bucket;
  std::string
      prefix;  ///< In front of the names of all objects, with a slash at its end; empty: the bucket is sluice's.
  std::string region;          ///< Empty: that of AWS_REGION or AWS_DEFAULT_REGION.
  std::string role;            ///< ARN of the role that is taken on for the journal; empty: none.
  Milliseconds lease{60'000};  ///< Unheard of for so long, an owner is taken for dead.

  /// `s3://bucket/prefix`: the same for all that share it.
  std::string name() const;
  friend bool operator==(const JournalPlace&, const JournalPlace&) = default;
};

/// The variable that says it, for a command and for the controller that it starts.
inline constexpr const char* kJournalVariable = "SLUICE_JOURNAL";
inline constexpr Milliseconds kShortestJournalLease{2'000};
inline constexpr Milliseconds kLongestJournalLease{3'600'000};

/// `s3://BUCKET[/PREFIX][?region=R&role=ARN&lease=60s]`. Error: InvalidInput that says what is wrong with it.
Result<JournalPlace> parse_journal_place(std::string_view text);

}  // namespace sluice::rollout
