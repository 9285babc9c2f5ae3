#include "flow/counters.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ws::flow {

std::string to_json(const Counters& counters, std::chrono::nanoseconds up) {
  const auto up_ms =
      std::max<std::int64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(up).count(), 0);
  return fmt::format(
      R"({{"clients":{},"messages_in":{},"messages_out":{},"bytes_in":{},"bytes_out":{},)"
      R"("drops":{},"skipped":{},"largest_queue":{},"seconds":{}.{:03}}})",
      counters.clients, counters.messages_in, counters.messages_out, counters.bytes_in,
      counters.bytes_out, counters.drops, counters.skipped, counters.largest_queue, up_ms / 1000,
      up_ms % 1000);
}

}  // namespace ws::flow
