#pragma once

// A client's input as --jsonl's commands: what to send, and when to close.

#include <functional>
#include <string>

#include "app/client_input.hpp"
#include "app/command_reader.hpp"

namespace ws::app {

class CommandInput final : public ClientInput {
 public:
  struct Events {
    std::function<std::size_t()> jam;  ///< as CommandReader's
    std::function<void(const CloseCommand&)> on_close;
    std::function<void(std::uint64_t line, const std::string& why)> on_bad;
    std::function<void()> on_end;  ///< all commands are done, if not yet sent
  };

  CommandInput(net::Loop& loop, std::uint64_t max_message_bytes, Resend resend,
               flow::Counters& counters, Handler handler, Events events);

  void start() override { reader_.start(); }
  void resume() override { reader_.resume(); }
  void on_stdout_room() override { reader_.go_on(); }
  void stop() override;

 private:
  bool run(const Command& command);

  Events events_;
  CommandReader reader_;
};

}  // namespace ws::app
