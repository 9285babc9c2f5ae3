#pragma once

// What --stats prints at exit (SPEC.md §6). The modes count; bytes are payload.

#include <chrono>
#include <cstdint>
#include <string>

namespace ws::flow {

struct Counters {
  std::uint64_t clients = 0;       ///< that got a connection, in all
  std::uint64_t messages_in = 0;   ///< received from peers
  std::uint64_t messages_out = 0;  ///< sent to peers, once per peer
  std::uint64_t bytes_in = 0;      ///< payload
  std::uint64_t bytes_out = 0;     ///< payload
  std::uint64_t drops = 0;    ///< of slow clients, once per client, and what nobody was there for
  std::uint64_t skipped = 0;  ///< input left out by --on-invalid skip
  std::uint64_t largest_queue = 0;  ///< bytes that waited for one client
};

/// One JSON object in one line, without the newline; `up` as seconds with three decimals.
std::string to_json(const Counters& counters, std::chrono::nanoseconds up);

}  // namespace ws::flow
