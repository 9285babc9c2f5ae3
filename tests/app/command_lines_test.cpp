#include "app/command_lines.hpp"

#include <string>

#include "support/catch.hpp"

using namespace ws;
using namespace ws::app;

namespace {

/// "3:text" for a message, "3!" for an error.
std::vector<std::string> drain(CommandLines& lines) {
  std::vector<std::string> found;
  while (const auto line = lines.next()) {
    std::string text = std::to_string(line->number);
    if (line->command)
      text.append(":").append(as_text(std::get<SendCommand>(*line->command).payload));
    else
      text += "!";
    found.push_back(text);
  }
  return found;
}

std::vector<std::string> read(std::string_view input, std::size_t block_bytes,
                              const CommandRules& rules = {}) {
  CommandLines lines(rules);
  std::vector<std::string> found;
  for (std::size_t at = 0; at < input.size(); at += block_bytes) {
    const std::string block(input.substr(at, block_bytes));
    lines.feed(as_bytes(block));
    for (auto& each : drain(lines)) found.push_back(std::move(each));
    lines.retain();
  }
  lines.finish();
  for (auto& each : drain(lines)) found.push_back(std::move(each));
  return found;
}

}  // namespace

TEST_CASE("a command is a line; empty ones count and are nothing else") {
  const std::string input =
      "\n{\"send\":\"a\"}\r\n\r\n \t\n{\"send\":\"b\"}\nbad\n{\"send\":\"c\"}";
  for (const std::size_t block_bytes : {input.size(), std::size_t{1}, std::size_t{7}})
    CHECK(read(input, block_bytes) == std::vector<std::string>{"2:a", "5:b", "6!", "7:c"});
  CHECK(read("", 1).empty());
}

TEST_CASE("a line that is too long is an error like any other") {
  const CommandRules rules{.max_message_bytes = 1};
  const std::string longest(max_command_bytes(rules), ' ');
  const std::string input = longest + " \n{\"send\":\"a\"}\n" + longest + "\n{\"send\":\"b\"}\n";
  CHECK(read(input, 1000, rules) == std::vector<std::string>{"1!", "2:a", "4:b"});
}

TEST_CASE("what one feed brought and was not looked at is kept") {
  CommandLines lines({});
  std::string block = "{\"send\":\"a\"}\n{\"send\":\"b\"}\n{\"se";
  lines.feed(as_bytes(block));
  REQUIRE(lines.next());
  lines.retain();
  block.assign(block.size(), '#');
  CHECK(drain(lines) == std::vector<std::string>{"2:b"});
  lines.feed(as_bytes("nd\":\"c\"}\n"));
  CHECK(drain(lines) == std::vector<std::string>{"3:c"});
}
