#pragma once

// Where a request carries what opens the door: ?token= and four header fields. The one place that
// knows them, for those who judge them and for those who must leave them out (logs, events, hooks,
// redirects).

#include <string>
#include <string_view>
#include <vector>

#include "wire/headers.hpp"
#include "wire/http.hpp"

namespace ws::app {

/// Values of all parameters named "token", decoded; what is not well encoded is left out.
std::vector<std::string> tokens_of(std::string_view query);

/// The query without these parameters, otherwise as it came.
std::string without_tokens(std::string_view query);

/// Path and query without tokens, as a Location or to be shown: begins with exactly one slash, so
/// that no browser takes its first segment for a host.
std::string target_without_tokens(const wire::Request& request);

/// Authorization, Proxy-Authorization, Cookie, Set-Cookie.
bool is_secret_field(std::string_view name);

}  // namespace ws::app
