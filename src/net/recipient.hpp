#pragma once

// A client of a server, as whoever sends to it sees it: a WebSocket session, or a reader of the
// stream without WebSocket. Knows its number, its encoding and its queue; what a message looks like
// on the wire, and how it ends, is the derived class's business.

#include <cstdint>
#include <string>

#include "net/channel.hpp"
#include "wire/close.hpp"
#include "wire/shared_frame.hpp"

namespace ws::net {

/// Why a client is not read.
enum class PauseReason : std::uint8_t {
  output = 1,  ///< stdout is slow
  relay = 2,   ///< what it sends goes to others, who are slow
  queue = 4,   ///< it does not take the answers
  hooks = 8,   ///< too much of what it sent waits for hooks
  work = 16,   ///< what it sent has made enough work for one turn
};

class Recipient {
 public:
  /// `number` is the client's, from 1.
  Recipient(Channel& channel, std::uint64_t number) : channel_(channel), number_(number) {}
  virtual ~Recipient() = default;

  std::uint64_t number() const { return number_; }
  /// The encoding of the shared messages that may be pushed to it.
  wire::Encoding encoding() const { return encoding_; }
  /// Before anything is sent.
  void set_encoding(wire::Encoding encoding) { encoding_ = encoding; }

  // -- output, none of it after close()
  virtual bool open() const = 0;
  /// Messages that are in its encoding already.
  void push(flow::FrameRange range, flow::Keep keep = flow::Keep::droppable) {
    if (open()) channel_.push(std::move(range), keep);
  }
  /// The orderly end; what was sent before leaves first.
  virtual void close(const wire::CloseStatus& status) = 0;
  /// For a client that did wrong or is too slow: what is still queued may never arrive, and it
  /// counts as ended now.
  virtual void kick(const wire::CloseStatus& status, std::string detail) = 0;

  /// Bytes that wait for the kernel.
  std::size_t queued() const { return channel_.queued(); }
  std::size_t unacknowledged() const { return channel_.unacknowledged(); }
  std::size_t drop_oldest() { return channel_.drop_oldest(); }

  // -- input
  /// No more of its messages as long as there is a reason to pause.
  virtual void pause(PauseReason reason) = 0;
  virtual void resume(PauseReason reason) = 0;

  Channel& channel() { return channel_; }

  std::size_t fanout_slot = 0;  ///< whoever fans out to it finds its own data again

 protected:
  Channel& channel_;

 private:
  std::uint64_t number_;
  wire::Encoding encoding_ = wire::Encoding::plain;
};

}  // namespace ws::net
