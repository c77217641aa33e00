// What this machine allows, apart from its programs.
#pragma once

#include <optional>
#include <string>

namespace sluice::ports {

struct HostFacts {
  bool is_root = false;
  /// Files that a process started from here may have open (the hard limit); unset: no limit.
  std::optional<long> most_files;
  enum class Cgroups {
    None,
    V1,      ///< Without a mount of the second version.
    Hybrid,  ///< The first version, with the second mounted beside it.
    V2,
  } cgroups = Cgroups::None;
  bool can_make_cgroups = false;  ///< This process may make folders of the second version that know `cgroup.kill`.
  bool has_systemd = false;       ///< It runs this machine, as sd_booted(3) finds out.
  bool may_raise_limits = false;  ///< CAP_SYS_RESOURCE is effective.
  long receive_buffer_bytes = 0;  ///< What a UDP socket got that asked for as much as sluice does.
};

struct FolderFacts {
  bool is_writable = false;  ///< Files can be made in it, or it can be made itself.
  std::string problem;       ///< Why not.
  long free_bytes = 0;       ///< For this user, in the file system that it is or would be in.
};

class Host {
 public:
  virtual ~Host() = default;
  /// `wanted_receive_buffer_bytes` is what sluice asks the kernel for.
  virtual HostFacts facts(int wanted_receive_buffer_bytes) = 0;
  /// Makes nothing. `path` is absolute and need not exist.
  virtual FolderFacts folder(const std::string& path) = 0;
};

}  // namespace sluice::ports
