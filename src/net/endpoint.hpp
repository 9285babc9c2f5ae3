#pragma once

// An address of a socket: IPv4, IPv6 or Unix. A value; knows no names and looks none up.
// An IPv4 address that came mapped into IPv6 (::ffff:127.0.0.1) is an IPv4 address here.

#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace ws::net {

class Endpoint {
 public:
  Endpoint() = default;
  Endpoint(const sockaddr* address, socklen_t length);

  /// Of a numeric address, IPv6 with or without brackets and with or without a zone; nothing for a
  /// name.
  static std::optional<Endpoint> numeric(const std::string& host, std::uint16_t port);
  /// Nothing when `path` is empty or longer than the system allows (107 bytes).
  static std::optional<Endpoint> unix_socket(std::string_view path);
  static Endpoint local_of(int fd);
  static Endpoint peer_of(int fd);

  const sockaddr* address() const { return reinterpret_cast<const sockaddr*>(&storage_); }
  socklen_t length() const { return length_; }
  int family() const { return storage_.ss_family; }
  bool is_unix() const { return family() == AF_UNIX; }
  std::uint16_t port() const;  ///< 0 for a Unix socket
  Endpoint with_port(std::uint16_t port) const;
  Bytes octets() const;      ///< of the IP address, 4 or 16; none of a Unix socket
  bool is_loopback() const;  ///< 127.0.0.0/8, ::1
  bool is_wildcard() const;  ///< 0.0.0.0, ::
  bool is_unnamed() const;   ///< a Unix socket without a path, as a connecting one is

  /// Without the port and without brackets: `127.0.0.1`, `::1`; the path of a Unix socket.
  std::string host() const;
  /// `127.0.0.1:51234`, `[::1]:5`, `/run/x.sock`, `@abstract`.
  std::string text() const;

  friend bool operator==(const Endpoint& a, const Endpoint& b);

 private:
  sockaddr_storage storage_{};
  socklen_t length_ = 0;
};

}  // namespace ws::net
