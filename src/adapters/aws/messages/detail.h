// A message for programs: the JSON that goes onto an event bus and to subscribers of a topic that read JSON.
#pragma once

#include <boost/json/fwd.hpp>
#include <cstddef>

#include "ports/notifier.h"

namespace sluice::aws::messages {

/// Raised when a member changes its meaning or goes; members may be added.
inline constexpr int kDetailVersion = 1;
/// Of its text; an entry of PutEvents and a message of SNS have 256 KB at most.
inline constexpr std::size_t kMostTextBytes = 100'000;

/// `version`, `id`, `kind`, `subject`, `text`, `deployment`, `ended`, `project`, `environment`, `service`, `label`,
/// `revision`, `image`, `began`. All are always there.
boost::json::object detail_of(const ports::Message& message);

}  // namespace sluice::aws::messages
