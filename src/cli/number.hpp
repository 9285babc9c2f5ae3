#pragma once

// Numbers as the command line writes them (SPEC.md §6): decimal, no sign, no octal or hexadecimal,
// no overflow. What a text is not is said by the caller, who knows what was expected; `nullopt`
// means it is not that.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace ws::cli {

/// Digits only: "0", "010" (ten), never "", "+1", "0x1f", "1e3" or more than fits.
std::optional<std::uint64_t> parse_number(std::string_view text);

/// Digits 0-7 only, at most 0777: file modes.
std::optional<unsigned> parse_file_mode(std::string_view text);

/// Bytes: a number, then nothing, k M G (powers of 1000) or Ki Mi Gi (of 1024).
std::optional<std::uint64_t> parse_size(std::string_view text);

/// Seconds with an optional fraction ("20", "0.5", ".25"), at most max_seconds; exact to the
/// nanosecond, what is finer is cut off.
std::optional<Duration> parse_seconds(std::string_view text);
/// Some thirty years: far from what a clock cannot add.
inline constexpr std::uint64_t max_seconds = 1'000'000'000;

/// The shortest text that parses back to the value: "16Mi", "64k", "0.5".
std::string size_text(std::uint64_t bytes);
std::string seconds_text(Duration duration);

}  // namespace ws::cli
