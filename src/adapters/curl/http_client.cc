#include "adapters/curl/http_client.h"

#include <arpa/inet.h>
#include <curl/curl.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <string_view>

#include "base/assert.h"

namespace sluice::curl {
namespace {

constexpr std::size_t kMostBodyBytes = 64u << 20;
constexpr std::size_t kMostIdleSessions = 16;
/// Of silence, before the other side is asked whether it is there; and between two such questions. Some answers take a
/// quarter of an hour (a function of Lambda), and what is between forgets a silent connection earlier: a NAT gateway
/// after 350 s ("Troubleshoot NAT gateways" of the VPC user guide).
constexpr long kSilenceSeconds = 60;

void initialise_library() {
  static const CURLcode kInitialised = curl_global_init(CURL_GLOBAL_DEFAULT);
  SLUICE_ASSERT(kInitialised == CURLE_OK);
}

/// What one exchange collects.
struct Exchange {
  ports::HttpResponse response;
  bool too_long = false;
};

std::size_t take_body(char* data, std::size_t size, std::size_t count, void* target) {
  auto& exchange = *static_cast<Exchange*>(target);
  const std::size_t bytes = size * count;
  if (exchange.response.body.size() + bytes > kMostBodyBytes) {
    exchange.too_long = true;
    return 0;
  }
  exchange.response.body.append(data, bytes);
  return bytes;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front()))) text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) text.remove_suffix(1);
  return text;
}

std::size_t take_header(char* data, std::size_t size, std::size_t count, void* target) {
  auto& exchange = *static_cast<Exchange*>(target);
  const std::string_view line(data, size * count);
  if (line.starts_with("HTTP/")) {  // An interim answer (100, 103) came first: only the last one's headers count.
    exchange.response.headers.clear();
    return line.size();
  }
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return line.size();
  std::string name(trimmed(line.substr(0, colon)));
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
  const std::string value(trimmed(line.substr(colon + 1)));
  auto& kept = exchange.response.headers[name];
  kept = kept.empty() ? value : kept + ", " + value;
  return line.size();
}

/// The host of a URL, without user, port and brackets.
std::string host_of(const std::string& url) {
  std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parsed(curl_url(), curl_url_cleanup);
  char* host = nullptr;
  if (!parsed || curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK ||
      curl_url_get(parsed.get(), CURLUPART_HOST, &host, 0) != CURLUE_OK) {
    return {};
  }
  std::string result(host);
  curl_free(host);
  if (result.starts_with('[') && result.ends_with(']')) result = result.substr(1, result.size() - 2);
  return result;
}

bool is_address_or_localhost(const std::string& host) {
  unsigned char bytes[16];
  return host == "localhost" || inet_pton(AF_INET, host.c_str(), bytes) == 1 ||
         inet_pton(AF_INET6, host.c_str(), bytes) == 1;
}

/// The file of authorities that the environment names; null: the system's.
const char* authorities() {
  for (const char* name : {"AWS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"}) {
    const char* const file = std::getenv(name);
    if (file != nullptr && *file != '\0') return file;
  }
  return nullptr;
}

/// `METHOD URL` for messages, without the query, in which there may be a secret.
std::string describe(const ports::HttpRequest& request) {
  std::string text = request.method + " " + request.url.substr(0, request.url.find('?'));
  if (!request.unix_socket.empty()) text += " through " + request.unix_socket;
  return text;
}

/// A webhook's path is its secret, so messages about https URLs end at the host.
std::string described_without_path(const ports::HttpRequest& request) {
  if (!request.url.starts_with("https://")) return describe(request);
  return request.method + " https://" + host_of(request.url);
}

}  // namespace

/// An easy handle with the multi handle that drives it: a wait on the latter can be woken from another thread.
class HttpClient::Session {
 public:
  Session() : easy_(curl_easy_init()), multi_(curl_multi_init()) {
    SLUICE_ASSERT(easy_ != nullptr && multi_ != nullptr);
  }
  ~Session() {
    curl_easy_cleanup(easy_);
    curl_multi_cleanup(multi_);
    curl_slist_free_all(headers_);
  }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  Result<ports::HttpResponse> send(const ports::HttpRequest& request, const std::stop_token& stop) {
    Exchange exchange;
    prepare(request, exchange);
    if (stop.stop_requested()) return Error{ErrorKind::Cancelled, described_without_path(request) + ": cancelled"};
    curl_multi_add_handle(multi_, easy_);
    const CURLcode code = drive(stop);
    curl_multi_remove_handle(multi_, easy_);
    if (code != CURLE_OK) return failure(request, exchange, code);
    long status = 0;
    curl_off_t total = 0;
    curl_off_t before = 0;
    curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(easy_, CURLINFO_TOTAL_TIME_T, &total);
    curl_easy_getinfo(easy_, CURLINFO_PRETRANSFER_TIME_T, &before);
    exchange.response.status = static_cast<int>(status);
    exchange.response.latency =
        std::chrono::duration_cast<Milliseconds>(std::chrono::microseconds(std::max<curl_off_t>(0, total - before)));
    return std::move(exchange.response);
  }

 private:
  void prepare(const ports::HttpRequest& request, Exchange& exchange) {
    curl_easy_reset(easy_);
    curl_slist_free_all(headers_);
    headers_ = nullptr;
    for (const auto& [name, value] : request.headers) {
      headers_ = curl_slist_append(headers_, (value.empty() ? name + ";" : name + ": " + value).c_str());
    }
    headers_ = curl_slist_append(headers_, "Expect:");  // No round trip before a body.
    curl_easy_setopt(easy_, CURLOPT_URL, request.url.c_str());
    curl_easy_setopt(easy_, CURLOPT_PATH_AS_IS, 1L);  // What is signed is what is sent.
    curl_easy_setopt(easy_, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy_, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    curl_easy_setopt(easy_, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy_, CURLOPT_TCP_NODELAY, 1L);
    curl_easy_setopt(easy_, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(easy_, CURLOPT_TCP_KEEPIDLE, kSilenceSeconds);
    curl_easy_setopt(easy_, CURLOPT_TCP_KEEPINTVL, kSilenceSeconds);
    curl_easy_setopt(easy_, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy_, CURLOPT_TIMEOUT_MS, std::max<long>(1, request.timeout.count()));
    curl_easy_setopt(easy_, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(easy_, CURLOPT_WRITEDATA, &exchange);
    curl_easy_setopt(easy_, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(easy_, CURLOPT_HEADERDATA, &exchange);
    if (const char* file = authorities()) curl_easy_setopt(easy_, CURLOPT_CAINFO, file);
    if (!request.unix_socket.empty()) curl_easy_setopt(easy_, CURLOPT_UNIX_SOCKET_PATH, request.unix_socket.c_str());
    if (!request.unix_socket.empty() || is_address_or_localhost(host_of(request.url))) {
      curl_easy_setopt(easy_, CURLOPT_NOPROXY, "*");
    }
    const bool has_body = !request.body.empty() || request.method == "POST" || request.method == "PUT";
    if (request.method == "HEAD") {
      curl_easy_setopt(easy_, CURLOPT_NOBODY, 1L);
    } else if (has_body) {
      curl_easy_setopt(easy_, CURLOPT_POST, 1L);
      curl_easy_setopt(easy_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
      curl_easy_setopt(easy_, CURLOPT_POSTFIELDS, request.body.data());
      if (!request.headers.contains("Content-Type") && !request.headers.contains("content-type")) {
        headers_ = curl_slist_append(headers_, "Content-Type:");  // Not curl's own guess of a form.
      }
    }
    curl_easy_setopt(easy_, CURLOPT_CUSTOMREQUEST, request.method == "HEAD" ? nullptr : request.method.c_str());
    curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, headers_);
    const bool keep =
        request.url.starts_with("https://") && !has_body && (request.method == "GET" || request.method == "HEAD");
    curl_easy_setopt(easy_, CURLOPT_FRESH_CONNECT, keep ? 0L : 1L);
    curl_easy_setopt(easy_, CURLOPT_FORBID_REUSE, keep ? 0L : 1L);
  }

  /// Runs the transfer to its end; CURLE_ABORTED_BY_CALLBACK when `stop` was requested.
  CURLcode drive(const std::stop_token& stop) {
    const std::stop_callback wake(stop, [this] { curl_multi_wakeup(multi_); });
    for (;;) {
      int running = 0;
      if (curl_multi_perform(multi_, &running) != CURLM_OK) return CURLE_FAILED_INIT;
      if (running == 0) break;
      if (stop.stop_requested()) return CURLE_ABORTED_BY_CALLBACK;
      curl_multi_poll(multi_, nullptr, 0, 1000, nullptr);
    }
    int left = 0;
    const CURLMsg* message = curl_multi_info_read(multi_, &left);
    return message != nullptr && message->msg == CURLMSG_DONE ? message->data.result : CURLE_FAILED_INIT;
  }

  Error failure(const ports::HttpRequest& request, const Exchange& exchange, CURLcode code) {
    const std::string what = described_without_path(request);
    if (code == CURLE_ABORTED_BY_CALLBACK) return {ErrorKind::Cancelled, what + ": cancelled"};
    if (exchange.too_long) return {ErrorKind::InvalidInput, what + ": the answer is longer than 64 MiB"};
    const std::string why = what + ": " + curl_easy_strerror(code);
    curl_off_t before = 0;
    curl_easy_getinfo(easy_, CURLINFO_PRETRANSFER_TIME_T, &before);
    switch (code) {
      case CURLE_URL_MALFORMAT:
      case CURLE_UNSUPPORTED_PROTOCOL: return {ErrorKind::InvalidInput, why};
      case CURLE_OPERATION_TIMEDOUT:
        return {ErrorKind::TimedOut, what + ": no whole answer within " + format_duration(request.timeout)};
      case CURLE_PEER_FAILED_VERIFICATION:
        return {ErrorKind::Denied, why +
                                       ": no authority that is known vouches for its certificate. Where a proxy opens "
                                       "TLS, name the file of its authority in SSL_CERT_FILE or AWS_CA_BUNDLE"};
      case CURLE_SSL_CACERT_BADFILE: {
        const char* const file = authorities();
        return {ErrorKind::InvalidInput, why + ": " + (file == nullptr ? "the system's authorities" : file)};
      }
      default: break;
    }
    return {before == 0 ? ErrorKind::Unavailable : ErrorKind::UnknownOutcome, why};
  }

  CURL* easy_;
  CURLM* multi_;
  curl_slist* headers_ = nullptr;
};

HttpClient::HttpClient() { initialise_library(); }
HttpClient::~HttpClient() = default;

std::unique_ptr<HttpClient::Session> HttpClient::take() {
  const std::lock_guard lock(mutex_);
  if (idle_.empty()) return std::make_unique<Session>();
  auto session = std::move(idle_.back());
  idle_.pop_back();
  return session;
}

void HttpClient::give_back(std::unique_ptr<Session> session) {
  const std::lock_guard lock(mutex_);
  if (idle_.size() < kMostIdleSessions) idle_.push_back(std::move(session));
}

Result<ports::HttpResponse> HttpClient::send(const ports::HttpRequest& request, std::stop_token stop) {
  auto session = take();
  auto result = session->send(request, stop);
  give_back(std::move(session));
  return result;
}

}  // namespace sluice::curl
