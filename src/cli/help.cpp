#include "cli/help.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "cli/built_mode.hpp"
#include "cli/option_group.hpp"

namespace ws::cli {
namespace {

constexpr std::size_t width = 80;
constexpr std::size_t text_column = 28;

constexpr std::string_view examples = R"(Examples:
  make 2>&1 | ws-tool serve      then open http://127.0.0.1:9001/ in a browser
  echo '{"ping":1}' | ws-tool connect -n 1 -m 5 ws://127.0.0.1:9001/ | jq .

'ws-tool help MODE' tells the options of a mode, 'man ws-tool' all the rest.
)";

/// `text` in lines of at most `columns`, broken at spaces.
std::vector<std::string> wrapped(std::string_view text, std::size_t columns) {
  std::vector<std::string> lines;
  while (text.size() > columns) {
    std::size_t end = text.rfind(' ', columns);
    if (end == text.npos) end = std::min(text.find(' '), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  lines.emplace_back(text);
  return lines;
}

/// "  --name   text", the text in its own column.
std::string entry(const std::string& name, const std::string& text) {
  std::string result = "  " + name;
  if (result.size() + 2 > text_column)
    result += '\n' + std::string(text_column, ' ');
  else
    result.resize(text_column, ' ');
  const auto lines = wrapped(text, width - text_column);
  return result + fmt::format("{}\n", fmt::join(lines, "\n" + std::string(text_column, ' ')));
}

std::string paragraph(std::string_view text) {
  return fmt::format("{}\n", fmt::join(wrapped(text, width), "\n"));
}

std::string left_side(const CLI::Option& option) {
  if (option.get_positional()) return option.get_name(true);
  // Long names stand below each other, short ones or not.
  const std::string indent = option.get_snames().empty() ? "    " : "";
  const std::string value = is_flag(option) ? "" : " " + option.get_type_name();
  return fmt::format("{}{}{}", indent, fmt::join(names_of(option), ", "), value);
}

std::string right_side(const CLI::Option& option) {
  const std::string standard = option.get_default_str();
  std::string text = option.get_description();
  if (is_repeatable(option)) text += " (repeatable)";
  if (!standard.empty() && !is_flag(option)) text += fmt::format(" [default: {}]", standard);
  return text;
}

std::vector<const CLI::Option*> with_dashes(const CLI::App& app) {
  return app.get_options([](const CLI::Option* option) { return !option->get_positional(); });
}

std::vector<const CLI::Option*> words(const CLI::App& app) {
  return app.get_options([](const CLI::Option* option) { return option->get_positional(); });
}

/// In the order in which options first name them.
std::vector<std::string> groups(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : with_dashes(app))
    if (std::ranges::find(names, option->get_group()) == names.end())
      names.push_back(option->get_group());
  return names;
}

std::string group_text(const CLI::App& app, const std::string& group) {
  std::string text = fmt::format("\n{}:\n", group);
  for (const CLI::Option* option : with_dashes(app))
    if (option->get_group() == group) text += entry(left_side(*option), right_side(*option));
  return text;
}

std::string usage(const CLI::App& app) {
  std::string text = fmt::format("Usage: ws-tool {} [OPTION]...", app.get_name());
  for (const CLI::Option* word : words(app))
    text += word->get_required() ? " " + word->get_name(true)
                                 : fmt::format(" [{}]", word->get_name(true));
  return text + "\n\n";
}

std::string title(const Mode& mode) {
  return mode.alias == nullptr ? mode.name : fmt::format("{}, {}", mode.name, mode.alias);
}

}  // namespace

std::string overview(Modes modes) {
  std::string text =
      "Usage: ws-tool MODE [OPTION]...\n\n"
      "Puts a shell pipeline on a WebSocket, and a WebSocket in a shell pipeline.\n\n"
      "Modes:\n";
  for (const Mode* mode : modes) text += entry(title(*mode), mode->summary);
  return text + "\n" + std::string(examples);
}

std::string help_text(const CLI::App& app) {
  std::string text = usage(app) + paragraph(app.get_description());
  if (!words(app).empty()) text += '\n';
  for (const CLI::Option* word : words(app)) text += entry(left_side(*word), right_side(*word));
  for (const std::string& group : groups(app)) text += group_text(app, group);
  if (!app.get_footer().empty()) text += "\n" + app.get_footer() + "\n";
  return text;
}

}  // namespace ws::cli
