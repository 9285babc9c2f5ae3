#include "wire/utf8.hpp"

// A validator has one byte of state between calls: what the bytes of a cut character demand of the
// next one. Inside a call runs of ASCII are skipped, long other text is left to utf8_vector as far
// as it is valid, and the rest decoded by branches, whole character by whole character.

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "wire/utf8_vector.hpp"

namespace ws::wire {
namespace {

enum State : std::uint8_t {
  boundary,
  one_more,    ///< 80-BF, then done
  two_more,    ///< 80-BF, then one_more
  three_more,  ///< 80-BF, then two_more
  after_e0,    ///< A0-BF, then one_more: no overlong form
  after_ed,    ///< 80-9F, then one_more: no surrogate
  after_f0,    ///< 90-BF, then two_more: no overlong form
  after_f4,    ///< 80-8F, then two_more: nothing above U+10FFFF
  invalid,
};

State after_lead(unsigned octet) {
  if (octet < 0x80) return boundary;
  if (octet < 0xC2) return invalid;
  if (octet < 0xE0) return one_more;
  if (octet == 0xE0) return after_e0;
  if (octet == 0xED) return after_ed;
  if (octet < 0xF0) return two_more;
  if (octet == 0xF0) return after_f0;
  if (octet < 0xF4) return three_more;
  return octet == 0xF4 ? after_f4 : invalid;
}

State in_range(unsigned octet, unsigned low, unsigned high, State next) {
  return octet >= low && octet <= high ? next : invalid;
}

State next_state(std::uint8_t state, unsigned octet) {
  switch (state) {
    case boundary:
      return after_lead(octet);
    case one_more:
      return in_range(octet, 0x80, 0xBF, boundary);
    case two_more:
      return in_range(octet, 0x80, 0xBF, one_more);
    case three_more:
      return in_range(octet, 0x80, 0xBF, two_more);
    case after_e0:
      return in_range(octet, 0xA0, 0xBF, one_more);
    case after_ed:
      return in_range(octet, 0x80, 0x9F, one_more);
    case after_f0:
      return in_range(octet, 0x90, 0xBF, two_more);
    case after_f4:
      return in_range(octet, 0x80, 0x8F, two_more);
    default:
      return invalid;
  }
}

/// Fewer bytes are done sooner one by one.
constexpr std::ptrdiff_t vector_pays = 64;

bool is_continuation(unsigned octet) {
  return (octet & 0xC0) == 0x80;
}

template <class Word>
Word word_at(const std::byte* at) {
  Word word;
  std::memcpy(&word, at, sizeof word);
  return word;
}

bool has_high_bit(std::uint64_t word) {
  return (word & 0x8080808080808080u) != 0;
}

/// Whether the bytes from `at` to `end`, fewer than 16, are ASCII. Reads whole words, the last of
/// which may begin before `at`, but not before `begin`.
bool is_ascii_tail(const std::byte* begin, const std::byte* at, const std::byte* end) {
  if (at == end) return true;
  if (end - begin >= 16)
    return !has_high_bit(word_at<std::uint64_t>(end - 16) | word_at<std::uint64_t>(end - 8));
  if (end - begin >= 8)
    return !has_high_bit(word_at<std::uint64_t>(begin) | word_at<std::uint64_t>(end - 8));
  if (end - begin >= 4)
    return !has_high_bit(word_at<std::uint32_t>(begin) | word_at<std::uint32_t>(end - 4));
  std::byte all{};
  for (; at != end; ++at) all |= *at;
  return !has_high_bit(std::to_integer<std::uint64_t>(all));
}

/// Goes over ASCII in long strides: the end, or a byte at most 15 before the first that is not
/// ASCII.
const std::byte* skip_ascii(const std::byte* begin, const std::byte* at, const std::byte* end) {
  for (; end - at >= 64; at += 64) {
    std::uint64_t all = 0;
    for (std::size_t i = 0; i < 64; i += 8) all |= word_at<std::uint64_t>(at + i);
    if (has_high_bit(all)) break;
  }
  for (; end - at >= 16; at += 16)
    if (has_high_bit(word_at<std::uint64_t>(at) | word_at<std::uint64_t>(at + 8))) return at;
  return is_ascii_tail(begin, at, end) ? end : at;
}

/// Length of the whole valid character at `at`, of which four bytes may be read; 0 when there is
/// none.
std::size_t character_length(const std::byte* at) {
  const auto octet = [at](std::size_t i) { return std::to_integer<unsigned>(at[i]); };
  const unsigned first = octet(0);
  if (first < 0x80) return 1;
  if (!is_continuation(octet(1))) return 0;
  if (first < 0xE0) return first >= 0xC2 ? 2 : 0;
  const unsigned two = (first & 0x3F) << 6 | (octet(1) & 0x3F);
  if (!is_continuation(octet(2))) return 0;
  if (first < 0xF0) return two >= 0x820 && (two & ~0x1Fu) != 0xB60 ? 3 : 0;
  return two >= 0xC10 && two < 0xD10 && is_continuation(octet(3)) ? 4 : 0;
}

}  // namespace

bool Utf8Validator::feed(ByteView bytes) {
  const std::byte* const begin = bytes.data();
  const std::byte* const end = begin + bytes.size();
  const std::byte* at = begin;
  while (at != end && state_ != boundary && state_ != invalid)
    state_ = next_state(state_, std::to_integer<unsigned>(*at++));
  if (state_ == invalid) return false;
  at = skip_ascii(begin, at, end);
  if (end - at >= vector_pays) at += valid_prefix({at, end});
  while (end - at >= 4) {
    const std::size_t length = character_length(at);
    if (length == 0) {
      state_ = invalid;
      return false;
    }
    at += length;
    if (length == 1 && end - at >= 16) at = skip_ascii(begin, at, end);
  }
  while (at != end && state_ != invalid)
    state_ = next_state(state_, std::to_integer<unsigned>(*at++));
  return state_ != invalid;
}

bool is_utf8(ByteView bytes) {
  Utf8Validator validator;
  return validator.feed(bytes) && validator.complete();
}

std::size_t whole_characters(ByteView bytes) {
  const std::size_t size = bytes.size();
  for (std::size_t back = 1; back <= std::min<std::size_t>(3, size); ++back) {
    if (is_continuation(std::to_integer<unsigned>(bytes[size - back]))) continue;
    Utf8Validator validator;
    const bool cut = validator.feed(bytes.last(back)) && !validator.complete();
    return cut ? size - back : size;
  }
  return size;
}

}  // namespace ws::wire
