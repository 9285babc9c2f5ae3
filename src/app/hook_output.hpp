#pragma once

// One of the two pipes that a hook writes to, line by line: each line is a message, text where it
// is UTF-8, else binary. While nobody takes a line the pipe is not read, and the hook waits. Holds
// at most one line and what one read has brought.

#include <functional>
#include <optional>

#include "flow/splitter.hpp"
#include "net/child_pipe.hpp"
#include "wire/connection.hpp"

namespace ws::app {

class HookOutput {
 public:
  struct Handler {
    /// False: no room; it is offered again by `resume`. The view is valid during the call.
    std::function<bool(wire::MessageType, ByteView)> on_line;
    /// Line `number`, from 1, is too long and left out.
    std::function<void(std::uint64_t number)> on_long_line;
    /// Every line was taken, and no more come. Once.
    std::function<void()> on_end;
  };

  HookOutput(net::Loop& loop, net::Descriptor pipe, std::size_t max_line_bytes, Handler handler);

  void resume();
  void end_after_what_is_there() { reader_.end_after_what_is_there(); }
  bool done() const { return done_; }

 private:
  struct Line {
    wire::MessageType type;
    Bytes payload;
  };

  void on_bytes(ByteView bytes);
  void on_pipe_end();
  void pump();
  bool take(const flow::Piece& piece);

  Handler handler_;
  flow::Splitter splitter_;
  std::optional<Line> refused_;
  bool pipe_ended_ = false;
  bool done_ = false;
  net::PipeReader reader_;
};

}  // namespace ws::app
