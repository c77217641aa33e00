// ports::ImageRecords as one JSON file a commit.
#pragma once

#include <string>
#include <string_view>

#include "ports/image_records.h"

namespace sluice::files {

class ImageRecords final : public ports::ImageRecords {
 public:
  /// The files are `directory`/PROJECT/SERVICE/COMMIT.json.
  explicit ImageRecords(std::string directory) : directory_(std::move(directory)) {}

  Result<std::optional<ports::ImageRecord>> find(const std::string& project, const std::string& service,
                                                 const std::string& commit) override;
  Status save(const ports::ImageRecord& record) override;
  Result<std::vector<ports::ImageRecord>> all() override;
  Status remove(const std::string& project, const std::string& service, const std::string& commit) override;

 private:
  Result<std::string> path(const std::string& project, const std::string& service, const std::string& commit) const;
  std::string directory_;
};

std::string to_json(const ports::ImageRecord& record);
/// Error: InvalidInput for anything that is not wholly a record of this version.
Result<ports::ImageRecord> parse_image_record(std::string_view json);

}  // namespace sluice::files
