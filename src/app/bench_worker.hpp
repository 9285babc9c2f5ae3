#pragma once

// The connections of bench on one thread, from the first dial to the last Close: opened over the
// ramp, warmed up, measured, and asked for what is still out. It deviates from RFC 6455 §4.1 on
// purpose: many connections to one address are opened at a time. bench.hpp runs one per core; they
// share nothing but the count that a progress line shows.

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "app/bench_result.hpp"
#include "base/log.hpp"
#include "net/timer.hpp"

namespace ws::app {

class BenchWorker {
 public:
  /// `options` holds this worker's share of connections, messages and rate.
  BenchWorker(Log& log, BenchOptions options);
  ~BenchWorker();

  net::Loop& loop() { return loop_; }
  /// Until it is over.
  void run();
  /// From any thread: no more is sent; what is there is the result.
  void stop();

  /// Messages that came so far; from any thread.
  std::uint64_t progress() const { return progress_.load(std::memory_order_relaxed); }
  const BenchResult& result() const { return result_; }

 private:
  class Connection;
  enum class Phase : std::uint8_t { connecting, warming, measuring, draining, closing };

  // -- phases
  void dial_next();
  void begin_sending();
  void begin_measuring();
  void end_sending();
  void check_drained();
  void close_all();
  void on_time();

  // -- sending
  void send_due();
  bool send_one(Time due);
  bool publish_one(Time due);
  bool may_send() const;
  Connection* with_room();
  ByteView numbered(std::uint64_t number);

  // -- what connections report
  void on_settled(Connection& connection);
  void on_over(Connection& connection);
  void on_answer(Connection& connection, const wire::Message& message, Time now);
  void on_published(Connection& connection, const wire::Message& message, Time now);
  bool counts() const;
  void count(const wire::Message& message, Time due, Time now);
  bool is_intact(const wire::Message& message, ByteView expected, bool whole);

  BenchOptions options_;
  Log& log_;
  net::Loop loop_;
  wire::MaskingKeySource keys_;
  net::Timer phase_timer_;
  net::Timer dial_timer_;
  net::Timer rate_timer_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::size_t dialling_ = 0;
  std::size_t unsettled_ = 0;
  std::size_t open_ = 0;
  std::size_t alive_ = 0;  ///< whose socket is not closed yet
  std::size_t next_sender_ = 0;
  Phase phase_ = Phase::connecting;
  Bytes payload_;
  Time began_;
  Time measure_began_ = never;
  Time next_due_ = never;  ///< with a rate
  std::uint64_t outstanding_ = 0;
  std::uint64_t measured_sent_ = 0;
  // -- publish
  std::vector<Time> published_at_;  ///< by number modulo --in-flight
  std::vector<std::uint64_t> published_seen_;
  std::uint64_t published_ = 0;
  std::uint64_t seen_by_all_ = 0;
  std::atomic<std::uint64_t> progress_ = 0;
  BenchResult result_;
};

}  // namespace ws::app
