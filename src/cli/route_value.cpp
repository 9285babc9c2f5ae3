#include "cli/route_value.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "net/endpoint.hpp"

namespace ws::cli {
namespace {

Unexpected<std::string> no_rule() {
  return {"is not HOST:PORT:ADDR (IPv6 in brackets)"};
}

/// Takes "name:" or "[address]:" off the front.
std::optional<std::string> take_host(std::string_view& text) {
  const bool bracketed = text.starts_with('[');
  const auto end = bracketed ? text.find(']') : text.find(':');
  if (end == std::string_view::npos || end == 0) return std::nullopt;
  const std::string host = to_lower(text.substr(bracketed ? 1 : 0, bracketed ? end - 1 : end));
  text.remove_prefix(bracketed ? end + 1 : end);
  if (host.empty() || !text.starts_with(':')) return std::nullopt;
  text.remove_prefix(1);
  return host;
}

std::optional<std::uint16_t> take_port(std::string_view& text) {
  const auto end = text.find(':');
  if (end == std::string_view::npos) return std::nullopt;
  const auto port = parse_number(text.substr(0, end));
  if (!port || *port == 0 || *port > 65535) return std::nullopt;
  text.remove_prefix(end + 1);
  return static_cast<std::uint16_t>(*port);
}

Result<ResolveRule> rule_of(std::string_view text) {
  const auto host = take_host(text);
  if (!host) return no_rule();
  const auto port = take_port(text);
  if (!port) return no_rule();
  ResolveRule rule{*host, *port, {}};
  while (true) {
    const std::string address(text.substr(0, text.find(',')));
    if (!net::Endpoint::numeric(address, *port)) return no_rule();
    rule.addresses.push_back(address);
    if (address.size() == text.size()) return rule;
    text.remove_prefix(address.size() + 1);
  }
}

Result<ProxySetting> proxy_of(std::string_view text) {
  if (text.empty()) return ProxySetting{};
  auto proxy = wire::parse_proxy(text);
  if (!proxy) return Unexpected{proxy.error()};
  return ProxySetting{std::move(*proxy)};
}

}  // namespace

std::vector<std::string> resolved(const std::vector<ResolveRule>& rules, const std::string& host,
                                  std::uint16_t port) {
  for (const std::string_view name : {std::string_view(host), std::string_view("*")}) {
    const auto found = std::find_if(rules.rbegin(), rules.rend(), [&](const ResolveRule& rule) {
      return rule.port == port && equal_ignoring_case(rule.host, name);
    });
    if (found != rules.rend()) return found->addresses;
  }
  return {};
}

Value<ResolveRule> resolve_rule() {
  return {"HOST:PORT:ADDR", rule_of, {}};
}

Value<ProxySetting> proxy_setting() {
  return {"PROXY", proxy_of, {}, Typed::hidden};
}

}  // namespace ws::cli
