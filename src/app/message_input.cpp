#include "app/message_input.hpp"

#include <unistd.h>

namespace ws::app {

MessageInput::MessageInput(net::Loop& loop, Log& log, const flow::InputOptions& options,
                           Resend resend, flow::Counters& counters, Handler handler)
    : ClientInput(resend, counters, std::move(handler)),
      log_(log),
      input_(options),
      reader_(loop, STDIN_FILENO, [this] { pump(); }) {}

/// One block a turn: the reader calls again while there are more.
void MessageInput::pump() {
  while (may_send()) {
    const auto item = input_.next();
    if (item ? !take(*item) : !advance()) break;
  }
}

bool MessageInput::advance() {
  if (block_fed_) {
    input_.retain();
    reader_.pop();
    block_fed_ = false;
    return false;
  }
  if (const ByteView block = reader_.front(); !block.empty()) {
    input_.feed(block);
    block_fed_ = true;
    return true;
  }
  if (!reader_.at_end()) return false;
  if (reader_.error()) return fail("cannot read stdin: " + reader_.error().message()), false;
  if (!std::exchange(input_finished_, true)) {
    input_.finish();
    return true;
  }
  counters_.skipped = input_.skipped();
  end();
  return false;
}

bool MessageInput::take(const flow::InputItem& item) {
  if (const auto* message = std::get_if<flow::InputMessage>(&item)) {
    send(message->type, message->payload);
    return true;
  }
  if (const auto* warning = std::get_if<flow::InputWarning>(&item)) {
    log_.warn("{}", warning->text);
    return true;
  }
  counters_.skipped = input_.skipped();
  fail(std::string(std::get<flow::InputError>(item).text));
  return false;
}

}  // namespace ws::app
