#include "app/http_date.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>

namespace ws::app {
namespace {

constexpr std::array<std::string_view, 7> days = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

constexpr std::size_t date_length = 29;

/// 0 where it has anything but digits; the date then differs from its own spelling.
int number_in(std::string_view text, std::size_t at, std::size_t length) {
  int value = 0;
  for (const char c : text.substr(at, length)) {
    if (c < '0' || c > '9') return 0;
    value = value * 10 + (c - '0');
  }
  return value;
}

int month_in(std::string_view text) {
  const auto* const month = std::find(months.begin(), months.end(), text.substr(8, 3));
  return static_cast<int>(month - months.begin());
}

}  // namespace

std::string http_date(std::time_t seconds) {
  std::tm time{};
  if (::gmtime_r(&seconds, &time) == nullptr) return http_date(0);
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
                     days[static_cast<std::size_t>(time.tm_wday)], time.tm_mday,
                     months[static_cast<std::size_t>(time.tm_mon)], time.tm_year + 1900,
                     time.tm_hour, time.tm_min, time.tm_sec);
}

std::optional<std::time_t> parse_http_date(std::string_view text) {
  if (text.size() != date_length) return std::nullopt;
  std::tm time{};
  time.tm_mday = number_in(text, 5, 2);
  time.tm_mon = month_in(text);
  time.tm_year = number_in(text, 12, 4) - 1900;
  time.tm_hour = number_in(text, 17, 2);
  time.tm_min = number_in(text, 20, 2);
  time.tm_sec = number_in(text, 23, 2);
  const std::time_t seconds = ::timegm(&time);
  if (http_date(seconds) != text) return std::nullopt;
  return seconds;
}

}  // namespace ws::app
