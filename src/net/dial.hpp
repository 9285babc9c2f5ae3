#pragma once

// Opens a connection to a host, trying all its addresses (RFC 8305: families in turn, the next
// address after 250 ms or when one fails, the first to connect wins), or to a Unix socket. Knows no
// time-out: who wants one cancels.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "net/descriptor.hpp"
#include "net/dial_error.hpp"
#include "net/loop.hpp"

namespace ws::net {

struct DialTarget {
  std::string host{};  ///< a name or an address, IPv6 with or without brackets
  std::uint16_t port = 0;
  std::string unix_path{};  ///< instead of host and port
  std::vector<std::string>
      addresses{};  ///< numeric, to use instead of looking the name up (--resolve)
};

class Dial {
 public:
  /// The descriptor is connected, non-blocking, close-on-exec and, on TCP, without Nagle's delay.
  using Done = std::function<void(Result<Descriptor, DialError>)>;

  /// Begins at once. `done` is called exactly once, in a later turn, unless cancelled; it may
  /// destroy the Dial.
  Dial(Loop& loop, DialTarget target, Done done);
  Dial(const Dial&) = delete;
  Dial& operator=(const Dial&) = delete;
  ~Dial() { cancel(); }

  /// Nothing will be reported; a name look-up that hangs is left to its thread.
  void cancel();

 private:
  class Race;
  std::shared_ptr<Race> race_;
};

}  // namespace ws::net
