#include "app/ending.hpp"

#include <fmt/format.h>

namespace ws::app {

bool is_clean(wire::CloseCode code) {
  using namespace wire::close_code;
  return code == normal || code == going_away || code == no_status;
}

bool is_clean(const net::Ending& ending) {
  return ending.clean() && is_clean(ending.status.code);
}

std::string describe(const net::Ending& ending) {
  using Kind = net::Ending::Kind;
  switch (ending.kind) {
    case Kind::closed:
      return fmt::format("closed: {} \"{}\"", ending.status.code, ending.status.reason);
    case Kind::violation:
      return fmt::format("the server broke the protocol: {}", ending.detail);
    case Kind::no_pong:
      return "the server did not answer a ping in time (--ping-timeout)";
    case Kind::stalled:
      return "the server takes nothing that is sent";
    case Kind::lost:
    case Kind::no_close:
    case Kind::kicked:
      break;
  }
  return fmt::format("the connection was lost: {}", ending.detail);
}

}  // namespace ws::app
