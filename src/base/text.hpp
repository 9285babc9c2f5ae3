#pragma once

// Text for people: whatever came from outside is escaped here before it reaches a terminal, a log
// or a message.

#include <cstddef>
#include <string>
#include <string_view>

namespace ws {

/// `text` with C0, DEL, C1, bidi controls and invalid UTF-8 shown as \xNN or \u{NNNN}; at most
/// `max_chars` characters, then "…". For one-line messages on stderr (SPEC.md §4, PROTOCOL.md §3
/// rows 28 and 29).
std::string printable(std::string_view text, std::size_t max_chars = 200);

/// As `printable`, unshortened: whole lines of the log. What is escaped already stays as it is.
std::string escaped(std::string_view text);

/// As `printable`, unshortened and with \n and \t left as they are: for payload on a terminal.
std::string terminal_safe(std::string_view text);

/// ASCII-only lower case; HTTP names and tokens are compared this way (RFC 9110 §5.1).
std::string to_lower(std::string_view text);
bool equal_ignoring_case(std::string_view a, std::string_view b);

/// Damerau–Levenshtein distance, for "did you mean".
std::size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace ws
