// What is known of the images that were built here: which commit, which image, what its checks said, where it is.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace sluice::ports {

enum class ImageVerdict {
  NotAsked,
  Passed,
  Refused,
  Off,  ///< The configuration says that it is not asked (scans only).
};

struct ImageRecord {
  std::string project;
  std::string service;
  std::string commit;  ///< Full hash, with `-dirty` behind it when the folder differed from it.
  std::string image_id;
  std::string dockerfile;                   ///< As configured.
  std::map<std::string, std::string> args;  ///< Build arguments.
  TimePoint built_at{};
  TimePoint used_at{};  ///< When a part of the image stage last worked with it.
  ImageVerdict check = ImageVerdict::NotAsked;
  ImageVerdict scan = ImageVerdict::NotAsked;
  bool rebuilt = false;  ///< Built again on request: what a registry has under its tag is out of date.
  std::vector<std::string> check_findings;  ///< A line each.
  std::vector<std::string> scan_findings;
  std::map<std::string, std::string> digests;  ///< `REGISTRY/REPOSITORY` to the digest that was pushed there.
  friend bool operator==(const ImageRecord&, const ImageRecord&) = default;
};

class ImageRecords {
 public:
  virtual ~ImageRecords() = default;
  /// Nothing when this commit of the service was not built here.
  virtual Result<std::optional<ImageRecord>> find(const std::string& project, const std::string& service,
                                                  const std::string& commit) = 0;
  /// Durable when it returns; replaces the record of the same commit. Error: Unavailable (disk full).
  virtual Status save(const ImageRecord& record) = 0;
  /// Of every project and service. One that cannot be read is left out.
  virtual Result<std::vector<ImageRecord>> all() = 0;
  /// One that is not there: success. Error: Unavailable.
  virtual Status remove(const std::string& project, const std::string& service, const std::string& commit) = 0;
};

}  // namespace sluice::ports
