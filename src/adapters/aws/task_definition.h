// A task definition of ECS carried over with another image, and nothing else changed.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sluice::aws {

/// The tag by which a definition that was registered for a revision is found again: RegisterTaskDefinition has no token
/// of its own, so a repeat looks for it first.
inline constexpr std::string_view kRevisionTag = "sluice:revision";

/// The input of RegisterTaskDefinition that registers what DescribeTaskDefinition (with TAGS) answered, with `image` in
/// `container` and the tag of `revision`. Every other member is carried over as it is, also those that are not known
/// here; only what AWS itself fills in is left out. Error: InvalidInput naming the containers that there are.
Result<boost::json::object> with_image(const boost::json::object& described, const std::string& container,
                                       const std::string& image, const std::string& revision);

/// The image of a container; empty when there is none of this name.
std::string image_of(const boost::json::object& described, const std::string& container);
/// The value of `kRevisionTag`; empty without it.
std::string revision_of(const boost::json::object& described);
/// That the container offers this port: ECS takes no other for a target group. Error: InvalidInput naming those that
/// it offers.
Status check_port(const boost::json::object& described, const std::string& container, int port);
/// The port that the container offers, when it offers exactly one; else 0.
int only_port_of(const boost::json::object& described, const std::string& container);

}  // namespace sluice::aws
