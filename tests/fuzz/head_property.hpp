#pragma once

// What both head parsers promise, whatever is fed: the same outcome at the same byte however the
// input is cut, and never more consumed than the limit and one byte.

#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/failure.hpp"
#include "wire/http.hpp"

namespace ws::fuzz {

inline constexpr wire::HttpLimits limits{.head_bytes = 1024, .line_bytes = 256, .header_count = 16};

/// Feeds in pieces of `step` bytes.
template <class Parser>
wire::FeedResult feed_in_steps(Parser& parser, ByteView bytes, std::size_t step) {
  wire::FeedResult total{wire::ParseState::need_more, 0};
  while (total.consumed < bytes.size() && total.state == wire::ParseState::need_more) {
    const auto piece = bytes.subspan(total.consumed);
    const auto fed = parser.feed(piece.first(std::min(step, piece.size())));
    total = {fed.state, total.consumed + fed.consumed};
  }
  return total;
}

/// The parser that was fed whole, and one fed in pieces whose size the first byte says, for the
/// caller to compare.
template <class Parser, class Compare>
void check_any_split(const uint8_t* data, std::size_t size, Compare compare) {
  if (size == 0) return;
  const ByteView bytes = std::as_bytes(std::span{data + 1, size - 1});
  Parser whole{limits};
  Parser cut{limits};
  const auto whole_result = whole.feed(bytes);
  const auto cut_result = feed_in_steps(cut, bytes, std::size_t{data[0] % 32u} + 1);
  ENSURE(whole_result.state == cut_result.state);
  ENSURE(whole_result.consumed == cut_result.consumed);
  ENSURE(whole_result.consumed <= limits.head_bytes + 1);
  ENSURE(whole.error().text == cut.error().text);
  ENSURE((whole_result.state == wire::ParseState::error) == !whole.error().text.empty());
  compare(whole_result.state, whole, cut);
}

}  // namespace ws::fuzz
