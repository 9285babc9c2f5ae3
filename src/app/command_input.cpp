#include "app/command_input.hpp"

namespace ws::app {

CommandInput::CommandInput(net::Loop& loop, std::uint64_t max_message_bytes, Resend resend,
                           flow::Counters& counters, Handler handler, Events events)
    : ClientInput(resend, counters, std::move(handler)),
      events_(std::move(events)),
      reader_(loop, {.side = CommandRules::Side::client, .max_message_bytes = max_message_bytes},
              {.jam = events_.jam,
               .run = [this](const Command& command, std::uint64_t) { return run(command); },
               .on_bad = events_.on_bad,
               .on_end =
                   [this] {
                     events_.on_end();
                     end();
                   },
               .on_failed = [this](const std::string& text) { fail(text); }}) {}

bool CommandInput::run(const Command& command) {
  if (!may_send()) return false;
  if (const auto* message = std::get_if<SendCommand>(&command))
    send(message->type, message->payload);
  else
    events_.on_close(std::get<CloseCommand>(command));
  return true;
}

void CommandInput::stop() {
  ClientInput::stop();
  reader_.stop();
}

}  // namespace ws::app
