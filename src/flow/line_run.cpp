#include "flow/line_run.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace ws::flow {
namespace {

/// Payload of the line of which `line` has the end mark.
ByteView payload_of(ByteView line, const LineRules& rules) {
  if (rules.keep_end) return line;
  const ByteView text = line.first(line.size() - 1);
  const bool carriage_return =
      rules.drop_carriage_return && !text.empty() && text.back() == std::byte{'\r'};
  return carriage_return ? text.first(text.size() - 1) : text;
}

/// Collects positions, and gives them to a vector many at a time.
class Ends {
 public:
  explicit Ends(std::vector<std::uint32_t>& to) : to_(to) {}

  void add(std::size_t end) {
    if (count_ == batch_.size()) flush();
    batch_[count_++] = static_cast<std::uint32_t>(end);
  }
  void flush() {
    to_.insert(to_.end(), batch_.data(), batch_.data() + count_);
    count_ = 0;
  }

 private:
  std::vector<std::uint32_t>& to_;
  std::array<std::uint32_t, 256> batch_;
  std::size_t count_ = 0;
};

}  // namespace

LineRun frame_lines(ByteView input, const LineRules& rules, wire::MessageType type,
                    std::size_t most_bytes, wire::Frames& to) {
  LineRun run;
  Ends ends(to.ends);
  const std::size_t before = to.bytes.size();
  // Twice the input: enough for empty lines, each of which becomes a header.
  const auto room =
      to.bytes.extend(std::min(most_bytes, 2 * input.size() + wire::max_header_bytes));
  std::size_t used = 0;
  while (run.bytes < input.size()) {
    const ByteView rest = input.subspan(run.bytes);
    const void* end = std::memchr(rest.data(), std::to_integer<int>(rules.end), rest.size());
    if (end == nullptr) break;
    const auto size =
        static_cast<std::size_t>(static_cast<const std::byte*>(end) - rest.data()) + 1;
    const ByteView payload = payload_of(rest.first(size), rules);
    if (payload.size() > rules.max_message_bytes) break;
    if (room.size() - used < wire::max_header_bytes + payload.size()) break;
    used += wire::write_message(room.subspan(used), type, payload);
    ends.add(before + used);
    run.bytes += size;
    ++run.lines;
  }
  ends.flush();
  to.bytes.shrink(before + used);
  if (!to.senders.empty()) to.senders.resize(to.count());
  return run;
}

}  // namespace ws::flow
