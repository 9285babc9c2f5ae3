#include "cli/value.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "flow/expectations.hpp"
#include "flow/framing.hpp"
#include "wire/utf8.hpp"

namespace ws::cli {
namespace {

constexpr std::size_t max_typing_errors = 2;

std::string shown(const std::string& value) {
  return value;
}

Result<Duration> seconds_of(std::string_view text) {
  if (const auto duration = parse_seconds(text)) return *duration;
  return Unexpected{
      fmt::format("is not a number of seconds (0-{}, with or without a fraction)", max_seconds)};
}

/// How far `name` is from what was typed: a beginning of it counts as one error.
std::size_t distance(std::string_view typed, std::string_view name) {
  const bool beginning = typed.size() > max_typing_errors && name.starts_with(typed);
  return beginning ? 1 : edit_distance(typed, name);
}

std::size_t letters(std::string_view name) {
  return name.size() - std::min(name.find_first_not_of('-'), name.size());
}

Value<std::string> not_empty(std::string placeholder, const std::string& expected) {
  auto parse = [expected](std::string_view text) -> Result<std::string> {
    if (text.empty()) return Unexpected<std::string>{"is empty; expected " + expected};
    return std::string(text);
  };
  return {std::move(placeholder), parse, shown};
}

}  // namespace

Value<std::size_t> size(std::uint64_t min) {
  auto parse = [min](std::string_view text) -> Result<std::size_t> {
    const auto bytes = parse_size(text);
    // Half of the range: sums of sizes do not overflow.
    if (bytes && *bytes >= min && *bytes <= std::numeric_limits<std::size_t>::max() / 2)
      return *bytes;
    return Unexpected{fmt::format("is not a size (at least {} bytes; k M G, Ki Mi Gi)", min)};
  };
  return {"SIZE", parse, [](const std::size_t& bytes) { return size_text(bytes); }};
}

Value<unsigned> file_mode() {
  auto parse = [](std::string_view text) -> Result<unsigned> {
    if (const auto mode = parse_file_mode(text)) return *mode;
    return Unexpected<std::string>{"is not a file mode (octal, 0-777)"};
  };
  return {"OCTAL", parse, [](const unsigned& mode) { return fmt::format("{:04o}", mode); }};
}

Value<Duration> seconds() {
  return {"SEC", seconds_of, seconds_text};
}

Value<std::optional<Duration>> seconds_or_unlimited() {
  auto parse = [](std::string_view text) -> Result<std::optional<Duration>> {
    const auto duration = seconds_of(text);
    if (!duration) return Unexpected{duration.error()};
    return *duration == Duration::zero() ? std::nullopt : std::optional{*duration};
  };
  auto show = [](const std::optional<Duration>& d) { return d ? seconds_text(*d) : std::string{}; };
  return {"SEC", parse, show};
}

Value<Duration> seconds_or_infinite() {
  auto parse = [](std::string_view text) -> Result<Duration> {
    if (text == "inf") return Duration::max();
    const auto duration = seconds_of(text);
    if (duration) return duration;
    return Unexpected{duration.error() + " or inf"};
  };
  return {"SEC|inf", parse, seconds_text};
}

Value<std::string> delimiter() {
  return {"STR", flow::parse_delimiter, shown, Typed::hidden};
}

Value<std::string> command() {
  return not_empty("CMD", "a command");
}

Value<std::string> utf8_text(std::string placeholder) {
  auto parse = [](std::string_view text) -> Result<std::string> {
    if (!wire::is_utf8(as_bytes(text))) return Unexpected<std::string>{"is not UTF-8"};
    return std::string(text);
  };
  return {std::move(placeholder), parse, shown};
}

Value<Duration> milliseconds() {
  constexpr std::uint64_t day = 86'400'000;
  const auto count = number<std::uint64_t>("a number of milliseconds", 0, day);
  auto parse = [count](std::string_view text) -> Result<Duration> {
    const auto value = count.parse(text);
    if (!value) return Unexpected{value.error()};
    return Duration(std::chrono::milliseconds(*value));
  };
  return {"MS", parse, [](const Duration& d) {
            const auto whole = std::chrono::duration_cast<std::chrono::milliseconds>(d);
            return fmt::format("{}", whole.count());
          }};
}

Value<std::string> file(std::string placeholder) {
  return not_empty(std::move(placeholder), "a path");
}

Value<std::string> pattern() {
  auto parse = [](std::string_view text) -> Result<std::string> {
    if (const auto error = flow::pattern_error(text))
      return Unexpected{fmt::format("is not a regular expression ({})", printable(*error))};
    return std::string(text);
  };
  return {"REGEX", parse, {}};
}

std::string did_you_mean(std::string_view typed, const std::vector<std::string>& names) {
  std::string_view nearest;
  std::size_t least = max_typing_errors + 1;
  for (const std::string& name : names) {
    const std::size_t errors = distance(typed, name);
    if (errors >= least || errors >= letters(name)) continue;
    least = errors;
    nearest = name;
  }
  return nearest.empty() ? std::string{} : fmt::format(" (did you mean {}?)", nearest);
}

}  // namespace ws::cli
