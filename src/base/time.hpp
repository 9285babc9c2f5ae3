#pragma once

// The one clock type of the program. Layers below net/ take points of it as parameters and never
// read the clock.

#include <chrono>

namespace ws {

using Time = std::chrono::steady_clock::time_point;
using Duration = std::chrono::steady_clock::duration;

/// "No deadline": later than every real point in time.
inline constexpr Time never = Time::max();

}  // namespace ws
