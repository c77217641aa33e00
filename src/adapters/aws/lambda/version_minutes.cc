#include "adapters/aws/lambda/version_minutes.h"

#include <fmt/format.h>

#include <array>
#include <optional>

#include "adapters/aws/metric_data.h"

namespace sluice::aws::lambda {
namespace {

constexpr Milliseconds kMinute = std::chrono::minutes{1};

// A throttled request is no invocation: it is counted in both, so that it is a failed one.
std::vector<Figure> figures() {
  return with_percentiles({{"invocations", "Invocations", "Sum", &Minute::requests},
                           {"throttled", "Throttles", "Sum", &Minute::requests},
                           {"errors", "Errors", "Sum", &Minute::server_errors},
                           {"refused", "Throttles", "Sum", &Minute::server_errors}},
                          "Duration");
}

enum class Holder { Slot, Other, Both };

/// Who had the minute that begins at `minute`.
Holder holder_of(const std::vector<Shift>& shifts, rollout::Slot slot, TimePoint minute) {
  const Shift* in_force = nullptr;
  for (const Shift& shift : shifts) {
    const bool is_first = &shift == &shifts.front();
    if (!is_first && shift.at >= minute + kMinute) break;
    if (!is_first && shift.at + kShiftTakes > minute) return Holder::Both;
    in_force = &shift;
  }
  if (in_force == nullptr || !in_force->split.open) return Holder::Both;
  const Weight share = share_of(in_force->split, slot);
  if (share == Weight::full()) return Holder::Slot;
  return share == Weight::none() ? Holder::Other : Holder::Both;
}

}  // namespace

Minutes minutes_of_slot(const std::vector<Shift>& shifts, rollout::Slot slot, const Minutes& executed,
                        const Minutes& all) {
  Minutes minutes;
  for (const auto& [at, minute] : all) {
    if (holder_of(shifts, slot, at) == Holder::Slot) minutes[at] = minute;
  }
  for (const auto& [at, minute] : executed) {
    if (holder_of(shifts, slot, at) == Holder::Both) minutes[at] = minute;
  }
  return minutes;
}

Result<MinutesOfBoth> VersionMinutes::read(const rollout::ServiceKey& service, const rollout::LambdaTarget& place,
                                           TimePoint from, TimePoint until, const std::stop_token& stop) const {
  TRY_ASSIGN(Client* const client, clients_.get(place.region, place.role));
  TRY_ASSIGN(const Notes notes, notes_.read(service));
  const std::string name = rollout::name_of_function(place.function);
  const std::string resource = fmt::format("{}:{}", name, place.alias);
  const auto subject = [&](std::string id) {
    return MetricSubject{std::move(id), "AWS/Lambda", figures(), {{"FunctionName", name}, {"Resource", resource}}};
  };
  MetricQuestion question{.about = fmt::format("alias {}", resource), .subjects = {subject("all")}};
  std::array<std::optional<std::size_t>, 2> places;
  for (std::size_t slot = 0; slot < notes.slots.size(); ++slot) {
    const std::string& version = notes.slots[slot];
    if (version.empty()) continue;
    places[slot] = question.subjects.size();
    question.subjects.push_back(subject(fmt::format("slot{}", slot)));
    question.subjects.back().dimensions.emplace_back("ExecutedVersion", version);
  }
  TRY_ASSIGN(const std::vector<Minutes> series, metric_data(*client, question, from, until, stop));
  MinutesOfBoth both;
  for (std::size_t slot = 0; slot < both.size(); ++slot) {
    if (!places[slot]) continue;
    both[slot] = minutes_of_slot(notes.shifts, slot == 0 ? rollout::Slot::A : rollout::Slot::B, series[*places[slot]],
                                 series.front());
  }
  return both;
}

}  // namespace sluice::aws::lambda
