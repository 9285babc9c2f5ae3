#pragma once

// --jsonl on a server: tells what happens to its clients as events on stdout, and does what the
// commands of stdin say. Sends through the fanout, as everybody does: messages to all enter the
// replay ring, those to listed clients do not, and the slow-client policy decides for each. While
// stdout is full nobody is read, nobody new is accepted and no command is done.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "app/command_reader.hpp"
#include "app/fanout.hpp"
#include "app/json_command.hpp"
#include "app/server.hpp"
#include "app/sink.hpp"
#include "base/log.hpp"

namespace ws::app {

class ServerControl {
 public:
  struct Handler {
    /// The commands have ended, and all are done.
    std::function<void()> on_end;
    /// stdin cannot be read, which has been logged.
    std::function<void()> on_failed;
  };
  struct Parts {
    net::Loop& loop;
    Log& log;
    Server& server;
    Fanout& fanout;
    Sink& sink;
  };

  ServerControl(const Parts& parts, std::uint64_t max_message_bytes, Handler handler);

  // -- commands
  void start() { reader_.start(); }
  void stop() { reader_.stop(); }
  /// The fanout has room.
  void resume() { reader_.resume(); }
  /// stdout has; before the sessions are read again.
  void on_stdout_room();

  // -- events
  void opened(const net::Recipient& client, const wire::Request& request);
  void message(const net::Session& session, const wire::Message& message);
  void closed(const net::Recipient& client, const net::Ending& ending);

 private:
  struct Named {
    std::vector<net::Recipient*> there;
    std::vector<std::uint64_t> missing;
  };

  CommandReader::Handler reader_handler();
  bool run(const SendCommand& command, std::uint64_t line);
  bool run(const CloseCommand& command, std::uint64_t line);
  bool run(const AcceptCommand& command, std::uint64_t line);
  bool send_to_all(const SendCommand& command);
  Named find(const Clients& clients);
  void report_missing(const Named& named, std::uint64_t line);
  void report(std::uint64_t line, const std::string& why);
  void hold_while_stdout_is_full();

  Log& log_;
  Server& server_;
  Fanout& fanout_;
  Sink& sink_;
  Handler handler_;
  CommandReader reader_;
};

}  // namespace ws::app
