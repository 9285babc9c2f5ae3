#include "base/failure.hpp"

#include <cstdio>
#include <cstdlib>

namespace ws {

void ensure_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "ws-tool: internal error: %s does not hold (%s:%d)\n", condition, file,
               line);
  std::abort();
}

}  // namespace ws
