#pragma once

// Values that end up in a handshake or in a Close frame: nothing passes that could end a header
// line or that the protocol forbids (RFC 6455 §4, §7.4; RFC 9110 §5).

#include "cli/value.hpp"
#include "wire/close.hpp"
#include "wire/headers.hpp"
#include "wire/url.hpp"

namespace ws::cli {

/// 'Name: value', for a response; none of the fields that the handshake itself writes.
Value<wire::Header> response_header();
/// 'Name: value' for a request, or @FILE with one such in each line. An unreadable file is Failure
/// with status 8.
Value<std::vector<wire::Header>> request_header();
/// RFC 6455 §4.1: a token.
Value<std::string> subprotocol();
/// scheme://host[:port], or "any".
Value<std::string> listed_origin();
/// What a client says of itself: whatever fits into a header.
Value<std::string> sent_origin();
/// A name or an IP address, without scheme and port.
Value<std::string> host(std::string placeholder);
/// "/chat": no query, no fragment, ASCII.
Value<std::string> path();
Value<wire::Url> url();
/// CODE[:REASON], a code that may be sent.
Value<wire::CloseStatus> close_status();
Value<wire::CloseCode> close_code();

}  // namespace ws::cli
