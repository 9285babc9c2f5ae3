#include <fmt/format.h>

#include <map>

#include "cli/completion.hpp"

namespace ws::cli {
namespace {

// `completes` is what the word under the cursor may be, `words` and `options` are texts to choose
// from.
constexpr std::string_view head =
    R"(# bash completion for ws-tool, written by "ws-tool completion bash"
# shellcheck shell=bash

_ws_tool() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
    local completes='' words='' options=''
    COMPREPLY=()
    # The = of --name=value is a word of its own.
    if [[ $cur == '=' ]]; then
        cur=''
    elif [[ $prev == '=' ]]; then
        prev=${COMP_WORDS[COMP_CWORD-2]}
    fi
    if ((COMP_CWORD == 1)); then
)";

constexpr std::string_view tail = R"(        *)
            return
            ;;
    esac
    if [[ -z $completes && $cur == -* ]]; then
        completes=words
        words=$options
    fi
    case $completes in
        files)
            compopt -o filenames 2>/dev/null
            mapfile -t COMPREPLY < <(compgen -f -- "$cur")
            ;;
        directories)
            compopt -o filenames 2>/dev/null
            mapfile -t COMPREPLY < <(compgen -d -- "$cur")
            ;;
        hosts)
            mapfile -t COMPREPLY < <(compgen -A hostname -- "$cur")
            ;;
        nothing) ;;
        *)
            mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
            ;;
    esac
}

complete -F _ws_tool ws-tool
)";

std::string_view name_of(Completes completes) {
  switch (completes) {
    case Completes::files:
      return "files";
    case Completes::directories:
      return "directories";
    case Completes::hosts:
      return "hosts";
    case Completes::words:
      return "words";
    case Completes::nothing:
      break;
  }
  return "nothing";
}

std::string assignments(const CompletedOption& option) {
  std::string text = fmt::format("completes={}", name_of(option.completes));
  if (!option.words.empty()) text += fmt::format(" words='{}'", fmt::join(option.words, " "));
  return text;
}

/// One case for all options that complete to the same.
std::string value_cases(const std::vector<CompletedOption>& options) {
  std::map<std::string, std::vector<std::string>> names_by_meaning;
  for (const CompletedOption& option : options) {
    if (option.value.empty()) continue;
    auto& names = names_by_meaning[assignments(option)];
    names.insert(names.end(), option.names.begin(), option.names.end());
  }
  std::string text;
  for (const auto& [meaning, names] : names_by_meaning)
    text += fmt::format("                {}) {} ;;\n", fmt::join(names, " | "), meaning);
  return text;
}

std::string mode_case(const CompletedMode& mode) {
  std::vector<std::string> names;
  for (const CompletedOption& option : mode.options)
    names.insert(names.end(), option.names.begin(), option.names.end());
  std::string text = fmt::format("        {})\n            options='{}'\n",
                                 fmt::join(mode.names, " | "), fmt::join(names, " "));
  // The first argument is offered everywhere: where options end is not worth finding out.
  for (const CompletedOption& argument : mode.arguments)
    if (!argument.words.empty())
      text += fmt::format("            words='{}'\n", fmt::join(argument.words, " "));
  const std::string cases = value_cases(mode.options);
  if (!cases.empty()) text += fmt::format("            case $prev in\n{}            esac\n", cases);
  return text + "            ;;\n";
}

}  // namespace

std::string bash_completion(const std::vector<CompletedMode>& modes) {
  std::vector<std::string> names;
  std::string cases;
  for (const CompletedMode& mode : modes) {
    names.insert(names.end(), mode.names.begin(), mode.names.end());
    cases += mode_case(mode);
  }
  return fmt::format(
      "{}        mapfile -t COMPREPLY < <(compgen -W '{} -h --help -V --version' -- \"$cur\")\n"
      "        return\n    fi\n    case ${{COMP_WORDS[1]}} in\n{}{}",
      head, fmt::join(names, " "), cases, tail);
}

}  // namespace ws::cli
