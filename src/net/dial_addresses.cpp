#include "net/dial_addresses.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace ws::net {
namespace {

bool is_localhost(std::string name) {
  name = to_lower(name);
  if (!name.empty() && name.back() == '.') name.pop_back();
  return name == "localhost" || name.ends_with(".localhost");  // RFC 6761 §6.3
}

}  // namespace

std::vector<Endpoint> known_endpoints(const std::string& host, std::uint16_t port,
                                      const std::vector<std::string>& overrides) {
  std::vector<Endpoint> endpoints;
  const auto add = [&](const std::string& address) {
    if (const auto endpoint = Endpoint::numeric(address, port)) endpoints.push_back(*endpoint);
  };
  for (const std::string& address : overrides) add(address);
  if (!endpoints.empty()) return endpoints;
  if (!is_localhost(host)) {
    add(host);
    return endpoints;
  }
  add("::1");
  add("127.0.0.1");
  return endpoints;
}

std::vector<Endpoint> interleave_families(std::vector<Endpoint> endpoints) {
  if (endpoints.empty()) return endpoints;
  const int first_family = endpoints.front().family();
  std::vector<Endpoint> ordered;
  auto next = endpoints.begin();
  const auto others = std::stable_partition(endpoints.begin(), endpoints.end(), [&](const auto& e) {
    return e.family() == first_family;
  });
  auto other = others;
  while (next != others || other != endpoints.end()) {
    if (next != others) ordered.push_back(*next++);
    if (other != endpoints.end()) ordered.push_back(*other++);
  }
  return ordered;
}

}  // namespace ws::net
