// ports::Registry with skopeo.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/secret.h"
#include "ports/http_client.h"
#include "ports/processes.h"
#include "ports/registry.h"

namespace sluice::skopeo {

/// Registries on a loopback address are spoken to in plain HTTP, all others in HTTPS. Credentials are those of the hook
/// `login`, else of `skopeo login` and `podman login`. May be used from any number of threads at once.
class Registry final : public ports::Registry {
 public:
  struct Hooks {
    /// Called with the registry's address before each use; an error is the answer of the call. May start it.
    std::function<Status(const std::string&)> ready;
    /// What else is known about a registry that refused a push (`its disk is full`); empty: nothing.
    std::function<std::string(const std::string&)> explain;
    /// User and password for a registry, in the form of `Authorization: Basic`; nothing: those of `skopeo login`.
    /// Empty: nothing for any.
    std::function<Result<std::optional<Secret>>(const ports::RegistryName&, std::stop_token)> login = {};
    /// As ports::Registry::rules. Empty: none for any.
    std::function<Result<ports::PushRules>(const ports::RegistryName&, std::stop_token)> rules = {};
    /// Folder for files with logins, each there while skopeo runs, for its owner only; made when it is needed.
    std::string login_directory = {};
  };

  /// `processes` and `http` must outlive this.
  Registry(Hooks hooks, ports::Processes& processes, ports::HttpClient& http)
      : hooks_(std::move(hooks)), processes_(processes), http_(http) {}

  Result<std::string> digest(const ports::RegistryName& name, std::stop_token stop) override;
  Result<std::string> push(const std::string& image_id, const ports::RegistryName& name, std::stop_token stop) override;
  Result<ports::PushRules> rules(const ports::RegistryName& name, std::stop_token stop) override;

 private:
  Status be_ready(const std::string& what, const ports::RegistryName& name);
  Result<std::string> run(const std::string& what, const ports::RegistryName& name, std::vector<std::string> argv,
                          Milliseconds limit, std::stop_token stop);
  Hooks hooks_;
  ports::Processes& processes_;
  ports::HttpClient& http_;
};

/// What the last of skopeo's log lines (`time=… level=fatal msg="…"`) says; other text as it is.
std::string cause_of_failure(std::string_view written);
/// The kind of error that skopeo's message stands for.
ErrorKind kind_of_failure(std::string_view message);

}  // namespace sluice::skopeo
