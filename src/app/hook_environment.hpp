#pragma once

// What a hook finds in its environment: ours, less what is meant for this program alone (WS_*,
// NOTIFY_SOCKET, LISTEN_*), and the facts of its client. Values of the peer are data here and never
// part of a command line; they hold no control characters and no token.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "wire/http.hpp"

namespace ws::app {

/// A client as its hooks see it.
struct HookClient {
  std::uint64_t number = 0;
  std::string address;
  std::string path;    ///< with its query
  std::string origin;  ///< empty: none
};

HookClient hook_client(std::uint64_t number, std::string address, const wire::Request& request);

/// Each "NAME=value".
using Environment = std::vector<std::string>;

/// Of `ours` (as `environ`, ended by a null pointer) what hooks get.
Environment inherited_environment(const char* const* ours);

/// `code`: of the Close, for on-close; else WS_CODE is empty, so that it can be asked for under
/// `set -u`.
Environment hook_environment(const Environment& inherited, const HookClient& client,
                             std::optional<std::uint16_t> code);

}  // namespace ws::app
