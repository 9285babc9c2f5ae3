#include <fmt/format.h>

#include "cli/completion.hpp"

namespace ws::cli {
namespace {

constexpr std::string_view head =
    R"(# fish completion for ws-tool, written by "ws-tool completion fish"

function __ws_tool_mode --description 'The mode is one of these; without any: there is none yet'
    set -l words (commandline -opc)
    if test (count $argv) -eq 0
        test (count $words) -eq 1
    else
        test (count $words) -gt 1; and contains -- $words[2] $argv
    end
end

complete -c ws-tool -f
complete -c ws-tool -n __ws_tool_mode -s h -l help -d 'show all modes'
complete -c ws-tool -n __ws_tool_mode -s V -l version -d 'show the versions of ws-tool and its libraries'
)";

std::string in_quotes(std::string_view text) {
  std::string result = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') result += '\\';
    result += c;
  }
  return result + "'";
}

std::string value_part(const CompletedOption& option) {
  switch (option.completes) {
    case Completes::files:
      return " -r -F";
    case Completes::directories:
      return " -x -a '(__fish_complete_directories)'";
    case Completes::hosts:
      return " -x -a '(__fish_print_hostnames)'";
    case Completes::words:
      return fmt::format(" -x -a '{}'", fmt::join(option.words, " "));
    case Completes::nothing:
      break;
  }
  return option.value.empty() ? "" : " -x";
}

std::string name_part(const std::string& name) {
  return name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
}

std::string line(const std::string& condition, const CompletedOption& option) {
  std::string names;
  for (const std::string& name : option.names) names += name_part(name);
  return fmt::format("{}{}{} -d {}\n", condition, names, value_part(option),
                     in_quotes(option.help));
}

std::string mode_lines(const CompletedMode& mode) {
  std::string text = "\n";
  for (const std::string& name : mode.names)
    text += fmt::format("complete -c ws-tool -n __ws_tool_mode -a {} -d {}\n", name,
                        in_quotes(mode.help));
  const std::string condition =
      fmt::format("complete -c ws-tool -n '__ws_tool_mode {}'", fmt::join(mode.names, " "));
  for (const CompletedOption& option : mode.options) text += line(condition, option);
  for (const CompletedOption& argument : mode.arguments)
    if (!argument.words.empty())
      text += fmt::format("{} -a '{}'\n", condition, fmt::join(argument.words, " "));
  return text;
}

}  // namespace

std::string fish_completion(const std::vector<CompletedMode>& modes) {
  std::string text(head);
  for (const CompletedMode& mode : modes) text += mode_lines(mode);
  return text;
}

}  // namespace ws::cli
