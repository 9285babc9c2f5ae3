#pragma once

// Completion scripts, written from the options themselves, so that they cannot name one that there
// is not. The committed ones under completions/ are this text (tests/cli/completions_test.py).

#include <string>
#include <vector>

#include "cli/mode.hpp"

namespace ws::cli {

enum class Shell { bash, zsh, fish };

std::string completion_script(Shell shell, Modes modes);

/// What a value completes to.
enum class Completes { nothing, files, directories, hosts, words };

struct CompletedOption {
  std::vector<std::string> names;  ///< with dashes; for a word without dashes, what help calls it
  std::string help;                ///< its first clause
  std::string value;               ///< what help calls it; empty for a flag
  Completes completes = Completes::nothing;
  std::vector<std::string> words;  ///< of Completes::words
  bool repeatable = false;
};

struct CompletedMode {
  std::vector<std::string> names;
  std::string help;
  std::vector<CompletedOption> options;
  std::vector<CompletedOption> arguments;  ///< without dashes
};

std::vector<CompletedMode> completed_modes(Modes modes);

std::string bash_completion(const std::vector<CompletedMode>& modes);
std::string zsh_completion(const std::vector<CompletedMode>& modes);
std::string fish_completion(const std::vector<CompletedMode>& modes);

}  // namespace ws::cli
