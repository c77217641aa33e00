#include "support/registry.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <stdexcept>

namespace sluice::testing_support {

int free_tcp_port() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address);
  socklen_t length = sizeof address;
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length);
  close(fd);
  return ntohs(address.sin_port);
}

Registry::Registry(const std::string& folder, ports::Daemons& daemons, ports::HttpClient& http) : folder_(folder) {
  address_ = fmt::format("127.0.0.1:{}", free_tcp_port());
  const std::string configuration = folder_ + "/registry.yml";
  std::ofstream(configuration) << fmt::format(
      "version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {}/registry}}}}\n"
      "http: {{addr: \"{}\"}}\n",
      folder_, address_);
  auto daemon = daemons.supervise(
      {.name = "test-registry", .argv = {"docker-registry", "serve", configuration}, .answers = [this, &http] {
         const auto answer = http.send({.url = "http://" + address_ + "/v2/"}, {});
         return answer.has_value() && answer->status == 200;
       }});
  if (!daemon.has_value()) throw std::runtime_error(daemon.error().message);
  daemon_ = std::move(*daemon);
}

Registry::~Registry() {
  if (!daemon_->end(Milliseconds(1000)).has_value()) fmt::print(stderr, "the registry did not end\n");
}

std::string Registry::push(const std::string& local_image, const std::string& name) {
  const std::string digest_file = folder_ + "/digest";
  const std::string command =
      fmt::format("buildah push --quiet --tls-verify=false --digestfile {} {} docker://{}/{}:test", digest_file,
                  local_image, address_, name);
  std::string digest;
  if (std::system(command.c_str()) == 0) std::ifstream(digest_file) >> digest;
  if (digest.empty()) throw std::runtime_error("pushing failed: " + command);
  return fmt::format("{}/{}@{}", address_, name, digest);
}

}  // namespace sluice::testing_support
