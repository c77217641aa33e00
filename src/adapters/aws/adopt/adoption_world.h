// ports::AdoptionWorld of ECS behind an Application Load Balancer.
#pragma once

#include <boost/json/fwd.hpp>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "adapters/aws/adopt/adoption_notes.h"
#include "adapters/aws/client.h"
#include "adapters/aws/ecs_service.h"
#include "core/rollout/target.h"
#include "ports/adoption_world.h"

namespace sluice::aws::adopt {

/// ECS says that a service is being deleted, or is gone.
bool is_not_active(const Error& error);

/// For one service, by one thread.
class AdoptionWorld final : public ports::AdoptionWorld {
 public:
  /// `client` must outlive this.
  AdoptionWorld(Client& client, rollout::EcsTarget place, AdoptionNotes notes);

  Result<adoption::Facts> look(const std::string& from, Look look, std::stop_token stop) override;
  Status carry_out(const adoption::Step& step, const std::string& from, std::stop_token stop) override;

 private:
  using Objects = std::vector<boost::json::object>;

  Result<boost::json::object> ask(std::string service, std::string operation, std::string resource,
                                  const boost::json::object& input, const std::stop_token& stop) const;
  // What is there.
  Result<Objects> services(std::vector<std::string> names, const std::stop_token& stop) const;
  Result<std::vector<std::string>> names_of_services(const std::stop_token& stop) const;
  Result<boost::json::object> old_service(const std::string& name, const std::stop_token& stop) const;
  Result<boost::json::object> target_group(const std::string& arn, const std::stop_token& stop) const;
  /// Empty when there is none of this name.
  Result<std::string> arn_of_group(const std::string& name, const std::stop_token& stop);
  Result<adoption::Group> group(const std::string& name, const std::string& arn, const std::stop_token& stop) const;
  Status look_at_rules(adoption::Facts& facts, const std::stop_token& stop) const;
  Status look_at_services(adoption::Facts& facts, const std::string& from, const std::stop_token& stop) const;
  Status look_at_groups(adoption::Facts& facts, const std::stop_token& stop);
  Status look_at_task_sets(adoption::Facts& facts, const std::stop_token& stop) const;
  Status look_around(adoption::Facts& facts, const std::string& from, const std::stop_token& stop) const;
  Result<std::string> scaling_of(const std::string& service, const std::stop_token& stop) const;
  // What is done.
  Status make_group(const adoption::MakeGroup& step, const std::stop_token& stop);
  Status name_in_rules(const adoption::NameInRules& step, const std::stop_token& stop);
  Status copy_attributes(const std::string& like, const std::stop_token& stop);
  Status make_service(const adoption::MakeService& step, const std::stop_token& stop) const;
  Status make_task_set(const adoption::MakeTaskSet& step, const std::stop_token& stop);
  Status shift(const adoption::Shift& step, const std::stop_token& stop);
  Status delete_service(const adoption::DeleteService& step, const std::stop_token& stop) const;
  Status write_weights(const std::string& group, const std::string& beside, int share, const std::stop_token& stop);

  Client& client_;
  const rollout::EcsTarget place_;
  const AdoptionNotes notes_;
  const EcsService beside_;
  std::map<std::string, std::string> group_arns_;  ///< By name; those that are there.
};

}  // namespace sluice::aws::adopt
