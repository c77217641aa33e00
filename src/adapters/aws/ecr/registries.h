// Private registries of Amazon ECR: how to log in there, and what their repositories say of a push.
#pragma once

#include <boost/json/fwd.hpp>
#include <optional>
#include <stop_token>
#include <string>

#include "adapters/aws/client_pool.h"
#include "base/secret.h"
#include "ports/registry.h"

namespace sluice::aws::ecr {

struct Address {
  std::string account;  ///< Twelve digits.
  std::string region;
  std::string prefix;  ///< Of its repositories' names, with a slash at the end; empty: none.
  friend bool operator==(const Address&, const Address&) = default;
};

/// `123456789012.dkr.ecr.eu-west-1.amazonaws.com`, also `dkr.ecr-fips`, `amazonaws.com.cn` and a path behind it;
/// nothing for any other registry. (https://docs.aws.amazon.com/AmazonECR/latest/userguide/Registries.html)
std::optional<Address> address_of(const std::string& registry);

/// May be used from any number of threads at once.
class Registries {
 public:
  /// `clients` must outlive this.
  explicit Registries(ClientPool& clients) : clients_(clients) {}

  /// User and password in the form of `Authorization: Basic`, good for twelve hours; nothing for a registry that is
  /// none of ECR. Errors: Denied, Unavailable, …
  Result<std::optional<Secret>> login(const ports::RegistryName& name, std::stop_token stop);

  /// As ports::Registry has it; nothing for a registry that is none of ECR.
  Result<ports::PushRules> rules(const ports::RegistryName& name, std::stop_token stop);

 private:
  ClientPool& clients_;
};

/// Whether a tag stays what it is, by a repository of DescribeRepositories: `IMMUTABLE`, or one of the
/// `…_WITH_EXCLUSION` and its filters, whose `*` stands for any text.
bool keeps_tag(const boost::json::object& repository, const std::string& tag);

}  // namespace sluice::aws::ecr
