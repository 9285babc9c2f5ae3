#include "app/authority.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.hpp"

namespace ws::app {
namespace {

template <int family>
std::optional<std::string> canonical_address(const std::string& text) {
  std::array<unsigned char, sizeof(in6_addr)> address{};
  if (inet_pton(family, text.c_str(), address.data()) != 1) return std::nullopt;
  std::array<char, INET6_ADDRSTRLEN> canonical{};
  return inet_ntop(family, address.data(), canonical.data(), canonical.size());
}

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

std::optional<Authority> address_or_nothing(std::optional<std::string> address) {
  if (!address) return std::nullopt;
  return Authority{std::move(*address), true, std::nullopt};
}

std::optional<Authority> parse_ipv6(std::string_view text) {
  if (text.find('\0') != text.npos) return std::nullopt;
  return address_or_nothing(canonical_address<AF_INET6>(std::string{text}));
}

std::optional<Authority> parse_name_or_ipv4(std::string_view text) {
  std::string name = to_lower(text);
  if (name.ends_with('.')) name.pop_back();
  if (name.empty() || !std::all_of(name.begin(), name.end(), is_name_character))
    return std::nullopt;
  if (auto address = address_or_nothing(canonical_address<AF_INET>(name))) return address;
  return Authority{std::move(name), false, std::nullopt};
}

/// RFC 3986 §3.2.3: the digits may be missing after the colon.
bool take_port(std::string_view text, std::optional<std::uint16_t>& port) {
  if (text.empty()) return true;
  if (text.front() != ':') return false;
  text.remove_prefix(1);
  if (text.empty()) return true;
  std::uint16_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return false;
  port = value;
  return true;
}

bool is_scheme(std::string_view text) {
  const auto is_scheme_character = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
  };
  return !text.empty() && text.front() >= 'a' && text.front() <= 'z' &&
         std::all_of(text.begin(), text.end(), is_scheme_character);
}

}  // namespace

std::optional<Authority> parse_authority(std::string_view text) {
  const bool bracketed = text.starts_with('[');
  const std::size_t host_end = bracketed ? text.find(']') : std::min(text.find(':'), text.size());
  if (host_end == text.npos) return std::nullopt;
  auto authority = bracketed ? parse_ipv6(text.substr(1, host_end - 1))
                             : parse_name_or_ipv4(text.substr(0, host_end));
  const std::string_view rest = text.substr(bracketed ? host_end + 1 : host_end);
  if (!authority || !take_port(rest, authority->port)) return std::nullopt;
  return authority;
}

std::optional<Authority> parse_host(std::string_view text) {
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  if (text.find(':') == text.npos) return parse_name_or_ipv4(text);
  return parse_ipv6(text.substr(0, text.find('%')));
}

std::optional<Origin> parse_origin(std::string_view text) {
  const std::size_t scheme_end = text.find("://");
  if (scheme_end == text.npos) return std::nullopt;
  std::string scheme = to_lower(text.substr(0, scheme_end));
  auto authority = parse_authority(text.substr(scheme_end + 3));
  if (!authority || !is_scheme(scheme)) return std::nullopt;
  const std::uint16_t port = authority->port.value_or(default_port(scheme));
  return Origin{std::move(scheme), std::move(authority->host), port};
}

std::uint16_t default_port(std::string_view scheme) {
  if (scheme == "http" || scheme == "ws") return 80;
  if (scheme == "https" || scheme == "wss") return 443;
  return 0;
}

bool is_loopback_name(std::string_view host) {
  return host == "localhost" || host == "127.0.0.1" || host == "::1";
}

}  // namespace ws::app
