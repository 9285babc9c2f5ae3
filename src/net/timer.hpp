#pragma once

// One timer of the loop. Started again, it forgets the time before.

#include <functional>
#include <utility>

#include "net/loop.hpp"

namespace ws::net {

class Timer final : private Watcher {
 public:
  Timer(Loop& loop, std::function<void()> on_time)
      : loop_(loop), on_time_(std::move(on_time)), id_(loop.watch(-1, Interest::none, *this)) {}
  ~Timer() override { loop_.unwatch(id_); }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  void start_at(Time when) {
    when_ = when;
    if (when != never) loop_.wake_at(id_, when);
  }
  void start(Duration after) { start_at(loop_.now() + after); }
  void cancel() { when_ = never; }
  bool running() const { return when_ != never; }

 private:
  void on_ready(Ready) override {}
  void on_deadline(Time now) override {
    if (when_ == never) return;
    if (now < when_) return loop_.wake_at(id_, when_);
    when_ = never;
    on_time_();
  }

  Loop& loop_;
  std::function<void()> on_time_;
  WatchId id_;
  Time when_ = never;
};

}  // namespace ws::net
