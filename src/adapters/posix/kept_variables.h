// Variables that commands sent along, for secrets whose source is a variable. They outlive this process in anonymous
// memory that its parent holds; no disk ever sees them.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace sluice::posix {

/// What one controller leaves to the next; of its parent, so that it is there after the controller's death.
/// The descriptor, which children inherit; -1 when the system gives none (then nothing outlives the controller).
int make_variable_memory();

/// From any thread.
class KeptVariables {
 public:
  /// `memory`: as `make_variable_memory` gave it to the parent; what an earlier process left there is known. Children
  /// of this process do not inherit it. -1: none.
  explicit KeptVariables(int memory);

  void keep(const std::map<std::string, std::string>& variables);
  /// One that was kept, else one of this process.
  std::optional<std::string> find(const std::string& name) const;

 private:
  void load();
  void append(const std::string& name, const std::string& value);

  mutable std::mutex mutex_;
  int memory_;
  std::uint64_t used_ = 0;  ///< Bytes of records, behind the first eight, which hold this number.
  std::map<std::string, std::string> kept_;
};

}  // namespace sluice::posix
