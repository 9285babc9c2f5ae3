#pragma once

// TLS on a socket, for both roles, driven by a channel as a plain socket is. What was read is
// decrypted at once and handed out, what is written is sent at once: an idle connection holds no
// buffer. Makes its handshake by itself, inside read and write.

#include <memory>
#include <string>

#include "net/tls_context.hpp"
#include "net/transport.hpp"

namespace ws::net {

class TlsRecords;

class TlsTransport final : public Transport {
 public:
  /// `tls` as TlsContext makes it, for one of the roles.
  TlsTransport(TlsState tls, Descriptor socket);
  TlsTransport(const TlsTransport&) = delete;
  TlsTransport& operator=(const TlsTransport&) = delete;

  /// `into` has at least min_read_bytes. Whatever follows an end or a failure is thrown away.
  IoResult read(std::span<std::byte> into) override;
  IoResult write(std::span<const ByteView> views) override;
  IoResult flush() override;
  /// close_notify, then FIN, also where close_notify has to wait for the socket.
  void shutdown_write() override;
  int descriptor() const override { return socket_.descriptor(); }

  bool established() const override { return established_; }
  bool has_unread() const override { return peer_ != Peer::talking && !told_; }
  bool has_unsent() const override { return !unsent_.empty(); }
  std::size_t unsent_payload() const override;
  Loss loss(int error) const override;

  static constexpr std::size_t min_read_bytes = 64 * 1024;

 private:
  enum class Peer : std::uint8_t { talking, closed, failed };
  struct Method;

  std::size_t decrypt(std::span<std::byte> into);
  void shake_hands();
  std::size_t encrypt(TlsRecords& records);
  IoResult send_unsent();
  void hear_last_words();
  void judge(int ssl_error);
  void fail(int ssl_error);
  IoResult tell_end();
  IoResult tell_failure();

  PlainTransport socket_;
  TlsState tls_;
  ByteView input_{};  ///< received and not yet decrypted; empty between calls
  Bytes unsent_;      ///< encrypted, and not taken by the kernel
  std::size_t payload_of_unsent_ = 0;
  std::string reason_;  ///< of the failure
  Peer peer_ = Peer::talking;
  unsigned char first_byte_ = 0;  ///< of all that came; 0: nothing did
  bool told_ = false;             ///< `read` has said that the peer closed or failed
  bool established_ = false;
  bool heard_ = false;   ///< application data came
  bool eof_ = false;     ///< the peer's FIN came
  bool ending_ = false;  ///< our FIN follows what is unsent
};

}  // namespace ws::net
