#pragma once

// How a connection of a client ended, in words and as a verdict, for every mode that is one.

#include <string>

#include "net/session.hpp"

namespace ws::app {

/// Close 1000, 1001 or without a code.
bool is_clean(wire::CloseCode code);
bool is_clean(const net::Ending& ending);

/// "closed: 1008 "policy"", "the connection was lost: …"
std::string describe(const net::Ending& ending);

}  // namespace ws::app
