#include "app/command_lines.hpp"

#include <fmt/format.h>

namespace ws::app {
namespace {

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

}  // namespace

std::optional<CommandLine> CommandLines::next() {
  while (const auto piece = splitter_.next()) {
    if (piece->state == flow::Piece::State::too_long)
      return CommandLine{piece->number, Unexpected{fmt::format("the line is longer than {} bytes",
                                                               max_command_bytes(rules_))}};
    const std::string_view line = as_text(piece->payload);
    if (!is_blank(line)) return CommandLine{piece->number, parse_command(line, rules_)};
  }
  return std::nullopt;
}

}  // namespace ws::app
