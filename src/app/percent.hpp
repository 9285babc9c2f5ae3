#pragma once

// Percent-encoding in what a request names (RFC 3986 §2.1): decoded once, never guessed at.

#include <optional>
#include <string>
#include <string_view>

namespace ws::app {

/// Nothing where "%" is not followed by two hexadecimal digits. "+" stays as it is.
std::optional<std::string> percent_decode(std::string_view text);

}  // namespace ws::app
