#pragma once

// Bytes of --jsonl's input to commands: one a line, numbered from 1; empty lines count and are
// nothing else. Driven like flow::Splitter, block by block. A bad line is an item like any other:
// the next one is read.

#include <cstdint>
#include <optional>

#include "app/json_command.hpp"
#include "flow/splitter.hpp"

namespace ws::app {

struct CommandLine {
  std::uint64_t number;
  Result<Command> command;
};

class CommandLines {
 public:
  explicit CommandLines(const CommandRules& rules)
      : rules_(rules), splitter_({}, max_command_bytes(rules)) {}

  void feed(ByteView block) { splitter_.feed(block); }
  std::optional<CommandLine> next();
  void retain() { splitter_.retain(); }
  void finish() { splitter_.finish(); }

 private:
  CommandRules rules_;
  flow::Splitter splitter_;
};

}  // namespace ws::app
