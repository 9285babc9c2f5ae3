#include "app/json_event.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "app/request_secrets.hpp"
#include "base/text.hpp"
#include "wire/base64.hpp"

// JSON asks for escapes of ", \ and what is below U+0020. Escaped beyond that: DEL, C1, and the
// bidi controls and line separators of Unicode, which a terminal or a JavaScript source would obey.
// Text is copied in runs up to the next byte that needs a look.

namespace ws::app {
namespace {

void append(Bytes& to, std::string_view text) {
  ws::append(to, as_bytes(text));
}

void append_escape(Bytes& to, unsigned code_point) {
  switch (code_point) {
    case '"':
      return append(to, "\\\"");
    case '\\':
      return append(to, "\\\\");
    case '\n':
      return append(to, "\\n");
    case '\r':
      return append(to, "\\r");
    case '\t':
      return append(to, "\\t");
    default:
      return append(to, fmt::format("\\u{:04x}", code_point));
  }
}

constexpr bool is_escaped(unsigned c) {
  return c < 0x20 || c == 0x7f || c == '"' || c == '\\';
}

constexpr bool steers(unsigned code_point) {
  return (code_point >= 0x80 && code_point <= 0x9f) || code_point == 0x061c ||
         code_point == 0x200e || code_point == 0x200f ||
         (code_point >= 0x2028 && code_point <= 0x202e) ||
         (code_point >= 0x2066 && code_point <= 0x2069);
}

/// First bytes of what may steer: U+0080–9F, U+061C, U+2000–2FFF.
constexpr bool may_steer(unsigned lead) {
  return lead == 0xc2 || lead == 0xd8 || lead == 0xe2;
}

constexpr std::array<bool, 256> bytes_to_look_at = [] {
  std::array<bool, 256> table{};
  for (unsigned c = 0; c < table.size(); ++c) table[c] = is_escaped(c) || may_steer(c);
  return table;
}();

struct Character {
  unsigned code_point;
  std::size_t bytes;
};

/// One of two or three bytes; `text` is valid UTF-8.
Character decode(std::string_view text) {
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  if (byte(0) < 0xe0) return {((byte(0) & 0x1fu) << 6) | (byte(1) & 0x3fu), 2};
  return {((byte(0) & 0x0fu) << 12) | ((byte(1) & 0x3fu) << 6) | (byte(2) & 0x3fu), 3};
}

void append_text(Bytes& to, std::string_view utf8) {
  append(to, "\"");
  while (!utf8.empty()) {
    const auto plain = std::find_if(utf8.begin(), utf8.end(), [](char c) {
      return bytes_to_look_at[static_cast<unsigned char>(c)];
    });
    const auto run = static_cast<std::size_t>(plain - utf8.begin());
    append(to, utf8.substr(0, run));
    utf8.remove_prefix(run);
    if (utf8.empty()) break;
    const auto first = static_cast<unsigned char>(utf8.front());
    const Character character = first < 0x80 ? Character{first, 1} : decode(utf8);
    if (first < 0x80 || steers(character.code_point))
      append_escape(to, character.code_point);
    else
      append(to, utf8.substr(0, character.bytes));
    utf8.remove_prefix(character.bytes);
  }
  append(to, "\"");
}

/// Bytes of no known encoding: each is a character.
void append_octets(Bytes& to, std::string_view octets) {
  append(to, "\"");
  for (const char c : octets) {
    const auto octet = static_cast<unsigned char>(c);
    if (octet >= 0x80 || is_escaped(octet))
      append_escape(to, octet);
    else
      append(to, {&c, 1});
  }
  append(to, "\"");
}

void append_octets_or_null(Bytes& to, std::optional<std::string_view> octets) {
  if (octets)
    append_octets(to, *octets);
  else
    append(to, "null");
}

std::optional<std::string_view> unless_empty(std::string_view text) {
  return text.empty() ? std::nullopt : std::optional{text};
}

/// A page's address may name a token in its query.
std::string_view shown_value(std::string_view name, std::string_view value) {
  return name == "referer" ? value.substr(0, value.find('?')) : value;
}

/// One member for each name, in lower case; values of the same name are joined (RFC 9110 §5.3).
void append_headers(Bytes& to, const wire::Headers& headers) {
  std::vector<std::pair<std::string, std::string>> members;
  for (const wire::Header& header : headers) {
    if (is_secret_field(header.name)) continue;
    std::string name = to_lower(header.name);
    const std::string_view value = shown_value(name, header.value);
    const auto same = std::find_if(members.begin(), members.end(),
                                   [&name](const auto& member) { return member.first == name; });
    if (same == members.end())
      members.emplace_back(std::move(name), value);
    else
      same->second.append(", ").append(value);
  }
  const char* separator = "{";
  for (const auto& [name, value] : members) {
    append(to, std::exchange(separator, ","));
    append_octets(to, name);
    append(to, ":");
    append_octets(to, value);
  }
  append(to, members.empty() ? "{}" : "}");
}

void begin_event(Bytes& to, std::string_view name, ClientNumber client) {
  append(to, "{\"event\":\"");
  append(to, name);
  append(to, "\"");
  if (client) append(to, fmt::format(",\"client\":{}", *client));
}

void end_event(Bytes& to) {
  append(to, "}\n");
}

void append_handshake(Bytes& to, std::string_view subprotocol, const wire::Headers& headers) {
  append(to, ",\"subprotocol\":");
  append_octets_or_null(to, unless_empty(subprotocol));
  append(to, ",\"headers\":");
  append_headers(to, headers);
}

}  // namespace

void append_open_event(Bytes& to, const OpenedClient& client, const wire::Request& request) {
  begin_event(to, "open", client.number);
  append(to, ",\"address\":");
  append_octets(to, client.address);
  append(to, ",\"path\":");
  append_octets(to, target_without_tokens(request));
  append(to, ",\"origin\":");
  append_octets_or_null(to, request.headers.find("Origin"));
  append_handshake(to, client.subprotocol, request.headers);
  end_event(to);
}

void append_open_event(Bytes& to, const OpenedServer& server, const wire::Headers& headers) {
  begin_event(to, "open", std::nullopt);
  append(to, ",\"url\":");
  append_octets(to, server.url);
  append_handshake(to, server.subprotocol, headers);
  end_event(to);
}

void append_message_event(Bytes& to, ClientNumber client, const wire::Message& message) {
  begin_event(to, "message", client);
  if (message.type == wire::MessageType::text) {
    append(to, ",\"text\":");
    append_text(to, as_text(message.payload));
  } else {
    append(to, ",\"base64\":\"");
    append(to, wire::base64_encode(message.payload));
    append(to, "\"");
  }
  end_event(to);
}

void append_close_event(Bytes& to, ClientNumber client, const ClosedConnection& closed) {
  begin_event(to, "close", client);
  append(to, fmt::format(",\"code\":{},\"reason\":", closed.status.code));
  append_text(to, closed.status.reason);
  append(to, closed.clean ? ",\"clean\":true" : ",\"clean\":false");
  end_event(to);
}

void append_eof_event(Bytes& to) {
  begin_event(to, "eof", std::nullopt);
  end_event(to);
}

void append_error_event(Bytes& to, std::uint64_t line, std::string_view message) {
  begin_event(to, "error", std::nullopt);
  append(to, fmt::format(",\"line\":{},\"message\":", line));
  append_text(to, message);
  end_event(to);
}

}  // namespace ws::app
