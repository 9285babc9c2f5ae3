#include "cli/value.hpp"

#include "cli/parsing.hpp"
#include "cli/temporary_file.hpp"
#include "support/catch.hpp"

using namespace ws;
using namespace ws::cli;

namespace {

std::string refused(const char* option, const std::string& value) {
  const std::string text = refusal(serve, {option, value});
  const std::string of_connect = refusal(connect, {option, value});
  return text.find("unknown option") == std::string::npos ? text : of_connect;
}

}  // namespace

TEST_CASE("what is refused is named, with what was expected") {
  CHECK(refused("--port", "99999") == "--port: '99999' is not a port (0-65535)");
  CHECK(refused("-p", "0x50") == "--port: '0x50' is not a port (0-65535)");
  CHECK(refused("-p", "-1") == "--port: '-1' is not a port (0-65535)");
  CHECK(refused("-p", "") == "--port: '' is not a port (0-65535)");
  CHECK(refused("--max-clients", "0") ==
        "--max-clients: '0' is not a number of clients (at least 1)");
  CHECK(refused("--on-eof", "clsoe") ==
        "--on-eof: 'clsoe' is none of close, keep, wait (did you mean close?)");
  CHECK(refused("--on-eof", "") == "--on-eof: '' is none of close, keep, wait");
  CHECK(refused("--slow", "drop") ==
        "--slow: 'drop' is none of block, drop-new, drop-old, kick (did you mean drop-new?)");
  CHECK(refused("--backlog", "1K") ==
        "--backlog: '1K' is not a size (at least 1 bytes; k M G, Ki Mi Gi)");
  CHECK(refused("--unix-mode", "999") == "--unix-mode: '999' is not a file mode (octal, 0-777)");
  CHECK(refused("--grace", "1s") ==
        "--grace: '1s' is not a number of seconds (0-1000000000, with or without a fraction)");
  CHECK(refused("--linger", "forever").find("or inf") != std::string::npos);
}

TEST_CASE("values that are out of range or no value at all") {
  for (const auto& [option, value] :
       std::vector<std::pair<const char*, std::string>>{{"--port", "65536"},
                                                        {"--port", "1e3"},
                                                        {"--port", " 1"},
                                                        {"--ready-fd", "2"},
                                                        {"--ready-fd", "-1"},
                                                        {"--wait-clients", "-1"},
                                                        {"--replay", "0"},
                                                        {"--replay-bytes", "0"},
                                                        {"--backlog", "0"},
                                                        {"--max-message", "0"},
                                                        {"--max-message", "-1"},
                                                        {"--max-message", "99999999999999999999"},
                                                        {"--exit-idle", "inf"},
                                                        {"--exit-idle", "-1"},
                                                        {"--grace", "nan"},
                                                        {"--ping-interval", "-0.5"},
                                                        {"--delim", ""},
                                                        {"--delim", "\\q"},
                                                        {"--delim", "a\\"},
                                                        {"--delim", "\\x4"},
                                                        {"--unix", ""},
                                                        {"--port-file", ""},
                                                        {"--color", "Auto"},
                                                        {"-n", "0"},
                                                        {"-n", "-1"},
                                                        {"--reconnect-max", "0"},
                                                        {"--connect-timeout", "inf"}}) {
    CAPTURE(option, value);
    CHECK(refused(option, value) != "");
  }
}

// CVE-2026-1527 (undici), CVE-2026-47072 (hackney).
TEST_CASE("nothing that ends a header line gets into a handshake") {
  for (const std::string bad : {"X-A: 1\r\nX-B: 2", "X-A: 1\nX-B: 2", "X-A: 1\r", "X-A\r: 1",
                                "X A: 1", ": 1", "X-A", "", "X-A: \x01", "X-A: \x7f"}) {
    CAPTURE(bad);
    CHECK(refusal(serve, {"-H", bad}).starts_with("--header: "));
    CHECK(refusal(connect, {"-H", bad}).starts_with("--header: "));
  }
  for (const std::string bad : {"", "a b", "a,b", "a\r\nb", "\xc3\xa4"}) {
    CHECK(refusal(serve, {"--subprotocol", bad}).starts_with("--subprotocol: "));
    CHECK(refusal(connect, {"--subprotocol", bad}).starts_with("--subprotocol: "));
  }
  CHECK(refusal(connect, {"--origin", "http://a\r\nX: y"}) != "");
}

TEST_CASE("fields of the handshake itself are refused in either case of letters") {
  for (const char* name : {"Upgrade", "connection", "Sec-WebSocket-Extensions", "Content-Length",
                           "Transfer-Encoding"}) {
    CHECK(refusal(serve, {"-H", std::string(name) + ": x"}).find("by the handshake itself") !=
          std::string::npos);
    CHECK(refusal(connect, {"-H", std::string(name) + ": x"}).find("by the handshake itself") !=
          std::string::npos);
  }
  CHECK(refusal(connect, {"-H", "Sec-WebSocket-Key: x"}) != "");
  CHECK(refusal(connect, {"-H", "SEC-WEBSOCKET-VERSION: 13"}) != "");
  CHECK(refusal(serve, {"-H", "Sec-WebSocket-Accept: x"}) != "");
  CHECK(refusal(serve, {"-H", "Sec-WebSocket-Protocol: x"}) != "");
  CHECK(refusal(connect, {"-H", "Host: x"}) == "");
}

TEST_CASE("a header has a name that is one") {
  const auto said = [](const std::string& header) {
    CHECK(refusal(serve, {"-H", header}) == refusal(connect, {"-H", header}));
    return refusal(connect, {"-H", header});
  };
  CHECK(said("Bad Name: x") ==
        "--header: 'Bad Name' is not a header field name, expected 'Name: value'");
  CHECK(said("X : x") == "--header: 'X ' is not a header field name, expected 'Name: value'");
  CHECK(said("X\r: x") == "--header: 'X\\x0d' is not a header field name, expected 'Name: value'");
  CHECK(said(": x") == "--header: no field name before the colon, expected 'Name: value'");
}

TEST_CASE("a secret is not repeated in the refusal") {
  CHECK(refusal(connect, {"-H", "Bearer secret"}).find("secret") == std::string::npos);
  CHECK(refusal(connect, {"-H", "Authorization: secret\x01"}).find("secret") == std::string::npos);
  CHECK(refusal(parsed<ConnectOptions>, {"ws://me:secret@h:99999/"}).find("secret") ==
        std::string::npos);
  const TemporaryFile file("X-A: 1\nsecret\n");
  CHECK(refusal(connect, {"-H", "@" + file.path()}) == "--header: line 2: expected 'Name: value'");
  const TemporaryFile credentials("Basic secret:x\n");
  CHECK(refusal(connect, {"-H", "@" + credentials.path()}) ==
        "--header: line 1: expected 'Name: value'");
}

TEST_CASE("a header file that cannot be read is status 8") {
  for (const auto& [path, why] : std::vector<std::pair<std::string, const char*>>{
           {"/nonexistent/file", "cannot be read: no such file or directory"},
           {"/", "cannot be read: is a directory"},
           {"/dev/zero", "holds more than 1 MiB"}}) {
    CAPTURE(path);
    try {
      connect({"-H", "@" + path});
      FAIL("read");
    } catch (const Failure& failure) {
      CHECK(failure.status == ExitStatus::local_io);
      CHECK(failure.what() == "--header " + path + ": " + why);
    }
  }
}

TEST_CASE("an origin is scheme, host and port") {
  for (const char* good : {"https://a.example", "http://a.example:8080", "http://[::1]:1",
                           "chrome-extension://abc", "any"})
    CHECK(refusal(serve, {"--origin", good}) == "");
  for (const char* bad :
       {"", "null", "a.example", "https://", "https://a.example/", "https://a/b", "https://u@a",
        "https://a b", "://a", "1a://b", "https://a?b", "https://a#b"}) {
    CAPTURE(bad);
    CHECK(refusal(serve, {"--origin", bad}).starts_with("--origin: "));
  }
}

TEST_CASE("a host is a name or an address") {
  for (const char* good :
       {"localhost", "0.0.0.0", "::", "::1", "[::1]", "fe80::1%eth0", "a-b.example"}) {
    CHECK(refusal(serve, {"--host", good}) == "");
    CHECK(refusal(serve, {"--allow-host", good}) == "");
  }
  for (const char* bad :
       {"", "a:80", "http://a", "a/b", "a b", "[a]", "[::1]:80", "127.0.0.1:80", "a\nb"}) {
    CAPTURE(bad);
    CHECK(refusal(serve, {"--host", bad}).starts_with("--host: "));
    CHECK(refusal(serve, {"--allow-host", bad}).starts_with("--allow-host: "));
  }
}

TEST_CASE("a path has no query") {
  CHECK(refusal(serve, {"--path", "/"}) == "");
  for (const char* bad : {"", "chat", "/a b", "/a?b", "/a#b", "/\xc3\xa4", "/a\r\n"})
    CHECK(refusal(serve, {"--path", bad}).starts_with("--path: "));
}

TEST_CASE("only codes that may be sent") {
  for (const char* good : {"1000", "1001", "1003", "1007", "1014", "3000", "4999"})
    CHECK(refusal(connect, {"--close", good}) == "");
  for (const std::string bad :
       {"", ":x", "999", "1004", "1005", "1006", "1015", "2999", "5000", "66536", "1000x", "-1"})
    CHECK(refusal(connect, {"--close", bad}).starts_with("--close: "));
  CHECK(refusal(connect, {"--close", "1000:" + std::string(124, 'x')}) ==
        "--close: '1000:" + std::string(75, 'x') + "…' has a reason of 124 bytes (at most 123)");
  CHECK(refusal(connect, {"--close", "1000:\xff"}) != "");
}

TEST_CASE("the nearest name is within two typing errors") {
  const Words names{"--port", "--port-file", "--path", "-p"};
  CHECK(did_you_mean("--prot", names) == " (did you mean --port?)");
  CHECK(did_you_mean("--por", names) == " (did you mean --port?)");
  CHECK(did_you_mean("--port-f", names) == " (did you mean --port-file?)");
  CHECK(did_you_mean("--host", names) == " (did you mean --port?)");
  CHECK(did_you_mean("--verbose", names) == "");
  CHECK(did_you_mean("-x", names) == "");
}
