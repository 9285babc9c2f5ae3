#pragma once

// Sockets to listen on: bound and listening when they are handed out, so that whatever is announced
// afterwards is true. Called once at start, before any thread runs (it sets the umask for a
// moment). Refuses with Failure.

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "net/descriptor.hpp"
#include "net/endpoint.hpp"
#include "net/socket_file.hpp"

namespace ws::net {

struct ListenSpec {
  std::vector<std::string> hosts = {"localhost"};  ///< names and addresses
  std::uint16_t port = 9001;                       ///< 0: any free one, the same for all addresses
  std::string unix_path{};                         ///< instead of hosts and port
  mode_t unix_mode = 0600;
  bool adopt = false;  ///< LISTEN_FDS, instead of all of the above
};

struct BoundSocket {
  Descriptor fd;
  Endpoint local;
  bool loopback =
      false;  ///< nobody outside of this machine gets here: 127.0.0.0/8, ::1, a Unix socket
  std::string unix_path;  ///< empty for TCP
  SocketFile file;        ///< the entry in the file system that is ours to remove
};

/// All of them listen, or Failure{connect}: "cannot listen on 127.0.0.1:80: permission denied".
/// `localhost` is 127.0.0.1 and ::1; of a name's addresses those that this machine lacks are left
/// out.
std::vector<BoundSocket> bind_all(const ListenSpec& spec);

}  // namespace ws::net
