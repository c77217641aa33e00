// Reads a JSON object strictly: every field that is asked for must be there with its type, and none may be there that
// nobody asked for. The first mistake is kept and the rest is skipped, so a reader is a plain list of fields.
#pragma once

#include <boost/json/fwd.hpp>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace sluice::rollout {

class ObjectReader {
 public:
  /// `value` must outlive the reader. `path` is the RFC 6901 pointer of `value` in its record, for messages.
  ObjectReader(const boost::json::value& value, std::string path);

  /// Each reads a field into `out`, and leaves `out` alone on a mistake.
  void read(std::string_view name, std::string& out);
  void read(std::string_view name, bool& out);
  void read(std::string_view name, int& out);
  void read(std::string_view name, long& out);
  void read(std::string_view name, double& out);
  void read(std::string_view name, Milliseconds& out);  ///< A whole number of milliseconds.
  void read(std::string_view name, std::vector<std::string>& out);
  void read(std::string_view name, std::map<std::string, std::string>& out);

  /// `null` is nothing; the field must be there all the same.
  template <typename T>
  void read(std::string_view name, std::optional<T>& out) {
    out.reset();
    if (take_null(name)) return;
    T value{};
    read(name, value);
    if (!error_) out = std::move(value);
  }

  /// A name of a closed list; `parse` answers nothing for an unknown one.
  template <typename T>
  void read_name(std::string_view name, T& out, std::optional<T> (*parse)(std::string_view)) {
    std::string text;
    read(name, text);
    if (error_) return;
    if (std::optional<T> value = parse(text)) {
      out = *value;
    } else {
      fail(name, "has the unknown value '" + text + "'");
    }
  }

  /// A field with a reader of its own.
  template <typename T>
  void read_as(std::string_view name, T& out, Result<T> (*read_one)(const boost::json::value&, std::string)) {
    visit(name, [&](const boost::json::value& value, std::string path) -> Status {
      TRY_ASSIGN(out, read_one(value, std::move(path)));
      return {};
    });
  }

  /// The same, where `null` is nothing.
  template <typename T>
  void read_optional(std::string_view name, std::optional<T>& out,
                     Result<T> (*read_one)(const boost::json::value&, std::string)) {
    out.reset();
    if (take_null(name)) return;
    T value{};
    read_as(name, value, read_one);
    if (!error_) out = std::move(value);
  }

  /// A list whose items have a reader of their own.
  template <typename T>
  void read_list(std::string_view name, std::vector<T>& out,
                 Result<T> (*read_one)(const boost::json::value&, std::string)) {
    out.clear();
    visit_items(name, [&](const boost::json::value& value, std::string path) -> Status {
      TRY_ASSIGN(T item, read_one(value, std::move(path)));
      out.push_back(std::move(item));
      return {};
    });
  }

  /// An object with free names whose values have a reader of their own.
  template <typename T>
  void read_map(std::string_view name, std::map<std::string, T>& out,
                Result<T> (*read_one)(const boost::json::value&, std::string)) {
    out.clear();
    visit_members(name, [&](std::string key, const boost::json::value& value, std::string path) -> Status {
      TRY_ASSIGN(T member, read_one(value, std::move(path)));
      out.emplace(std::move(key), std::move(member));
      return {};
    });
  }

  /// True when the field is there, without reading it: for objects of which one of several fields is used.
  bool has(std::string_view name) const;

  /// Keeps a mistake about a field, in words that follow its path.
  void fail(std::string_view name, std::string_view problem);

  /// The first mistake, or that a field is there that was not read. Error: InvalidInput.
  Status finish();

 private:
  using Visit = std::function<Status(const boost::json::value&, std::string path)>;
  using VisitMember = std::function<Status(std::string key, const boost::json::value&, std::string path)>;

  const boost::json::value* take(std::string_view name);
  bool take_null(std::string_view name);
  void visit(std::string_view name, const Visit& visit_one);
  void visit_items(std::string_view name, const Visit& visit_one);
  void visit_members(std::string_view name, const VisitMember& visit_one);
  void keep(const Status& status);
  std::string path_to(std::string_view name) const;

  const boost::json::object* object_ = nullptr;
  std::string path_;
  std::vector<std::string> taken_;
  std::optional<Error> error_;
};

/// `name` as a reference token of an RFC 6901 pointer: `~` is `~0`, `/` is `~1`.
std::string pointer_token(std::string_view name);

}  // namespace sluice::rollout
