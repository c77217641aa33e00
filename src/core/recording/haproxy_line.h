// A request of sluice's own HAProxy, as its log keeps it: see haproxy_log_line.h.
#pragma once

#include <string>
#include <string_view>

#include "core/recording/recorded_line.h"

namespace sluice::recording {

/// Takes the lines of one service. Its backends end in `:a` and `:b`; which of them is GREEN changes from deployment to
/// deployment and does not stand in the log.
class HaproxyLines {
 public:
  /// `arms` are ends of the backends' names, like `:a`. Where they are left as they are by default, the service of the
  /// first line counts, and the backend that it names is BLUE.
  explicit HaproxyLines(ArmNames arms) : arms_(std::move(arms)) {}

  /// Probes of sluice's own and requests of other services are of no interest. The status and the latency are unknown
  /// where the client went before an answer. What was tried here and answered elsewhere is an error, as in a rollout.
  RecordedLine parse(std::string_view text);

 private:
  /// False: the line is of neither.
  bool find_arm(std::string_view backend, Arm& arm);

  ArmNames arms_;
  bool knows_arms_ = false;
};

/// Whether the line looks like one of these.
bool is_haproxy_line(std::string_view text);

}  // namespace sluice::recording
