#include "cli/command_line.hpp"

#include <unistd.h>

#include "cli/built_mode.hpp"
#include "cli/parsing.hpp"
#include "support/catch.hpp"

using namespace ws;
using namespace ws::cli;

namespace {

Run set_up_serve(CLI::App& app) {
  return run_with<ServeOptions>(app, add_serve_options,
                                [](const ServeOptions& options, Runtime& runtime) {
                                  runtime.log.verbose("port {}", options.listen.port);
                                  return 40;
                                });
}

constexpr Mode serve_mode{"serve", nullptr, "serve it", set_up_serve};
constexpr Mode other_mode{"connect", "client", "connect it", set_up_serve};
constexpr const Mode* modes[] = {&serve_mode, &other_mode};

struct Outcome {
  int status;
  std::string log;
};

Outcome run_words(const Words& words) {
  Outcome outcome{};
  Console console(STDERR_FILENO);
  Log log([&outcome](LogLevel, std::string_view line) { outcome.log += line; });
  Runtime runtime{.log = log, .console = console};
  outcome.status = run(modes, words, runtime);
  return outcome;
}

std::string refused(const Words& words) {
  return refusal(run_words, words);
}

}  // namespace

TEST_CASE("a mode runs with its options, and the log is as they say") {
  CHECK(run_words({"serve", "-v", "-p", "7"}).status == 40);
  CHECK(run_words({"serve", "-v", "-p", "7"}).log == "port 7");
  CHECK(run_words({"serve", "-p", "7"}).log == "");
  CHECK(run_words({"client", "-v"}).log == "port 9001");
}

TEST_CASE("unknown modes") {
  CHECK(refused({"serv"}) == "unknown mode 'serv' (did you mean serve?)");
  CHECK(refused({"clinet"}) == "unknown mode 'clinet' (did you mean client?)");
  CHECK(refused({"listen"}) == "unknown mode 'listen' (there are serve, connect, client)");
  CHECK(refused({"Serve"}) == "unknown mode 'Serve' (did you mean serve?)");
  CHECK(refused({""}) == "unknown mode '' (there are serve, connect, client)");
  CHECK(refused({"\x1b[31m"}) == "unknown mode '\\x1b[31m' (there are serve, connect, client)");
  CHECK(refused({"-q", "serve"}) ==
        "unknown option '-q' before the mode (there are serve, connect, client)");
}

TEST_CASE("unknown options") {
  CHECK(refusal(serve, {"--prot", "1"}) == "serve: unknown option '--prot' (did you mean --port?)");
  CHECK(refusal(serve, {"--prot=1"}) == "serve: unknown option '--prot' (did you mean --port?)");
  CHECK(refusal(serve, {"--unknown"}) ==
        "serve: unknown option '--unknown' (see ws-tool help serve)");
  CHECK(refusal(serve, {"-z"}) == "serve: unknown option '-z' (see ws-tool help serve)");
  CHECK(refusal(serve, {"-qz"}) == "serve: unknown option '-z' (see ws-tool help serve)");
  CHECK(refusal(serve, {"-1"}) == "serve: unknown option '-1' (see ws-tool help serve)");
  CHECK(refusal(serve, {"--Port", "1"}) == "serve: unknown option '--Port' (did you mean --port?)");
  CHECK(refusal(parsed<ConnectOptions>, {"--bogus-name"}) ==
        "connect: unknown option '--bogus-name' (see ws-tool help connect)");
}

TEST_CASE("names are not abbreviated") {
  CHECK(refusal(serve, {"--por", "1"}) == "serve: unknown option '--por' (did you mean --port?)");
  CHECK(refusal(serve, {"--wait-t", "1"}) ==
        "serve: unknown option '--wait-t' (did you mean --wait-timeout?)");
}

TEST_CASE("options of other modes are unknown") {
  for (const char* name :
       {"--hold", "--wait-clients", "--wait-timeout", "--print", "--linger", "--count", "--expect"})
    CHECK(refusal(broadcast, {name}).find("unknown option") != std::string::npos);
  for (const char* name : {"--hold", "-t", "-b", "--on-invalid", "--on-eof", "--replay", "--slow",
                           "--send-only", "--send"})
    CHECK(refusal(echo, {name}).find("unknown option") != std::string::npos);
  for (const char* name : {"--port", "--host", "--tag", "--backlog", "--stall-timeout", "--slow",
                           "--replay", "--once"})
    CHECK(refusal(connect, {name}).find("unknown option") != std::string::npos);
  for (const char* name :
       {"--print", "--linger", "-n", "-1", "-m", "--reconnect", "--recv-only", "--connect-timeout"})
    CHECK(refusal(serve, {name}).find("unknown option") != std::string::npos);
}

TEST_CASE("words that nothing takes") {
  CHECK(refusal(serve, {"x"}) == "serve: unexpected argument 'x'");
  CHECK(refusal(serve, {"--port", "1", "2"}) == "serve: unexpected argument '2'");
  CHECK(refusal(serve, {"-"}) == "serve: unexpected argument '-'");
  CHECK(refusal(connect, {"ws://a/"}) == "connect: unexpected argument 'ws://h/'");
  CHECK(refusal(serve, {"-H", "A: b", "c"}) == "serve: unexpected argument 'c'");
}

TEST_CASE("values that are missing or too many") {
  CHECK(refusal(serve, {"--port"}) == "serve: --port needs a value (N)");
  CHECK(refusal(serve, {"-p"}) == "serve: -p needs a value (N)");
  CHECK(refusal(serve, {"-qp"}) == "serve: the last option of -qp needs a value");
  CHECK(refusal(serve, {"--once=yes"}) == "serve: --once takes no value");
  CHECK(refusal(serve, {"--port="}) == "--port: '' is not a port (0-65535)");
  CHECK(refusal(parsed<ConnectOptions>, {}) ==
        "connect: URL is missing: ws:// or wss://HOST[:PORT][/PATH]");
  CHECK(refusal(parsed<ConnectOptions>, {"ws://a/#b"}).starts_with("URL: "));
  CHECK(refusal(parsed<ConnectOptions>, {""}) != "");
}
