#include "core/config/shape.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

namespace sluice::config {
namespace {

struct Describe {
  std::string operator()(const FormedText& text) const { return std::string(text.form->what); }
  std::string operator()(const DurationShape&) const { return std::string(form::kDuration.what); }
  std::string operator()(const WholeNumber& number) const {
    return fmt::format("a whole number from {} to {}", number.least, number.most);
  }
  std::string operator()(const Number& number) const {
    return fmt::format("a number from {} to {}", number.least, number.most);
  }
  std::string operator()(const Flag&) const { return "true or false"; }
  std::string operator()(const Choice& choice) const {
    return choice.names.size() == 1 ? fmt::format("the word {}", choice.names.front())
                                    : fmt::format("one of {}", fmt::join(choice.names, ", "));
  }
  std::string operator()(const ListOf&) const { return "a list"; }
  std::string operator()(const MapOf&) const { return "a mapping"; }
  std::string operator()(const Object&) const { return "a mapping"; }
  std::string operator()(const Either& either) const {
    std::string text;
    for (const ShapePointer& option : either.options) text += (text.empty() ? "" : " or ") + describe(*option);
    return text;
  }
  std::string operator()(const AnyScalar&) const { return "text, a number or true or false"; }
  std::string operator()(const AnyJson&) const { return "a value"; }
};

}  // namespace

std::string describe(const Shape& shape) { return std::visit(Describe{}, shape.of); }

}  // namespace sluice::config
