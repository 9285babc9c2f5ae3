#pragma once

// Dates of HTTP (RFC 9110 §5.6.7), such as "Sun, 06 Nov 1994 08:49:37 GMT". Needs no clock and no
// locale.

#include <ctime>
#include <optional>
#include <string>
#include <string_view>

namespace ws::app {

std::string http_date(std::time_t seconds);

/// The form that http_date() writes; the two obsolete ones, which nothing sends any more, are
/// nothing.
std::optional<std::time_t> parse_http_date(std::string_view text);

}  // namespace ws::app
