// What a value of sluice.yaml may look like, as data: the parser's checks, the merge of an environment over the file
// and the published JSON Schema all follow these descriptions.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/config/form.h"

namespace sluice::config {

struct Shape;
using ShapePointer = std::shared_ptr<const Shape>;

struct FormedText {
  const Form* form;
};
struct DurationShape {
  Milliseconds least;
  Milliseconds most;
};
struct WholeNumber {
  long least;
  long most;
};
struct Number {
  double least;
  double most;
};
struct Flag {};
/// One of a closed list of words. `later` are words of the published schema that this version cannot carry out.
struct Choice {
  std::vector<std::string_view> names;
  std::vector<std::string_view> later = {};
};
struct ListOf {
  ShapePointer item;
  std::size_t least = 0;
};
/// Free keys of one form. `noun` is what a key names: `a service`.
struct MapOf {
  const Form* key;
  std::string_view noun;
  ShapePointer value;
  std::size_t least = 0;
};

enum class Presence {
  Optional,
  Required,
  Later,  ///< Named in the published schema; this version cannot carry it out and says so.
};

struct Field {
  std::string_view name;
  ShapePointer shape;  ///< Null for Later.
  std::string_view about;
  Presence presence = Presence::Optional;
};

struct Object {
  std::string_view name;  ///< Its place in the schema's `$defs`; empty: written where it stands.
  std::string_view noun;  ///< For messages: `a service`.
  std::vector<Field> fields;
  std::vector<std::string_view> exactly_one = {};  ///< Of these keys exactly one is there.
  std::vector<std::string_view> at_most_one = {};
  /// {key, needed}: where `key` is, `needed` must be too.
  std::vector<std::pair<std::string_view, std::string_view>> needs = {};
  /// An override of an environment replaces it whole instead of key by key.
  bool replaced_whole = false;
};

/// The option that takes the value's YAML type applies; no two options take the same one.
struct Either {
  std::vector<ShapePointer> options;
};
/// Text, number or boolean, kept as it was written.
struct AnyScalar {};
/// Anything that JSON can say.
struct AnyJson {};

struct Shape {
  std::variant<FormedText, DurationShape, WholeNumber, Number, Flag, Choice, ListOf, MapOf, Object, Either, AnyScalar,
               AnyJson>
      of;
};

template <typename T>
ShapePointer shape(T of) {
  return std::make_shared<const Shape>(Shape{std::move(of)});
}

/// For messages: `a duration with its unit`, `a list`, `'off' or a mapping`.
std::string describe(const Shape& shape);

/// The whole file. Built once; thread-safe.
const Shape& file_shape();
/// A file that holds nothing but checks: the sections `strategy`, `alarms` and `analysis`.
const Shape& checks_shape();

}  // namespace sluice::config
