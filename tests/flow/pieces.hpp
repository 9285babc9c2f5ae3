#pragma once

// What a Splitter makes of an input that comes in given blocks, as values that can be compared and
// shown. Each block lives in memory of its own size and is gone as soon as the Splitter may not
// look at it any more.

#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "flow/splitter.hpp"

namespace ws::flow::test {

struct Got {
  std::string payload;
  std::uint64_t number;
  Piece::State state = Piece::State::whole;

  bool operator==(const Got&) const = default;
};

inline std::ostream& operator<<(std::ostream& out, const Got& got) {
  constexpr const char* states[] = {"whole", "too long", "cut"};
  return out << got.number << ' ' << states[static_cast<int>(got.state)] << " [" << got.payload
             << ']';
}

enum class Driving { to_the_end_of_each_block, retaining_after_one_piece };

inline void drain(Splitter& splitter, std::vector<Got>& got) {
  while (const auto piece = splitter.next())
    got.push_back({std::string{as_text(piece->payload)}, piece->number, piece->state});
}

inline void feed_one(Splitter& splitter, std::string_view text, Driving driving,
                     std::vector<Got>& got) {
  const auto block = std::make_unique<char[]>(text.size());
  text.copy(block.get(), text.size());
  splitter.feed(as_bytes({block.get(), text.size()}));
  if (driving == Driving::to_the_end_of_each_block) return drain(splitter, got);
  const auto piece = splitter.next();
  if (piece) got.push_back({std::string{as_text(piece->payload)}, piece->number, piece->state});
  splitter.retain();
}

inline std::vector<Got> pieces_of(const Framing& framing, std::uint64_t limit,
                                  const std::vector<std::string_view>& blocks,
                                  Driving driving = Driving::to_the_end_of_each_block) {
  Splitter splitter{framing, limit};
  std::vector<Got> got;
  for (const auto block : blocks) {
    feed_one(splitter, block, driving, got);
    drain(splitter, got);
  }
  splitter.finish();
  drain(splitter, got);
  return got;
}

inline std::vector<std::string_view> byte_by_byte(std::string_view text) {
  std::vector<std::string_view> blocks;
  for (std::size_t i = 0; i < text.size(); ++i) blocks.push_back(text.substr(i, 1));
  return blocks;
}

}  // namespace ws::flow::test
