#pragma once

// A client's input as messages: stdin in the framing and of the type that the options say.

#include "app/client_input.hpp"
#include "base/log.hpp"
#include "flow/input.hpp"
#include "net/stdin_reader.hpp"

namespace ws::app {

class MessageInput final : public ClientInput {
 public:
  MessageInput(net::Loop& loop, Log& log, const flow::InputOptions& options, Resend resend,
               flow::Counters& counters, Handler handler);

  void start() override { reader_.start(); }
  void resume() override { reader_.resume(); }

 private:
  void pump();
  bool advance();
  bool take(const flow::InputItem& item);

  Log& log_;
  flow::Input input_;
  net::StdinReader reader_;
  bool block_fed_ = false;
  bool input_finished_ = false;
};

}  // namespace ws::app
