#include "app/percent.hpp"

#include <charconv>
#include <cstdint>

namespace ws::app {
namespace {

std::optional<char> byte_of(std::string_view digits) {
  std::uint8_t value = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, value, 16);
  if (digits.size() != 2 || error != std::errc{} || stop != end) return std::nullopt;
  return static_cast<char>(value);
}

}  // namespace

std::optional<std::string> percent_decode(std::string_view text) {
  std::string decoded;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      decoded += text[at];
      continue;
    }
    const auto byte = byte_of(text.substr(at + 1, 2));
    if (!byte) return std::nullopt;
    decoded += *byte;
    at += 2;
  }
  return decoded;
}

}  // namespace ws::app
