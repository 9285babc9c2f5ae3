#include "cli/option_checks.hpp"

#include <string_view>

#include "cli/option_group.hpp"

namespace ws::cli {
namespace {

void check_address(const CLI::App& app, ListenOptions& o) {
  exclude(app, "--unix", {"--port", "--host", "--port-file"});
  require(app, "--unix", {"--unix-mode"});
  o.address_given = !all_given(app, {"--port", "--host", "--unix"}).empty();
  if (o.hosts.empty()) o.hosts.push_back("localhost");
}

void check_listen(const CLI::App& app, ListenOptions& o) {
  check_address(app, o);
  require(app, "--cert", {"--key", "--cacert"});
  exclude(app, "--once", {"--exit-idle"});
}

void check_framing(const CLI::App& app, flow::Framing& o) {
  using Kind = flow::Framing::Kind;
  exclude_each_other(app, {"--null", "--delim", "--slurp", "--chunk", "--length-prefixed"});
  exclude(app, "--keep-newline", {"--null", "--delim", "--slurp", "--chunk", "--length-prefixed"});
  if (given(app, "--null")) o.delimiter.assign(1, '\0');
  if (!o.delimiter.empty()) o.kind = Kind::delimiter;
  if (given(app, "--slurp")) o.kind = Kind::slurp;
  if (given(app, "--chunk")) o.kind = Kind::chunk;
  if (given(app, "--length-prefixed")) o.kind = Kind::length_prefixed;
}

void check_prefix(const CLI::App& app, const flow::Framing& framing, const CommonOptions& common) {
  if (framing.kind == flow::Framing::Kind::length_prefixed &&
      common.max_message > flow::max_prefixed_bytes)
    refuse_use(app, "--length-prefixed cannot say a length above {}, and --max-message is larger",
               flow::max_prefixed_bytes);
}

void check_tag(const CLI::App& app) {
  exclude(app, "--tag", {"--slurp", "--chunk", "--length-prefixed"});
}

/// With events and commands nothing is left to frame, to type or to wait for.
void check_jsonl(const CLI::App& app) {
  exclude(app, "--jsonl",
          {"--null", "--delim", "--slurp", "--chunk", "--length-prefixed", "--keep-newline", "-t",
           "-b", "--on-invalid", "--raw", "--tag", "--wait-clients", "--hold"});
}

wire::MessageType message_type(const CLI::App& app) {
  const char* type = last_given(app, {"-t", "-b"});
  return type != nullptr && std::string_view(type) == "-b" ? wire::MessageType::binary
                                                           : wire::MessageType::text;
}

void check_input(const CLI::App& app, InputOptions& input, flow::Framing& framing) {
  input.type = message_type(app);
  framing.whole_characters =
      framing.kind == flow::Framing::Kind::chunk && input.type == wire::MessageType::text;
}

void check_stream(const CLI::App& app, StreamOptions& o) {
  exclude(app, "--once", {"--replay", "--replay-bytes"});
  exclude(app, "--send-only", {"--on-message"});
  o.replay = !all_given(app, {"--replay", "--replay-bytes"}).empty();
}

void check_wait(const CLI::App& app, WaitOptions& wait, const StreamOptions& stream) {
  wait.clients_given = given(app, "--wait-clients");
  if (wait.clients > 1) exclude(app, "--once", {"--wait-clients"});
  if ((stream.replay || given(app, "--jsonl")) && !wait.clients_given) wait.clients = 0;
}

void check_queue(const CLI::App& app, QueueOptions& o) {
  if (given(app, "--once") && !given(app, "--stall-timeout")) o.stall_timeout = Duration::zero();
}

void check_hooks(const CLI::App& app) {
  if (!all_given(app, {"--on-open", "--on-message", "--on-close"}).empty()) return;
  for (const char* name : all_given(app, {"--max-hooks", "--hook-timeout"}))
    refuse_use(app, "{} needs --on-open, --on-message or --on-close", name);
}

void check_doubles(const CLI::App& app, EchoOptions& o) {
  require(app, "--close-after", {"--close-code"});
  o.misbehaves = !all_given(app, {"--reply", "--greet", "--delay", "--jitter", "--fragment",
                                  "--close-after", "--drop"})
                      .empty();
}

/// -q and -v: what stands last counts, and each -v after it one step more.
void check_common(const CLI::App& app, CommonOptions& o) {
  if (const char* name = last_given(app, {"--compress", "--no-compress"}))
    o.compress = std::string_view(name) == "--compress";
  for (const CLI::Option* option : app.parse_order()) {
    if (option->check_name("-q")) o.log_level = LogLevel::error;
    if (option->check_name("-v"))
      o.log_level = o.log_level < LogLevel::verbose ? LogLevel::verbose : LogLevel::debug;
  }
}

void check_exchange(const CLI::App& app, ConnectOptions& o) {
  exclude(app, "--send-only", {"--count", "-1", "--expect", "--reject", "--recv-only"});
  const char* count = last_given(app, {"--count", "-1"});
  if (count != nullptr && std::string_view(count) == "-1") o.count = 1;
  if (o.reconnect_max) o.reconnect = true;
  for (const std::string& text : o.send)
    if (text.size() > o.common.max_message)
      refuse_use(app, "--send: a text of {} bytes, and --max-message is {}", text.size(),
                 o.common.max_message);
}

/// A published message holds its number, eight digits.
constexpr std::size_t min_published_bytes = 8;

void check_load(const CLI::App& app, const BenchOptions& o) {
  exclude(app, "--messages", {"--duration"});
  if (o.size > o.common.max_message)
    refuse_use(app, "--size: {} is more than --max-message", o.size);
  if (o.pattern == BenchOptions::Pattern::subscribe && o.rate)
    refuse_use(app, "--pattern subscribe sends nothing, and --rate is given");
  if (o.pattern != BenchOptions::Pattern::publish) return;
  if (o.connections < 2) refuse_use(app, "--pattern publish needs at least 2 connections");
  if (o.size < min_published_bytes)
    refuse_use(app, "--pattern publish needs a --size of at least {}", min_published_bytes);
}

}  // namespace

void check(const CLI::App& app, ServeOptions& o) {
  check_listen(app, o.listen);
  check_jsonl(app);
  check_framing(app, o.framing);
  check_prefix(app, o.framing, o.common);
  check_tag(app);
  check_input(app, o.input, o.framing);
  check_stream(app, o.stream);
  check_wait(app, o.wait, o.stream);
  check_queue(app, o.queue);
  check_hooks(app);
  check_common(app, o.common);
}

void check(const CLI::App& app, BroadcastOptions& o) {
  check_listen(app, o.listen);
  check_jsonl(app);
  check_framing(app, o.framing);
  check_prefix(app, o.framing, o.common);
  check_tag(app);
  check_input(app, o.input, o.framing);
  check_stream(app, o.stream);
  check_queue(app, o.queue);
  check_hooks(app);
  check_common(app, o.common);
}

void check(const CLI::App& app, EchoOptions& o) {
  check_listen(app, o.listen);
  check_jsonl(app);
  require(app, "--print",
          {"--null", "--delim", "--slurp", "--chunk", "--length-prefixed", "--keep-newline",
           "--raw", "--tag"});
  check_framing(app, o.framing);
  check_prefix(app, o.framing, o.common);
  check_tag(app);
  check_queue(app, o.queue);
  check_hooks(app);
  check_doubles(app, o);
  check_common(app, o.common);
}

void check(const CLI::App& app, ConnectOptions& o) {
  check_connection(app, o.connection);
  check_exchange(app, o);
  check_jsonl(app);
  check_framing(app, o.framing);
  check_prefix(app, o.framing, o.common);
  check_input(app, o.input, o.framing);
  check_common(app, o.common);
}

void check(const CLI::App& app, BenchOptions& o) {
  check_connection(app, o.connection);
  check_load(app, o);
  o.type = message_type(app);
  check_common(app, o.common);
}

}  // namespace ws::cli
