// The issues of one repository on GitHub, by its REST API.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "ports/http_client.h"

namespace sluice::github {

struct Issue {
  long number = 0;
  std::string body;
};

enum class Which { Open, All };

class Issues {
 public:
  /// So many pages of a hundred are looked through.
  static constexpr int kMostPages = 10;

  struct Place {
    std::string api;         ///< `https://api.github.com`
    std::string repository;  ///< `owner/name`
    Secret token;
  };
  /// `http` must outlive this.
  Issues(Place place, ports::HttpClient& http) : place_(std::move(place)), http_(http) {}

  /// Issues, not pull requests, that were changed at `since` or later, newest first. The list is that of the
  /// repository, never the search, whose index is minutes behind. Errors of all: as ports::Notifier has them.
  Result<std::vector<Issue>> list(Which which, TimePoint since) const;
  /// The number of a new one. Not to be repeated before a look.
  Result<long> create(const std::string& title, const std::string& body) const;
  /// The texts of an issue's comments, of the first thousand.
  Result<std::vector<std::string>> comments(long issue) const;
  Status comment(long issue, const std::string& body) const;

 private:
  Result<boost::json::value> ask(const std::string& method, const std::string& path,
                                 const boost::json::object* body) const;
  Place place_;
  ports::HttpClient& http_;
};

/// What a status of GitHub's means; success: nothing. `what` is for the message.
Status judge(const ports::HttpResponse& response, std::string_view what);

}  // namespace sluice::github
