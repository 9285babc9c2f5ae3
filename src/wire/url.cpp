#include "wire/url.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/text.hpp"
#include "wire/punycode.hpp"

namespace ws::wire {
namespace {

constexpr std::array websocket_schemes = {
    UrlScheme{"ws", false, 80},
    UrlScheme{"wss", true, 443},
    UrlScheme{"http", false, 80},
    UrlScheme{"https", true, 443},
};

constexpr std::size_t max_host = 253;  // RFC 1035 §2.3.4, without the root's dot

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_unreserved(char c) {
  return is_letter(c) || is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~';
}
bool is_beyond_ascii(char c) {
  return static_cast<unsigned char>(c) >= 0x80;
}

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

Unexpected<std::string> wrong(std::string text) {
  return Unexpected{std::move(text)};
}

std::string quoted(std::string_view part) {
  return "\"" + printable(part) + "\"";
}

/// The text cut at its delimiters (RFC 3986 §3), nothing decoded yet.
struct Parts {
  std::optional<std::string_view> scheme;
  std::optional<std::string_view> user_info;
  std::string_view host;  ///< with its brackets
  std::optional<std::string_view> port;
  std::string_view target;
};

std::optional<std::string_view> scheme_of(std::string_view text) {
  const auto end = text.find("://");
  if (end == std::string_view::npos || end == 0) return std::nullopt;
  const auto scheme = text.substr(0, end);
  const bool well_made = std::all_of(scheme.begin(), scheme.end(), [](char c) {
    return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
  });
  return well_made ? std::optional{scheme} : std::nullopt;
}

Parts cut(std::string_view text) {
  Parts parts;
  parts.scheme = scheme_of(text);
  if (parts.scheme) text.remove_prefix(parts.scheme->size() + 3);
  auto authority = text.substr(0, text.find_first_of("/?"));
  parts.target = text.substr(authority.size());
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
    parts.user_info = authority.substr(0, at);
    authority.remove_prefix(at + 1);
  }
  const auto bracket = authority.starts_with('[') ? authority.find(']') : 0;
  const auto colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  parts.host = authority.substr(0, colon);
  if (colon != std::string_view::npos) parts.port = authority.substr(colon + 1);
  return parts;
}

/// "http:/x" would be port "" of a host named http, which nobody means. "ws:9001" may be meant.
bool lacks_slashes(const Parts& parts, const UrlScheme& scheme) {
  return parts.port && !parts.user_info && equal_ignoring_case(parts.host, scheme.name) &&
         (parts.port->empty() || !std::all_of(parts.port->begin(), parts.port->end(), is_digit));
}

Result<UrlScheme> scheme_not_written(const Parts& parts, std::span<const UrlScheme> schemes) {
  for (const auto& scheme : schemes)
    if (lacks_slashes(parts, scheme)) {
      const std::string name{scheme.name};
      return wrong("no \"//\" after \"" + name + ":\" in URL: expected " + name +
                   "://HOST[:PORT][/PATH]");
    }
  return schemes.front();
}

Result<UrlScheme> pick_scheme(const Parts& parts, std::span<const UrlScheme> schemes) {
  if (!parts.scheme) return scheme_not_written(parts, schemes);
  std::string known;
  for (const auto& scheme : schemes) {
    if (equal_ignoring_case(scheme.name, *parts.scheme)) return scheme;
    known.append(known.empty() ? "" : ", ").append(scheme.name).append("://");
  }
  return wrong("unknown scheme " + quoted(*parts.scheme) + " in URL: expected " + known);
}

Result<std::string> decode_percent(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
    const int low = high >= 0 ? hex_value(text[i + 2]) : -1;
    if (low < 0) return wrong("\"%\" in the user part of the URL needs two hex digits after it");
    decoded += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return decoded;
}

/// "user:password", both decoded. A colon in the user's name could not be told from the one after
/// it (RFC 7617 §2).
Result<std::string> read_user_info(const Parts& parts) {
  const std::string_view text = parts.user_info.value_or("");
  if (text.empty()) return std::string{};
  const auto colon = std::min(text.find(':'), text.size());
  auto user = decode_percent(text.substr(0, colon));
  auto password = decode_percent(text.substr(std::min(colon + 1, text.size())));
  if (!user) return user;
  if (!password) return password;
  if (user->find(':') != std::string::npos) return wrong("a colon in the user name of the URL");
  return *user + ":" + *password;
}

/// "[address]" or "[address%zone]"; the zone's "%" may be written "%25" (RFC 6874).
Result<std::string> read_ipv6(std::string_view host) {
  const auto bad = "bad address " + quoted(host) + " in URL: expected IPv6, such as [::1]";
  if (!host.ends_with(']')) return wrong(bad);
  const auto text = host.substr(1, host.size() - 2);
  const auto address = text.substr(0, text.find('%'));
  if (!is_ipv6_address(address)) return wrong(bad);
  if (address.size() == text.size()) return to_lower(address);
  auto zone = text.substr(address.size() + 1);
  if (zone.starts_with("25")) zone.remove_prefix(2);
  if (zone.empty() || !std::all_of(zone.begin(), zone.end(), is_unreserved)) return wrong(bad);
  return to_lower(address) + "%" + std::string{zone};
}

Unexpected<std::string> international_host(std::string_view host) {
  const auto ascii = ascii_host(host);
  const auto text = "host " + quoted(host) + " in URL is not ASCII";
  return wrong(ascii ? text + ": write it as \"" + printable(*ascii, max_host) + "\"" : text);
}

Result<std::string> read_host(const Parts& parts) {
  const auto host = parts.host;
  if (!host.starts_with('[') && parts.port.value_or("").find(':') != std::string_view::npos)
    return wrong(
        "too many colons in URL: expected HOST:PORT, with IPv6 in brackets, such as [::1]");
  if (host.empty()) return wrong("no host in URL: expected ws://HOST[:PORT][/PATH]");
  if (host.starts_with('[')) return read_ipv6(host);
  if (std::any_of(host.begin(), host.end(), is_beyond_ascii)) return international_host(host);
  if (!std::all_of(host.begin(), host.end(), is_unreserved))
    return wrong("bad host " + quoted(host) + " in URL: expected a name or an address");
  if (host.size() > max_host) return wrong("host in URL is longer than 253 characters");
  return to_lower(host);
}

Result<std::uint16_t> read_port(const Parts& parts, std::uint16_t scheme_port) {
  if (!parts.port || parts.port->empty()) return scheme_port;
  unsigned port = 0;
  for (const char c : *parts.port) {
    if (is_digit(c)) port = std::min(port * 10 + static_cast<unsigned>(c - '0'), 65536u);
    if (!is_digit(c) || port > 65535) port = 65536;
  }
  if (port == 0 || port > 65535)
    return wrong("bad port " + quoted(*parts.port) + " in URL: expected 1 to 65535");
  return static_cast<std::uint16_t>(port);
}

std::string encoded_target(std::string_view target) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string text = target.starts_with('/') ? "" : "/";
  for (const char c : target) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80)
      text += c;
    else
      text.append({'%', digits[byte >> 4], digits[byte & 15]});
  }
  return text;
}

/// Digits of one group, or of what is left of it: hexadecimal, one to four.
bool is_hex_group(std::string_view text) {
  return !text.empty() && text.size() <= 4 &&
         std::all_of(text.begin(), text.end(), [](char c) { return hex_value(c) >= 0; });
}

bool is_ipv4_address(std::string_view text) {
  for (int part = 0; part < 4; ++part) {
    const auto dot = text.find('.');
    const auto number = text.substr(0, dot);
    if (number.empty() || number.size() > 3 || (number.size() > 1 && number[0] == '0'))
      return false;
    if (!std::all_of(number.begin(), number.end(), is_digit)) return false;
    if (number.size() == 3 && number > "255") return false;
    if ((dot == std::string_view::npos) != (part == 3)) return false;
    text.remove_prefix(part == 3 ? number.size() : dot + 1);
  }
  return true;
}

/// Number of groups in a colon-separated run (an IPv4 address at its end counts for two), or
/// nothing.
std::optional<int> count_groups(std::string_view text, bool at_end) {
  if (text.empty()) return 0;
  for (int groups = 1;; ++groups) {
    const auto colon = text.find(':');
    const auto group = text.substr(0, colon);
    if (colon == std::string_view::npos) {
      if (at_end && is_ipv4_address(group)) return groups + 1;
      return is_hex_group(group) ? std::optional{groups} : std::nullopt;
    }
    if (!is_hex_group(group)) return std::nullopt;
    text.remove_prefix(colon + 1);
  }
}

}  // namespace

bool is_ipv6_address(std::string_view text) {
  const auto gap = text.find("::");
  if (gap == std::string_view::npos) return count_groups(text, true) == 8;
  const auto before = count_groups(text.substr(0, gap), false);
  const auto after = count_groups(text.substr(gap + 2), true);
  return before && after && *before + *after < 8;
}

std::string Url::host_header() const {
  std::string text = is_ipv6() ? "[" + host.substr(0, host.find('%')) + "]" : host;
  if (port != (secure ? 443 : 80)) text += ":" + std::to_string(port);
  return text;
}

std::string Url::shown() const {
  return (secure ? "wss://" : "ws://") + host_header() + target.substr(0, target.find('?'));
}

Result<Url> parse_url(std::string_view text) {
  return parse_url(text, websocket_schemes);
}

Result<Url> parse_url(std::string_view text, std::span<const UrlScheme> schemes) {
  const bool has_control = std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f;
  });
  if (has_control)
    return wrong("URL holds a space or control character: expected %20 and the like");
  if (text.find('#') != std::string_view::npos)
    return wrong("URL holds a fragment: expected no \"#\", or %23 for the character");

  const Parts parts = cut(text);
  auto scheme = pick_scheme(parts, schemes);
  if (!scheme) return Unexpected{scheme.error()};
  auto user_info = read_user_info(parts);
  if (!user_info) return Unexpected{user_info.error()};
  auto host = read_host(parts);
  if (!host) return Unexpected{host.error()};
  auto port = read_port(parts, scheme->port);
  if (!port) return Unexpected{port.error()};
  return Url{scheme->secure, std::move(*user_info), std::move(*host), *port,
             encoded_target(parts.target)};
}

}  // namespace ws::wire
