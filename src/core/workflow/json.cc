#include "core/workflow/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>

namespace sluice::workflow {
namespace {

constexpr std::size_t kDeepest = 100;

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\b': out += "\\b"; break;
      case '\f': out += "\\f"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        } else {
          out += c;
        }
    }
  }
  out += '"';
}

class Writer {
 public:
  explicit Writer(bool pretty) : pretty_(pretty) {}

  void write(const Value& value) {
    switch (value.kind()) {
      case Kind::Null: out_ += "null"; break;
      case Kind::Boolean: out_ += value.boolean() ? "true" : "false"; break;
      case Kind::Number:
        if (std::isfinite(value.number())) {
          out_ += format_number(value.number());
        } else {
          append_quoted(out_, format_number(value.number()));
        }
        break;
      case Kind::String: append_quoted(out_, value.string()); break;
      case Kind::Array: write_array(value.array()); break;
      case Kind::Object: write_object(value.object()); break;
    }
  }

  std::string take() { return std::move(out_); }

 private:
  void new_line() {
    if (!pretty_) return;
    out_ += '\n';
    out_.append(2 * depth_, ' ');
  }

  void write_array(const Items& items) {
    out_ += '[';
    ++depth_;
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (i > 0) out_ += ',';
      new_line();
      write(items[i]);
    }
    --depth_;
    if (!items.empty()) new_line();
    out_ += ']';
  }

  void write_object(const Object& object) {
    out_ += '{';
    ++depth_;
    bool first = true;
    for (const auto& [name, value] : object.members()) {
      if (!std::exchange(first, false)) out_ += ',';
      new_line();
      append_quoted(out_, name);
      out_ += pretty_ ? ": " : ":";
      write(value);
    }
    --depth_;
    if (!object.empty()) new_line();
    out_ += '}';
  }

  bool pretty_;
  std::size_t depth_ = 0;
  std::string out_;
};

Value convert(const boost::json::value& json) {
  switch (json.kind()) {
    case boost::json::kind::null: return {};
    case boost::json::kind::bool_: return json.get_bool();
    case boost::json::kind::int64: return static_cast<double>(json.get_int64());
    case boost::json::kind::uint64: return static_cast<double>(json.get_uint64());
    case boost::json::kind::double_: return json.get_double();
    case boost::json::kind::string: return std::string(json.get_string());
    case boost::json::kind::array: {
      Items items;
      items.reserve(json.get_array().size());
      for (const auto& item : json.get_array()) items.push_back(convert(item));
      return items;
    }
    case boost::json::kind::object: {
      Object object;
      for (const auto& member : json.get_object()) object.set(std::string_view(member.key()), convert(member.value()));
      return object;
    }
  }
  std::unreachable();
}

}  // namespace

std::string to_json(const Value& value) {
  Writer writer(true);
  writer.write(value);
  return writer.take();
}

std::string to_compact_json(const Value& value) {
  Writer writer(false);
  writer.write(value);
  return writer.take();
}

Result<Value> parse_json(std::string_view text) {
  boost::json::parse_options options;
  options.max_depth = kDeepest;
  boost::json::stream_parser parser({}, options);
  boost::system::error_code error;
  std::size_t read = parser.write_some(text.data(), text.size(), error);
  if (!error && read < text.size()) error = boost::json::error::extra_data;
  if (!error) parser.finish(error);
  if (error) {
    read = std::min(read, text.size());
    const std::string_view before = text.substr(0, read);
    const auto line = std::count(before.begin(), before.end(), '\n') + 1;
    const std::size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
    return Error{ErrorKind::InvalidInput, fmt::format("this is not JSON: {} at line {}, column {}", error.message(),
                                                      line, read - line_start + 1)};
  }
  return convert(parser.release());
}

}  // namespace sluice::workflow
