// ports::Host on this machine, read from /proc, the kernel's limits and its file systems.
#pragma once

#include "ports/host.h"

namespace sluice::posix {

class Host final : public ports::Host {
 public:
  ports::HostFacts facts(int wanted_receive_buffer_bytes) override;
  ports::FolderFacts folder(const std::string& path) override;
};

}  // namespace sluice::posix
