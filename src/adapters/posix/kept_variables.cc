#include "adapters/posix/kept_variables.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstring>

#include "adapters/posix/secrets.h"

namespace sluice::posix {
namespace {

constexpr std::uint64_t kMostBytes = 4u << 20;

using Lengths = std::array<std::uint32_t, 2>;  ///< Of a record's name and value, which follow.

bool read_all(int descriptor, void* out, std::size_t size, std::uint64_t at) {
  return ::pread(descriptor, out, size, static_cast<off_t>(at)) == static_cast<ssize_t>(size);
}

bool write_all(int descriptor, const void* from, std::size_t size, std::uint64_t at) {
  return ::pwrite(descriptor, from, size, static_cast<off_t>(at)) == static_cast<ssize_t>(size);
}

}  // namespace

int make_variable_memory() { return ::memfd_create("sluice-variables", 0); }

KeptVariables::KeptVariables(int memory) : memory_(memory) {
  if (memory_ < 0) return;
  ::fcntl(memory_, F_SETFD, FD_CLOEXEC);
  load();
}

void KeptVariables::load() {
  std::uint64_t used = 0;
  if (!read_all(memory_, &used, sizeof used, 0) || used > kMostBytes) return;
  while (used_ < used) {
    const std::uint64_t at = sizeof used + used_;
    Lengths lengths{};
    if (!read_all(memory_, lengths.data(), sizeof lengths, at)) return;
    std::string text(std::size_t{lengths[0]} + lengths[1], '\0');
    if (text.size() > used - used_ || !read_all(memory_, text.data(), text.size(), at + sizeof lengths)) return;
    kept_[text.substr(0, lengths[0])] = text.substr(lengths[0]);
    used_ += sizeof lengths + text.size();
  }
}

void KeptVariables::keep(const std::map<std::string, std::string>& variables) {
  const std::lock_guard lock(mutex_);
  for (const auto& [name, value] : variables) {
    const auto known = kept_.find(name);
    if (known != kept_.end() && known->second == value) continue;
    kept_[name] = value;
    if (memory_ >= 0) append(name, value);
  }
}

/// The record first, then the length that counts it: a death in between leaves what was there.
void KeptVariables::append(const std::string& name, const std::string& value) {
  const Lengths lengths{static_cast<std::uint32_t>(name.size()), static_cast<std::uint32_t>(value.size())};
  std::string record(sizeof lengths, '\0');
  std::memcpy(record.data(), lengths.data(), sizeof lengths);
  record += name + value;
  if (used_ + record.size() > kMostBytes) return;
  if (!write_all(memory_, record.data(), record.size(), sizeof used_ + used_)) return;
  const std::uint64_t used = used_ + record.size();
  if (write_all(memory_, &used, sizeof used, 0)) used_ = used;
}

std::optional<std::string> KeptVariables::find(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto found = kept_.find(name);
  return found != kept_.end() ? std::optional(found->second) : variable_of_this_process(name);
}

}  // namespace sluice::posix
