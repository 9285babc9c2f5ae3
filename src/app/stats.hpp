#pragma once

// --stats: one line of bare JSON on stderr, whatever -q says, for programs.

#include "base/time.hpp"
#include "flow/counters.hpp"

namespace ws::app {

void print_stats(const flow::Counters& counters, Duration up);

}  // namespace ws::app
