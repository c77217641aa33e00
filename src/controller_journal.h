// The controller's journal and what goes with it: in the home, where one controller has it, or in S3, where several
// machines share it.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "adapters/aws/client_pool.h"
#include "adapters/aws/kept_files.h"
#include "base/result.h"
#include "core/rollout/journal_place.h"
#include "ports/journal.h"
#include "ports/journal_owners.h"

namespace sluice {

class ControllerJournal {
 public:
  struct Options {
    std::string home;
    std::optional<rollout::JournalPlace> place;  ///< Nothing: in the home.
    std::string owner;                           ///< For people.
    std::function<Status(Milliseconds, const std::stop_token&)> pause;
    std::function<double()> chance;
    std::function<Milliseconds()> uptime = {};  ///< That by which a lease in S3 runs; empty: this machine's.
  };
  /// `around` must outlive this. Errors: those of the journals; Conflict for a home that has services of its machine,
  /// with a journal in S3.
  static Result<std::unique_ptr<ControllerJournal>> open(Options options, aws::Surroundings around);
  ~ControllerJournal();

  ports::Journal& journal() { return *journal_; }
  /// What adapters keep for the next start, on whichever machine that is.
  aws::KeptFiles& kept_files() { return *kept_files_; }
  /// Null where nobody else has the journal.
  ports::JournalOwners* owners() { return owners_; }
  bool is_shared() const { return owners_ != nullptr; }
  /// `s3://bucket/prefix`; empty: in the home.
  const std::string& name() const { return name_; }

  /// Error: InvalidInput, for a command that means another journal than this (`name`; empty: whichever there is).
  Status may_serve(const std::string& name) const;
  /// Whether AWS may be told to do something for what is under way.
  Status may_act(bool urgent);
  /// From any thread, once, when another has taken all over; at once when it has already.
  void when_lost(std::function<void(const std::string& why)> call);
  /// The controller ends: others need not wait for the lease's end. Nothing may be done any more.
  void leave();

 private:
  struct InS3;
  ControllerJournal() = default;
  Status open_in_home(const std::string& home);
  Status open_in_s3(const Options& options, const aws::Surroundings& around);
  void lost(const std::string& why);

  std::string name_;
  std::unique_ptr<aws::KeptFiles> kept_files_;
  std::unique_ptr<InS3> in_s3_;
  std::unique_ptr<ports::Journal> own_journal_;
  ports::Journal* journal_ = nullptr;
  ports::JournalOwners* owners_ = nullptr;

  std::mutex mutex_;
  std::optional<std::string> why_lost_;
  std::function<void(const std::string&)> when_lost_;
};

}  // namespace sluice
