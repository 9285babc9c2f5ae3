#pragma once

// Tells those who wait for it that the program is listening: a port file, a descriptor, the service
// manager. Called after bind and listen, never before.

#include <cstdint>
#include <string>
#include <string_view>

namespace ws::net {

/// `port` and a newline in `path`, complete or not at all: written next to it and renamed. What is
/// there and is no regular file (a FIFO, /dev/stderr) is written to as it is. Failure{local_io}.
void write_port_file(const std::string& path, std::uint16_t port);

/// Writes a newline and closes `fd`. Failure{local_io} where it is no open descriptor; that its
/// reader left is no error.
void signal_ready_fd(int fd);

/// One datagram ("READY=1", "STOPPING=1") to NOTIFY_SOCKET, a path or @abstract; nothing where that
/// is unset. Nobody listening there is no error.
void sd_notify(std::string_view state);

}  // namespace ws::net
