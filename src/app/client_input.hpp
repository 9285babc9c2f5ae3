#pragma once

// What a client sends: stdin's messages, in order, no faster than the connection takes them. Over a
// reconnection it goes on where it was: a message that was not wholly handed to the kernel is sent
// again, no other (SPEC.md §5).

#include <deque>
#include <functional>
#include <optional>
#include <string>

#include "base/log.hpp"
#include "flow/counters.hpp"
#include "flow/input.hpp"
#include "net/session.hpp"
#include "net/stdin_reader.hpp"

namespace ws::app {

class ClientInput {
 public:
  struct Handler {
    /// The input has ended and all of it was given to the kernel. Once.
    std::function<void()> on_sent;
    std::function<void(const std::string& text)> on_failed;
  };
  enum class Resend { no, yes };

  ClientInput(net::Loop& loop, Log& log, const flow::InputOptions& options, Resend resend,
              flow::Counters& counters, Handler handler);

  /// Reads from now on; what comes waits for a session.
  void start() { reader_.start(); }
  /// Sends on this session from now on, first what the last one did not take.
  void use(net::Session& session);
  /// There is no session for now.
  void suspend();
  /// The session's queue became shorter.
  void on_room();
  void stop() { stopped_ = true; }
  bool all_sent() const { return reported_; }

 private:
  struct Unsent {
    wire::MessageType type;
    Bytes payload;
    std::uint64_t end;  ///< position behind it in the session's output
  };

  void pump();
  bool advance();
  bool take(const flow::InputItem& item);
  void send(wire::MessageType type, ByteView payload);
  void forget_taken();
  void report_if_sent();

  Log& log_;
  flow::Counters& counters_;
  Handler handler_;
  Resend resend_;
  flow::Input input_;
  net::StdinReader reader_;
  net::Session* session_ = nullptr;
  std::deque<Unsent> unsent_;
  bool block_fed_ = false;
  bool input_finished_ = false;
  bool at_end_ = false;
  bool reported_ = false;
  bool stopped_ = false;
};

}  // namespace ws::app
