#pragma once

// A proxy as a user names it, and what is said to it before the connection behind it is ours. The
// transport sends what there is to send, feeds what comes, and passes the socket on once it is
// done; nothing here opens or resolves anything.
//
//     http    CONNECT host:port (RFC 9110 §9.3.6), Basic credentials
//     socks5  RFC 1928, user and password by RFC 1929; the name is resolved here
//     socks5h the same, the name is resolved by the proxy

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "wire/http.hpp"

namespace ws::wire {

struct Proxy {
  enum class Kind { http, socks5, socks5h };
  Kind kind = Kind::http;
  std::string user_info{};  ///< decoded "user:password"; empty: none
  std::string host{};       ///< IPv6 without brackets
  std::uint16_t port = 1080;

  /// host:port, for messages.
  std::string shown() const;
};

/// "[SCHEME://][USER:PASSWORD@]HOST[:PORT]"; http and 1080 where none is written, as curl has it.
/// The error names no user part.
Result<Proxy> parse_proxy(std::string_view text);

/// Where the proxy is to connect to.
struct ProxyDestination {
  std::string host;  ///< name or address, IPv6 without brackets
  std::uint16_t port = 0;
  Bytes address{};  ///< 4 or 16 octets where the host is known by its address
};

/// Why there is no way through. `text` goes on from the proxy's name: "refused: HTTP 407 …".
struct ProxyError {
  std::string text;
  bool may_pass = false;  ///< worth another attempt
};

class ProxyHandshake {
 public:
  virtual ~ProxyHandshake() = default;
  /// What is to be sent now; asked for at the start and after each `feed`. Empty: wait.
  virtual std::string take_output() = 0;
  /// Once done or in error it takes nothing more; what is not consumed came unasked.
  virtual FeedResult feed(ByteView bytes) = 0;
  virtual const ProxyError& error() const = 0;
};

std::unique_ptr<ProxyHandshake> proxy_handshake(const Proxy& proxy, ProxyDestination destination);

}  // namespace ws::wire
