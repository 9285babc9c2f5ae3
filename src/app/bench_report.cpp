// bench's figures as text and as JSON. Latencies are drawn one line for each doubling, from the
// fastest to the slowest.

#include <fmt/format.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>

#include "app/bench.hpp"

namespace ws::app {
namespace {

using json = nlohmann::ordered_json;

constexpr std::size_t bar_width = 40;

double seconds(Duration value) {
  return std::chrono::duration<double>(value).count();
}

double microseconds(Duration value) {
  return std::chrono::duration<double, std::micro>(value).count();
}

/// Three digits and a unit: "12.3 us".
std::string shown(Duration value) {
  double number = microseconds(value);
  const char* unit = "us";
  if (number >= 1e6) {
    number /= 1e6;
    unit = "s";
  } else if (number >= 1e3) {
    number /= 1e3;
    unit = "ms";
  }
  return fmt::format("{:.{}f} {}", number, number < 10 ? 2 : number < 100 ? 1 : 0, unit);
}

double per_second(double count, Duration time) {
  return time > Duration::zero() ? count / seconds(time) : 0;
}

std::string percentiles(const flow::Histogram& histogram) {
  return fmt::format("p50 {}  p90 {}  p99 {}  p99.9 {}  max {}", shown(histogram.percentile(50)),
                     shown(histogram.percentile(90)), shown(histogram.percentile(99)),
                     shown(histogram.percentile(99.9)), shown(histogram.max()));
}

std::string drawing(const flow::Histogram& histogram) {
  std::string text;
  Duration from = std::chrono::nanoseconds(1024);
  while (from <= histogram.min()) from *= 2;
  for (Duration low = Duration::zero(); low <= histogram.max(); low = from, from *= 2) {
    const std::uint64_t count = histogram.count_between(low, from);
    const std::size_t width = (count * bar_width + histogram.count() - 1) / histogram.count();
    text += fmt::format("  < {:>8} {:>10}  {}\n", shown(from), count, std::string(width, '#'));
  }
  return text;
}

json times(const flow::Histogram& histogram) {
  return {{"min", microseconds(histogram.min())},
          {"mean", microseconds(histogram.mean())},
          {"p50", microseconds(histogram.percentile(50))},
          {"p90", microseconds(histogram.percentile(90))},
          {"p99", microseconds(histogram.percentile(99))},
          {"p99.9", microseconds(histogram.percentile(99.9))},
          {"max", microseconds(histogram.max())}};
}

std::uint64_t error_count(const BenchResult& result) {
  std::uint64_t count = 0;
  for (const auto& [what, times] : result.errors) count += times;
  return count;
}

}  // namespace

std::string bench_text(const BenchOptions& options, const BenchResult& result) {
  std::string text = fmt::format("connections  {} of {}, {}\n", result.opened, options.connections,
                                 result.opened ? percentiles(result.connect_times) : "none open");
  text += fmt::format("messages     {} in {:.2f} s: {:.0f}/s, {:.2f} MB/s of payload\n",
                      result.messages, seconds(result.measured),
                      per_second(static_cast<double>(result.messages), result.measured),
                      per_second(static_cast<double>(result.bytes), result.measured) / 1e6);
  if (result.latencies.count() > 0)
    text += fmt::format("latency      {}\n{}", percentiles(result.latencies),
                        drawing(result.latencies));
  return text + fmt::format("errors       {}\n", error_count(result));
}

/// Times are microseconds, but for what is called seconds; errors are counts by what happened.
std::string bench_json(const BenchOptions& options, const BenchResult& result) {
  const json report = {
      {"connections", options.connections},
      {"opened", result.opened},
      {"connect_us", times(result.connect_times)},
      {"messages", result.messages},
      {"bytes", result.bytes},
      {"seconds", seconds(result.measured)},
      {"messages_per_second", per_second(static_cast<double>(result.messages), result.measured)},
      {"latency_us", times(result.latencies)},
      {"errors", result.errors},
      {"status", static_cast<int>(result.status)},
  };
  return report.dump(-1, ' ', false, json::error_handler_t::replace) + '\n';
}

}  // namespace ws::app
