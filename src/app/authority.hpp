#pragma once

// Host and port as HTTP names a server (RFC 9110 §7.2), and an Origin (RFC 6454 §6), brought to one
// spelling so that they can be compared. Used by access; resolves nothing and forgives nothing.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ws::app {

struct Authority {
  /// Lower case, without one trailing dot; an address as inet_ntop writes it, without brackets.
  std::string host;
  bool is_address = false;
  std::optional<std::uint16_t> port;
};

/// Of a Host field: name, IPv4 or [IPv6], each with or without :port.
std::optional<Authority> parse_authority(std::string_view text);

/// Of a bare name or address, IPv6 with or without brackets and with or without a zone, as --host
/// takes it.
std::optional<Authority> parse_host(std::string_view text);

struct Origin {
  std::string scheme;      ///< lower case
  std::string host;        ///< as Authority::host
  std::uint16_t port = 0;  ///< the scheme's own filled in; 0 where the scheme has none
  bool operator==(const Origin&) const = default;
};

/// scheme://host[:port] and nothing else; not "null".
std::optional<Origin> parse_origin(std::string_view text);

/// 80 for http and ws, 443 for https and wss, else 0.
std::uint16_t default_port(std::string_view scheme);

/// A name for this machine that no DNS server has a say in: localhost, 127.0.0.1, ::1. The rest of
/// 127.0.0.0/8 is left out: another program may listen there on the same port.
bool is_loopback_name(std::string_view host);

}  // namespace ws::app
