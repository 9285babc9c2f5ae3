#pragma once

// From the words of the command line to the mode that they name, its options parsed. What is wrong
// with them is one line that names it and the nearest valid thing: Failure with status 2.

#include <string>
#include <vector>

#include "cli/mode.hpp"

namespace ws::cli {

struct BuiltMode;

/// `words` without the program's name. Answers with the exit status, or throws Failure.
int run(Modes modes, const std::vector<std::string>& words, Runtime& runtime);

/// The part of it that looks at the words after the mode's name: `mode` is ready to run afterwards.
/// Throws Failure, CLI::CallForHelp and CLI::CallForVersion.
void parse(BuiltMode& mode, const std::vector<std::string>& words);

}  // namespace ws::cli
