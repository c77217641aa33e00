// What sluice keeps beside a journal in S3, so that another machine finds it.
#pragma once

#include "adapters/aws/kept_files.h"
#include "adapters/aws/s3/holder.h"
#include "adapters/aws/s3/object_store.h"

namespace sluice::aws::s3 {

/// Objects below `kept/`. Only whoever has what it holds writes.
class KeptInBucket final : public KeptFiles {
 public:
  /// Both must outlive this.
  KeptInBucket(ObjectStore& store, Holder& holder) : store_(store), holder_(holder) {}

  Status keep(const std::string& name, const std::string& line, std::string_view what) override;
  Result<std::optional<std::string>> read(const std::string& name) override;
  std::string place_of(const std::string& name) const override { return store_.place_of("kept/" + name); }
  bool is_shared() const override { return true; }

 private:
  ObjectStore& store_;
  Holder& holder_;
};

}  // namespace sluice::aws::s3
