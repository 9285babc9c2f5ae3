#pragma once

// What stdin brings, as messages to all: reads ahead while clients are awaited, publishes while
// they are there, keeps, rings or throws away while nobody is, and pauses the pipe when there is no
// room (SPEC.md §4, "when stdin is read"). Ends when the input does; what that means for the server
// is the program's business.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/fanout.hpp"
#include "base/log.hpp"
#include "flow/input.hpp"
#include "net/stdin_reader.hpp"

namespace ws::app {

struct SourceOptions {
  flow::InputOptions input{};
  std::size_t read_ahead =
      4u << 20;                  ///< bytes kept for clients that are awaited, then the pipe waits
  std::size_t wait_clients = 1;  ///< nothing is published before so many are there
  bool hold = false;             ///< keep what comes while nobody is there
};

class StdinSource {
 public:
  struct Handler {
    /// All has been published.
    std::function<void()> on_end;
    /// The input cannot be used any further, which has been logged; what came before has been
    /// published.
    std::function<void()> on_failed;
  };

  StdinSource(net::Loop& loop, Log& log, Fanout& fanout, flow::Counters& counters,
              SourceOptions options, Handler handler);

  void start() { reader_.start(); }
  /// No more is read or published.
  void stop() { state_ = State::ended; }
  /// A client has come, and the fanout knows it.
  void on_client();
  /// The fanout has room again.
  void resume() { reader_.resume(); }

 private:
  enum class State : std::uint8_t { reading, at_end, ended };

  void pump();
  bool advance();
  bool publish_run();
  bool place(const flow::InputItem& item);
  bool place(const flow::InputMessage& message);
  bool keep(const flow::InputMessage& message);
  void release_kept();
  void finish();
  void fail(const std::string& text);

  Log& log_;
  Fanout& fanout_;
  flow::Counters& counters_;
  SourceOptions options_;
  Handler handler_;
  flow::Input input_;
  net::StdinReader reader_;
  std::optional<flow::InputItem> item_;  ///< what there was no room for
  std::vector<std::shared_ptr<wire::Frames>> kept_;
  std::size_t kept_bytes_ = 0;
  bool waiting_;
  bool block_fed_ = false;
  bool input_finished_ = false;
  bool failed_ = false;
  State state_ = State::reading;
};

}  // namespace ws::app
