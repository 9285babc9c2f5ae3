#pragma once

// Help as text of at most 80 columns, laid out from what the options say of themselves.

#include <string>

#include "cli/mode.hpp"

namespace ws::cli {

/// All modes, with two examples.
std::string overview(Modes modes);

/// One mode, as `build` made it.
std::string help_text(const CLI::App& app);

}  // namespace ws::cli
