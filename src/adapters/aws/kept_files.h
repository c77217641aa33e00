// Small files of sluice's own, for what AWS does not keep for it: below the home, or beside a journal that several
// machines share.
#pragma once

#include <boost/json/fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sluice::aws {

/// May be used from any number of threads at once.
class KeptFiles {
 public:
  virtual ~KeptFiles() = default;

  /// Puts a line into the place of a whole file; who reads meanwhile gets the one or the other. `name` is relative,
  /// with at most one folder: `aws-rules/5f….json`. `what` for people: `a copy of the listener rule`. Error:
  /// Unavailable.
  virtual Status keep(const std::string& name, const std::string& line, std::string_view what) = 0;
  /// Nothing when there is no such file. Error: Unavailable.
  virtual Result<std::optional<std::string>> read(const std::string& name) = 0;
  /// Where a file is, for people.
  virtual std::string place_of(const std::string& name) const = 0;
  /// Whether others may have changed what was read here.
  virtual bool is_shared() const = 0;

  /// The object in a file; nothing when there is no such file. `meaning` for people, when it is damaged: what it says,
  /// and when it may be removed. Error: Unavailable (damaged, or as `read`).
  Result<std::optional<boost::json::object>> read_object(const std::string& name, const std::string& meaning);
};

/// In a folder of this machine. A file's own folder is made.
class KeptInFolder final : public KeptFiles {
 public:
  explicit KeptInFolder(std::string folder) : folder_(std::move(folder)) {}

  Status keep(const std::string& name, const std::string& line, std::string_view what) override;
  Result<std::optional<std::string>> read(const std::string& name) override;
  std::string place_of(const std::string& name) const override { return folder_ + "/" + name; }
  bool is_shared() const override { return false; }

 private:
  std::string folder_;
};

}  // namespace sluice::aws
