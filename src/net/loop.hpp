#pragma once

// The one thread that everything but blocking reads and writes happens on. It runs in turns: a
// batch of ready sockets, a timer or a posted function; at the end of each, whatever asked for it
// is flushed – one send per connection, one write to stdout. The clock is read at both ends.

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <queue>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/time.hpp"
#include "net/readiness.hpp"
#include "net/turn_output.hpp"

namespace asio {
class io_context;
}

namespace ws::net {

/// "1.22.1"
std::string asio_version();

class Loop {
 public:
  Loop();
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  /// Runs turns until `stop`.
  void run();
  void stop();

  /// When this turn, or its end, began.
  Time now() const { return now_; }

  /// From any thread: runs `work` as a turn of its own.
  void post(std::function<void()> work);

  // -- sockets
  WatchId watch(int fd, Interest interest, Watcher& watcher);
  void change(WatchId id, Interest interest) { readiness_.change(id, interest); }
  void ignore(WatchId id) { readiness_.ignore(id); }
  void unwatch(WatchId id) { readiness_.remove(id); }
  void unwatch_closing(WatchId id) { readiness_.remove_closing(id); }

  /// Calls on_deadline once `when` has come, at the earliest. Cheap to call often: a watcher that
  /// asks for a later time than it has asked for before is called early and asks again.
  void wake_at(WatchId id, Time when);

  // -- end of turn
  /// Calls `flush` once at the end of this turn; ask again in the next.
  void flush_later(Flushable& flushable) { dirty_.push_back(&flushable); }
  /// Takes back what `flush_later` asked for: before a flushable dies.
  void forget(Flushable& flushable);
  /// Destroys `object` at the end of this turn, when nobody is inside of it any more.
  void dispose(std::shared_ptr<void> object) { graveyard_.push_back(std::move(object)); }

  // -- shared memory of the thread
  /// To be overwritten: what is to be sent from it leaves now.
  std::span<std::byte> receive_buffer() {
    if (output_.has_views()) output_.owner->send_turn();
    return received_;
  }
  bool is_received(ByteView bytes) const {
    return std::less_equal<>{}(received_.data(), bytes.data()) &&
           std::less<>{}(bytes.data(), received_.data() + received_.size());
  }
  TurnOutput& output() { return output_; }

  /// For what only Asio knows: signals and name resolution.
  asio::io_context& context();

  /// Runs `work` as one turn; every entry from Asio goes through it.
  template <class Work>
  void turn(Work&& work) {
    now_ = std::chrono::steady_clock::now();
    work();
    end_turn();
  }

 private:
  static constexpr std::size_t receive_bytes = 512 * 1024;
  /// Between the buffers: a copy from one to the other at the same place in a page would be held up
  /// by the processor, which compares the low twelve bits of addresses first.
  static constexpr std::size_t half_page = 2048;

  struct Wake {
    Time when;
    WatchId id;
    bool operator>(const Wake& other) const { return when > other.when; }
  };

  void wait_for_sockets();
  void serve_sockets();
  void arm_timer();
  void on_timer();
  void end_turn();

  struct Waits;  ///< Asio's part: the one place where the thread sleeps

  Readiness readiness_;
  std::unique_ptr<Waits> waits_;
  Time timer_at_ = never;
  std::priority_queue<Wake, std::vector<Wake>, std::greater<>> wakes_;
  std::vector<Time> armed_;  ///< by slot: the earliest entry in wakes_ that counts
  std::vector<Flushable*> dirty_;
  std::vector<std::shared_ptr<void>> graveyard_;
  std::unique_ptr<std::byte[]> buffers_;
  std::span<std::byte> received_;
  TurnOutput output_;
  Time now_ = std::chrono::steady_clock::now();
};

}  // namespace ws::net
