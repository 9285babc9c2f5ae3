#pragma once

// Listening sockets that a service manager opened for us (LISTEN_PID, LISTEN_FDS:
// sd_listen_fds(3)).

#include <vector>

#include "net/descriptor.hpp"

namespace ws::net {

/// How many sockets LISTEN_FDS promises to this process; 0 where the variables are absent, broken
/// or for another one.
int inherited_sockets();

/// Takes them over (close-on-exec, non-blocking) and removes the variables from the environment.
/// Failure{connect} where one of them is not a listening stream socket.
std::vector<Descriptor> take_inherited_sockets();

}  // namespace ws::net
