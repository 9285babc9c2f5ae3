#pragma once

// Sockets of the load generator, non-blocking once connected, and an epoll set of them.

#include <cstdint>
#include <functional>
#include <string>

namespace load {

enum class Protocol { raw, websocket };

/// Connects and, unless raw, upgrades; throws when refused.
int connect_to(int port, Protocol protocol);
/// Starts a connection without waiting for it.
int start_connecting(int port);
/// Ends it by RST, so that neither side is left in TIME_WAIT.
void reset_and_close(int fd);
/// Soft limit on descriptors up to the hard one.
void raise_descriptor_limit();

/// Bytes sent or received; 0 when it would block. Throws on errors, and on the end of the stream
/// unless `end` is there to be set.
std::size_t send_some(int fd, const char* bytes, std::size_t count);
std::size_t receive_some(int fd, char* into, std::size_t count, bool* end = nullptr);

class Poll {
 public:
  Poll();
  ~Poll();
  void add(int fd, std::uint32_t events, std::uint32_t tag);
  void change(int fd, std::uint32_t events, std::uint32_t tag);
  void remove(int fd);
  /// Calls `visit(tag, events)` for each that is ready; false after `timeout_ms` without any.
  bool wait(int timeout_ms, const std::function<void(std::uint32_t, std::uint32_t)>& visit);

 private:
  int epoll_;
};

}  // namespace load
