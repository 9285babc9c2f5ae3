#pragma once

// What TLS connections of one role have in common: certificate and key, whom to trust, which
// versions. Made from PEM files when the first is needed (it costs 2 ms), replaced as a whole when
// they change. Does no I/O on sockets.

#include <memory>
#include <optional>
#include <string>

struct ssl_st;
struct ssl_ctx_st;

namespace ws::net {

struct FreeTls {
  void operator()(ssl_st* tls) const;
};
/// The state of one connection, OpenSSL's SSL.
using TlsState = std::unique_ptr<ssl_st, FreeTls>;

/// Paths of PEM files, as a person gave them.
struct TlsFiles {
  std::optional<std::string> cert{};    ///< own certificate, then its issuers
  std::optional<std::string> key{};     ///< its private key; without: in `cert`
  std::optional<std::string> cacert{};  ///< whom to trust
};

class TlsContext {
 public:
  enum class Verify { peer, nobody };

  /// Needs `cert`; with `cacert` clients must have a certificate that it vouches for. Throws
  /// Failure with status 4 that names the file.
  static TlsContext server(const TlsFiles& files);
  /// Trusts `cacert`, else whom the system trusts. Throws as above.
  static TlsContext client(const TlsFiles& files, Verify verify);

  /// For a server's end of a connection.
  TlsState accept() const;
  /// For a client's: the certificate must be for `host`, a name or an address.
  TlsState connect(const std::string& host) const;

 private:
  TlsContext(ssl_ctx_st* context, Verify verify);

  TlsState make_state() const;

  std::shared_ptr<ssl_ctx_st> context_;
  Verify verify_;
};

}  // namespace ws::net
