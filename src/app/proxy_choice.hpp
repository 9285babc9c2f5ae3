#pragma once

// Which proxy the environment asks for (SPEC.md §5, --proxy): http_proxy for ws, in lower case only
// because a CGI server sets HTTP_PROXY from a request (httpoxy); https_proxy and HTTPS_PROXY for
// wss; all_proxy and ALL_PROXY for both; not for what no_proxy or NO_PROXY lists, and never for
// loopback. A variable that is empty is as good as not set.

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "wire/proxy.hpp"
#include "wire/url.hpp"

namespace ws::app {

/// Value of a variable; empty when it is not set.
using Environment = std::function<std::string(const char* name)>;

/// None: connect directly. Throws Failure{usage} that names the variable when it holds no proxy.
std::optional<wire::Proxy> environment_proxy(const wire::Url& url, const Environment& environment);

/// `list`: names, which also stand for all below them, addresses and networks (10.0.0.0/8), between
/// commas or spaces; "*" is everything.
bool is_listed(std::string_view list, const std::string& host);

}  // namespace ws::app
