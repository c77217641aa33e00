#include "adapters/aws/s3/holder.h"

#include <fmt/format.h>
#include <time.h>

#include <boost/json.hpp>
#include <random>
#include <utility>

#include "core/rollout/object_reader.h"

namespace sluice::aws::s3 {
namespace {

namespace json = boost::json;

constexpr int kVersion = 1;
constexpr int kAttempts = 4;
constexpr const char* kOwnFile = "journal-holder.json";

std::string_view to_string(HolderNote::State state) {
  switch (state) {
    case HolderNote::State::Alive: return "alive";
    case HolderNote::State::Left: return "left";
    case HolderNote::State::Taken: return "taken";
  }
  std::unreachable();
}

std::optional<HolderNote::State> parse_state(std::string_view name) {
  for (const auto state : {HolderNote::State::Alive, HolderNote::State::Left, HolderNote::State::Taken}) {
    if (to_string(state) == name) return state;
  }
  return std::nullopt;
}

std::string object_of(const std::string& id) { return fmt::format("holders/{}.json", id); }

/// CLOCK_BOOTTIME: it goes on while the machine sleeps, and while this process is stopped.
Milliseconds time_since_boot() {
  timespec time{};
  clock_gettime(CLOCK_BOOTTIME, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::floor<Milliseconds>(std::chrono::nanoseconds(time.tv_nsec));
}

Status keep_id(KeptFiles& own, const std::string& id) {
  return own.keep(kOwnFile, json::serialize(json::object{{"id", id}}),
                  "under which name the journal knows this sluice");
}

}  // namespace

std::string fresh_name() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}{:08x}", random(), random(), random());
}

std::string to_text(const HolderNote& note) {
  return json::serialize(json::object{{"v", kVersion},
                                      {"state", to_string(note.state)},
                                      {"instance", note.instance},
                                      {"beat", note.beat},
                                      {"owner", note.owner},
                                      {"lease_milliseconds", note.lease.count()},
                                      {"by", note.by}});
}

Result<HolderNote> read_holder_note(std::string_view text) {
  json::error_code failed;
  const json::value value = json::parse(text, failed);
  if (failed) return Error{ErrorKind::InvalidInput, "it is no JSON"};
  HolderNote note;
  int version = 0;
  rollout::ObjectReader reader(value, "");
  reader.read("v", version);
  if (version > kVersion) return Error{ErrorKind::InvalidInput, fmt::format("it has version {}", version)};
  reader.read_name("state", note.state, parse_state);
  reader.read("instance", note.instance);
  reader.read("beat", note.beat);
  reader.read("owner", note.owner);
  reader.read("lease_milliseconds", note.lease);
  reader.read("by", note.by);
  TRY(reader.finish());
  return note;
}

Holder::Holder(Options options, ObjectStore& store, KeptFiles& own)
    : options_(std::move(options)), store_(store), own_(own), instance_(fresh_name()) {
  if (!options_.uptime) options_.uptime = time_since_boot;
}

Result<std::unique_ptr<Holder>> Holder::create(Options options, ObjectStore& store, KeptFiles& own) {
  std::unique_ptr<Holder> holder(new Holder(std::move(options), store, own));
  TRY_ASSIGN(const auto kept, own.read_object(kOwnFile,
                                              "it says under which name the journal knows this sluice. Remove "
                                              "it when it has no deployment under way"));
  const json::value* const id = kept ? kept->if_contains("id") : nullptr;
  if (id != nullptr && id->is_string()) holder->id_ = id->get_string();
  if (holder->id_.empty()) {
    holder->id_ = fresh_name();
    TRY(keep_id(own, holder->id_));
  }
  holder->thread_ = std::jthread([raw = holder.get()](const std::stop_token& stop) { raw->beat(stop); });
  return holder;
}

Holder::~Holder() = default;

std::string Holder::id() const {
  const std::lock_guard lock(mutex_);
  return id_;
}

Status Holder::lost_error() const { return Error{ErrorKind::Conflict, why_lost_}; }

bool Holder::is_fresh() const { return options_.uptime() - renewed_at_ < options_.lease; }

HolderNote Holder::alive() {
  const std::lock_guard lock(mutex_);
  return {.state = HolderNote::State::Alive,
          .instance = instance_,
          .beat = ++beats_,
          .owner = options_.owner,
          .lease = options_.lease,
          .by = {}};
}

/// With `writing_`. What has begun now holds from now on.
Status Holder::write(const HolderNote& note, const std::optional<std::string>& etag) {
  const Milliseconds began = options_.uptime();
  TRY_ASSIGN(std::string written, store_.put(object_of(id()), to_text(note), {etag}));
  const std::lock_guard lock(mutex_);
  etag_ = std::move(written);
  renewed_at_ = began;
  return {};
}

Status Holder::claim() {
  const std::lock_guard one(writing_);
  std::unique_lock lock(mutex_);
  if (state_ == State::Lost) return lost_error();
  const bool is_held = state_ == State::Held;
  const bool is_sure = is_held && is_fresh();
  lock.unlock();
  if (is_held) return is_sure ? Status() : renew_now();
  Status claimed = Error{ErrorKind::Conflict, ""};
  for (int attempt = 0; attempt < kAttempts && !claimed && claimed.error().kind == ErrorKind::Conflict; ++attempt) {
    TRY_ASSIGN(const auto seen, look_at(id()));
    const bool is_taken = seen && seen->note.state == HolderNote::State::Taken;
    if (is_taken) {
      const std::string id = fresh_name();
      TRY(keep_id(own_, id));
      const std::lock_guard known(mutex_);
      id_ = id;
    }
    claimed = write(alive(), seen && !is_taken ? std::optional(seen->etag) : std::nullopt);
  }
  TRY(std::move(claimed));
  lock.lock();
  state_ = State::Held;
  changed_.notify_all();
  return {};
}

void Holder::rest() {
  const std::lock_guard lock(mutex_);
  if (state_ == State::Held) state_ = State::Idle;
}

void Holder::leave() {
  thread_.request_stop();
  const std::lock_guard one(writing_);
  std::string etag;
  {
    const std::lock_guard lock(mutex_);
    if (state_ != State::Held) return;
    etag = etag_;
  }
  HolderNote note = alive();
  note.state = HolderNote::State::Left;
  {
    const std::lock_guard lock(mutex_);
    state_ = State::Lost;
    why_lost_ = "this sluice has ended";
  }
  (void)store_.put(object_of(id()), to_text(note), {etag});
}

void Holder::beat(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    if (state_ != State::Held) {
      changed_.wait(lock, stop, [this] { return state_ == State::Held; });
      continue;
    }
    changed_.wait_for(lock, stop, options_.lease / 3, [this] { return state_ != State::Held; });
    if (stop.stop_requested() || state_ != State::Held) continue;
    lock.unlock();
    (void)renew();  // tried again at the next beat; until then whoever wants to act asks
    lock.lock();
  }
}

Status Holder::renew() {
  const std::lock_guard one(writing_);
  {
    const std::lock_guard lock(mutex_);
    if (state_ == State::Lost) return lost_error();
    // Somebody else did it while this one waited.
    if (state_ == State::Idle || options_.uptime() - renewed_at_ < options_.lease / 6) return {};
  }
  return renew_now();
}

/// With `writing_`. A write that was refused may be an earlier one of ours whose answer was lost.
Status Holder::renew_now() {
  std::string etag;
  {
    const std::lock_guard lock(mutex_);
    etag = etag_;
  }
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const Status written = write(alive(), etag);
    if (written || written.error().kind != ErrorKind::Conflict) return written;
    TRY_ASSIGN(const auto seen, look_at(id()));
    if (!seen) {
      lose("what said in the journal that this sluice lives was removed");
    } else if (seen->note.state == HolderNote::State::Taken) {
      lose(fmt::format("{} has taken over what this sluice had under way", seen->note.by));
    } else if (seen->note.instance != instance_) {
      lose(fmt::format("another sluice uses the same SLUICE_HOME: {}", seen->note.owner));
    } else {
      etag = seen->etag;
      continue;
    }
    const std::lock_guard lock(mutex_);
    return lost_error();
  }
  return Error{ErrorKind::Unavailable, "the journal's object of this sluice is written by somebody else all the time"};
}

Status Holder::may_act(bool urgent) {
  {
    const std::lock_guard lock(mutex_);
    if (state_ == State::Lost) return lost_error();
    if (state_ == State::Idle || is_fresh()) return {};
  }
  const Status renewed = renew();
  if (renewed) return {};
  if (renewed.error().kind == ErrorKind::Conflict) return renewed;
  if (urgent) return {};
  return Error{
      ErrorKind::Unavailable,
      fmt::format("nobody knows whether this sluice still has what it has under way: {}", renewed.error().message)};
}

void Holder::lose(const std::string& why) {
  {
    const std::lock_guard lock(mutex_);
    if (state_ == State::Lost) return;
    state_ = State::Lost;
    why_lost_ = why;
    changed_.notify_all();
  }
  if (options_.on_lost) options_.on_lost(why);
}

Result<std::optional<SeenNote>> Holder::look_at(const std::string& id) {
  const std::string name = object_of(id);
  TRY_ASSIGN(const auto object, store_.get(name));
  if (!object) return std::optional<SeenNote>();
  auto note = read_holder_note(object->bytes);
  if (!note) return with_context(std::move(note), store_.place_of(name));
  return std::optional(SeenNote{std::move(*note), object->etag, object->age});
}

Status Holder::mark_taken(const std::string& id, const std::optional<SeenNote>& seen) {
  HolderNote note;
  if (seen) note = seen->note;
  note.state = HolderNote::State::Taken;
  note.by = options_.owner;
  TRY(store_.put(object_of(id), to_text(note), {seen ? std::optional(seen->etag) : std::nullopt}));
  return {};
}

}  // namespace sluice::aws::s3
