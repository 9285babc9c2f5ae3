#pragma once

// A mode with its command line: options bound, -h and -V added, nothing parsed yet. For those who
// parse or describe command lines; modes themselves need no more of CLI11 than the name of its App,
// whose header takes longer to compile than all of ours.

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/mode.hpp"

namespace ws::cli {

struct BuiltMode {
  std::unique_ptr<CLI::App> app;
  Run run;
};
BuiltMode build(const Mode& mode);

}  // namespace ws::cli
