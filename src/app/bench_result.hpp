#pragma once

// What bench is asked to do, and what came of it. Workers fill a result each; they are added up
// when all have ended.

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "app/call.hpp"
#include "flow/histogram.hpp"

namespace ws::app {

enum class Pattern : std::uint8_t {
  echo,       ///< every message is expected back, by who sent it
  subscribe,  ///< nothing is sent, what comes is counted
  publish,    ///< the first connection sends, each other one must get every message once
};

struct BenchOptions {
  CallOptions call{};
  Pattern pattern = Pattern::echo;
  std::size_t connections = 10;
  std::size_t in_flight = 1;  ///< per connection; for publish, messages not yet seen by all
  std::size_t size = 125;     ///< payload bytes of a message
  wire::MessageType type = wire::MessageType::text;
  std::optional<double> rate{};             ///< messages per second over all; none: as answers come
  std::optional<std::uint64_t> messages{};  ///< measured ones, over all; none: by duration
  Duration duration = std::chrono::seconds(10);
  Duration warm_up = std::chrono::seconds(1);
  Duration ramp = Duration::zero();             ///< connections are opened over this time
  Duration patience = std::chrono::seconds(5);  ///< for answers that are still out at the end
};

struct BenchResult {
  ExitStatus status = ExitStatus::success;        ///< of the first thing that went wrong
  std::map<std::string, std::uint64_t> errors{};  ///< how often, by what happened
  std::uint64_t opened = 0;
  flow::Histogram connect_times{};
  std::uint64_t messages = 0;   ///< measured ones that came
  std::uint64_t bytes = 0;      ///< their payload
  flow::Histogram latencies{};  ///< from when a message was due to be sent until it came
  Duration measured = Duration::zero();

  void fail(ExitStatus why, const std::string& what, std::uint64_t times = 1) {
    if (times == 0) return;
    // A message that is wrong says more than the connection that ended over it.
    if (status == ExitStatus::success || why == ExitStatus::expectation) status = why;
    errors[what] += times;
  }
  void add(const BenchResult& other);
};

inline void BenchResult::add(const BenchResult& other) {
  if (status == ExitStatus::success || other.status == ExitStatus::expectation)
    if (other.status != ExitStatus::success) status = other.status;
  for (const auto& [what, times] : other.errors) errors[what] += times;
  opened += other.opened;
  connect_times.add(other.connect_times);
  messages += other.messages;
  bytes += other.bytes;
  latencies.add(other.latencies);
  measured = std::max(measured, other.measured);
}

}  // namespace ws::app
