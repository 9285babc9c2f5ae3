#pragma once

// A mode of ws-tool (serve, connect, …): a name, one line for the overview, and a function that
// adds its options and answers with what is to be run once they are parsed. modes/registry.cpp
// lists all; a mode never reads argv.

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.hpp"

namespace CLI {
class App;
}

namespace ws::cli {

class Console;

/// What main lends to a mode.
struct Runtime {
  Log& log;
  Console& console;
};

/// Answers with the exit status, or throws Failure.
using Run = std::function<int(Runtime&)>;

struct Mode {
  const char* name;
  const char* alias;  ///< nullptr where there is none
  const char* summary;
  Run (*set_up)(CLI::App& app);
};

using Modes = std::span<const Mode* const>;

/// By name or alias; nullptr where there is none.
const Mode* find_mode(Modes modes, std::string_view name);
/// Names and aliases.
std::vector<std::string> mode_names(Modes modes);

}  // namespace ws::cli
