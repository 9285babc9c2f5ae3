#include "cli/option_group.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/failure.hpp"
#include "base/text.hpp"

namespace ws::cli {
namespace {

constexpr std::size_t shown_value_chars = 80;

}  // namespace

void refuse(const CLI::Option& option, Typed typed, std::string_view value, std::string_view why) {
  const std::string shown =
      typed == Typed::shown ? fmt::format("'{}' ", printable(value, shown_value_chars)) : "";
  throw Failure(ExitStatus::usage, fmt::format("{}: {}{}", option.get_name(), shown, why));
}

void OptionGroup::flag(const char* names, bool& target, const std::string& help) {
  app_.add_flag(names, target, help)->disable_flag_override()->group(heading_);
}

void OptionGroup::flag(const char* names, const std::string& help) {
  app_.add_flag_callback(
          names, [] {}, help)
      ->disable_flag_override()
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast)
      ->group(heading_);
}

std::vector<std::string> OptionGroup::counted_results(const CLI::Option& option) {
  const auto& typed = option.results();
  if (is_repeatable(option) || typed.empty()) return typed;
  return {typed.back()};
}

bool given(const CLI::App& app, const char* name) {
  const CLI::Option* option = app.get_option_no_throw(name);
  return option != nullptr && option->count() > 0;
}

const char* last_given(const CLI::App& app, std::initializer_list<const char*> names) {
  const auto& order = app.parse_order();
  for (auto option = order.rbegin(); option != order.rend(); ++option)
    for (const char* name : names)
      if ((*option)->check_name(name)) return name;
  return nullptr;
}

std::vector<const char*> all_given(const CLI::App& app, std::initializer_list<const char*> names) {
  std::vector<const char*> found;
  std::ranges::copy_if(names, std::back_inserter(found),
                       [&](auto* name) { return given(app, name); });
  return found;
}

void refuse_use_because(const CLI::App& app, const std::string& why) {
  throw Failure(ExitStatus::usage, fmt::format("{}: {}", app.get_name(), why));
}

void exclude_each_other(const CLI::App& app, std::initializer_list<const char*> names) {
  const auto found = all_given(app, names);
  if (found.size() > 1) refuse_use(app, "{} and {} exclude each other", found[0], found[1]);
}

void exclude(const CLI::App& app, const char* name, std::initializer_list<const char*> others) {
  if (!given(app, name)) return;
  for (const char* other : all_given(app, others))
    refuse_use(app, "{} and {} exclude each other", name, other);
}

void require(const CLI::App& app, const char* needed, std::initializer_list<const char*> names) {
  if (given(app, needed)) return;
  for (const char* name : all_given(app, names)) refuse_use(app, "{} needs {}", name, needed);
}

bool is_repeatable(const CLI::Option& option) {
  return option.get_multi_option_policy() == CLI::MultiOptionPolicy::TakeAll;
}

bool is_flag(const CLI::Option& option) {
  return option.get_items_expected_max() == 0;
}

std::vector<std::string> names_of(const CLI::Option& option) {
  std::vector<std::string> names;
  for (const std::string& name : option.get_snames()) names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) names.push_back("--" + name);
  return names;
}

}  // namespace ws::cli
