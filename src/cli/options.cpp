#include "cli/options.hpp"

#include "cli/handshake_value.hpp"
#include "cli/option_checks.hpp"
#include "cli/option_group.hpp"

namespace ws::cli {
namespace {

template <class T>
Value<T> without_default(Value<T> kind) {
  kind.show = [](const T&) { return std::string{}; };
  return kind;
}

template <class T>
Value<T> called(std::string placeholder, Value<T> kind) {
  kind.placeholder = std::move(placeholder);
  return kind;
}

/// Without a default: all that fits into --replay-bytes.
Value<std::size_t> replay_count() {
  return without_default(number<std::size_t>("a number of messages", 1));
}

Value<std::uint64_t> message_number() {
  return without_default(number<std::uint64_t>("a number of messages", 1));
}

Value<std::size_t> frame_size() {
  return without_default(called("BYTES", number<std::size_t>("a number of bytes", 1)));
}

Value<unsigned> percentage() {
  return called("PERCENT", number<unsigned>("a percentage", 0, 100));
}

void add_wait(CLI::App& app, WaitOptions& o) {
  OptionGroup group(app, "Start and end");
  group.value("--wait-clients", o.clients, number<std::size_t>("a number of clients", 0),
              "read the input once N are there; what comes first is kept for them");
  group.value("--wait-timeout", o.timeout, seconds(),
              "end with status 7 when they are not there after SEC");
  group.flag("--hold", o.hold, "keep what is read while nobody is there for the next client");
}

void add_end(CLI::App& app, StreamOptions& o) {
  OptionGroup group(app, "Start and end");
  group.value(
      "--on-eof", o.on_eof,
      choice<OnEof>({{"close", OnEof::close}, {"keep", OnEof::keep}, {"wait", OnEof::wait}}),
      "at the end of the input: close all and end, stay, or end once the last client has left");
  group.flag("--send-only", o.send_only, "throw away what clients send");
}

void add_replay(CLI::App& app, StreamOptions& o) {
  OptionGroup group(app, "Late and slow clients");
  group.value("--replay", o.replay_messages, replay_count(),
              "send the last N messages to who comes late");
  group.value("--replay-bytes", o.replay_bytes, size(1),
              "bound of what is kept for them; switches --replay on");
  group.value("--slow", o.slow,
              choice<Slow>({{"block", Slow::block},
                            {"drop-new", Slow::drop_new},
                            {"drop-old", Slow::drop_old},
                            {"kick", Slow::kick}}),
              "a client's queue is full: wait for it, leave out the newest or the oldest message, "
              "or close it (1013)");
}

void add_queue(CLI::App& app, QueueOptions& o) {
  OptionGroup group(app, "Late and slow clients");
  group.value("--backlog", o.backlog, size(1), "what may wait in a client's queue");
  group.value("--stall-timeout", o.stall_timeout, seconds(),
              "close a client whose queue has not moved for SEC; 0 = never, as with --once");
}

void add_hooks(CLI::App& app, HookOptions& o) {
  OptionGroup group(app, "Hooks");
  group.value(
      "--on-open", o.on_open, command(),
      "run CMD with sh for each client that comes; each line it prints goes to that client, "
      "each on descriptor 3 to all");
  group.value("--on-message", o.on_message, command(),
              "the same for each message, which CMD reads");
  group.value("--on-close", o.on_close, command(),
              "the same for each client that has left; only descriptor 3 counts");
  group.value("--max-hooks", o.max_hooks, number<std::size_t>("a number of hooks", 1),
              "so many run at a time, the rest wait");
  group.value("--hook-timeout", o.timeout, seconds(), "kill a hook after SEC; 0 = never");
}

void add_doubles(CLI::App& app, EchoOptions& o) {
  OptionGroup group(app, "Misbehaviour, to test clients with");
  flow::DoubleOptions& b = o.behaviour;
  group.value("--reply", b.reply, utf8_text("TEXT"), "answer every message with TEXT");
  group.value("--greet", b.greet, utf8_text("TEXT"), "send TEXT to every client first");
  group.value("--delay", b.delay, milliseconds(), "answer MS milliseconds later");
  group.value("--jitter", b.jitter, milliseconds(), "and up to MS more, for each; in order");
  group.value("--fragment", b.frame_bytes, frame_size(), "send frames of at most BYTES");
  group.value("--close-after", b.close_after, message_number(),
              "close after the N-th message of a client, which is still answered");
  group.value("--close-code", b.close_code, close_code(), "with this code");
  group.flag("--no-pong", o.no_pong, "do not answer pings");
  group.value("--drop", b.drop_percent, percentage(), "leave so many messages unanswered");
  group.value("--seed", o.seed, number<std::uint64_t>("a seed", 0),
              "make the same random choices in every run");
}

void add_tries(CLI::App& app, ConnectOptions& o) {
  OptionGroup group(app, "Connection");
  group.value("-m,--timeout", o.timeout, seconds_or_unlimited(),
              "end with status 7 after SEC in all");
  group.flag("--reconnect", o.reconnect, "connect again after a failure that may pass");
  group.value("--reconnect-max", o.reconnect_max, number<std::uint64_t>("a number of attempts", 1),
              "give up after N failed attempts on end; switches --reconnect on");
}

void add_exchange(CLI::App& app, ConnectOptions& o) {
  OptionGroup group(app, "What to send, when to end");
  group.list("--send", o.send, utf8_text("TEXT"),
             "send TEXT on every connection, before the input");
  group.value("-n,--count", o.count, number<std::uint64_t>("a number of messages", 1),
              "end after N received messages; status 9 when they are fewer");
  group.flag("-1", "the same as -n 1");
  group.list(
      "--expect", o.expect, pattern(),
      "end with status 0 once every REGEX was found in some message, with 9 when one is not");
  group.list("--reject", o.reject, pattern(),
             "end with status 9 at the first message in which REGEX is found");
  group.value("--linger", o.linger, seconds_or_infinite(),
              "after the end of the input wait until nothing has come for SEC; default 0.5; inf = "
              "for the peer to end");
  group.flag("--recv-only", o.recv_only, "do not read the input");
  group.flag("--send-only", o.send_only, "throw away what is received");
  group.value("--close", o.close, close_status(), "our Close at the end; default 1000");
}

void add_load(CLI::App& app, BenchOptions& o) {
  using Pattern = BenchOptions::Pattern;
  OptionGroup group(app, "Load");
  group.value(
      "--pattern", o.pattern,
      choice<Pattern>({{"echo", Pattern::echo},
                       {"subscribe", Pattern::subscribe},
                       {"publish", Pattern::publish}}),
      "echo: each message is expected back; subscribe: count what comes; publish: the first "
      "connection sends, each other one must get every message once");
  group.value("-c,--connections", o.connections, number<std::size_t>("a number of connections", 1),
              "connections, all at a time");
  group.value("--in-flight", o.in_flight, number<std::size_t>("a number of messages", 1, 1'000'000),
              "messages that wait for their answer, per connection; for publish, that not all have "
              "seen");
  group.value("--size", o.size, size(0), "payload of a message");
  group.flag("-t", "send text (the default)");
  group.flag("-b", "send binary");
  group.value("--rate", o.rate, number<std::uint64_t>("a number of messages", 1, 1'000'000'000),
              "messages per second over all connections; default: as fast as answers come");
}

void add_course(CLI::App& app, BenchOptions& o) {
  OptionGroup group(app, "Course");
  group.value("--duration", o.duration, seconds(), "how long is measured");
  group.value("--messages", o.messages, number<std::uint64_t>("a number of messages", 1),
              "measure N messages instead");
  group.value("--warm-up", o.warm_up, seconds(), "load before it, which is not measured");
  group.value("--ramp", o.ramp, seconds(), "connections are opened over SEC");
  group.flag("--json", o.json, "one JSON object instead of text");
}

void add_stats(CLI::App& app, CommonOptions& o) {
  OptionGroup(app, "Common")
      .flag("--stats", o.stats, "one line of JSON with counts on stderr at the end");
}

void add_common(CLI::App& app, CommonOptions& o) {
  OptionGroup group(app, "Common");
  group.value("--ping-interval", o.ping_interval, seconds(),
              "ping a peer that is silent for SEC; 0 = never");
  group.value("--ping-timeout", o.ping_timeout, seconds(),
              "end a connection whose pong takes longer; 0 = never");
  group.value("--max-message", o.max_message, size(1), "longer messages are an error");
  group.flag("--compress", "compress messages where the peer does, too; clients offer it anyway");
  group.flag("--no-compress", "do not, and do not offer it");
  group.value("--grace", o.grace, seconds(),
              "time to deliver what is queued after SIGTERM or SIGINT");
  group.value(
      "--color", o.color,
      choice<Color>(
          {{"auto", Color::when_terminal}, {"always", Color::always}, {"never", Color::never}}),
      "colours on stderr");
  group.flag("-q", "errors only on stderr");
  group.flag("-v", "more on stderr; -vv still more");
}

/// Once everything is parsed and nothing is left over; help and version never come here.
template <class Options>
void check_at_the_end(CLI::App& app, Options& options) {
  app.callback([&app, &options] { check(app, options); });
}

}  // namespace

void add_serve_options(CLI::App& app, ServeOptions& options) {
  add_listen(app, options.listen);
  add_jsonl(app, options.jsonl);
  add_framing(app, options.framing);
  add_input(app, options.input);
  add_output(app, options.output);
  add_wait(app, options.wait);
  add_end(app, options.stream);
  add_replay(app, options.stream);
  add_queue(app, options.queue);
  add_hooks(app, options.hooks);
  add_stats(app, options.common);
  add_common(app, options.common);
  app.footer("Example: make 2>&1 | ws-tool serve    (then open http://127.0.0.1:9001/)");
  check_at_the_end(app, options);
}

void add_broadcast_options(CLI::App& app, BroadcastOptions& options) {
  add_listen(app, options.listen);
  add_jsonl(app, options.jsonl);
  add_framing(app, options.framing);
  add_input(app, options.input);
  add_output(app, options.output);
  add_end(app, options.stream);
  add_replay(app, options.stream);
  add_queue(app, options.queue);
  add_hooks(app, options.hooks);
  add_stats(app, options.common);
  add_common(app, options.common);
  app.footer("Example: ws-tool broadcast --replay 100    (the last 100 for who comes late)");
  check_at_the_end(app, options);
}

void add_echo_options(CLI::App& app, EchoOptions& options) {
  add_listen(app, options.listen);
  OptionGroup(app, "Messages")
      .flag("--print", options.print, "received messages go to stdout, too");
  add_jsonl(app, options.jsonl);
  add_framing(app, options.framing);
  add_output(app, options.output);
  add_queue(app, options.queue);
  add_hooks(app, options.hooks);
  add_doubles(app, options);
  add_stats(app, options.common);
  add_common(app, options.common);
  app.footer("Example: ws-tool echo --port 0 --port-file port    (to test clients with)");
  check_at_the_end(app, options);
}

void add_connect_options(CLI::App& app, ConnectOptions& options) {
  add_connection(app, options.connection);
  add_tries(app, options);
  add_exchange(app, options);
  add_jsonl(app, options.jsonl);
  add_framing(app, options.framing);
  add_input(app, options.input);
  add_raw(app, options.output);
  add_stats(app, options.common);
  add_common(app, options.common);
  app.footer("Example: echo '{\"ping\":1}' | ws-tool connect -n 1 -m 5 localhost:9001 | jq .");
  check_at_the_end(app, options);
}

void add_bench_options(CLI::App& app, BenchOptions& options) {
  add_connection(app, options.connection);
  add_load(app, options);
  add_course(app, options);
  add_common(app, options.common);
  app.footer("Example: ws-tool bench -c 100 --in-flight 16 ws://127.0.0.1:9001/");
  check_at_the_end(app, options);
}

}  // namespace ws::cli
