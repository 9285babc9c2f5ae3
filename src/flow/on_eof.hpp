#pragma once

// What a server does when its input has ended (--on-eof, SPEC.md §4).

#include <cstdint>

namespace ws::flow {

enum class OnEof : std::uint8_t {
  close,  ///< deliver all, Close 1000, end
  keep,   ///< stay up
  wait,   ///< end when somebody has come and the last has left
};

}  // namespace ws::flow
