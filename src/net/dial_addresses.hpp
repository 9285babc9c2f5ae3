#pragma once

// Which addresses a host stands for without a look-up, and the order in which to try those of a
// look-up.

#include <cstdint>
#include <string>
#include <vector>

#include "net/endpoint.hpp"

namespace ws::net {

/// The `overrides` where there are any (numeric ones, as --resolve gives them), a numeric host
/// itself, ::1 and 127.0.0.1 for `localhost` and names below it (RFC 6761 §6.3); nothing for any
/// other name.
std::vector<Endpoint> known_endpoints(const std::string& host, std::uint16_t port,
                                      const std::vector<std::string>& overrides);

/// The order of RFC 8305 §4: as given, but families take turns, beginning with the first one's.
std::vector<Endpoint> interleave_families(std::vector<Endpoint> endpoints);

}  // namespace ws::net
