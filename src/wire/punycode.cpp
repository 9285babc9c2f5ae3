#include "wire/punycode.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/bytes.hpp"
#include "wire/utf8.hpp"

namespace ws::wire {
namespace {

// Parameters of RFC 3492 §5.
constexpr std::uint64_t base = 36;
constexpr std::uint64_t t_min = 1;
constexpr std::uint64_t t_max = 26;
constexpr std::uint64_t skew = 38;
constexpr std::uint64_t damp = 700;
constexpr std::uint64_t initial_bias = 72;
constexpr char32_t first_code_point = 0x80;

constexpr std::size_t max_label = 63;  // RFC 1035 §2.3.4

char digit(std::uint64_t value) {
  return static_cast<char>(value < 26 ? 'a' + value : '0' + (value - 26));
}

/// RFC 3492 §6.1.
std::uint64_t adapt(std::uint64_t delta, std::uint64_t points, bool first) {
  delta /= first ? damp : 2;
  delta += delta / points;
  std::uint64_t k = 0;
  for (; delta > (base - t_min) * t_max / 2; k += base) delta /= base - t_min;
  return k + (base - t_min + 1) * delta / (delta + skew);
}

/// A generalised variable-length integer (RFC 3492 §3.3).
void append_integer(std::string& to, std::uint64_t value, std::uint64_t bias) {
  for (std::uint64_t k = base;; k += base) {
    const std::uint64_t t = k <= bias ? t_min : std::min(k - bias, t_max);
    if (value < t) break;
    to += digit(t + (value - t) % (base - t));
    value = (value - t) / (base - t);
  }
  to += digit(value);
}

/// Decodes text that is known to be UTF-8.
std::u32string code_points(std::string_view utf8) {
  std::u32string points;
  for (const char c : utf8) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80)
      points += byte;
    else if (byte < 0xc0)
      points.back() = points.back() << 6 | (byte & 0x3fu);
    else
      points += byte & (byte < 0xe0 ? 0x1fu : byte < 0xf0 ? 0x0fu : 0x07u);
  }
  return points;
}

/// A run of capitals, and how far below them their small letters are.
struct Capitals {
  char32_t first;
  char32_t last;
  char32_t distance;
};

constexpr std::array capitals = {
    Capitals{U'A', U'Z', 32},   Capitals{0xc0, 0xd6, 32},   Capitals{0xd8, 0xde, 32},
    Capitals{0x391, 0x3a9, 32}, Capitals{0x400, 0x40f, 80}, Capitals{0x410, 0x42f, 32},
    Capitals{0x531, 0x556, 48},
};

/// Latin Extended-A alternates capital and small; these runs begin with a capital.
bool is_alternating_capital(char32_t c) {
  const bool even_run = (c >= 0x100 && c <= 0x137 && c != 0x130) || (c >= 0x14a && c <= 0x177);
  const bool odd_run = (c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17e);
  return (even_run && c % 2 == 0) || (odd_run && c % 2 == 1);
}

char32_t small_letter(char32_t c) {
  for (const auto& run : capitals)
    if (c >= run.first && c <= run.last) return c + run.distance;
  return is_alternating_capital(c) ? c + 1 : c;
}

/// The full stops of East Asian scripts end a label as "." does (RFC 3490 §3.1).
bool is_dot(char32_t c) {
  return c == U'.' || c == 0x3002 || c == 0xff0e || c == 0xff61;
}

bool is_ascii(char32_t c) {
  return c < first_code_point;
}

std::string ascii_label(std::u32string_view label) {
  if (std::all_of(label.begin(), label.end(), is_ascii)) return {label.begin(), label.end()};
  return "xn--" + punycode(label);
}

}  // namespace

std::string punycode(std::u32string_view label) {
  std::string text;
  std::copy_if(label.begin(), label.end(), std::back_inserter(text), is_ascii);
  const std::uint64_t basic = text.size();
  std::uint64_t handled = basic;
  if (basic > 0) text += '-';

  char32_t n = first_code_point;
  std::uint64_t delta = 0;
  std::uint64_t bias = initial_bias;
  while (handled < label.size()) {
    char32_t next = 0x110000;
    for (const char32_t c : label)
      if (c >= n) next = std::min(next, c);
    delta += (next - n) * (handled + 1);
    n = next;
    for (const char32_t c : label) {
      if (c < n) ++delta;
      if (c != n) continue;
      append_integer(text, delta, bias);
      bias = adapt(delta, handled + 1, handled == basic);
      delta = 0;
      ++handled;
    }
    ++delta;
    ++n;
  }
  return text;
}

std::optional<std::string> ascii_host(std::string_view host) {
  if (!is_utf8(as_bytes(host))) return std::nullopt;
  std::u32string points = code_points(host);
  std::transform(points.begin(), points.end(), points.begin(), small_letter);
  std::string text;
  for (auto rest = points.begin();;) {
    const auto dot = std::find_if(rest, points.end(), is_dot);
    const std::u32string_view label{rest, dot};
    if (label.size() > max_label) return std::nullopt;
    const std::string ascii = ascii_label(label);
    if (ascii.size() > max_label) return std::nullopt;
    text += ascii;
    if (dot == points.end()) return text;
    text += '.';
    rest = dot + 1;
  }
}

}  // namespace ws::wire
