#include "cli/handshake_value.hpp"

#include <algorithm>
#include <span>

#include "app/file_lines.hpp"
#include "base/text.hpp"
#include "wire/utf8.hpp"

namespace ws::cli {
namespace {

constexpr std::string_view of_the_request[] = {
    "Upgrade",
    "Connection",
    "Sec-WebSocket-Key",
    "Sec-WebSocket-Version",
    "Sec-WebSocket-Extensions",
    "Content-Length",
    "Transfer-Encoding",
};
constexpr std::string_view of_the_response[] = {
    "Upgrade",
    "Connection",
    "Sec-WebSocket-Accept",
    "Sec-WebSocket-Protocol",
    "Sec-WebSocket-Extensions",
    "Content-Length",
    "Transfer-Encoding",
};

template <class... Args>
Unexpected<std::string> no(fmt::format_string<Args...> format, Args&&... args) {
  return {fmt::format(format, std::forward<Args>(args)...)};
}

bool is_graphic_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7F; });
}

Result<wire::Header> header_of(std::string_view text, std::span<const std::string_view> reserved) {
  const std::size_t colon = text.find(':');
  if (colon == text.npos) return no("expected 'Name: value'");
  const std::string_view name = text.substr(0, colon);
  const std::string_view value = wire::trim_ows(text.substr(colon + 1));
  if (name.empty()) return no("no field name before the colon, expected 'Name: value'");
  if (!wire::is_token(name))
    return no("'{}' is not a header field name, expected 'Name: value'", printable(name));
  if (!wire::is_field_value(value)) return no("{} has a control character in its value", name);
  const auto same_name = [name](std::string_view other) {
    return equal_ignoring_case(name, other);
  };
  if (std::ranges::any_of(reserved, same_name))
    return no("{} is set by the handshake itself", name);
  return wire::Header{std::string(name), std::string(value)};
}

/// Names the line, never its text: a header file holds secrets.
Result<std::vector<wire::Header>> headers_of_file(const std::string& file) {
  std::vector<wire::Header> headers;
  std::size_t number = 0;
  for (const std::string& line : app::read_lines("--header", file)) {
    ++number;
    if (line.empty()) continue;
    if (!wire::is_token(line.substr(0, line.find(':'))))
      return no("line {}: expected 'Name: value'", number);
    auto header = header_of(line, of_the_request);
    if (!header) return no("line {}: {}", number, header.error());
    headers.push_back(std::move(*header));
  }
  return headers;
}

Result<std::vector<wire::Header>> request_headers_of(std::string_view text) {
  if (text.starts_with('@')) return headers_of_file(std::string(text.substr(1)));
  auto header = header_of(text, of_the_request);
  if (!header) return Unexpected{header.error()};
  return std::vector{std::move(*header)};
}

bool is_scheme(std::string_view text) {
  const auto alpha = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const auto rest = [&](char c) {
    return alpha(c) || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
  };
  return !text.empty() && alpha(text.front()) && std::ranges::all_of(text, rest);
}

Result<std::string> listed_origin_of(std::string_view text) {
  if (text == "any") return std::string(text);
  if (text == "null")
    return no("cannot be listed: every sandboxed page has it (scheme://host[:port])");
  const std::size_t end = text.find("://");
  if (end == text.npos || !is_scheme(text.substr(0, end)))
    return no("is not an origin (scheme://host[:port], or any)");
  const std::string_view authority = text.substr(end + 3);
  if (authority.empty() || !is_graphic_ascii(authority) ||
      authority.find_first_of("/?#@") != text.npos)
    return no("is not an origin (scheme://host[:port], nothing after it, or any)");
  return std::string(text);
}

Result<std::string> host_of(std::string_view text) {
  const bool bracketed = text.size() > 2 && text.starts_with('[') && text.ends_with(']');
  const std::string_view bare = bracketed ? text.substr(1, text.size() - 2) : text;
  const std::string_view address = bare.substr(0, bare.find('%'));
  const bool is_address = wire::is_ipv6_address(address);
  const bool has_port = bare.find(':') != bare.npos && !is_address;
  if (bare.empty() || !is_graphic_ascii(bare) || bare.find_first_of("/?#@[]") != bare.npos ||
      has_port || (bracketed && !is_address))
    return no("is not a host (a name or an address, without scheme and port)");
  return std::string(bare);
}

Result<std::string> path_of(std::string_view text) {
  if (!text.starts_with('/') || !is_graphic_ascii(text) || text.find_first_of("?#") != text.npos)
    return no("is not a path (begins with /, without query and fragment, other characters as %XX)");
  return std::string(text);
}

std::optional<wire::CloseCode> code_of(std::string_view text) {
  const auto code = parse_number(text);
  if (!code || *code > 4999 || !wire::may_be_sent(static_cast<wire::CloseCode>(*code)))
    return std::nullopt;
  return static_cast<wire::CloseCode>(*code);
}

Result<wire::CloseStatus> close_of(std::string_view text) {
  const std::size_t colon = std::min(text.find(':'), text.size());
  const auto code = code_of(text.substr(0, colon));
  if (!code) return no("has no close code that may be sent (1000-1003, 1007-1014, 3000-4999)");
  const std::string_view reason = text.substr(std::min(colon + 1, text.size()));
  if (reason.size() > wire::max_close_reason)
    return no("has a reason of {} bytes (at most {})", reason.size(), wire::max_close_reason);
  if (!wire::is_utf8(as_bytes(reason))) return no("has a reason that is not UTF-8");
  return wire::CloseStatus{*code, std::string(reason)};
}

const auto unchanged = [](const std::string& value) { return value; };

}  // namespace

Value<wire::Header> response_header() {
  return {"HEADER",
          [](std::string_view text) { return header_of(text, of_the_response); },
          {},
          Typed::hidden};
}

Value<std::vector<wire::Header>> request_header() {
  return {"HEADER", request_headers_of, {}, Typed::hidden};
}

Value<std::string> subprotocol() {
  auto parse = [](std::string_view text) -> Result<std::string> {
    if (wire::is_token(text)) return std::string(text);
    return no("is not a subprotocol (a name without spaces and separators)");
  };
  return {"NAME", parse, unchanged};
}

Value<std::string> listed_origin() {
  return {"ORIGIN", listed_origin_of, unchanged};
}

Value<std::string> sent_origin() {
  auto parse = [](std::string_view text) -> Result<std::string> {
    if (!text.empty() && is_graphic_ascii(text)) return std::string(text);
    return no("is not an origin (scheme://host[:port])");
  };
  return {"ORIGIN", parse, unchanged};
}

Value<std::string> host(std::string placeholder) {
  return {std::move(placeholder), host_of, unchanged};
}

Value<std::string> path() {
  return {"PATH", path_of, unchanged};
}

Value<wire::Url> url() {
  auto parse = [](std::string_view text) { return wire::parse_url(text); };
  return {"URL", parse, [](const wire::Url& value) { return value.shown(); }, Typed::hidden};
}

Value<wire::CloseStatus> close_status() {
  auto show = [](const wire::CloseStatus& status) { return fmt::format("{}", status.code); };
  return {"CODE[:REASON]", close_of, show};
}

Value<wire::CloseCode> close_code() {
  auto parse = [](std::string_view text) -> Result<wire::CloseCode> {
    if (const auto code = code_of(text)) return *code;
    return no("is no close code that may be sent (1000-1003, 1007-1014, 3000-4999)");
  };
  return {"CODE", parse, [](wire::CloseCode code) { return fmt::format("{}", code); }};
}

}  // namespace ws::cli
