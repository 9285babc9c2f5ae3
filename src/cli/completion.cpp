#include "cli/completion.hpp"

#include <algorithm>
#include <string_view>

#include "cli/built_mode.hpp"
#include "cli/option_group.hpp"

namespace ws::cli {
namespace {

struct Completion {
  Completes kind = Completes::nothing;
  std::vector<std::string> words;
};

bool is_literal(std::string_view word) {
  return word.find_first_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ[") == word.npos;
}

/// "close|keep" are words to type, "SEC|inf" has one.
std::vector<std::string> literal_words(std::string_view placeholder) {
  std::vector<std::string> words;
  if (placeholder.find('|') == placeholder.npos) return words;
  while (!placeholder.empty()) {
    const std::size_t end = std::min(placeholder.find('|'), placeholder.size());
    if (is_literal(placeholder.substr(0, end))) words.emplace_back(placeholder.substr(0, end));
    placeholder.remove_prefix(std::min(end + 1, placeholder.size()));
  }
  return words;
}

Completion completion_of(const std::string& placeholder) {
  auto words = literal_words(placeholder);
  if (!words.empty()) return {Completes::words, std::move(words)};
  if (placeholder == "FILE" || placeholder == "SOCKET") return {Completes::files, {}};
  if (placeholder == "DIR") return {Completes::directories, {}};
  if (placeholder == "ADDR") return {Completes::hosts, {}};
  return {};
}

CompletedOption completed(const CLI::Option& option) {
  const std::string placeholder = is_flag(option) ? "" : option.get_type_name();
  Completion completion = completion_of(placeholder);
  const std::string help = option.get_description();
  return {
      .names = option.get_positional() ? std::vector{option.get_name(true)} : names_of(option),
      .help = help.substr(0, help.find(';')),
      .value = placeholder,
      .completes = completion.kind,
      .words = std::move(completion.words),
      .repeatable = is_repeatable(option),
  };
}

CompletedMode completed(const Mode& mode) {
  const BuiltMode built = build(mode);
  CompletedMode result{.names = {mode.name}, .help = mode.summary, .options = {}, .arguments = {}};
  if (mode.alias != nullptr) result.names.emplace_back(mode.alias);
  for (const CLI::Option* option : std::as_const(*built.app).get_options())
    (option->get_positional() ? result.arguments : result.options).push_back(completed(*option));
  return result;
}

}  // namespace

std::vector<CompletedMode> completed_modes(Modes modes) {
  std::vector<CompletedMode> result;
  for (const Mode* mode : modes) result.push_back(completed(*mode));
  return result;
}

std::string completion_script(Shell shell, Modes modes) {
  const auto completed = completed_modes(modes);
  switch (shell) {
    case Shell::bash:
      return bash_completion(completed);
    case Shell::zsh:
      return zsh_completion(completed);
    case Shell::fish:
      return fish_completion(completed);
  }
  return {};
}

}  // namespace ws::cli
