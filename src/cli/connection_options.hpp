#pragma once

// How a client gets its connection: the options that connect and bench share (first group of
// SPEC.md §5). Plain values, as options.hpp has them; modes/connection_settings.hpp turns them into
// a call.

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "cli/route_value.hpp"
#include "net/tls_context.hpp"
#include "wire/headers.hpp"
#include "wire/url.hpp"

namespace CLI {
class App;
}

namespace ws::cli {

struct ConnectionOptions {
  wire::Url url;
  std::vector<wire::Header> headers;  ///< none of the handshake's own fields
  std::optional<std::string> origin;
  std::vector<std::string> subprotocols;
  std::optional<std::string> auth_file;  ///< not read here
  std::optional<std::string> unix_path;
  std::vector<ResolveRule> resolve;
  std::optional<ProxySetting> proxy;  ///< none: what the environment says
  net::TlsFiles tls;
  bool insecure = false;                                               ///< of `tls`: trust anybody
  std::optional<Duration> connect_timeout = std::chrono::seconds(10);  ///< none = no limit
};

void add_connection(CLI::App& app, ConnectionOptions& options);
/// After parsing; throws Failure with status 2.
void check_connection(const CLI::App& app, ConnectionOptions& options);

}  // namespace ws::cli
