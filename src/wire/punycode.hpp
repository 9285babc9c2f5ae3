#pragma once

// The ASCII form of an international host name (RFC 3492, RFC 5890's "xn--" labels), for the
// message that names it. Lower-cases the common alphabets simply; maps and normalises nothing else,
// so it is a hint and never dialled.

#include <optional>
#include <string>
#include <string_view>

namespace ws::wire {

/// `host` with every label that is not ASCII as its xn-- form. Nothing when it is not UTF-8 or a
/// label would be longer than 63 characters.
std::optional<std::string> ascii_host(std::string_view host);

/// RFC 3492 §6.3, without the prefix. Quadratic: for labels.
std::string punycode(std::u32string_view label);

}  // namespace ws::wire
