#include "cli/options.hpp"

#include <chrono>
#include <limits>

#include "cli/parsing.hpp"
#include "cli/temporary_file.hpp"
#include "support/catch.hpp"

using namespace ws;
using namespace ws::cli;
using namespace std::chrono_literals;
using Kind = flow::Framing::Kind;

TEST_CASE("serve without options") {
  const ServeOptions o = serve({});
  CHECK(o.listen.port == 9001);
  CHECK(o.listen.hosts == Words{"localhost"});
  CHECK_FALSE(o.listen.address_given);
  CHECK_FALSE(o.listen.unix_path);
  CHECK(o.listen.unix_mode == 0600);
  CHECK_FALSE(o.listen.max_clients);
  CHECK(o.framing.kind == Kind::lines);
  CHECK_FALSE(o.framing.keep_newline);
  CHECK(o.input.type == wire::MessageType::text);
  CHECK(o.input.on_invalid == flow::OnInvalid::binary);
  CHECK(o.wait.clients == 1);
  CHECK_FALSE(o.wait.clients_given);
  CHECK(o.stream.on_eof == OnEof::close);
  CHECK(o.stream.slow == Slow::block);
  CHECK_FALSE(o.stream.replay);
  CHECK(o.stream.replay_bytes == 16u << 20);
  CHECK(o.queue.backlog == 4u << 20);
  CHECK(o.queue.stall_timeout == 10s);
  CHECK(o.common.ping_interval == 20s);
  CHECK(o.common.ping_timeout == 20s);
  CHECK(o.common.max_message == 16u << 20);
  CHECK(o.common.grace == 5s);
  CHECK(o.common.log_level == LogLevel::info);
  CHECK(o.common.color == Color::when_terminal);
}

TEST_CASE("broadcast, echo and connect differ in their defaults") {
  CHECK(broadcast({}).stream.on_eof == OnEof::keep);
  CHECK(broadcast({}).stream.slow == Slow::kick);
  CHECK(broadcast({}).input.on_invalid == flow::OnInvalid::binary);
  CHECK_FALSE(echo({}).print);
  CHECK(connect({}).input.on_invalid == flow::OnInvalid::fail);
  CHECK(connect({}).connection.connect_timeout == 10s);
  CHECK_FALSE(connect({}).timeout);
  CHECK_FALSE(connect({}).linger);
  CHECK_FALSE(connect({}).count);
}

TEST_CASE("listening") {
  CHECK(serve({"-p", "80"}).listen.port == 80);
  CHECK(serve({"-p80"}).listen.port == 80);
  CHECK(serve({"--port", "0"}).listen.port == 0);
  CHECK(serve({"--port=65535"}).listen.port == 65535);
  CHECK(serve({"--port", "1"}).listen.address_given);
  CHECK(serve({"--host", "::", "--host", "[::1]", "--host", "a.example"}).listen.hosts ==
        Words{"::", "::1", "a.example"});
  CHECK(serve({"--host", "fe80::1%eth0"}).listen.hosts == Words{"fe80::1%eth0"});
  CHECK(serve({"--unix", "/tmp/s", "--unix-mode", "660"}).listen.unix_path == "/tmp/s");
  CHECK(serve({"--unix", "/tmp/s", "--unix-mode", "660"}).listen.unix_mode == 0660);
  CHECK(serve({"--unix", "/tmp/s"}).listen.address_given);
  const net::TlsFiles tls =
      serve({"--cert", "c.pem", "--key", "k.pem", "--cacert", "a.pem"}).listen.tls;
  CHECK(tls.cert == "c.pem");
  CHECK(tls.key == "k.pem");
  CHECK(tls.cacert == "a.pem");
  CHECK_FALSE(serve({}).listen.tls.cert);
  CHECK(serve({"--max-clients", "3"}).listen.max_clients == 3u);
  CHECK(serve({"--once"}).listen.once);
  CHECK(serve({"--exit-idle", "0.5"}).listen.exit_idle == 500ms);
  CHECK(serve({"--no-page"}).listen.no_page);
  CHECK(serve({"--port-file", "p"}).listen.port_file == "p");
  CHECK(serve({"--ready-fd", "3"}).listen.ready_fd == 3);
}

TEST_CASE("who gets in, and with what") {
  CHECK(serve({"--origin", "https://a.example", "--origin", "any"}).listen.origins ==
        Words{"https://a.example", "any"});
  CHECK(serve({"--allow-host", "a.example"}).listen.allow_hosts == Words{"a.example"});
  CHECK(serve({"--path", "/chat/%20"}).listen.path == "/chat/%20");
  CHECK(serve({"--subprotocol", "a", "--subprotocol", "b"}).listen.subprotocols == Words{"a", "b"});
  CHECK(serve({"-H", "X-A: 1", "--header=X-B:2"}).listen.headers ==
        std::vector<wire::Header>{{"X-A", "1"}, {"X-B", "2"}});
}

TEST_CASE("framings") {
  CHECK(serve({"-0"}).framing.kind == Kind::delimiter);
  CHECK(serve({"--null"}).framing.delimiter == std::string(1, '\0'));
}

TEST_CASE("a delimiter has escapes") {
  CHECK(serve({"--delim", "--"}).framing.delimiter == "--");
  CHECK(serve({"--delim", "\\n\\t\\x41"}).framing.delimiter == "\n\tA");
  CHECK(serve({"--delim=\\0"}).framing.delimiter == std::string(1, '\0'));
  CHECK(serve({"--delim", ";"}).framing.kind == Kind::delimiter);
}

TEST_CASE("other framings") {
  CHECK(serve({"--slurp"}).framing.kind == Kind::slurp);
  CHECK(serve({"--length-prefixed"}).framing.kind == Kind::length_prefixed);
  CHECK(serve({"--keep-newline"}).framing.keep_newline);
  CHECK(serve({"--chunk"}).framing.kind == Kind::chunk);
  CHECK(serve({"--chunk"}).framing.whole_characters);
  CHECK_FALSE(serve({"--chunk", "-b"}).framing.whole_characters);
  CHECK(connect({"--chunk", "-b"}).framing.kind == Kind::chunk);
  CHECK(echo({"--print", "-0"}).framing.kind == Kind::delimiter);
}

TEST_CASE("the last of -t and -b counts") {
  CHECK(serve({"-b"}).input.type == wire::MessageType::binary);
  CHECK(serve({"-t", "-b"}).input.type == wire::MessageType::binary);
  CHECK(serve({"-b", "-t"}).input.type == wire::MessageType::text);
  CHECK(serve({"-bt"}).input.type == wire::MessageType::text);
}

TEST_CASE("input, output and streams") {
  CHECK(serve({"--on-invalid", "skip"}).input.on_invalid == flow::OnInvalid::skip);
  CHECK(serve({"--raw", "--tag"}).output.raw);
  CHECK(serve({"--raw", "--tag"}).output.tag);
  CHECK(connect({"--raw"}).output.raw);
  CHECK(serve({"--wait-clients", "0"}).wait.clients == 0);
  CHECK(serve({"--wait-clients", "0"}).wait.clients_given);
  CHECK(serve({"--wait-timeout", "3"}).wait.timeout == 3s);
  CHECK(serve({"--hold"}).wait.hold);
  CHECK(serve({"--on-eof", "wait"}).stream.on_eof == OnEof::wait);
  CHECK(broadcast({"--slow", "drop-old"}).stream.slow == Slow::drop_old);
  CHECK(serve({"--send-only"}).stream.send_only);
  CHECK(echo({"--backlog", "64k"}).queue.backlog == 64'000);
  CHECK(echo({"--stall-timeout", "0"}).queue.stall_timeout == 0s);
}

TEST_CASE("either bound switches the ring on, and then nobody is waited for") {
  const ServeOptions by_count = serve({"--replay", "5"});
  CHECK(by_count.stream.replay);
  CHECK(by_count.stream.replay_messages == 5);
  CHECK(by_count.stream.replay_bytes == 16u << 20);
  CHECK(by_count.wait.clients == 0);

  const ServeOptions by_bytes = serve({"--replay-bytes", "1Ki"});
  CHECK(by_bytes.stream.replay);
  CHECK(by_bytes.stream.replay_messages == std::numeric_limits<std::size_t>::max());
  CHECK(by_bytes.stream.replay_bytes == 1024);

  CHECK(serve({"--replay", "5", "--wait-clients", "2"}).wait.clients == 2);
  CHECK(broadcast({"--replay", "5"}).stream.replay);
}

TEST_CASE("--once waits for a stalled client unless told not to") {
  CHECK(serve({"--once"}).queue.stall_timeout == 0s);
  CHECK(serve({"--once", "--stall-timeout", "3"}).queue.stall_timeout == 3s);
  CHECK(echo({"--once"}).queue.stall_timeout == 0s);
}

TEST_CASE("connect") {
  const ConnectOptions o =
      parsed<ConnectOptions>({"ws://[::1]:81/x?y", "--origin", "null", "--subprotocol", "a"});
  CHECK(o.connection.url.host == "::1");
  CHECK(o.connection.url.port == 81);
  CHECK(o.connection.url.target == "/x?y");
  CHECK(o.connection.origin == "null");
  CHECK(o.connection.subprotocols == Words{"a"});
  CHECK(parsed<ConnectOptions>({"--", "h:1"}).connection.url.port == 1);
  CHECK(connect({"--connect-timeout", "1.5"}).connection.connect_timeout == 1500ms);
  CHECK_FALSE(connect({"--connect-timeout", "0"}).connection.connect_timeout);
  const ConnectionOptions secure =
      connect({"-k", "--cacert", "a", "--cert", "c", "--key", "k"}).connection;
  CHECK(secure.insecure);
  CHECK(secure.tls.cacert == "a");
  CHECK(secure.tls.cert == "c");
  CHECK(secure.tls.key == "k");
  CHECK_FALSE(connect({}).connection.insecure);
  CHECK(connect({"-m", "5"}).timeout == 5s);
  CHECK(connect({"-n", "3"}).count == 3u);
  CHECK(connect({"-1"}).count == 1u);
  CHECK(connect({"-n", "3", "-1"}).count == 1u);
  CHECK(connect({"-1", "-n", "3"}).count == 3u);
  CHECK(connect({"--linger", "inf"}).linger == Duration::max());
  CHECK(connect({"--linger", "0"}).linger == 0s);
  CHECK(connect({"--recv-only"}).recv_only);
  CHECK(connect({"--send-only"}).send_only);
  CHECK_FALSE(connect({}).reconnect);
  CHECK(connect({"--reconnect"}).reconnect);
  CHECK(connect({"--reconnect-max", "2"}).reconnect);
  CHECK(connect({"--reconnect-max", "2"}).reconnect_max == 2u);
}

TEST_CASE("our Close") {
  CHECK(connect({"--close", "4000"}).close->code == 4000);
  CHECK(connect({"--close", "4000"}).close->reason.empty());
  CHECK(connect({"--close", "1001:a:b"}).close->reason == "a:b");
  CHECK(connect({"--close", "1000:" + std::string(123, 'x')}).close->reason.size() == 123);
}

TEST_CASE("a value is one word and reaches us as it was typed") {
  CHECK(connect({"--send", "[1,2]"}).send == Words{"[1,2]"});
  CHECK(connect({"--send", "{}", "--send", "[]"}).send == Words{"{}", "[]"});
  CHECK(connect({"--send={}"}).send == Words{"{}"});
  CHECK(connect({"--send=", "--send", ""}).send == Words{"", ""});
  CHECK(connect({"--send", "--once"}).send == Words{"--once"});
  CHECK(connect({"--send", "--send="}).send == Words{"--send="});
  CHECK(connect({"--send", "--", "--send", "a b"}).send == Words{"--", "a b"});
  CHECK(connect({"-H", "A: b"}).connection.url.host == "h");
}

TEST_CASE("request headers come from the command line and from files") {
  const std::vector<wire::Header> two{{"Authorization", "Bearer x"}, {"Host", "y"}};
  CHECK(connect({"-H", "Authorization: Bearer x", "--header", "Host:y"}).connection.headers == two);

  const TemporaryFile file("Authorization: Bearer x\r\n\nHost: \ty\n");
  CHECK(connect({"-H", "@" + file.path()}).connection.headers == two);
}

TEST_CASE("subprotocols copied as a header are subprotocols") {
  const ConnectOptions o = connect({"--subprotocol", "a", "-H", "sec-websocket-protocol: b, c"});
  CHECK(o.connection.subprotocols == Words{"a", "b", "c"});
  CHECK(o.connection.headers.empty());
}

TEST_CASE("what goes to stderr") {
  CHECK(serve({"-q"}).common.log_level == LogLevel::error);
  CHECK(serve({"-v"}).common.log_level == LogLevel::verbose);
  CHECK(serve({"-vv"}).common.log_level == LogLevel::debug);
  CHECK(serve({"-v", "-v"}).common.log_level == LogLevel::debug);
  CHECK(serve({"-v", "-q"}).common.log_level == LogLevel::error);
  CHECK(serve({"-q", "-v"}).common.log_level == LogLevel::verbose);
  CHECK(serve({"--color", "never"}).common.color == Color::never);
  CHECK(serve({"--stats"}).common.stats);
}

TEST_CASE("an option given twice counts as given last") {
  CHECK(serve({"--port", "1", "-p", "2"}).listen.port == 2);
  CHECK(serve({"--on-eof", "keep", "--on-eof", "close"}).stream.on_eof == OnEof::close);
  CHECK(serve({"--once", "--once"}).listen.once);
  CHECK(serve({"-0", "-0"}).framing.kind == Kind::delimiter);
  CHECK(connect({"--close", "1000", "--close", "4000"}).close->code == 4000);
}

TEST_CASE("echo misbehaves only when it is told to") {
  CHECK_FALSE(echo({}).misbehaves);
  CHECK_FALSE(echo({"--no-pong"}).misbehaves);
  CHECK(echo({"--no-pong"}).no_pong);
  CHECK(echo({"--reply", ""}).misbehaves);
  CHECK(echo({"--reply", "{}"}).behaviour.reply == "{}");
  CHECK(echo({"--greet", "hi"}).behaviour.greet == "hi");
  CHECK(echo({"--delay", "250"}).behaviour.delay == 250ms);
  CHECK(echo({"--jitter", "10"}).behaviour.jitter == 10ms);
  CHECK(echo({"--fragment", "1"}).behaviour.frame_bytes == 1);
  CHECK(echo({"--close-after", "3"}).behaviour.close_after == 3);
  CHECK(echo({"--close-after", "3"}).behaviour.close_code == 1000);
  CHECK(echo({"--close-after", "3", "--close-code", "4000"}).behaviour.close_code == 4000);
  CHECK(echo({"--drop", "100"}).behaviour.drop_percent == 100);
  CHECK(echo({"--seed", "0"}).seed == 0);
  CHECK_FALSE(echo({}).seed);
}
