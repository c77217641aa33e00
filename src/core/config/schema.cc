// The JSON Schema of sluice.yaml, draft 2020-12 (https://json-schema.org/draft/2020-12), from the tables.
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <string>
#include <utility>

#include "core/config/configuration.h"
#include "core/config/shape.h"

namespace sluice::config {
namespace {

namespace json = boost::json;

std::string text_of(std::string_view text) { return std::string(text); }

/// A number without a needless fraction: 8, not 8.0.
json::value number(double value) {
  const auto whole = static_cast<std::int64_t>(value);
  return static_cast<double>(whole) == value ? json::value(whole) : json::value(value);
}

class SchemaWriter {
 public:
  json::object write(const Shape& shape) {
    return std::visit([&](const auto& of) { return write_one(of); }, shape.of);
  }
  json::object take_definitions() { return std::move(definitions_); }

 private:
  json::object reference(std::string_view name, const json::object& definition) {
    definitions_.emplace(text_of(name), definition);
    return {{"$ref", "#/$defs/" + text_of(name)}};
  }

  json::object write_one(const FormedText& text) {
    return reference(text.form->name, json::object{{"type", "string"},
                                                   {"description", "Must be " + text_of(text.form->what) + "."},
                                                   {"pattern", text_of(text.form->pattern)},
                                                   {"examples", json::array{text_of(text.form->example)}}});
  }
  json::object write_one(const DurationShape&) { return write_one(FormedText{&form::kDuration}); }
  json::object write_one(const WholeNumber& shape) {
    if (shape.least == shape.most) return {{"const", shape.least}};
    return {{"type", "integer"}, {"minimum", shape.least}, {"maximum", shape.most}};
  }
  json::object write_one(const Number& shape) {
    return {{"type", "number"}, {"minimum", number(shape.least)}, {"maximum", number(shape.most)}};
  }
  json::object write_one(const Flag&) { return {{"type", "boolean"}}; }
  json::object write_one(const Choice& choice) {
    json::array names;
    for (std::string_view name : choice.names) names.emplace_back(text_of(name));
    for (std::string_view name : choice.later) names.emplace_back(text_of(name));
    json::object written{{"enum", std::move(names)}};
    if (choice.later.empty()) return written;
    std::string about = "Not supported yet:";
    for (std::string_view name : choice.later) about += (name == choice.later.front() ? " " : ", ") + text_of(name);
    written.emplace("description", about + ".");
    return written;
  }
  json::object write_one(const ListOf& list) {
    json::object written{{"type", "array"}, {"items", write(*list.item)}};
    if (list.least > 0) written.emplace("minItems", list.least);
    return written;
  }
  json::object write_one(const MapOf& map) {
    json::object written{{"type", "object"},
                         {"propertyNames", write_one(FormedText{map.key})},
                         {"additionalProperties", write(*map.value)}};
    if (map.least > 0) written.emplace("minProperties", map.least);
    return written;
  }
  json::object write_one(const Object& object) {
    if (object.name.empty()) return write_object(object);
    // A definition's name is unique to its table, so the first writing is the only one that is needed.
    if (definitions_.contains(text_of(object.name))) return {{"$ref", "#/$defs/" + text_of(object.name)}};
    return reference(object.name, write_object(object));
  }
  json::object write_one(const Either& either) {
    json::array options;
    for (const ShapePointer& option : either.options) options.push_back(write(*option));
    return {{"anyOf", std::move(options)}};
  }
  json::object write_one(const AnyScalar&) { return {{"type", json::array{"string", "number", "boolean"}}}; }
  json::object write_one(const AnyJson&) { return {}; }

  json::object write_object(const Object& object) {
    json::object properties;
    json::array required;
    for (const Field& field : object.fields) {
      json::object property = field.shape ? write(*field.shape) : json::object{};
      std::string about = text_of(field.about);
      if (field.presence == Presence::Later) about += " Not supported yet.";
      if (const json::value* note = property.if_contains("description"); note != nullptr) {
        about += " " + text_of(note->get_string());
      }
      property["description"] = about;
      properties.emplace(text_of(field.name), std::move(property));
      if (field.presence == Presence::Required) required.emplace_back(text_of(field.name));
    }
    json::object written{{"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
    if (!required.empty()) written.emplace("required", std::move(required));
    add_combinations(object, written);
    return written;
  }

  static json::value key_is_there(std::string_view key) { return {{"required", json::array{text_of(key)}}}; }

  static void add_combinations(const Object& object, json::object& written) {
    if (!object.exactly_one.empty()) {
      json::array options;
      for (std::string_view key : object.exactly_one) options.push_back(key_is_there(key));
      // A key that is not supported yet stands for one of them.
      for (const Field& field : object.fields) {
        if (field.presence == Presence::Later) options.push_back(key_is_there(field.name));
      }
      written.emplace("oneOf", std::move(options));
    }
    if (!object.at_most_one.empty()) {
      json::array keys;
      for (std::string_view key : object.at_most_one) keys.emplace_back(text_of(key));
      written.emplace("not", json::object{{"required", std::move(keys)}});
    }
    if (!object.needs.empty()) {
      json::object needs;
      for (const auto& [key, needed] : object.needs) needs.emplace(text_of(key), json::array{text_of(needed)});
      written.emplace("dependentRequired", std::move(needs));
    }
  }

  json::object definitions_;
};

void print(const json::value& value, const std::string& indent, std::string& out);

template <typename Container, typename Print>
void print_all(const Container& container, char open, char close, const std::string& indent, std::string& out,
               Print print_one) {
  out += open;
  const char* separator = "\n";
  for (const auto& item : container) {
    out += separator + indent + "  ";
    print_one(item);
    separator = ",\n";
  }
  if (!container.empty()) out += "\n" + indent;
  out += close;
}

bool fits_on_a_line(const json::value& value) {
  constexpr std::size_t kWidth = 100;
  return json::serialize(value).size() <= kWidth;
}

void print(const json::value& value, const std::string& indent, std::string& out) {
  if (const json::object* object = value.if_object(); object != nullptr && !fits_on_a_line(value)) {
    print_all(*object, '{', '}', indent, out, [&](const json::key_value_pair& member) {
      out += json::serialize(json::value(member.key())) + ": ";
      print(member.value(), indent + "  ", out);
    });
  } else if (const json::array* array = value.if_array(); array != nullptr && !fits_on_a_line(value)) {
    print_all(*array, '[', ']', indent, out, [&](const json::value& item) { print(item, indent + "  ", out); });
  } else {
    out += json::serialize(value);
  }
}

}  // namespace

std::string json_schema() {
  SchemaWriter writer;
  json::object schema{{"$schema", "https://json-schema.org/draft/2020-12/schema"}, {"title", "sluice.yaml"}};
  for (const auto& member : writer.write(file_shape())) schema.emplace(member.key(), member.value());
  schema.emplace("$defs", writer.take_definitions());
  std::string text;
  print(schema, "", text);
  return text + "\n";
}

}  // namespace sluice::config
