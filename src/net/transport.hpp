#pragma once

// What a channel reads from and writes to, without ever blocking: a socket as it is, or (tls.hpp)
// one with TLS on it.

#include <cstddef>
#include <memory>
#include <span>

#include "base/bytes.hpp"
#include "net/descriptor.hpp"

namespace ws::net {

struct IoResult {
  enum class Status : std::uint8_t { done, would_block, end, failed };
  Status status = Status::would_block;
  std::size_t bytes = 0;  ///< when done
  int error = 0;          ///< errno, when failed
};

class Transport {
 public:
  virtual ~Transport() = default;

  virtual IoResult read(std::span<std::byte> into) = 0;
  /// Gathers `views` into as few packets as it can; takes as much as the kernel does.
  virtual IoResult write(std::span<const ByteView> views) = 0;
  /// No more output: FIN. TLS says close_notify before it.
  virtual void shutdown_write() = 0;
  virtual int descriptor() const = 0;

  /// Bytes that were read from the socket and not yet handed out: epoll knows nothing of them.
  virtual bool has_unread() const { return false; }
  /// Bytes of its own that wait for the socket to be writable.
  virtual bool has_unsent() const { return false; }
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
