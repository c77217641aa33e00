#include "core/rollout/function_code.h"

#include <fmt/format.h>

namespace sluice::rollout {
namespace {

constexpr std::string_view kSha = " CodeSha256=";
constexpr std::string_view kVersion = "version ";
constexpr std::string_view kScheme = "s3://";
constexpr std::string_view kVersionId = "?versionId=";

struct Named {
  std::string name;
  std::string sha;
};
Named split_at_sha(std::string_view text) {
  const std::size_t at = text.rfind(kSha);
  if (at == std::string_view::npos) return {std::string(text), {}};
  return {std::string(text.substr(0, at)), std::string(text.substr(at + kSha.size()))};
}

}  // namespace

std::string to_string(const FunctionCode& code) {
  struct Visitor {
    std::string operator()(const ZipFile& zip) const { return fmt::format("{}{}{}", zip.path, kSha, zip.code_sha256); }
    std::string operator()(const S3Object& object) const {
      return fmt::format("{}{}/{}{}{}", kScheme, object.bucket, object.key, kVersionId, object.version);
    }
    std::string operator()(const ImageUri& image) const { return image.uri; }
    std::string operator()(const PublishedVersion& version) const {
      const bool is_known = !version.code_sha256.empty();
      return fmt::format("{}{}{}{}", kVersion, version.number, is_known ? kSha : "", version.code_sha256);
    }
  };
  return std::visit(Visitor{}, code);
}

FunctionCode parse_function_code(std::string_view text) {
  if (text.starts_with(kScheme)) {
    if (auto object = parse_s3_object(text)) return std::move(*object);
  }
  const bool is_version = text.starts_with(kVersion);
  if (!is_version && !text.starts_with('/')) return ImageUri{std::string(text)};
  Named named = split_at_sha(text);
  if (!is_version) return ZipFile{std::move(named.name), std::move(named.sha)};
  return PublishedVersion{named.name.substr(kVersion.size()), std::move(named.sha)};
}

bool is_image(std::string_view text) {
  return std::holds_alternative<ImageUri>(parse_function_code(text)) && text.find(' ') == std::string_view::npos;
}

Result<S3Object> parse_s3_object(std::string_view url) {
  const std::size_t slash = url.find('/', kScheme.size());
  const std::size_t query = url.rfind(kVersionId);
  const std::string_view place = url.substr(0, query);
  if (!url.starts_with(kScheme) || slash == std::string_view::npos || slash == kScheme.size() ||
      slash + 1 >= place.size()) {
    return Error{ErrorKind::InvalidInput,
                 fmt::format("'{}' is no object of S3: write s3://BUCKET/KEY?versionId=ID", url)};
  }
  S3Object object{.bucket = std::string(url.substr(kScheme.size(), slash - kScheme.size())),
                  .key = std::string(place.substr(slash + 1))};
  if (query != std::string_view::npos) object.version = url.substr(query + kVersionId.size());
  if (!object.version.empty()) return object;
  return Error{
      ErrorKind::InvalidInput,
      fmt::format("'{0}' names no version, and what is under a key may change: write {1}?versionId=ID. `aws s3api "
                  "head-object --bucket {2} --key {3} --query VersionId` tells it, in a bucket with versioning; "
                  "of one without, download the zip and name the file",
                  url, place, object.bucket, object.key)};
}

}  // namespace sluice::rollout
