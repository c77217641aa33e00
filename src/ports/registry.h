// Where images are kept for others.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace sluice::ports {

/// How long a registry may take for each call: a digest is little to ask for, an image may be large.
inline constexpr Milliseconds kLongestLookup{std::chrono::minutes{1}};
inline constexpr Milliseconds kLongestPush{std::chrono::minutes{15}};

struct RegistryName {
  std::string registry;    ///< `127.0.0.1:5000`
  std::string repository;  ///< `mangaassist-chatbot`
  std::string tag;         ///< `sha-1a2b3c4`
  std::string role = {};   ///< ARN of the role that is taken on to log in to a registry of AWS; empty: none.

  /// `127.0.0.1:5000/mangaassist-chatbot:sha-1a2b3c4`
  std::string to_string() const { return registry + "/" + repository + ":" + tag; }
  /// `127.0.0.1:5000/mangaassist-chatbot@sha256:…`
  std::string by_digest(const std::string& digest) const { return registry + "/" + repository + "@" + digest; }
};

/// What a registry says of a push under a tag, beforehand.
struct PushRules {
  bool keeps_tag = false;            ///< Once it is there, the tag means the same image for ever.
  std::vector<std::string> notices;  ///< For people.
};

class Registry {
 public:
  virtual ~Registry() = default;
  /// The digest (`sha256:…`) that a tag stands for. Errors: NotFound (no such tag), Unavailable (the registry does not
  /// answer), TimedOut, Conflict (what answers is no registry), Denied.
  virtual Result<std::string> digest(const RegistryName& name, std::stop_token stop) = 0;

  /// One attempt to push an image of the local store, by id; gives its digest in the registry. Pushing the same image
  /// again changes nothing. Errors: as `digest`; NotFound (no such image), Unavailable (also: its disk is full).
  virtual Result<std::string> push(const std::string& image_id, const RegistryName& name, std::stop_token stop) = 0;

  /// Most registries have no rules. Errors: NotFound (no such repository: what makes it), Denied, Unavailable.
  virtual Result<PushRules> rules(const RegistryName& /*name*/, std::stop_token /*stop*/) { return PushRules{}; }
};

}  // namespace sluice::ports
