#pragma once

// Lines of --jsonl's output (SPEC.md §7): appends one JSON object and a newline to what goes to
// stdout. Text is the peer's and valid UTF-8; heads of HTTP are bytes, and those from 0x80 on
// become \u0080 to \u00ff. What could steer a terminal is escaped, so that a line may be shown as
// it is. Leaves out what opens a door (app/request_secrets.hpp).

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.hpp"
#include "wire/close.hpp"
#include "wire/connection.hpp"
#include "wire/headers.hpp"
#include "wire/http.hpp"

namespace ws::app {

/// On a server every event of a connection names its client; on connect there is only one peer.
using ClientNumber = std::optional<std::uint64_t>;

struct OpenedClient {
  std::uint64_t number;
  std::string_view address;
  std::string_view subprotocol;  ///< empty: none
};

struct OpenedServer {
  std::string_view url;          ///< fit to be shown
  std::string_view subprotocol;  ///< empty: none
};

struct ClosedConnection {
  const wire::CloseStatus& status;
  bool clean;  ///< both Close frames have passed
};

void append_open_event(Bytes& to, const OpenedClient& client, const wire::Request& request);
void append_open_event(Bytes& to, const OpenedServer& server, const wire::Headers& headers);
void append_message_event(Bytes& to, ClientNumber client, const wire::Message& message);
void append_close_event(Bytes& to, ClientNumber client, const ClosedConnection& closed);
/// The input has ended, and all its commands are done.
void append_eof_event(Bytes& to);
/// A bad command, and its line.
void append_error_event(Bytes& to, std::uint64_t line, std::string_view message);

}  // namespace ws::app
