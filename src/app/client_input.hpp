#pragma once

// What a client sends: messages in order, no faster than the connection takes them. Over a
// reconnection it goes on where it was: a message that was not wholly handed to the kernel is sent
// again, no other (SPEC.md §5). Where the messages come from is said by who derives from it:
// MessageInput or CommandInput.

#include <deque>
#include <functional>
#include <string>

#include "flow/counters.hpp"
#include "net/session.hpp"

namespace ws::app {

class ClientInput {
 public:
  struct Handler {
    /// The input has ended and all of it was given to the kernel. Once.
    std::function<void()> on_sent;
    std::function<void(const std::string& text)> on_failed;
  };
  enum class Resend { no, yes };

  virtual ~ClientInput() = default;
  ClientInput(const ClientInput&) = delete;
  ClientInput& operator=(const ClientInput&) = delete;

  /// Reads from now on; what comes waits for a session.
  virtual void start() = 0;
  /// There may be room again, in the session or elsewhere.
  virtual void resume() = 0;
  /// stdout has room again, and the peer is not read yet.
  virtual void on_stdout_room() {}

  /// Sends on this session from now on, first what the last one did not take.
  void use(net::Session& session);
  /// There is no session for now.
  void suspend();
  /// The session's queue became shorter.
  void on_room();
  virtual void stop() { stopped_ = true; }
  bool all_sent() const { return reported_; }
  /// Nothing more comes; it may not all be sent yet.
  bool ended() const { return at_end_; }
  /// When the last message was sent.
  Time sent_at() const { return sent_at_; }

 protected:
  ClientInput(Resend resend, flow::Counters& counters, Handler handler)
      : counters_(counters), handler_(std::move(handler)), resend_(resend) {}

  /// There is a session, and room in its queue.
  bool may_send() const;
  void send(wire::MessageType type, ByteView payload);
  /// Nothing more comes.
  void end();
  void fail(const std::string& text);
  bool stopped() const { return stopped_; }

  flow::Counters& counters_;

 private:
  struct Unsent {
    wire::MessageType type;
    Bytes payload;
    std::uint64_t end;  ///< position behind it in the session's output
  };

  void forget_taken();
  void report_if_sent();

  Handler handler_;
  Resend resend_;
  net::Session* session_ = nullptr;
  std::deque<Unsent> unsent_;
  Time sent_at_{};
  bool at_end_ = false;
  bool reported_ = false;
  bool stopped_ = false;
};

}  // namespace ws::app
