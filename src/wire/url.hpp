#pragma once

// A WebSocket URL as a user types it (RFC 6455 §3, RFC 3986). Refuses what it does not understand
// and never guesses; resolves nothing. Its error texts name the part that is wrong, never the user
// part or the query.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace ws::wire {

struct Url {
  bool secure = false;
  std::string user_info;  ///< decoded "user:password" ("user:" where none was given); empty: none
  std::string host;  ///< lower case; an IPv6 address without brackets, with its %zone if it has one
  std::uint16_t port = 80;
  std::string target = "/";  ///< path and query; bytes beyond ASCII percent-encoded

  bool is_ipv6() const { return host.find(':') != std::string::npos; }
  /// Value of Host: brackets around IPv6, no zone, the port unless it is the scheme's own.
  std::string host_header() const;
  /// ws://host[:port]/path, without user part and query, for messages.
  std::string shown() const;
};

struct UrlScheme {
  std::string_view name;
  bool secure;
  std::uint16_t port;
};

/// ws, wss and their aliases http, https; without a scheme it is ws.
Result<Url> parse_url(std::string_view text);
/// The same grammar for other schemes, such as a proxy's; the first is the one meant where none is
/// written.
Result<Url> parse_url(std::string_view text, std::span<const UrlScheme> schemes);

/// An IPv6 address (RFC 4291 §2.2) without brackets or zone.
bool is_ipv6_address(std::string_view text);

}  // namespace ws::wire
