// Any bytes are an answer or an error; an answer can be sent back as a form.
#include <boost/json.hpp>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "adapters/aws/form_body.h"
#include "adapters/aws/xml_answer.h"
#include "base/assert.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto answer = sluice::aws::answer_of_xml(text, "DescribeRules");
  if (!answer) {
    SLUICE_ASSERT(answer.error().kind == sluice::ErrorKind::Failed);
    return 0;
  }
  const std::string form = sluice::aws::form_body("Modify", "1", {{"Actions", *answer}});
  SLUICE_ASSERT(form.starts_with("Action=Modify&Version=1&Actions"));
  return 0;
}
