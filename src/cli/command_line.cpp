#include "cli/command_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "base/failure.hpp"
#include "base/text.hpp"
#include "cli/built_mode.hpp"
#include "cli/console.hpp"
#include "cli/help.hpp"
#include "cli/option_group.hpp"
#include "cli/version.hpp"

namespace ws::cli {
namespace {

constexpr std::size_t shown_word_chars = 80;

template <class... Args>
Failure wrong_usage(fmt::format_string<Args...> format, Args&&... args) {
  return {ExitStatus::usage, fmt::format(format, std::forward<Args>(args)...)};
}

std::string shown(std::string_view word) {
  return printable(word, shown_word_chars);
}

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options())
    for (std::string& name : names_of(*option)) names.push_back(std::move(name));
  return names;
}

const CLI::Option* find_option(const CLI::App& app, const std::string& name) {
  return name.starts_with('-') ? app.get_option_no_throw(name) : nullptr;
}

bool takes_value(const CLI::App& app, const std::string& name) {
  const CLI::Option* option = find_option(app, name);
  return option != nullptr && !is_flag(*option);
}

/// "--send=" means an empty text; CLI11 would take the next word, so it becomes two words.
std::vector<std::string> with_empty_values(const CLI::App& app,
                                           const std::vector<std::string>& words) {
  std::vector<std::string> result;
  bool is_value = false;
  for (const std::string& word : words) {
    const std::string name = word.substr(0, word.size() - (word.ends_with('=') ? 1 : 0));
    const bool empty_value = !is_value && name != word && takes_value(app, name);
    result.push_back(empty_value ? name : word);
    if (empty_value) result.emplace_back();
    is_value = !is_value && !empty_value && takes_value(app, word);
  }
  return result;
}

/// The first word that nothing takes.
Failure left_over(const CLI::App& app) {
  const std::string word = app.remaining().front();
  if (!word.starts_with('-') || word == "-" || word == "--")
    return wrong_usage("{}: unexpected argument '{}'", app.get_name(), shown(word));
  const std::string name = word.substr(0, word.find('='));
  const std::string near = did_you_mean(name, option_names(app));
  return wrong_usage("{}: unknown option '{}'{}", app.get_name(), shown(name),
                     near.empty() ? fmt::format(" (see ws-tool help {})", app.get_name()) : near);
}

Failure missing_word(const CLI::App& app) {
  for (const CLI::Option* option : app.get_options())
    if (option->get_required() && option->count() == 0)
      return wrong_usage("{}: {} is missing: {}", app.get_name(), option->get_name(true),
                         option->get_description());
  return wrong_usage("{}: an argument is missing", app.get_name());
}

/// Either the last word lacks its value, or a flag was given one.
Failure mismatch(const CLI::App& app, const std::vector<std::string>& words) {
  const std::string& last = words.back();
  if (takes_value(app, last))
    return wrong_usage("{}: {} needs a value ({})", app.get_name(), last,
                       find_option(app, last)->get_type_name());
  for (const std::string& word : words) {
    const std::string name = word.substr(0, word.find('='));
    const CLI::Option* option = name == word ? nullptr : find_option(app, name);
    if (option != nullptr && is_flag(*option))
      return wrong_usage("{}: {} takes no value", app.get_name(), name);
  }
  // A cluster such as -qp.
  return wrong_usage("{}: the last option of {} needs a value", app.get_name(), shown(last));
}

Failure unknown_mode(Modes modes, const std::string& word) {
  const auto names = mode_names(modes);
  const std::string near = did_you_mean(word, names);
  const std::string all = fmt::format(" (there are {})", fmt::join(names, ", "));
  if (word.starts_with('-') && word != "-")
    return wrong_usage("unknown option '{}' before the mode{}", shown(word), all);
  return wrong_usage("unknown mode '{}'{}", shown(word), near.empty() ? all : near);
}

int run_mode(const Mode& mode, const std::vector<std::string>& words, Runtime& runtime) {
  BuiltMode built = build(mode);
  try {
    parse(built, words);
  } catch (const CLI::CallForHelp&) {
    print(help_text(*built.app));
    return 0;
  } catch (const CLI::CallForVersion&) {
    print(version_text());
    return 0;
  }
  return built.run(runtime);
}

}  // namespace

void parse(BuiltMode& mode, const std::vector<std::string>& words) {
  CLI::App& app = *mode.app;
  std::vector<std::string> reversed = with_empty_values(app, words);
  std::ranges::reverse(reversed);
  try {
    app.parse(std::move(reversed));
  } catch (const CLI::ExtrasError&) {
    throw left_over(app);
  } catch (const CLI::RequiredError&) {
    throw app.remaining_size() > 0 ? left_over(app) : missing_word(app);
  } catch (const CLI::ArgumentMismatch&) {
    throw mismatch(app, words);
  }
}

int run(Modes modes, const std::vector<std::string>& words, Runtime& runtime) {
  if (words.empty()) {
    runtime.console.write(overview(modes));
    return static_cast<int>(ExitStatus::usage);
  }
  const std::string& first = words.front();
  if (first == "-h" || first == "--help") return print(overview(modes)), 0;
  if (first == "-V" || first == "--version") return print(version_text()), 0;
  const Mode* mode = find_mode(modes, first);
  if (mode == nullptr) throw unknown_mode(modes, first);
  return run_mode(*mode, {words.begin() + 1, words.end()}, runtime);
}

}  // namespace ws::cli
