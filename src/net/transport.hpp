#pragma once

// What a channel reads from and writes to, without ever blocking: a socket as it is, or
// (tls_transport.hpp) one with TLS on it.

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "base/bytes.hpp"
#include "net/descriptor.hpp"

namespace ws::net {

struct IoResult {
  enum class Status : std::uint8_t { done, would_block, end, failed };
  Status status = Status::would_block;
  std::size_t bytes = 0;  ///< when done
  int error = 0;          ///< errno, when failed
};

/// Why a connection is gone, in words.
struct Loss {
  enum class Kind : std::uint8_t {
    network,           ///< reset, cut off
    secure_handshake,  ///< the same, before TLS stood
    tls,               ///< TLS itself was refused, by either side, or broken
  };
  std::string text;
  Kind kind = Kind::network;
};

class Transport {
 public:
  virtual ~Transport() = default;

  /// `into` has the size of the loop's receive buffer.
  virtual IoResult read(std::span<std::byte> into) = 0;
  /// Gathers `views` into as few packets as it can; takes as much as the kernel does.
  virtual IoResult write(std::span<const ByteView> views) = 0;
  /// No more output: FIN. TLS says close_notify before it.
  virtual void shutdown_write() = 0;
  virtual int descriptor() const = 0;

  /// What is written can leave: false until TLS has made its handshake, for which it must be read.
  virtual bool established() const { return true; }
  /// `read` has something to say that epoll knows nothing of.
  virtual bool has_unread() const { return false; }
  /// Bytes of its own wait for the socket to be writable, and for `flush`.
  virtual bool has_unsent() const { return false; }
  /// `done` when nothing of its own waits any more.
  virtual IoResult flush() { return {.status = IoResult::Status::done}; }
  /// How much of what `write` took is still among them.
  virtual std::size_t unsent_payload() const { return 0; }
  /// What stands behind the error of a result.
  virtual Loss loss(int error) const;
};

class PlainTransport final : public Transport {
 public:
  explicit PlainTransport(Descriptor socket) : socket_(std::move(socket)) {}

  IoResult read(std::span<std::byte> into) override;
  IoResult write(std::span<const ByteView> views) override;
  void shutdown_write() override;
  int descriptor() const override { return socket_.get(); }

 private:
  Descriptor socket_;
};

/// Bytes handed to the kernel that the peer has not acknowledged (SIOCOUTQ); 0 where that cannot be
/// known.
std::size_t unacknowledged_bytes(int socket);

}  // namespace ws::net
