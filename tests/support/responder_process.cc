#include "support/responder_process.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <stdexcept>
#include <thread>
#include <vector>

#include "support/registry.h"

namespace sluice::testing_support {
namespace {

bool accepts(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  const bool connected = connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  close(fd);
  return connected;
}

}  // namespace

ResponderProcess::ResponderProcess(const std::map<std::string, std::string>& env) : port_(free_tcp_port()) {
  std::map<std::string, std::string> variables{{"VERSION", "127.0.0.1:" + std::to_string(port_)}};
  for (const auto& [name, value] : env) variables[name] = value;
  variables["PORT"] = std::to_string(port_);
  std::vector<std::string> texts;
  for (const auto& [name, value] : variables) texts.push_back(name + "=" + value);
  std::vector<char*> pointers;
  for (auto& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  std::string program = std::string(SLUICE_BINARY_DIR) + "/bench/responder";
  char* argv[] = {program.data(), nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", 1, 0);
  const int failed = posix_spawn(&pid_, program.c_str(), &actions, nullptr, argv, pointers.data());
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) throw std::runtime_error("starting " + program);
  for (const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10); !accepts(port_);) {
    if (std::chrono::steady_clock::now() > until) throw std::runtime_error(program + " does not listen");
    std::this_thread::yield();
  }
}

ResponderProcess::~ResponderProcess() { kill(); }

void ResponderProcess::kill() {
  if (pid_ == 0) return;
  ::kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = 0;
}

}  // namespace sluice::testing_support
