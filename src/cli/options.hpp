#pragma once

// What a person may set, as plain values with their defaults, and one function per mode that binds
// them to a command line. Which mode knows which group is the table of SPEC.md §2. After parsing
// the values are checked against each other; a wrong one throws Failure with status 2. Nothing here
// opens, resolves or connects (except -H @FILE, which is read).

#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "cli/connection_options.hpp"
#include "cli/console.hpp"
#include "cli/listen_options.hpp"
#include "cli/message_options.hpp"
#include "cli/mode.hpp"
#include "flow/admission.hpp"
#include "flow/framing.hpp"
#include "flow/input.hpp"
#include "flow/on_eof.hpp"
#include "flow/test_double.hpp"
#include "wire/close.hpp"
#include "wire/connection.hpp"

namespace ws::cli {

using flow::OnEof;
using Slow = flow::SlowPolicy;

struct CommonOptions {
  Duration ping_interval = std::chrono::seconds(20);  ///< 0 = off
  Duration ping_timeout = std::chrono::seconds(20);   ///< 0 = off
  std::size_t max_message = std::size_t{16} << 20;    ///< bytes, inclusive
  Duration grace = std::chrono::seconds(5);
  std::optional<bool> compress;  ///< as given; without it a client offers it, a server declines
  LogLevel log_level = LogLevel::info;
  Color color = Color::when_terminal;
  bool stats = false;
};

struct WaitOptions {
  std::size_t clients = 1;  ///< 0 with a replay ring, unless given
  bool clients_given = false;
  std::optional<Duration> timeout;
  bool hold = false;
};

struct StreamOptions {
  OnEof on_eof = OnEof::close;
  bool replay = false;  ///< a ring is kept; its two bounds follow
  std::size_t replay_messages = std::numeric_limits<std::size_t>::max();
  std::size_t replay_bytes = std::size_t{16} << 20;
  Slow slow = Slow::block;
  bool send_only = false;
};

struct QueueOptions {
  std::size_t backlog = std::size_t{4} << 20;         ///< bytes per client
  Duration stall_timeout = std::chrono::seconds(10);  ///< 0 = off, the default with --once
};

struct HookOptions {
  std::optional<std::string> on_open;  ///< shell commands
  std::optional<std::string> on_message;
  std::optional<std::string> on_close;
  std::size_t max_hooks = 16;                   ///< at a time
  Duration timeout = std::chrono::seconds(10);  ///< 0 = none
};

struct ServeOptions {
  ListenOptions listen;
  bool jsonl = false;  ///< events out and commands in, one JSON object a line
  flow::Framing framing;
  InputOptions input;
  OutputOptions output;
  WaitOptions wait;
  StreamOptions stream;
  QueueOptions queue;
  HookOptions hooks;
  CommonOptions common;
};

struct BroadcastOptions {
  ListenOptions listen;
  bool jsonl = false;  ///< events out and commands in, one JSON object a line
  flow::Framing framing;
  InputOptions input;
  OutputOptions output;
  StreamOptions stream{.on_eof = OnEof::keep, .slow = Slow::kick};
  QueueOptions queue;
  HookOptions hooks;
  CommonOptions common;
};

struct EchoOptions {
  ListenOptions listen;
  bool print = false;       ///< received messages to stdout, as framing and output say
  bool misbehaves = false;  ///< one of the options of a test double is given
  flow::DoubleOptions behaviour;
  std::optional<std::uint64_t> seed;
  bool no_pong = false;
  bool jsonl = false;  ///< events out and commands in, one JSON object a line
  flow::Framing framing;
  OutputOptions output;
  QueueOptions queue;
  HookOptions hooks;
  CommonOptions common;
};

struct ConnectOptions {
  ConnectionOptions connection;
  std::optional<Duration> timeout;
  std::vector<std::string> send;
  std::optional<std::uint64_t> count;  ///< >= 1
  std::vector<std::string> expect;     ///< RE2 syntax, well made
  std::vector<std::string> reject;
  std::optional<Duration> linger;  ///< as given; Duration::max() = inf
  bool recv_only = false;
  bool send_only = false;
  bool reconnect = false;
  std::optional<std::uint64_t> reconnect_max;
  std::optional<wire::CloseStatus> close;
  bool jsonl = false;  ///< events out and commands in, one JSON object a line
  flow::Framing framing;
  InputOptions input{.on_invalid = flow::OnInvalid::fail};
  OutputOptions output;
  CommonOptions common;
};

struct BenchOptions {
  enum class Pattern : std::uint8_t { echo, subscribe, publish };

  ConnectionOptions connection;
  Pattern pattern = Pattern::echo;
  std::size_t connections = 10;
  std::size_t in_flight = 1;
  std::size_t size = 125;  ///< payload bytes
  wire::MessageType type = wire::MessageType::text;
  std::optional<std::uint64_t> rate;      ///< messages per second over all
  std::optional<std::uint64_t> messages;  ///< instead of `duration`
  Duration duration = std::chrono::seconds(10);
  Duration warm_up = std::chrono::seconds(1);
  Duration ramp = Duration::zero();
  bool json = false;
  CommonOptions common;
};

void add_serve_options(CLI::App& app, ServeOptions& options);
void add_broadcast_options(CLI::App& app, BroadcastOptions& options);
void add_echo_options(CLI::App& app, EchoOptions& options);
void add_connect_options(CLI::App& app, ConnectOptions& options);
void add_bench_options(CLI::App& app, BenchOptions& options);

/// A mode's `set_up` in one line: binds the options, and runs `run` with them, log and colours set
/// as they say.
template <class Options>
Run run_with(CLI::App& app, void (*add)(CLI::App&, Options&),
             int (*run)(const Options&, Runtime&)) {
  auto options = std::make_shared<Options>();
  add(app, *options);
  return [options, run](Runtime& runtime) {
    runtime.log.set_level(options->common.log_level);
    runtime.console.set_color(options->common.color);
    return run(*options, runtime);
  };
}

}  // namespace ws::cli
