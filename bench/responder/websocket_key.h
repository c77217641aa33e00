// The server's proof in a WebSocket handshake.
#pragma once

#include <string>

namespace bench {

/// Sec-WebSocket-Accept for a Sec-WebSocket-Key: base64(SHA-1(key + GUID)), RFC 6455 section 4.2.2.
std::string websocket_accept(const std::string& key);

}  // namespace bench
