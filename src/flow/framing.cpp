#include "flow/framing.hpp"

#include <charconv>
#include <optional>
#include <system_error>

#include "base/text.hpp"

namespace ws::flow {
namespace {

struct Escape {
  char value;
  std::size_t length;  ///< of its text, the backslash included
};

std::optional<Escape> hexadecimal(std::string_view text) {
  const std::string_view digits = text.substr(2, 2);
  unsigned char value = 0;
  const auto [end, failure] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  if (failure != std::errc{} || digits.size() != 2 || end != digits.data() + 2) return std::nullopt;
  return Escape{static_cast<char>(value), 4};
}

std::optional<Escape> decode_escape(std::string_view text) {
  if (text.size() < 2) return std::nullopt;
  switch (text[1]) {
    case 'n':
      return Escape{'\n', 2};
    case 't':
      return Escape{'\t', 2};
    case '0':
      return Escape{'\0', 2};
    case '\\':
      return Escape{'\\', 2};
    case 'x':
      return hexadecimal(text);
    default:
      return std::nullopt;
  }
}

}  // namespace

Result<std::string> parse_delimiter(std::string_view text) {
  if (text.empty()) return Unexpected{std::string{"the delimiter is empty"}};
  std::string delimiter;
  while (!text.empty()) {
    if (text.front() != '\\') {
      delimiter += text.front();
      text.remove_prefix(1);
      continue;
    }
    const auto escape = decode_escape(text);
    if (!escape)
      return Unexpected{"unknown escape '" + printable(text.substr(0, 4)) +
                        "' in the delimiter, expected \\n, \\t, \\0, \\xHH or \\\\"};
    delimiter += escape->value;
    text.remove_prefix(escape->length);
  }
  return delimiter;
}

}  // namespace ws::flow
