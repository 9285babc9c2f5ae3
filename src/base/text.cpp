#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

// Escaped are the C0 controls and DEL (\x1b), whatever is not UTF-8, byte by byte (\xff), and the
// characters that a terminal obeys or that turn the order of a line around (\u{0085}, \u{202e}):
// C1, bidi controls, and the line and paragraph separators, which some log viewers take for a
// newline. A backslash stays as it is: the result is to be read, not to be decoded, and may be
// escaped again without change.

namespace ws {
namespace {

struct Character {
  char32_t code = 0;
  std::size_t bytes = 1;
  bool valid = true;
};

/// What the lead byte alone says; `smallest` rules out overlong forms.
struct Lead {
  std::size_t bytes;
  char32_t bits;
  char32_t smallest;
};

Lead read_lead(unsigned char lead) {
  if (lead < 0x80) return {1, lead, 0};
  if (lead >= 0xC2 && lead < 0xE0) return {2, lead & 0x1Fu, 0x80};
  if (lead >= 0xE0 && lead < 0xF0) return {3, lead & 0x0Fu, 0x800};
  if (lead >= 0xF0 && lead < 0xF5) return {4, lead & 0x07u, 0x10000};
  return {0, 0, 0};
}

bool is_scalar(char32_t code) {
  return code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF);
}

/// The first character of `text`, which is not empty; what is not UTF-8 is one invalid byte.
Character decode(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const Character invalid{byte(0), 1, false};
  const Lead lead = read_lead(byte(0));
  if (lead.bytes == 0 || lead.bytes > text.size()) return invalid;
  char32_t code = lead.bits;
  for (std::size_t i = 1; i < lead.bytes; ++i) {
    if ((byte(i) & 0xC0u) != 0x80) return invalid;
    code = (code << 6) | (byte(i) & 0x3Fu);
  }
  if (code < lead.smallest || !is_scalar(code)) return invalid;
  return {code, lead.bytes, true};
}

bool is_bidi_control(char32_t code) {
  return code == 0x061C || code == 0x200E || code == 0x200F || (code >= 0x202A && code <= 0x202E) ||
         (code >= 0x2066 && code <= 0x2069);
}

bool is_plain(char32_t code) {
  const bool control = code < 0x20 || (code >= 0x7F && code < 0xA0);
  const bool separator = code == 0x2028 || code == 0x2029;
  return !control && !separator && !is_bidi_control(code);
}

enum class Keep : std::uint8_t { nothing, newline_and_tab };

bool is_kept(const Character& character, Keep keep) {
  if (!character.valid) return false;
  if (is_plain(character.code)) return true;
  return keep == Keep::newline_and_tab && (character.code == '\n' || character.code == '\t');
}

std::string escape_of(const Character& character) {
  const auto code = static_cast<std::uint32_t>(character.code);
  if (code < 0x80 || !character.valid) return fmt::format("\\x{:02x}", code);
  return fmt::format("\\u{{{:04x}}}", code);
}

/// Stops before what would make it longer than `max_chars`, and says so.
std::string show(std::string_view text, Keep keep, std::size_t max_chars) {
  std::string shown;
  std::size_t shown_chars = 0;
  while (!text.empty()) {
    const Character character = decode(text);
    const bool kept = is_kept(character, keep);
    const std::string escape = kept ? std::string{} : escape_of(character);
    const std::size_t chars = kept ? 1 : escape.size();
    if (chars > max_chars - shown_chars) return shown + "…";
    shown += kept ? text.substr(0, character.bytes) : std::string_view{escape};
    shown_chars += chars;
    text.remove_prefix(character.bytes);
  }
  return shown;
}

constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();

}  // namespace

std::string printable(std::string_view text, std::size_t max_chars) {
  return show(text, Keep::nothing, max_chars);
}

std::string escaped(std::string_view text) {
  return show(text, Keep::nothing, unlimited);
}

std::string terminal_safe(std::string_view text) {
  return show(text, Keep::newline_and_tab, unlimited);
}

namespace {
char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
}  // namespace

std::string to_lower(std::string_view text) {
  std::string lowered{text};
  std::transform(lowered.begin(), lowered.end(), lowered.begin(), lower);
  return lowered;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

/// Optimal string alignment: insert, delete, replace, and swap of neighbours, each part of the text
/// edited once.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before_last, last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    before_last = std::exchange(last, row);
  }
  return last[b.size()];
}

}  // namespace ws
