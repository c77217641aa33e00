#include "controller_journal.h"

#include <fmt/format.h>

#include <filesystem>
#include <utility>

#include "adapters/aws/digest.h"
#include "adapters/aws/s3/journal.h"
#include "adapters/aws/s3/kept_in_bucket.h"
#include "adapters/sqlite/journal.h"

namespace sluice {
namespace {

std::string database_of(const std::string& home) { return home + "/journal.db"; }

Result<std::string> region_of(const rollout::JournalPlace& place, const aws::Variables& variables) {
  if (!place.region.empty()) return place.region;
  for (const char* name : {"AWS_REGION", "AWS_DEFAULT_REGION"}) {
    if (const auto value = variables(name); value && !value->empty()) return *value;
  }
  return Error{
      ErrorKind::InvalidInput,
      fmt::format("the journal's region is not known: write SLUICE_JOURNAL={}?region=REGION, or set AWS_REGION",
                  place.name())};
}

/// Services of the machine have their journal in the home: two journals would contradict each other.
Status has_no_own_services(const std::string& home) {
  std::error_code ignored;
  if (!std::filesystem::exists(database_of(home), ignored)) return {};
  TRY_ASSIGN(const auto journal, sqlite::Journal::open(database_of(home)));
  TRY_ASSIGN(const auto live, journal->all_live());
  TRY_ASSIGN(const auto unarchived, journal->unarchived());
  if (live.empty() && unarchived.empty()) return {};
  return Error{ErrorKind::Conflict,
               fmt::format("{} has a journal with services in it: give the journal in S3 a home of "
                           "its own (SLUICE_HOME, SLUICE_RUN), or unset SLUICE_JOURNAL",
                           home)};
}

}  // namespace

/// In the order of their use.
struct ControllerJournal::InS3 {
  InS3(aws::Client::Options common, const aws::Surroundings& around, std::string own_folder)
      : clients(std::move(common), around), own(std::move(own_folder)) {}

  aws::ClientPool clients;  ///< Of its own: what it asks is never asked for leave.
  aws::KeptInFolder own;
  std::optional<aws::s3::ObjectStore> store;
  std::unique_ptr<aws::s3::Holder> holder;
  std::unique_ptr<aws::s3::Journal> journal;
};

Result<std::unique_ptr<ControllerJournal>> ControllerJournal::open(Options options, aws::Surroundings around) {
  std::unique_ptr<ControllerJournal> journal(new ControllerJournal);
  TRY(options.place ? journal->open_in_s3(options, around) : journal->open_in_home(options.home));
  return journal;
}

ControllerJournal::~ControllerJournal() = default;

Status ControllerJournal::open_in_home(const std::string& home) {
  TRY_ASSIGN(own_journal_, sqlite::Journal::open(database_of(home)));
  journal_ = own_journal_.get();
  kept_files_ = std::make_unique<aws::KeptInFolder>(home);
  return {};
}

Status ControllerJournal::open_in_s3(const Options& options, const aws::Surroundings& around) {
  TRY(has_no_own_services(options.home));
  const rollout::JournalPlace& place = *options.place;
  TRY_ASSIGN(const std::string region, region_of(place, around.variables));
  name_ = place.name();
  aws::Client::Options common;
  common.pause = options.pause;
  common.chance = options.chance;
  in_s3_ = std::make_unique<InS3>(std::move(common), around,
                                  fmt::format("{}/journals/{}", options.home, aws::sha1_hex(name_).substr(0, 16)));
  TRY_ASSIGN(aws::Client* const client, in_s3_->clients.get(region, place.role));
  in_s3_->store.emplace(*client, place.bucket, place.prefix);
  TRY_ASSIGN(in_s3_->holder, aws::s3::Holder::create({.owner = options.owner,
                                                      .lease = place.lease,
                                                      .on_lost = [this](const std::string& why) { lost(why); },
                                                      .uptime = options.uptime},
                                                     *in_s3_->store, in_s3_->own));
  const auto pause = [pause = options.pause](Milliseconds span) { return pause(span, {}); };
  auto opened = aws::s3::Journal::open(*in_s3_->store, *in_s3_->holder, pause);
  if (!opened) return with_context(std::move(opened), fmt::format("the journal in {}", name_));
  in_s3_->journal = std::move(*opened);
  journal_ = in_s3_->journal.get();
  owners_ = in_s3_->journal.get();
  kept_files_ = std::make_unique<aws::s3::KeptInBucket>(*in_s3_->store, *in_s3_->holder);
  return {};
}

Status ControllerJournal::may_serve(const std::string& name) const {
  if (name.empty() || name == name_) return {};
  return Error{ErrorKind::InvalidInput,
               fmt::format("SLUICE_JOURNAL says {}, and the controller of this home has its journal in {}: end it with "
                           "`sluice shutdown`, or say SLUICE_HOME and SLUICE_RUN for another one",
                           name, name_.empty() ? "the home" : name_)};
}

Status ControllerJournal::may_act(bool urgent) { return in_s3_ ? in_s3_->holder->may_act(urgent) : Status(); }

void ControllerJournal::lost(const std::string& why) {
  std::function<void(const std::string&)> call;
  {
    const std::lock_guard lock(mutex_);
    why_lost_ = why;
    call = when_lost_;
  }
  if (call) call(why);
}

void ControllerJournal::when_lost(std::function<void(const std::string& why)> call) {
  std::optional<std::string> why;
  {
    const std::lock_guard lock(mutex_);
    when_lost_ = call;
    why = why_lost_;
  }
  if (why && call) call(*why);
}

void ControllerJournal::leave() {
  when_lost({});
  if (in_s3_) in_s3_->holder->leave();
}

}  // namespace sluice
