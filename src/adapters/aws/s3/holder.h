// Whether this sluice still has what it holds in a journal that several machines share. It says so in an object of its
// own, again and again; whoever finds that object older than the lease may replace it, and this one finds out.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "adapters/aws/kept_files.h"
#include "adapters/aws/s3/object_store.h"
#include "base/result.h"
#include "base/time.h"

namespace sluice::aws::s3 {

/// What a holder's object says.
struct HolderNote {
  enum class State {
    Alive,
    Left,   ///< It has ended in good order.
    Taken,  ///< All that it held is another's.
  };
  State state = State::Alive;
  std::string instance;  ///< Of the process that wrote it, fresh with each start.
  long beat = 0;         ///< Counts, so that no two writings are the same.
  std::string owner;     ///< For people: machine and process.
  Milliseconds lease{0};
  std::string by;  ///< Who has taken it over.
  friend bool operator==(const HolderNote&, const HolderNote&) = default;
};

std::string to_text(const HolderNote& note);
/// Error: InvalidInput naming the field, or the newer version.
Result<HolderNote> read_holder_note(std::string_view text);

/// A note as it was read.
struct SeenNote {
  HolderNote note;
  std::string etag;
  Milliseconds age{0};
};

/// A fresh name that nobody guesses or has had.
std::string fresh_name();

/// May be used from any number of threads at once.
class Holder {
 public:
  struct Options {
    std::string owner;  ///< For people.
    Milliseconds lease{60'000};
    /// Called once, from any thread, when another has taken over; `why` for people.
    std::function<void(const std::string& why)> on_lost;
    /// Goes on while the machine sleeps or this process is stopped.
    std::function<Milliseconds()> uptime;
  };
  /// What is not renewed by then is no longer sure to be this one's: by S3's clock the age is told to the second.
  static constexpr Milliseconds kMargin{2'000};

  /// The id is that of an earlier process with the same `own` files, where there was one. `store` and `own` must
  /// outlive this. Errors: those of `own`.
  static Result<std::unique_ptr<Holder>> create(Options options, ObjectStore& store, KeptFiles& own);
  ~Holder();

  std::string id() const;
  const std::string& owner() const { return options_.owner; }

  /// Before anything is held: says that this sluice lives, and goes on saying so. With nothing held under the old id,
  /// one that was taken over gets a new one. Errors: Conflict (lost), those of the store.
  Status claim();
  /// Nothing is held any more: it need not be said.
  void rest();
  /// Others need not wait for the lease's end. To be called last.
  void leave();

  /// Whether what is held may be acted upon. An `urgent` act may also when S3 does not answer; none may once another
  /// has taken over. Errors: Conflict (lost), Unavailable (nobody knows).
  Status may_act(bool urgent);
  /// Another has taken over; `on_lost` is called.
  void lose(const std::string& why);

  /// Of another. Nothing: it has never been heard of, or its object was removed.
  Result<std::optional<SeenNote>> look_at(const std::string& id);
  /// Ends another. Error: Conflict (it was heard of after `seen`).
  Status mark_taken(const std::string& id, const std::optional<SeenNote>& seen);

 private:
  Holder(Options options, ObjectStore& store, KeptFiles& own);
  void beat(const std::stop_token& stop);
  Status renew();
  Status renew_now();
  Status write(const HolderNote& note, const std::optional<std::string>& etag);
  Status lost_error() const;
  HolderNote alive();
  bool is_fresh() const;

  enum class State { Idle, Held, Lost };

  Options options_;
  ObjectStore& store_;
  KeptFiles& own_;
  const std::string instance_;
  std::mutex writing_;  ///< One write of the object at a time.
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::string id_;
  State state_ = State::Idle;
  std::string why_lost_;
  std::string etag_;
  long beats_ = 0;
  Milliseconds renewed_at_{0};  ///< By `uptime`, when the write began.
  std::jthread thread_;         ///< Last: it uses all of the above.
};

}  // namespace sluice::aws::s3
