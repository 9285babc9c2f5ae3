#pragma once

// Where a server listens, whom it lets in, what it shows them and how it says that it is ready: the
// options that serve, broadcast and echo share (first group of SPEC.md §3). Plain values, as
// options.hpp has them; modes/server_settings.hpp turns them into a server.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "net/tls_context.hpp"
#include "wire/headers.hpp"

namespace CLI {
class App;
}

namespace ws::cli {

struct ListenOptions {
  std::uint16_t port = 9001;       ///< 0 = any free one
  std::vector<std::string> hosts;  ///< never empty after parsing: "localhost" unless given
  std::optional<std::string> unix_path;
  unsigned unix_mode = 0600;
  bool address_given = false;        ///< --port, --host or --unix: excludes LISTEN_FDS
  std::vector<std::string> origins;  ///< scheme://host[:port] or "any"
  std::vector<std::string> allow_hosts;
  std::optional<std::string> auth_file;
  std::optional<std::string> token_file;
  std::optional<std::string> path;  ///< begins with '/'
  std::vector<std::string> subprotocols;
  std::vector<wire::Header> headers;  ///< none that the handshake itself writes
  std::optional<std::size_t> max_clients;
  bool once = false;
  std::optional<Duration> exit_idle;
  net::TlsFiles tls;  ///< with `cert`: TLS
  bool no_page = false;
  std::optional<std::string> static_directory;  ///< served instead of the page
  std::optional<std::string> port_file;
  std::optional<int> ready_fd;  ///< >= 3
};

void add_listen(CLI::App& app, ListenOptions& options);

}  // namespace ws::cli
