#include "app/command_reader.hpp"

#include <unistd.h>

namespace ws::app {

CommandReader::CommandReader(net::Loop& loop, const CommandRules& rules, Handler handler)
    : handler_(std::move(handler)),
      lines_(rules),
      reader_(loop, STDIN_FILENO, [this] { pump(); }),
      wake_(loop, [this] { go_on(); }) {}

void CommandReader::resume() {
  if (!stopped_ && !wake_.running()) wake_.start(Duration::zero());
}

void CommandReader::go_on() {
  pump();
  if (!stopped_) reader_.resume();
}

/// One block a turn: the reader calls again while there are more.
void CommandReader::pump() {
  while (!stopped_) {
    if (const std::size_t most = handler_.jam()) return read_ahead(2 * most);
    if (!run_next()) return;
  }
}

bool CommandReader::run_next() {
  if (!held_) held_ = lines_.next();
  if (!held_) return advance();
  if (!run(*held_)) return false;
  held_.reset();
  return true;
}

bool CommandReader::run(const CommandLine& line) {
  if (line.command) return handler_.run(*line.command, line.number);
  handler_.on_bad(line.number, line.command.error());
  return true;
}

/// The next block, or the end: true when there may be more commands in this turn.
bool CommandReader::advance() {
  if (fed_ == Fed::of_reader) return release_block(), false;
  release_block();
  if (!ahead_.empty()) {
    ahead_block_ = std::exchange(ahead_, {});
    lines_.feed(ahead_block_);
    fed_ = Fed::of_ahead;
    return true;
  }
  if (const ByteView block = reader_.front(); !block.empty()) {
    lines_.feed(block);
    fed_ = Fed::of_reader;
    return true;
  }
  if (reader_.at_end()) end();
  return !stopped_ && finished_;
}

void CommandReader::release_block() {
  if (fed_ == Fed::nothing) return;
  lines_.retain();
  if (fed_ == Fed::of_reader) reader_.pop();
  ahead_block_ = {};
  fed_ = Fed::nothing;
}

void CommandReader::read_ahead(std::size_t most) {
  if (reader_.front().empty()) return;
  if (fed_ == Fed::of_reader) release_block();
  while (ahead_.size() < most) {
    const ByteView block = reader_.front();
    if (block.empty()) return;
    append(ahead_, block);
    reader_.pop();
  }
}

void CommandReader::end() {
  const std::error_code error = reader_.error();
  if (!error && !std::exchange(finished_, true)) return lines_.finish();
  stopped_ = true;
  if (error) return handler_.on_failed("cannot read stdin: " + error.message());
  handler_.on_end();
}

}  // namespace ws::app
