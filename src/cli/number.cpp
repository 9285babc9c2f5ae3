#include "cli/number.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <iterator>
#include <limits>

namespace ws::cli {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t bytes;
};
constexpr Unit units[] = {
    {"Gi", 1 << 30},  {"Mi", 1 << 20}, {"Ki", 1 << 10}, {"G", 1'000'000'000},
    {"M", 1'000'000}, {"k", 1'000},    {"", 1},
};

constexpr std::size_t nanosecond_digits = 9;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::string_view leading_digits(std::string_view text) {
  const auto end = std::find_if_not(text.begin(), text.end(), is_digit);
  return text.substr(0, static_cast<std::size_t>(std::distance(text.begin(), end)));
}

template <class T>
std::optional<T> parse_digits(std::string_view text, int base) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::uint64_t> parse_fraction(std::string_view digits) {
  if (digits.empty() || leading_digits(digits).size() != digits.size()) return std::nullopt;
  std::string nanoseconds(digits.substr(0, nanosecond_digits));
  nanoseconds.resize(nanosecond_digits, '0');
  return parse_number(nanoseconds);
}

}  // namespace

std::optional<std::uint64_t> parse_number(std::string_view text) {
  return parse_digits<std::uint64_t>(text, 10);
}

std::optional<unsigned> parse_file_mode(std::string_view text) {
  const auto mode = parse_digits<unsigned>(text, 8);
  if (!mode || *mode > 0777) return std::nullopt;
  return mode;
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  const std::string_view digits = leading_digits(text);
  const auto number = parse_number(digits);
  const auto unit = std::ranges::find(units, text.substr(digits.size()), &Unit::name);
  if (!number || unit == std::end(units)) return std::nullopt;
  if (*number > std::numeric_limits<std::uint64_t>::max() / unit->bytes) return std::nullopt;
  return *number * unit->bytes;
}

std::optional<Duration> parse_seconds(std::string_view text) {
  const std::size_t point = text.find('.');
  const bool whole_is_left_out = point == 0;
  const auto whole = whole_is_left_out ? 0 : parse_number(text.substr(0, point));
  const auto fraction = point == text.npos ? 0 : parse_fraction(text.substr(point + 1));
  if (!whole || !fraction || *whole > max_seconds || (*whole == max_seconds && *fraction > 0))
    return std::nullopt;
  return std::chrono::seconds(*whole) + std::chrono::nanoseconds(*fraction);
}

std::string size_text(std::uint64_t bytes) {
  if (bytes == 0) return "0";
  const auto unit =
      std::ranges::find_if(units, [bytes](const Unit& u) { return bytes % u.bytes == 0; });
  return fmt::format("{}{}", bytes / unit->bytes, unit->name);
}

std::string seconds_text(Duration duration) {
  const auto whole = std::chrono::floor<std::chrono::seconds>(duration);
  const auto fraction = std::chrono::nanoseconds(duration - whole).count();
  if (fraction == 0) return fmt::format("{}", whole.count());
  std::string text = fmt::format("{}.{:09}", whole.count(), fraction);
  text.erase(text.find_last_not_of('0') + 1);
  return text;
}

}  // namespace ws::cli
