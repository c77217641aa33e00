// What an expression works with: the six kinds of JSON. Values are immutable and cheap to copy; arrays and objects
// are shared, and two of them are equal only when they are the same one, as GitHub's expressions say.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

namespace sluice::workflow {

class Value;
using Items = std::vector<Value>;

class Object;

enum class Kind { Null, Boolean, Number, String, Array, Object };

class Value {
 public:
  Value() = default;
  Value(std::nullptr_t) {}                                                        // NOLINT(google-explicit-constructor)
  Value(bool boolean) : data_(boolean) {}                                         // NOLINT(google-explicit-constructor)
  Value(double number) : data_(number) {}                                         // NOLINT(google-explicit-constructor)
  Value(int number) : data_(static_cast<double>(number)) {}                       // NOLINT(google-explicit-constructor)
  Value(std::string text) : data_(std::move(text)) {}                             // NOLINT(google-explicit-constructor)
  Value(std::string_view text) : data_(std::string(text)) {}                      // NOLINT(google-explicit-constructor)
  Value(const char* text) : data_(std::string(text)) {}                           // NOLINT(google-explicit-constructor)
  Value(Items items) : data_(std::make_shared<const Items>(std::move(items))) {}  // NOLINT(google-explicit-constructor)
  Value(Object members);                                                          // NOLINT(google-explicit-constructor)

  Kind kind() const { return static_cast<Kind>(data_.index()); }
  bool is_null() const { return kind() == Kind::Null; }
  bool is_string() const { return kind() == Kind::String; }
  bool is_array() const { return kind() == Kind::Array; }
  bool is_object() const { return kind() == Kind::Object; }
  /// Null, boolean, number or string.
  bool is_primitive() const { return !is_array() && !is_object(); }

  /// Each may be called only on a value of its kind.
  bool boolean() const { return std::get<bool>(data_); }
  double number() const { return std::get<double>(data_); }
  const std::string& string() const { return std::get<std::string>(data_); }
  const Items& array() const { return *std::get<std::shared_ptr<const Items>>(data_); }
  const Object& object() const { return *std::get<std::shared_ptr<const Object>>(data_); }

  /// The member of an object, or null (also when this is no object).
  Value operator[](std::string_view name) const;

  /// True when both are the same array or the same object.
  bool is_same_as(const Value& other) const;

  /// Equal in kind and content, arrays and objects member by member in order: for tests and matrices, never for
  /// the `==` of expressions.
  friend bool operator==(const Value& left, const Value& right);

 private:
  std::variant<std::monostate, bool, double, std::string, std::shared_ptr<const Items>, std::shared_ptr<const Object>>
      data_;
};

/// Members in the order in which they were set; names are unique.
class Object {
 public:
  enum class Names {
    IgnoreCase,   ///< Most contexts: `GITHUB.Ref` finds `github.ref`.
    RespectCase,  ///< The `env` context.
  };
  Object();
  explicit Object(Names names);
  Object(std::initializer_list<std::pair<std::string, Value>> members);
  Object(const Object&);
  Object(Object&&) noexcept;
  Object& operator=(const Object&);
  Object& operator=(Object&&) noexcept;
  ~Object();

  /// The member's value, or nullptr.
  const Value* find(std::string_view name) const;
  /// Sets the member, in its old place when there is one of that name.
  void set(std::string_view name, Value value);
  void erase(std::string_view name);

  const std::vector<std::pair<std::string, Value>>& members() const { return members_; }
  bool empty() const { return members_.empty(); }
  std::size_t size() const { return members_.size(); }
  Names names() const { return names_; }

 private:
  std::ptrdiff_t index_of(std::string_view name) const;
  std::string index_key(std::string_view name) const;
  void build_index();

  Names names_ = Names::IgnoreCase;
  std::vector<std::pair<std::string, Value>> members_;
  std::unordered_map<std::string, std::size_t> index_;  ///< Empty while there are few members.
};

inline Value::Value(Object members) : data_(std::make_shared<const Object>(std::move(members))) {}

/// `null`, `boolean`, `number`, `string`, `array`, `object`.
std::string_view to_string(Kind kind);

/// How expressions convert (docs.github.com, "Evaluate expressions"): null '' ; numbers as .NET's G15
/// (`1.23456789012346E+19`, -0 as `0`); arrays `Array` and objects `Object`.
std::string to_text(const Value& value);
/// Null 0, false 0, true 1, strings as `parse_number`, arrays and objects NaN.
double to_number(const Value& value);
/// False for null, false, 0, NaN and ''; true for all else, every array and object included.
bool is_truthy(const Value& value);

/// G15 as .NET writes it.
std::string format_number(double number);
/// Trimmed: '' is 0; decimal with fraction and exponent; 0x… and 0o…; Infinity with a sign; all else NaN.
double parse_number(std::string_view text);

}  // namespace sluice::workflow
