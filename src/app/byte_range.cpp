#include "app/byte_range.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

#include "base/text.hpp"
#include "wire/headers.hpp"

namespace ws::app {
namespace {

using Kind = ByteRange::Kind;

/// Digits only. A number too great is as good as the greatest: both lie behind every file.
std::optional<std::uint64_t> parse_position(std::string_view text) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.empty() || !std::all_of(text.begin(), text.end(), is_digit)) return std::nullopt;
  std::uint64_t value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  return result.ec == std::errc{} ? value : std::numeric_limits<std::uint64_t>::max();
}

ByteRange whole(std::uint64_t size) {
  return {Kind::whole, 0, size};
}

/// "-N": the last N bytes.
ByteRange suffix(std::uint64_t count, std::uint64_t size) {
  if (count == 0 || size == 0) return {Kind::unsatisfiable, 0, 0};
  const std::uint64_t length = std::min(count, size);
  return {Kind::part, size - length, length};
}

ByteRange between(std::uint64_t first, std::uint64_t last, std::uint64_t size) {
  if (first >= size) return {Kind::unsatisfiable, 0, 0};
  return {Kind::part, first, std::min(last, size - 1) - first + 1};
}

}  // namespace

ByteRange select_range(std::string_view field, std::uint64_t file_size) {
  const std::size_t equals = field.find('=');
  if (equals == field.npos || !equal_ignoring_case(field.substr(0, equals), "bytes"))
    return whole(file_size);
  const std::string_view spec = wire::trim_ows(field.substr(equals + 1));
  const std::size_t dash = spec.find('-');
  if (dash == spec.npos) return whole(file_size);
  const auto first = parse_position(spec.substr(0, dash));
  const auto last = parse_position(spec.substr(dash + 1));
  if (dash == 0) return last ? suffix(*last, file_size) : whole(file_size);
  const bool is_open = dash + 1 == spec.size();
  if (!first || (!is_open && (!last || *last < *first))) return whole(file_size);
  return between(*first, last.value_or(std::numeric_limits<std::uint64_t>::max()), file_size);
}

std::string content_range(const ByteRange& range, std::uint64_t file_size) {
  if (range.kind == Kind::unsatisfiable) return fmt::format("bytes */{}", file_size);
  return fmt::format("bytes {}-{}/{}", range.offset, range.offset + range.length - 1, file_size);
}

}  // namespace ws::app
