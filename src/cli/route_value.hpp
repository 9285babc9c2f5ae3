#pragma once

// Values that say how to get to a server: --resolve and --proxy.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/value.hpp"
#include "wire/proxy.hpp"

namespace ws::cli {

/// HOST:PORT:ADDR of --resolve.
struct ResolveRule {
  std::string host;  ///< lower case, IPv6 without brackets; "*": any
  std::uint16_t port = 0;
  std::vector<std::string> addresses;  ///< numeric
};

/// The addresses that the rules have for a host: the last rule of its name counts, then the last
/// for any; none where there is no rule.
std::vector<std::string> resolved(const std::vector<ResolveRule>& rules, const std::string& host,
                                  std::uint16_t port);

/// None inside: no proxy at all.
using ProxySetting = std::optional<wire::Proxy>;

/// As curl's, without its + and -: HOST:PORT:ADDR[,ADDR]…
Value<ResolveRule> resolve_rule();
/// A proxy's URL, or the empty text.
Value<ProxySetting> proxy_setting();

}  // namespace ws::cli
