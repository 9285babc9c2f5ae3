#include "app/proxy_choice.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/failure.hpp"
#include "base/text.hpp"
#include "net/endpoint.hpp"

namespace ws::app {
namespace {

struct Setting {
  const char* variable = nullptr;
  std::string value{};
};

Setting first_set(std::initializer_list<const char*> variables, const Environment& environment) {
  for (const char* variable : variables)
    if (std::string value = environment(variable); !value.empty()) return {variable, value};
  return {};
}

Setting setting_for(const wire::Url& url, const Environment& environment) {
  if (url.secure)
    return first_set({"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"}, environment);
  return first_set({"http_proxy", "all_proxy", "ALL_PROXY"}, environment);
}

std::string_view without_final_dot(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  return name;
}

bool is_within(std::string_view name, std::string_view domain) {
  if (!name.ends_with(domain)) return false;
  name.remove_suffix(domain.size());
  return name.empty() || name.ends_with('.');
}

bool is_loopback(const std::string& host) {
  if (const auto address = net::Endpoint::numeric(host, 0)) return address->is_loopback();
  return is_within(without_final_dot(to_lower(host)), "localhost");  // RFC 6761 §6.3
}

bool have_same_prefix(const Bytes& a, const Bytes& b, std::size_t bits) {
  const std::size_t whole = bits / 8;
  if (!std::equal(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(whole), b.begin()))
    return false;
  const auto mask = static_cast<std::byte>(0xFF00u >> (bits % 8));
  return bits % 8 == 0 || ((a[whole] ^ b[whole]) & mask) == std::byte{};
}

/// "10.0.0.0/8", "fd00::/8", or an address alone.
bool is_in_network(const Bytes& address, std::string_view network) {
  const auto slash = std::min(network.find('/'), network.size());
  const auto base = net::Endpoint::numeric(std::string(network.substr(0, slash)), 0);
  if (!base) return false;
  const Bytes octets = base->octets();
  if (octets.size() != address.size()) return false;
  if (slash == network.size()) return octets == address;
  std::size_t bits = 0;
  const auto [end, error] =
      std::from_chars(network.data() + slash + 1, network.data() + network.size(), bits);
  if (error != std::errc{} || end != network.data() + network.size()) return false;
  return bits <= address.size() * 8 && have_same_prefix(octets, address, bits);
}

}  // namespace

bool is_listed(std::string_view list, const std::string& host) {
  const auto address = net::Endpoint::numeric(host, 0);
  const std::string lower = to_lower(host);
  const std::string_view name = without_final_dot(lower);
  while (!list.empty()) {
    const std::string entry = to_lower(list.substr(0, list.find_first_of(", \t")));
    list.remove_prefix(std::min(entry.size() + 1, list.size()));
    std::string_view domain = without_final_dot(entry);
    if (domain == "*") return true;
    if (domain.starts_with('.')) domain.remove_prefix(1);
    if (domain.empty()) continue;
    if (address ? is_in_network(address->octets(), domain) : is_within(name, domain)) return true;
  }
  return false;
}

std::optional<wire::Proxy> environment_proxy(const wire::Url& url, const Environment& environment) {
  if (is_loopback(url.host)) return std::nullopt;
  const Setting setting = setting_for(url, environment);
  if (!setting.variable) return std::nullopt;
  if (is_listed(first_set({"no_proxy", "NO_PROXY"}, environment).value, url.host))
    return std::nullopt;
  auto proxy = wire::parse_proxy(setting.value);
  if (!proxy)
    throw Failure{ExitStatus::usage, fmt::format("{}: {}", setting.variable, proxy.error())};
  return std::move(*proxy);
}

}  // namespace ws::app
