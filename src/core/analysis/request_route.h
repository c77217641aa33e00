// The name under which requests are put together for people: method and path, without what differs from request to
// request.
#pragma once

#include <string>
#include <string_view>

namespace sluice::analysis {

inline constexpr std::size_t kLongestRoute = 96;  ///< Bytes.

/// "GET /orders/{id}/items" of `GET` and `/orders/4711/items?page=2`: without query, scheme and host; a segment that
/// looks like an id, a token or an address is `{id}`; what is longer than kLongestRoute or has too many segments ends
/// in an ellipsis. Whatever is written here comes from a client: nothing but letters, digits and `-_.~` of a segment is
/// kept. A method that is none is left out; empty when there is no path.
void write_route(std::string_view method, std::string_view path, std::string& route);
std::string route_of(std::string_view method, std::string_view path);

}  // namespace sluice::analysis
