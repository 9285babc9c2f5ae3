#pragma once

// The heads of an opening handshake for -v, a line each: "> GET /chat HTTP/1.1", "< HTTP/1.1 101
// Switching Protocols". What opens doors is left out: credentials, cookies, the query of a URL.

#include <string>
#include <string_view>
#include <vector>

#include "wire/http.hpp"

namespace ws::app {

/// `request` as it goes over the wire.
std::vector<std::string> shown_request(std::string_view request);
std::vector<std::string> shown_response(const wire::Response& response);

}  // namespace ws::app
