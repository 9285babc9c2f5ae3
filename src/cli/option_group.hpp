#pragma once

// Adds the options of one heading to a command line: a line each, with names, target, kind of value
// and help. Around CLI11, whose habits would not do: every option takes exactly one word, a
// non-repeatable one given twice counts as it was given last, and what a person typed reaches the
// parser unchanged ("{}" and "[1,2]" mean something to CLI11).

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/value.hpp"

namespace ws::cli {

/// Failure with status 2: "--port: '99999' is not a port (0-65535)".
[[noreturn]] void refuse(const CLI::Option& option, Typed typed, std::string_view value,
                         std::string_view why);

class OptionGroup {
 public:
  OptionGroup(CLI::App& app, std::string heading) : app_(app), heading_(std::move(heading)) {}

  /// `target` holds the default, which help shows.
  template <class T>
  void value(const char* names, T& target, const Value<T>& kind, const std::string& help) {
    auto* option = add(names, kind, help, [&target](T parsed) { target = std::move(parsed); });
    option->multi_option_policy(CLI::MultiOptionPolicy::TakeLast)->default_str(kind.show(target));
  }

  /// Without a default.
  template <class T>
  void value(const char* names, std::optional<T>& target, const Value<T>& kind,
             const std::string& help) {
    add(names, kind, help, [&target](T parsed) {
      target = std::move(parsed);
    })->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  }

  /// Repeatable.
  template <class T>
  void list(const char* names, std::vector<T>& target, const Value<T>& kind,
            const std::string& help) {
    add(names, kind, help, [&target](T parsed) {
      target.push_back(std::move(parsed));
    })->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  }

  /// Repeatable, where one value may stand for several.
  template <class T>
  void list(const char* names, std::vector<T>& target, const Value<std::vector<T>>& kind,
            const std::string& help) {
    auto append = [&target](std::vector<T> parsed) {
      std::move(parsed.begin(), parsed.end(), std::back_inserter(target));
    };
    add(names, kind, help, append)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  }

  /// A word without dashes; `name` is what help calls it.
  template <class T>
  void required_word(const char* name, T& target, const Value<T>& kind, const std::string& help) {
    add(name, kind, help, [&target](T parsed) { target = std::move(parsed); })->required();
  }
  template <class T>
  void optional_word(const char* name, std::optional<T>& target, const Value<T>& kind,
                     const std::string& help) {
    add(name, kind, help, [&target](T parsed) { target = std::move(parsed); });
  }

  void flag(const char* names, bool& target, const std::string& help);
  /// Asked for by `given` and `last_given`.
  void flag(const char* names, const std::string& help);

 private:
  template <class T, class Take>
  CLI::Option* add(const char* names, const Value<T>& kind, const std::string& help, Take take) {
    // The option is not known before add_option returns; its results are those typed, CLI11's
    // argument is not.
    auto self = std::make_shared<const CLI::Option*>(nullptr);
    const CLI::callback_t read = [self, kind, take](const CLI::results_t&) {
      for (const std::string& word : counted_results(**self)) {
        auto parsed = kind.parse(word);
        if (!parsed) refuse(**self, kind.typed, word, parsed.error());
        take(std::move(*parsed));
      }
      return true;
    };
    CLI::Option* option = app_.add_option(names, read, help);
    *self = option;
    return option->type_name(kind.placeholder)
        ->expected(1)
        ->allow_extra_args(false)
        ->group(heading_);
  }

  /// All of a repeatable option, the last of another.
  static std::vector<std::string> counted_results(const CLI::Option& option);

  CLI::App& app_;
  std::string heading_;
};

/// `name` with its dashes.
bool given(const CLI::App& app, const char* name);
/// Which of `names` stands last on the command line; nullptr when none was given.
const char* last_given(const CLI::App& app, std::initializer_list<const char*> names);
/// Those of `names` that were given, in the order of `names`.
std::vector<const char*> all_given(const CLI::App& app, std::initializer_list<const char*> names);

// -- what contradicts each other: Failure with status 2 that begins with the mode's name

[[noreturn]] void refuse_use_because(const CLI::App& app, const std::string& why);
template <class... Args>
[[noreturn]] void refuse_use(const CLI::App& app, fmt::format_string<Args...> format,
                             Args&&... args) {
  refuse_use_because(app, fmt::format(format, std::forward<Args>(args)...));
}
/// At most one of them.
void exclude_each_other(const CLI::App& app, std::initializer_list<const char*> names);
/// `name` beside none of `others`.
void exclude(const CLI::App& app, const char* name, std::initializer_list<const char*> others);
/// Each of `names` only beside `needed`.
void require(const CLI::App& app, const char* needed, std::initializer_list<const char*> names);

bool is_repeatable(const CLI::Option& option);
bool is_flag(const CLI::Option& option);
/// "-p", "--port": short ones first.
std::vector<std::string> names_of(const CLI::Option& option);

}  // namespace ws::cli
