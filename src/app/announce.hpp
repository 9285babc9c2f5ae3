#pragma once

// Says where the server listens: a line per address for the person (a URL to click, one to connect
// to), and the port file, the ready descriptor and the service manager for programs. Called when
// all of it is true.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "net/listener.hpp"

namespace ws::app {

struct Announcement {
  bool tls = false;
  std::optional<std::string> port_file{};
  std::optional<int> ready_fd{};
};

/// "listening on http://127.0.0.1:43121/ (ws://127.0.0.1:43121/)", or the path of a Unix socket. A
/// wildcard address is named as the loopback one and as this machine's name.
std::vector<std::string> listening_lines(const net::Endpoint& local,
                                         const std::string& machine_name, bool tls);

/// Throws Failure{local_io} where the port file or the descriptor cannot be written.
void announce(const std::vector<std::unique_ptr<net::Listener>>& listeners,
              const Announcement& options, Log& log);

/// This machine's own name; empty when it has none.
std::string machine_name();

}  // namespace ws::app
