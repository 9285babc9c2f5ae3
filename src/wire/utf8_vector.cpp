#include "wire/utf8_vector.hpp"

// The method of Keiser and Lemire ("Validating UTF-8 in less than one instruction per byte", 2020).
// Nearly every error shows in two neighbouring bytes, and needs no more of them than three nibbles:
// both of the first byte, the high one of the second. Each kind of error has a bit; three tables,
// looked up with the three nibbles and combined by AND, leave the bits of the errors that are
// there. What two bytes do not show is whether a continuation follows a continuation rightly: the
// third byte of E0-FF and the fourth of F0-FF. It has a bit too, and must be set exactly at those.

#if defined(__x86_64__) && defined(__GNUC__)

#include <immintrin.h>

#include <array>
#include <cstdint>

namespace ws::wire {
namespace {

/// A pair of bytes that is an error. The sets of nibbles are independent of each other.
struct Pair {
  std::uint8_t bit;
  unsigned first_from, first_to;
  unsigned second_from, second_to;
};

constexpr std::uint8_t two_continuations = 0x80;

constexpr Pair pairs[] = {
    {0x01, 0xC0, 0xFF, 0x00, 0x7F},  // a lead without its continuation
    {0x01, 0xC0, 0xFF, 0xC0, 0xFF},
    {0x02, 0x00, 0x7F, 0x80, 0xBF},  // a continuation without a lead
    {0x04, 0xC0, 0xC1, 0x80, 0xBF},  // overlong forms
    {0x08, 0xE0, 0xE0, 0x80, 0x9F},
    {0x10, 0xF0, 0xF0, 0x80, 0x8F},
    {0x20, 0xED, 0xED, 0xA0, 0xBF},  // surrogates
    {0x40, 0xF4, 0xFF, 0x90, 0xBF},  // above U+10FFFF
    {0x10, 0xF5, 0xFF, 0x80, 0x8F},
    {two_continuations, 0x80, 0xBF, 0x80, 0xBF},
};

using Table = std::array<std::uint8_t, 16>;
struct Tables {
  Table first_high{}, first_low{}, second_high{};
};

constexpr Tables make_tables() {
  Tables tables;
  for (const Pair& pair : pairs) {
    for (unsigned octet = pair.first_from; octet <= pair.first_to; ++octet) {
      tables.first_high[octet >> 4] |= pair.bit;
      tables.first_low[octet & 0xF] |= pair.bit;
    }
    for (unsigned octet = pair.second_from; octet <= pair.second_to; ++octet)
      tables.second_high[octet >> 4] |= pair.bit;
  }
  return tables;
}

/// Two kinds may share a bit only where their nibbles mixed are errors as well. Of second bytes one
/// per high nibble will do.
constexpr bool tables_are_right(const Tables& tables) {
  for (unsigned first = 0; first < 0x100; ++first)
    for (unsigned second = 0; second < 0x100; second += 16) {
      unsigned wanted = 0;
      for (const Pair& pair : pairs)
        if (first >= pair.first_from && first <= pair.first_to && second >= pair.second_from &&
            second <= pair.second_to)
          wanted |= pair.bit;
      const unsigned found = tables.first_high[first >> 4] & tables.first_low[first & 0xF] &
                             tables.second_high[second >> 4];
      if (found != wanted) return false;
    }
  return true;
}

constexpr Tables tables = make_tables();
static_assert(tables_are_right(tables));

#define WS_AVX2 __attribute__((target("avx2"), always_inline)) inline

WS_AVX2 __m256i load(const void* at) {
  return _mm256_loadu_si256(static_cast<const __m256i*>(at));
}

WS_AVX2 __m256i table(const Table& octets) {
  return _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(&octets)));
}

WS_AVX2 __m256i all(unsigned octet) {
  return _mm256_set1_epi8(static_cast<char>(octet));
}

WS_AVX2 __m256i high_nibbles(__m256i octets) {
  return _mm256_and_si256(_mm256_srli_epi16(octets, 4), all(0x0F));
}

WS_AVX2 bool is_zero(__m256i octets) {
  return _mm256_testz_si256(octets, octets) != 0;
}

/// Not zero where `octets`, preceded by `before`, cannot be UTF-8.
WS_AVX2 __m256i errors_in(__m256i octets, __m256i before) {
  const __m256i joint = _mm256_permute2x128_si256(before, octets, 0x21);
  const __m256i first = _mm256_alignr_epi8(octets, joint, 15);
  const __m256i two_back = _mm256_alignr_epi8(octets, joint, 14);
  const __m256i three_back = _mm256_alignr_epi8(octets, joint, 13);
  const __m256i found = _mm256_and_si256(
      _mm256_and_si256(
          _mm256_shuffle_epi8(table(tables.first_high), high_nibbles(first)),
          _mm256_shuffle_epi8(table(tables.first_low), _mm256_and_si256(first, all(0x0F)))),
      _mm256_shuffle_epi8(table(tables.second_high), high_nibbles(octets)));
  // The top bit is set behind E0-FF by two, behind F0-FF by three.
  const __m256i continues = _mm256_or_si256(_mm256_subs_epu8(two_back, all(0xE0 - 0x80)),
                                            _mm256_subs_epu8(three_back, all(0xF0 - 0x80)));
  return _mm256_xor_si256(found, _mm256_and_si256(continues, all(two_continuations)));
}

/// Where the last character that begins before `at` ends, or begins if it goes on behind `at`.
std::size_t character_boundary(ByteView bytes, std::size_t at) {
  for (std::size_t back = 1; back <= 3 && back <= at; ++back) {
    const auto octet = std::to_integer<unsigned>(bytes[at - back]);
    if (octet < 0x80) return at;
    if (octet < 0xC0) continue;
    const std::size_t length = octet >= 0xF0 ? 4 : octet >= 0xE0 ? 3 : 2;
    return length > back ? at - back : at;
  }
  return at;
}

__attribute__((target("avx2"))) std::size_t valid_prefix_avx2(ByteView bytes) {
  __m256i before = _mm256_setzero_si256();
  std::size_t at = 0;
  for (; bytes.size() - at >= 64; at += 64) {
    const __m256i low = load(bytes.data() + at);
    const __m256i high = load(bytes.data() + at + 32);
    const bool ascii = _mm256_movemask_epi8(_mm256_or_si256(low, high)) == 0;
    if (ascii && character_boundary(bytes, at) == at) {
      before = high;
      continue;
    }
    if (!is_zero(_mm256_or_si256(errors_in(low, before), errors_in(high, low)))) break;
    before = high;
  }
  return character_boundary(bytes, at);
}

#undef WS_AVX2

}  // namespace

std::size_t valid_prefix(ByteView bytes) {
  static const bool has_avx2 = __builtin_cpu_supports("avx2") != 0;
  return has_avx2 ? valid_prefix_avx2(bytes) : 0;
}

}  // namespace ws::wire

#else

namespace ws::wire {

std::size_t valid_prefix(ByteView) {
  return 0;
}

}  // namespace ws::wire

#endif
