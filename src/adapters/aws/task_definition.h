// A task definition of ECS carried over with another image and what else a revision says, and nothing else changed.
#pragma once

#include <boost/json/fwd.hpp>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/aws/log_events.h"
#include "base/result.h"
#include "core/rollout/revision.h"
#include "ports/fleet.h"

namespace sluice::aws {

/// The tag by which a definition that was registered for a revision is found again: RegisterTaskDefinition has no token
/// of its own, so a repeat looks for it first.
inline constexpr std::string_view kRevisionTag = "sluice:revision";

/// What a revision changes in its container, and nothing else.
struct ContainerChange {
  std::string image;
  std::string revision;                        ///< The value of `kRevisionTag`.
  std::map<std::string, std::string> env;      ///< Set; other variables stay.
  std::map<std::string, std::string> secrets;  ///< `valueFrom` by variable; set, others stay.
  std::vector<std::string> command;            ///< Replaces the container's when not empty.
  std::vector<std::string> dropped;            ///< Variables that are taken out, of either kind.
  bool drops_command = false;                  ///< The container gets its image's own again.
};

/// Of a revision that is deployed after another. Its id is in `rollout::kRevisionVariable`, unless the user has put
/// something else there.
ContainerChange change_of(const rollout::Revision& revision, const ports::Dropped& dropped);

/// The input of RegisterTaskDefinition that registers what DescribeTaskDefinition (with TAGS) answered, with `change`
/// in `container` and its tag. Every other member is carried over as it is, also those that are not known here; only
/// what AWS itself fills in is left out. Error: InvalidInput naming the containers that there are, or that a definition
/// without an execution role has no secrets.
Result<boost::json::object> with_change(const boost::json::object& described, const std::string& container,
                                        const ContainerChange& change);

/// Of what `wanted` says of its container, that which the container has today: command, and variables of its names.
rollout::Revision as_it_is(const boost::json::object& described, const std::string& container,
                           const rollout::Revision& wanted);

/// The image of a container; empty when there is none of this name.
std::string image_of(const boost::json::object& described, const std::string& container);
/// The value of `kRevisionTag`; empty without it.
std::string revision_of(const boost::json::object& described);
/// That the container offers this port: ECS takes no other for a target group. Error: InvalidInput naming those that
/// it offers.
Status check_port(const boost::json::object& described, const std::string& container, int port);
/// Where the container's tasks log to by the driver awslogs; each task's stream is the prefix and the task's id
/// (`awslogs-stream-prefix` of "Using the awslogs driver" of ECS's developer guide). `region`: where an option does not
/// say another. Error: NotFound, with what the definition has instead.
Result<LogPlace> log_place_of(const boost::json::object& described, const std::string& container,
                              const std::string& region);
/// The port that the container offers, when it offers exactly one; else 0.
int only_port_of(const boost::json::object& described, const std::string& container);

}  // namespace sluice::aws
