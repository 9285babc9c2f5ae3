#pragma once

// What happens to a message whose client's queue is full (SPEC.md §4, slow clients): decided here,
// done elsewhere. Pure functions over sizes in bytes.

#include <cstddef>
#include <cstdint>

#include "wire/shared_frame.hpp"

namespace ws::flow {

enum class SlowPolicy : std::uint8_t {
  block,     ///< the source waits: the slowest live client sets the pace
  drop_new,  ///< the message is left out for this client
  drop_old,  ///< older ones make room for it
  kick,      ///< the client is closed with 1013
};

/// An empty queue takes any message; another one what keeps it within `backlog`.
inline bool fits(std::size_t queued, std::size_t message, std::size_t backlog) {
  return queued == 0 || (message <= backlog && queued <= backlog - message);
}

/// How far the messages [first, last) fit one after the other: the first that does not.
std::uint32_t first_beyond(const wire::Frames& frames, std::uint32_t first, std::uint32_t last,
                           std::size_t queued, std::size_t backlog);

/// With drop_old: the first of [first, last) to be sent so that what follows fits a queue that
/// could not be emptied below `queued`; the newest message is always sent.
std::uint32_t first_worth_sending(const wire::Frames& frames, std::uint32_t first,
                                  std::uint32_t last, std::size_t queued, std::size_t backlog);

}  // namespace ws::flow
