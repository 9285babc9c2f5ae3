#pragma once

// What every server mode does besides its messages: loop, signals, stdout, --once, --exit-idle,
// --stats, and the one orderly way to the end: stop accepting, Close to all, drain queues, drain
// stdout, leave. With --jsonl it tells events and does commands. A mode derives from it and says
// what messages are for.

#include <memory>
#include <optional>
#include <string>

#include "app/fanout.hpp"
#include "app/server.hpp"
#include "app/server_control.hpp"
#include "app/server_hooks.hpp"
#include "app/sink.hpp"
#include "base/failure.hpp"
#include "net/signals.hpp"
#include "net/timer.hpp"

namespace ws::app {

struct ProgramOptions {
  ServerOptions server{};
  FanoutOptions fanout{};
  std::optional<SinkOptions> sink{};  ///< none: stdout is not looked at
  HookOptions hooks{};
  bool jsonl = false;     ///< events to the sink, commands from stdin
  bool has_input = true;  ///< false: stdin is closed or /dev/null, and is no end of input
  std::optional<Duration> exit_idle{};
  Duration grace = std::chrono::seconds(5);
  bool stats = false;
};

class ServerProgram : public ServerEvents {
 public:
  /// Until the program ends: its exit status, if it is not a signal that ends it.
  int run();

 protected:
  ServerProgram(Log& log, ProgramOptions options);
  ~ServerProgram() override;

  // -- what a mode adds
  virtual void start() {}
  /// The fanout knows it.
  virtual void client_came(net::Recipient&, const wire::Request&) {}
  /// The fanout has forgotten it.
  virtual void client_left(net::Recipient&, const net::Ending&) {}
  /// A client's queue became shorter.
  virtual void queue_shrank(net::Recipient&) {}
  /// A source that the fanout has refused may ask again.
  virtual void on_fanout_room() {}
  /// --jsonl: the commands have ended, and all are done.
  virtual void input_ended() {}
  virtual void input_failed();
  /// No more of its own: the end has begun.
  virtual void stop() {}

  /// The end, once: Close `code` to all and drain; at `limit` what is left is cut. Without a limit
  /// clients get what hooks have yet to say to them before the Close.
  void end(ExitStatus status, const wire::CloseStatus& close, Time limit = never);
  bool ending() const { return ending_; }
  /// One message to stdout; pauses who it came from while stdout is slow.
  void print(net::Session& session, const wire::Message& message);
  /// What every received message is: counted, and one for --on-message.
  void received(net::Session& session, const wire::Message& message) {
    ++counters_.messages_in;
    counters_.bytes_in += message.payload.size();
    if (hooks_) hooks_->message(session, message);
  }
  void count_out(const wire::Message& message) {
    ++counters_.messages_out;
    counters_.bytes_out += message.payload.size();
  }

  Log& log_;
  ProgramOptions options_;
  flow::Counters counters_;
  net::Loop loop_;
  Server server_;
  Fanout fanout_;  ///< knows every client

 private:
  void on_open(net::Recipient& client, const wire::Request& request) final;
  void on_close(net::Recipient& client, const net::Ending& ending) final;
  void on_room(net::Recipient& client) final;
  void take_control();
  bool is_reload(int number) const;
  void on_signal(int number);
  void on_stdout_room();
  void on_stdout_failed(std::error_code error);
  void drain();
  Time hooks_limit() const;
  void on_drained();
  void finish_output();
  void leave();

  std::unique_ptr<Sink> sink_;
  std::unique_ptr<ServerHooks> hooks_;
  std::unique_ptr<ServerControl> control_;
  net::Signals signals_;
  net::Timer idle_timer_;
  net::Timer limit_timer_;
  Time began_;
  Time limit_ = never;
  wire::CloseStatus close_{};
  ExitStatus status_ = ExitStatus::success;
  int signal_ = 0;  ///< to be re-raised at the end
  bool signalled_ = false;
  bool ending_ = false;
  bool draining_ = false;
};

}  // namespace ws::app
