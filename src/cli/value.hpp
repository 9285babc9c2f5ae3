#pragma once

// What the value of an option may be: its name in help and completions, how it is read, how a
// default is shown. A refusal is a text that ends the line "--port: 'x' …" (or "--header: …") and
// says what was expected.

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "cli/number.hpp"

namespace ws::cli {

/// Whether what was typed may stand in an error text: not where it may hold a password.
enum class Typed { shown, hidden };

template <class T>
struct Value {
  /// FILE, DIR and ADDR complete to such; words with | between them to those words (see
  /// completion.cpp).
  std::string placeholder;
  std::function<Result<T>(std::string_view)> parse;
  std::function<std::string(const T&)> show;
  Typed typed = Typed::shown;
};

/// A whole number, e.g. "is not a port (0-65535)".
template <class T>
Value<T> number(std::string what, std::uint64_t min,
                std::uint64_t max = std::numeric_limits<T>::max()) {
  const std::string range = max == std::numeric_limits<T>::max() && max > 0xFFFF
                                ? fmt::format("at least {}", min)
                                : fmt::format("{}-{}", min, max);
  auto parse = [=](std::string_view text) -> Result<T> {
    const auto value = parse_number(text);
    if (value && *value >= min && *value <= max) return static_cast<T>(*value);
    return Unexpected{fmt::format("is not {} ({})", what, range)};
  };
  return {"N", parse, [](const T& value) { return fmt::format("{}", value); }};
}

/// Bytes, at least `min`.
Value<std::size_t> size(std::uint64_t min);
Value<unsigned> file_mode();
Value<Duration> seconds();
/// None for 0: no limit.
Value<std::optional<Duration>> seconds_or_unlimited();
/// Duration::max() for "inf".
Value<Duration> seconds_or_infinite();
/// What --delim names, escapes replaced.
Value<std::string> delimiter();
/// A shell command: anything but the empty text.
Value<std::string> command();
/// What may be sent as a text message.
Value<std::string> utf8_text(std::string placeholder);
/// A whole number of them, at most a day.
Value<Duration> milliseconds();
/// Anything but the empty text.
Value<std::string> file(std::string placeholder = "FILE");

/// A regular expression in RE2's syntax.
Value<std::string> pattern();

/// The nearest of `names` to what was typed, as " (did you mean X?)"; empty when none is near.
std::string did_you_mean(std::string_view typed, const std::vector<std::string>& names);

/// One of some words, each with what it means.
template <class E>
Value<E> choice(std::initializer_list<std::pair<const char*, E>> words) {
  std::vector<std::string> names;
  std::vector<E> meanings;
  for (const auto& [name, meaning] : words) {
    names.emplace_back(name);
    meanings.push_back(meaning);
  }
  auto parse = [=](std::string_view text) -> Result<E> {
    const auto found = std::find(names.begin(), names.end(), text);
    if (found != names.end()) return meanings[static_cast<std::size_t>(found - names.begin())];
    return Unexpected{
        fmt::format("is none of {}{}", fmt::join(names, ", "), did_you_mean(text, names))};
  };
  auto show = [=](const E& meaning) {
    const auto found = std::find(meanings.begin(), meanings.end(), meaning);
    return names[static_cast<std::size_t>(found - meanings.begin())];
  };
  return {fmt::format("{}", fmt::join(names, "|")), parse, show};
}

}  // namespace ws::cli
