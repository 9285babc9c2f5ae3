#pragma once

// Received messages on stdout: joined as the options say, escaped on a terminal, written at the end
// of the turn. Who reads from peers asks has_room and pauses them; it drops nothing.

#include <memory>
#include <optional>

#include "flow/joiner.hpp"
#include "net/stdout_writer.hpp"

namespace ws::app {

struct SinkOptions {
  flow::Framing framing{};
  bool raw = false;  ///< no escaping on a terminal
  bool tag = false;
};

class Sink {
 public:
  Sink(net::Loop& loop, const SinkOptions& options, net::StdoutWriter::Handler handler);

  void write(ByteView payload, std::uint64_t client = 0) {
    joiner_.append(writer_.buffer(), payload, client);
    writer_.touched();
  }
  /// Where to append whole lines of another making.
  Bytes& lines() {
    writer_.touched();
    return writer_.buffer();
  }
  bool has_room() { return writer_.has_room(); }
  /// Bytes that the kernel has not taken.
  std::size_t pending() const { return writer_.pending(); }
  /// 0 while there is room, else the most bytes that have been pending so far.
  std::size_t jam() { return has_room() ? 0 : writer_.most_pending(); }
  void finish(std::function<void()> done) { writer_.finish(std::move(done)); }

 private:
  net::StdoutWriter writer_;
  flow::Joiner joiner_;
};

}  // namespace ws::app
