#include "adapters/aws/s3/object_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <pugixml.hpp>
#include <utility>

#include "adapters/aws/http_date.h"
#include "adapters/aws/uri_encoding.h"

namespace sluice::aws::s3 {
namespace {

/// Both moments are S3's own: the clock of this machine says nothing here.
Result<Milliseconds> age_of(const ports::HttpResponse& response) {
  const auto written = http_date(response, "last-modified");
  const auto now = http_date(response, "date");
  if (written && now) return std::max(Milliseconds(0), *now - *written);
  return Error{ErrorKind::Failed, "the answer lacks Last-Modified or Date: what answers is no S3"};
}

/// The store has no such object, and there is a bucket.
bool is_absence(const Error& error) {
  return error.kind == ErrorKind::NotFound && error.message.find("NoSuchBucket") == std::string::npos;
}

}  // namespace

Call ObjectStore::call(const std::string& operation, const std::string& method, const std::string& name) const {
  // Path-style: the one form that every bucket's name and every endpoint takes.
  Call call{.service = "s3", .operation = operation, .resource = place_of(name), .priority = Priority::Urgent};
  call.rest = {.method = method,
               .path = "/" + bucket_ + "/" + percent_encoded(prefix_ + name, Slash::Keep),
               .query = {},
               .headers = {},
               .payload = {}};
  call.timeout = timeout_;
  return call;
}

Result<std::optional<Object>> ObjectStore::get(const std::string& name, std::stop_token stop) {
  auto response = client_.exchange(call("GetObject", "GET", name), {}, std::move(stop));
  if (!response && is_absence(response.error())) return std::optional<Object>();
  if (!response) return std::move(response.error());
  auto age = age_of(*response);
  if (!age) return with_context(std::move(age), place_of(name));
  return std::optional(Object{std::move(response->body), ports::header_in(response->headers, "etag"), *age});
}

Result<std::string> ObjectStore::put(Call call, const std::string& bytes, std::stop_token stop) {
  call.rest.payload = bytes;
  TRY_ASSIGN(const ports::HttpResponse response, client_.exchange(call, {}, std::move(stop)));
  const std::string etag = ports::header_in(response.headers, "etag");
  if (!etag.empty()) return etag;
  return Error{ErrorKind::Failed, fmt::format("{} was answered without an ETag: what answers is no S3", call.resource)};
}

Result<std::string> ObjectStore::put(const std::string& name, const std::string& bytes, const Expected& expected,
                                     std::stop_token stop) {
  Call write = call("PutObject", "PUT", name);
  if (expected.etag) {
    write.rest.headers["if-match"] = *expected.etag;
  } else {
    write.rest.headers["if-none-match"] = "*";
  }
  auto written = put(std::move(write), bytes, std::move(stop));
  // "If the object does not exist, S3 returns 404": it is not as expected either.
  if (!written && expected.etag && is_absence(written.error())) written.error().kind = ErrorKind::Conflict;
  return written;
}

Status ObjectStore::replace(const std::string& name, const std::string& bytes, std::stop_token stop) {
  TRY(put(call("PutObject", "PUT", name), bytes, std::move(stop)));
  return {};
}

Status ObjectStore::remove(const std::string& name, std::stop_token stop) {
  TRY(client_.exchange(call("DeleteObject", "DELETE", name), {}, std::move(stop)));
  return {};
}

Result<std::string> ObjectStore::address(const std::string& method, const std::string& name, Milliseconds lifetime) {
  return client_.presigned(call(method == "PUT" ? "PutObject" : "GetObject", method, name), lifetime);
}

Result<std::vector<std::string>> ObjectStore::list(const std::string& beginning, std::stop_token stop) {
  Call call = this->call("ListObjectsV2", "GET", beginning);
  call.rest.path = "/" + bucket_;
  call.rest.query = {{"list-type", "2"}, {"prefix", prefix_ + beginning}};
  TRY_ASSIGN(const ports::HttpResponse response, client_.exchange(call, {}, std::move(stop)));
  pugi::xml_document document;
  if (!document.load_buffer(response.body.data(), response.body.size())) {
    return Error{ErrorKind::Failed, fmt::format("the list of {} is no XML: what answers is no S3", call.resource)};
  }
  std::vector<std::string> names;
  for (const pugi::xml_node& object : document.child("ListBucketResult").children("Contents")) {
    const std::string name = object.child_value("Key");
    if (name.starts_with(prefix_)) names.push_back(name.substr(prefix_.size()));
  }
  return names;
}

}  // namespace sluice::aws::s3
