#include "adapters/aws/sigv4.h"

#include <algorithm>
#include <cctype>
#include <map>

#include "adapters/aws/digest.h"

namespace sluice::aws {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";

std::string lower_case(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

/// Without space at both ends, and one space where there were several.
std::string squeezed(std::string_view value) {
  std::string result;
  bool space = false;
  for (const char c : value) {
    if (std::isspace(static_cast<unsigned char>(c)) != 0) {
      space = !result.empty();
      continue;
    }
    if (space) result += ' ';
    space = false;
    result += c;
  }
  return result;
}

/// By name, sorted; the values of one name in their order, with commas between.
std::map<std::string, std::string> canonical_headers(const HeaderList& headers) {
  std::map<std::string, std::string> canonical;
  for (const auto& [name, value] : headers) {
    const auto [place, is_new] = canonical.try_emplace(lower_case(name), squeezed(value));
    if (!is_new) place->second += "," + squeezed(value);
  }
  return canonical;
}

/// RFC 3986 section 5.2.4, and several slashes are one.
std::string normalized(std::string_view path) {
  std::vector<std::string_view> parts;
  bool ends_in_folder = path.empty();
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view part = path.substr(begin, end - begin);
    ends_in_folder = part.empty() || part == "." || part == "..";
    if (part == "..") {
      if (!parts.empty()) parts.pop_back();
    } else if (!part.empty() && part != ".") {
      parts.push_back(part);
    }
    begin = end + 1;
  }
  std::string result;
  for (const std::string_view part : parts) result.append("/").append(part);
  return ends_in_folder || result.empty() ? result + "/" : result;
}

std::string canonical_path(std::string_view path, const SigningRules& rules) {
  const std::string resolved = rules.normalize_path ? normalized(path) : std::string(path.empty() ? "/" : path);
  return rules.path == PathEncoding::Twice ? percent_encoded(resolved, Slash::Keep) : resolved;
}

std::string signature_of(const Secret& key, const std::string& date, const SigningScope& scope,
                         const std::string& string_to_sign) {
  std::string derived = hmac_sha256("AWS4" + key.reveal(), date);
  for (const std::string_view part : {std::string_view(scope.region), std::string_view(scope.service),
                                      std::string_view("aws4_request"), std::string_view(string_to_sign)}) {
    derived = hmac_sha256(derived, part);
  }
  return hexadecimal(derived);
}

std::string string_to_sign(const std::string& moment, const std::string& credential_scope,
                           const std::string& canonical_request) {
  return std::string(kAlgorithm) + "\n" + moment + "\n" + credential_scope + "\n" + sha256_hex(canonical_request);
}

std::string credential_scope_of(const std::string& date, const SigningScope& scope) {
  return date + "/" + scope.region + "/" + scope.service + "/aws4_request";
}

}  // namespace

std::string format_amz_date(TimePoint at) {
  const std::string text = format_rfc3339(at);  // 2015-08-30T12:36:00.000Z
  std::string date;
  for (const char c : text.substr(0, 19)) {
    if (c != '-' && c != ':') date += c;
  }
  return date + "Z";
}

Signed sign(const RequestToSign& request, const Credentials& credentials, const SigningScope& scope, TimePoint at,
            const SigningRules& rules) {
  const std::string moment = format_amz_date(at);
  const std::string date = moment.substr(0, 8);
  const std::string body_hash = sha256_hex(request.body);
  const std::pair<std::string, std::string> token{"x-amz-security-token", credentials.session_token.reveal()};
  Signed result;
  result.headers.emplace_back("x-amz-date", moment);
  if (rules.body_hash_header) result.headers.emplace_back("x-amz-content-sha256", body_hash);
  const bool has_token = !credentials.session_token.empty();
  if (has_token && rules.sign_session_token) result.headers.push_back(token);

  HeaderList all = request.headers;
  all.insert(all.end(), result.headers.begin(), result.headers.end());
  std::string header_lines;
  std::string names;
  for (const auto& [name, value] : canonical_headers(all)) {
    header_lines.append(name).append(":").append(value).append("\n");
    names.append(names.empty() ? "" : ";").append(name);
  }
  result.canonical_request = request.method + "\n" + canonical_path(request.path, rules) + "\n" +
                             canonical_query(request.query) + "\n" + header_lines + "\n" + names + "\n" + body_hash;
  const std::string credential_scope = credential_scope_of(date, scope);
  result.string_to_sign = string_to_sign(moment, credential_scope, result.canonical_request);
  const std::string signature = signature_of(credentials.secret_access_key, date, scope, result.string_to_sign);
  if (has_token && !rules.sign_session_token) result.headers.push_back(token);
  result.headers.emplace_back("authorization", std::string(kAlgorithm) + " Credential=" + credentials.access_key_id +
                                                   "/" + credential_scope + ", SignedHeaders=" + names +
                                                   ", Signature=" + signature);
  return result;
}

std::string presigned_query(const RequestToSign& request, const Credentials& credentials, const SigningScope& scope,
                            TimePoint at, Milliseconds lifetime) {
  const std::string moment = format_amz_date(at);
  const std::string credential_scope = credential_scope_of(moment.substr(0, 8), scope);
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(lifetime).count();
  std::string host;
  for (const auto& [name, value] : canonical_headers(request.headers)) {
    if (name == "host") host = value;
  }
  QueryPairs query = request.query;
  query.emplace_back("X-Amz-Algorithm", kAlgorithm);
  query.emplace_back("X-Amz-Credential", credentials.access_key_id + "/" + credential_scope);
  query.emplace_back("X-Amz-Date", moment);
  query.emplace_back("X-Amz-Expires", std::to_string(seconds));
  query.emplace_back("X-Amz-SignedHeaders", "host");
  if (!credentials.session_token.empty()) {
    query.emplace_back("X-Amz-Security-Token", credentials.session_token.reveal());
  }
  const std::string unsigned_query = canonical_query(query);
  const std::string canonical_request =
      request.method + "\n" + request.path + "\n" + unsigned_query + "\nhost:" + host + "\n\nhost\nUNSIGNED-PAYLOAD";
  return unsigned_query + "&X-Amz-Signature=" +
         signature_of(credentials.secret_access_key, moment.substr(0, 8), scope,
                      string_to_sign(moment, credential_scope, canonical_request));
}

}  // namespace sluice::aws
