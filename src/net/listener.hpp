#pragma once

// Accepts connections on one bound socket and hands them over. Driven by the loop.
// Out of descriptors it rests for 100 ms and tries again: it neither spins nor gives up. It counts
// and limits nobody.

#include <functional>

#include "net/bind.hpp"
#include "net/loop.hpp"

namespace ws::net {

class Listener : public Watcher {
 public:
  /// The descriptor is non-blocking, close-on-exec and, on TCP, without Nagle's delay. A client of
  /// a Unix socket has no address of its own: it comes with the listener's. The callback may pause
  /// or close the listener, not destroy it.
  using OnAccept = std::function<void(Descriptor, Endpoint)>;

  Listener(Loop& loop, BoundSocket socket, OnAccept on_accept);
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener() override { close(); }

  /// Those who connect wait in the kernel's queue (SOMAXCONN), the next are refused.
  void pause();
  void resume();
  /// For good; removes a Unix socket's file.
  void close();

  const Endpoint& local() const { return socket_.local; }
  bool is_loopback() const { return socket_.loopback; }
  const std::string& unix_path() const { return socket_.unix_path; }

  void on_ready(Ready ready) override;
  void on_deadline(Time now) override;

 private:
  enum class Outcome { accepted, nobody, exhausted };

  Outcome accept_one();
  void take(Descriptor client, const Endpoint& peer);
  void rest();
  void turn_one_away();
  void update_interest();

  Loop& loop_;
  BoundSocket socket_;
  OnAccept on_accept_;
  WatchId watch_;
  Descriptor spare_;  ///< given up to refuse somebody when there is no other descriptor left
  bool paused_ = false;
  bool short_of_descriptors_ = false;  ///< the last attempt found none
  Time rest_until_{};                  ///< Time{}: not resting
};

}  // namespace ws::net
