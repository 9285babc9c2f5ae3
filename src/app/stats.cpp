#include "app/stats.hpp"

#include <unistd.h>

namespace ws::app {

void print_stats(const flow::Counters& counters, Duration up) {
  const std::string line = flow::to_json(counters, up) + '\n';
  // Nobody is left to hear that stderr is closed.
  if (::write(STDERR_FILENO, line.data(), line.size()) < 0) return;
}

}  // namespace ws::app
