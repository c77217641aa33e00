// Objects below one prefix of a bucket of S3, written on conditions: "Conditional writes" of S3's user guide
// (conditional-writes). S3 reads what was last written ("Amazon S3 data consistency model").
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "adapters/aws/client.h"
#include "base/result.h"
#include "base/time.h"

namespace sluice::aws::s3 {

struct Object {
  std::string bytes;
  std::string etag;     ///< As S3 writes it, with its quotes.
  Milliseconds age{0};  ///< Since it was written, by S3's own clock, to the second.
};

/// What must be so for a write to happen.
struct Expected {
  std::optional<std::string> etag;  ///< Of the object as it was read; nothing: there is none.
};

/// May be used from any number of threads at once.
class ObjectStore {
 public:
  /// For one attempt: the controller waits for it.
  static constexpr Milliseconds kTimeout{5'000};

  /// `client` must outlive this. `prefix`: in front of every name, with its slash.
  ObjectStore(Client& client, std::string bucket, std::string prefix, Milliseconds timeout = kTimeout)
      : client_(client), bucket_(std::move(bucket)), prefix_(std::move(prefix)), timeout_(timeout) {}

  /// Nothing when there is no such object. Errors: NotFound (there is no such bucket), those of the client.
  Result<std::optional<Object>> get(const std::string& name, std::stop_token stop = {});
  /// The new object's ETag. Errors: Conflict (it is not as expected), Throttled (another write of it is under way, also
  /// after repeats: it may be there or not), those of the client; of all kinds but Conflict, Throttled, Denied and
  /// InvalidInput it may have been written all the same.
  Result<std::string> put(const std::string& name, const std::string& bytes, const Expected& expected,
                          std::stop_token stop = {});
  /// Whatever is there.
  Status replace(const std::string& name, const std::string& bytes, std::stop_token stop = {});
  /// Also where there is no such object.
  Status remove(const std::string& name, std::stop_token stop = {});
  /// Names that begin with `beginning`, at most a thousand; without what `prefix` is.
  Result<std::vector<std::string>> list(const std::string& beginning, std::stop_token stop = {});

  /// With it whoever has it can `method` (`GET`, `PUT`) the object, as Client::presigned has it.
  Result<std::string> address(const std::string& method, const std::string& name, Milliseconds lifetime);

  /// `s3://bucket/prefix/name`
  std::string place_of(const std::string& name) const { return "s3://" + bucket_ + "/" + prefix_ + name; }

 private:
  Call call(const std::string& operation, const std::string& method, const std::string& name) const;
  Result<std::string> put(Call call, const std::string& bytes, std::stop_token stop);

  Client& client_;
  std::string bucket_;
  std::string prefix_;
  Milliseconds timeout_;
};

}  // namespace sluice::aws::s3
