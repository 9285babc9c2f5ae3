#pragma once

// The replay ring and those who read from it (SPEC.md §4, --replay): a joiner gets what the ring
// holds at its own pace, uncharged to its backlog, and is live once it has caught up. The fan-out
// appends to it and tells when a joiner has room. Messages to one joiner are set aside until its
// reading has come to where they belong.

#include "app/delivery.hpp"
#include "flow/history.hpp"

namespace ws::app {

class Replay {
 public:
  Replay(const flow::HistoryLimits& limits, Delivery& delivery)
      : history_(limits), delivery_(delivery) {}

  void append(const std::shared_ptr<const wire::Frames>& frames) { history_.append(frames); }

  /// From now on `reader` reads from the ring, from message `first` on.
  void join(Subscriber& reader, std::uint64_t first);
  /// Puts more of the ring into the queue of a joiner that has room.
  void feed(Subscriber& reader);

  /// A message to one who reads from the ring, as the policy says: what is set aside is charged.
  void set_aside(Subscriber& reader, const wire::Frames& message);

  std::uint64_t oldest() const { return history_.oldest(); }
  bool empty() const { return history_.next() == history_.oldest(); }
  static bool is_reading(const Subscriber& one) { return one.client && one.next != 0; }
  /// The ring has moved on beyond what it was to read next.
  bool was_outrun(const Subscriber& one) const {
    return is_reading(one) && one.next < history_.oldest();
  }
  /// Number of the oldest message once `messages` more, of `bytes` in all, have come.
  std::uint64_t oldest_after(std::uint64_t messages, std::uint64_t bytes) const {
    return history_.oldest_after(messages, bytes);
  }

 private:
  void skip_what_has_gone(Subscriber& reader);
  void send_aside(Subscriber& reader);
  void drop_oldest_aside(Subscriber& reader);
  void read_on(Subscriber& reader);

  flow::History history_;
  Delivery& delivery_;
};

}  // namespace ws::app
