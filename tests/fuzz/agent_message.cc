// What a job's task says, with any content: of a message that is taken, no byte is made up or lost.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "adapters/aws/runner/agent.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice::aws::runner;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto message = parse_message(bytes);
  if (!message) return 0;
  std::string body = message->output;
  for (const std::string& file : message->files) body += file;
  if (body != bytes.substr(bytes.find('\n') + 1)) std::abort();
  return 0;
}
