#pragma once

// The modes there are. A new one is a file next to this, a name here and a line in registry.cpp.

#include "cli/mode.hpp"

namespace ws::modes {

extern const cli::Mode serve;
extern const cli::Mode echo;
extern const cli::Mode broadcast;
extern const cli::Mode connect;
extern const cli::Mode bench;
extern const cli::Mode completion;
extern const cli::Mode help;

/// In the order of the overview.
cli::Modes all();

}  // namespace ws::modes
