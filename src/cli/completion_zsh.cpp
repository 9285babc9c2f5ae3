#include <fmt/format.h>

#include "cli/completion.hpp"

namespace ws::cli {
namespace {

constexpr std::string_view head = R"(#compdef ws-tool
# zsh completion for ws-tool, written by "ws-tool completion zsh"

_ws-tool() {
    local curcontext=$curcontext state line
    typeset -A opt_args
    _arguments -C \
        '(- *)'{-h,--help}'[show all modes]' \
        '(- *)'{-V,--version}'[show the versions of ws-tool and its libraries]' \
        '1:mode:->mode' \
        '*::argument:->arguments' && return
    case $state in
        mode)
            local -a modes=(
)";

constexpr std::string_view middle = R"(            )
            _describe -t modes mode modes
            ;;
        arguments)
            case $line[1] in
)";

constexpr std::string_view tail = R"(            esac
            ;;
    esac
}

_ws-tool "$@"
)";

/// `text` for use within single quotes, with a backslash before each of `special`.
std::string in_quotes(std::string_view text, std::string_view special) {
  std::string result;
  for (const char c : text) {
    if (c == '\'')
      result += R"('\'')";
    else if (special.find(c) != special.npos)
      result += std::string("\\") + c;
    else
      result += c;
  }
  return result;
}

std::string action(const CompletedOption& option) {
  switch (option.completes) {
    case Completes::files:
      return "_files";
    case Completes::directories:
      return "_files -/";
    case Completes::hosts:
      return "_hosts";
    case Completes::words:
      return fmt::format("({})", fmt::join(option.words, " "));
    case Completes::nothing:
      break;
  }
  return " ";
}

std::string value_part(const CompletedOption& option) {
  if (option.value.empty()) return "";
  return fmt::format(":{}:{}", in_quotes(option.value, ":\\"), action(option));
}

/// _guard: an option that is being typed is no argument; else zsh would show a message and complete
/// nothing.
std::string argument_action(const CompletedOption& argument) {
  if (argument.completes != Completes::nothing) return action(argument);
  return fmt::format("_guard \"^-*\" {}", argument.names[0]);
}

/// "-p+" takes its value in the same word or the next, and so does "--port=".
std::string name_part(const CompletedOption& option, const std::string& name) {
  if (option.value.empty()) return name;
  return name + (name.starts_with("--") ? "=" : "+");
}

std::string spec(const CompletedOption& option) {
  const std::string rest =
      fmt::format("[{}]{}", in_quotes(option.help, "[]\\"), value_part(option));
  const std::string again = option.repeatable ? "*" : "";
  if (option.names.size() == 1)
    return fmt::format("'{}{}{}'", again, name_part(option, option.names[0]), rest);
  const std::string before =
      option.repeatable ? "*" : fmt::format("({})", fmt::join(option.names, " "));
  return fmt::format("'{}'{{{},{}}}'{}'", before, name_part(option, option.names[0]),
                     name_part(option, option.names[1]), rest);
}

std::string mode_case(const CompletedMode& mode) {
  std::string text = fmt::format("                {})\n                    _arguments -s -S",
                                 fmt::join(mode.names, " | "));
  for (const CompletedOption& option : mode.options)
    text += fmt::format(" \\\n                        {}", spec(option));
  for (const CompletedOption& argument : mode.arguments)
    text += fmt::format(" \\\n                        ':{}:{}'", argument.names[0],
                        argument_action(argument));
  return text + "\n                    ;;\n";
}

}  // namespace

std::string zsh_completion(const std::vector<CompletedMode>& modes) {
  std::string described;
  std::string cases;
  for (const CompletedMode& mode : modes) {
    for (const std::string& name : mode.names)
      described += fmt::format("                '{}:{}'\n", name, in_quotes(mode.help, ""));
    cases += mode_case(mode);
  }
  return fmt::format("{}{}{}{}{}", head, described, middle, cases, tail);
}

}  // namespace ws::cli
