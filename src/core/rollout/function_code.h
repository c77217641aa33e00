// The code of a revision of a function, as `Revision::image` names it.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"

namespace sluice::rollout {

/// A deployment package on the machine that sluice runs on.
struct ZipFile {
  std::string path;         ///< Absolute.
  std::string code_sha256;  ///< Of its bytes, as AWS tells it (CodeSha256): SHA-256 in base64.
  friend bool operator==(const ZipFile&, const ZipFile&) = default;
};
/// One version of an object of S3, so that it is the same at every look.
struct S3Object {
  std::string bucket;
  std::string key;
  std::string version;
  friend bool operator==(const S3Object&, const S3Object&) = default;
};
/// A container image by its digest.
struct ImageUri {
  std::string uri;
  friend bool operator==(const ImageUri&, const ImageUri&) = default;
};
/// A version of the function that is there already, and that nobody here has published.
struct PublishedVersion {
  std::string number;
  std::string code_sha256;  ///< Empty: nobody has looked.
  friend bool operator==(const PublishedVersion&, const PublishedVersion&) = default;
};

using FunctionCode = std::variant<ZipFile, S3Object, ImageUri, PublishedVersion>;

/// `/srv/dist/f.zip CodeSha256=…`, `s3://bucket/key?versionId=…`, the image's reference, `version 7 CodeSha256=…`,
/// `version 7`.
std::string to_string(const FunctionCode& code);
/// The reverse; what has none of the other forms is an image's reference.
FunctionCode parse_function_code(std::string_view text);
/// Whether it names a container image, and neither other code of a function nor an API's definition: an image's
/// reference has no space.
bool is_image(std::string_view text);

/// `s3://bucket/key?versionId=ID`, as a person writes it. The last `?versionId=` counts; a key is not percent-encoded.
/// Error: InvalidInput (no bucket, key or versionId: says how to learn it).
Result<S3Object> parse_s3_object(std::string_view url);

}  // namespace sluice::rollout
