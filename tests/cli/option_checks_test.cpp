#include "cli/option_checks.hpp"

#include "cli/parsing.hpp"
#include "support/catch.hpp"

using namespace ws;
using namespace ws::cli;

namespace {

void check_excluded(const std::string& text, const std::string& a, const std::string& b) {
  CHECK(text.find(a + " and " + b + " exclude each other") != std::string::npos);
}

Words joined(Words a, const Words& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

}  // namespace

TEST_CASE("options that contradict each other, on every mode that has them") {
  struct Row {
    Words a, b;
  };
  const Words unix_socket{"--unix", "s"};
  const std::vector<Row> rows{
      {unix_socket, {"--port", "1"}},
      {unix_socket, {"--host", "h"}},
      {unix_socket, {"--port-file", "f"}},
      {{"--once"}, {"--exit-idle", "1"}},
      {{"--null"}, {"--delim", "x"}},
      {{"--null"}, {"--slurp"}},
      {{"--slurp"}, {"--chunk"}},
      {{"--chunk"}, {"--length-prefixed"}},
      {{"--delim", "x"}, {"--slurp"}},
      {{"--keep-newline"}, {"--null"}},
      {{"--keep-newline"}, {"--delim", "x"}},
      {{"--tag"}, {"--chunk"}},
      {{"--tag"}, {"--slurp"}},
      {{"--tag"}, {"--length-prefixed"}},
  };
  for (const auto& [a, b] : rows) {
    for (const Words& words : {joined(a, b), joined(b, a)}) {
      check_excluded(refusal(serve, words), a[0], b[0]);
      check_excluded(refusal(broadcast, words), a[0], b[0]);
      check_excluded(refusal(echo, joined({"--print"}, words)), a[0], b[0]);
    }
    CHECK(refusal(serve, a) == "");
    CHECK(refusal(serve, b) == "");
  }
}

TEST_CASE("--once excludes what it makes no sense with") {
  check_excluded(refusal(serve, {"--once", "--replay", "1"}), "--once", "--replay");
  check_excluded(refusal(broadcast, {"--once", "--replay-bytes", "1"}), "--once", "--replay-bytes");
  check_excluded(refusal(serve, {"--once", "--wait-clients", "2"}), "--once", "--wait-clients");
  CHECK(refusal(serve, {"--once", "--wait-clients", "1"}) == "");
  CHECK(refusal(serve, {"--once", "--wait-clients", "0"}) == "");
}

TEST_CASE("options that need another") {
  CHECK(refusal(serve, {"--unix-mode", "600"}) == "serve: --unix-mode needs --unix");
  CHECK(refusal(serve, {"--key", "k"}) == "serve: --key needs --cert");
  CHECK(refusal(serve, {"--cacert", "a"}) == "serve: --cacert needs --cert");
  CHECK(refusal(connect, {"--key", "k"}) == "connect: --key needs --cert");
  CHECK(refusal(echo, {"--tag"}) == "echo: --tag needs --print");
  for (const Words& words : {Words{"-0"},
                             {"--delim", "x"},
                             {"--slurp"},
                             {"--chunk"},
                             {"--length-prefixed"},
                             {"--keep-newline"},
                             {"--raw"}}) {
    CHECK(refusal(echo, words).find(" needs --print") != std::string::npos);
    CHECK(refusal(echo, joined({"--print"}, words)) == "");
  }
}

TEST_CASE("connect: contradictions") {
  check_excluded(refusal(connect, {"--send-only", "-n", "1"}), "--send-only", "--count");
  check_excluded(refusal(connect, {"-1", "--send-only"}), "--send-only", "-1");
  check_excluded(refusal(connect, {"--expect", "x", "--send-only"}), "--send-only", "--expect");
  check_excluded(refusal(connect, {"--reject", "x", "--send-only"}), "--send-only", "--reject");
  check_excluded(refusal(connect, {"--unix", "x", "--proxy", ""}), "--unix", "--proxy");
  check_excluded(refusal(connect, {"--unix", "x", "--resolve", "h:1:::1"}), "--unix", "--resolve");
  check_excluded(refusal(connect, {"--send-only", "--recv-only"}), "--send-only", "--recv-only");
  check_excluded(refusal(connect, {"--chunk", "-0"}), "--null", "--chunk");
  CHECK(refusal(connect, {"--subprotocol", "a", "--subprotocol", "a"}) ==
        "connect: --subprotocol a is given twice");
  CHECK(refusal(connect, {"--subprotocol", "a", "-H", "Sec-WebSocket-Protocol: b, a"}) ==
        "connect: --subprotocol a is given twice");
}

TEST_CASE("--jsonl leaves nothing to frame, to type or to wait for") {
  const std::vector<Words> everywhere{{"--null"},  {"--delim", "x"},   {"--slurp"},
                                      {"--chunk"}, {"--keep-newline"}, {"--length-prefixed"},
                                      {"--raw"}};
  for (const Words& words : everywhere) {
    const Words both = joined({"--jsonl"}, words);
    for (const std::string& text : {refusal(serve, both), refusal(broadcast, both),
                                    refusal(echo, both), refusal(connect, both)})
      check_excluded(text, "--jsonl", words[0]);
  }
  for (const Words& words : {Words{"-t"}, {"-b"}, {"--on-invalid", "skip"}}) {
    const Words both = joined({"--jsonl"}, words);
    for (const std::string& text :
         {refusal(serve, both), refusal(broadcast, both), refusal(connect, both)})
      check_excluded(text, "--jsonl", words[0]);
  }
  check_excluded(refusal(serve, {"--jsonl", "--tag"}), "--jsonl", "--tag");
  check_excluded(refusal(echo, {"--jsonl", "--tag"}), "--jsonl", "--tag");
  check_excluded(refusal(serve, {"--hold", "--jsonl"}), "--jsonl", "--hold");
  check_excluded(refusal(serve, {"--jsonl", "--wait-clients", "0"}), "--jsonl", "--wait-clients");
  for (const auto& mode :
       {refusal(serve, {"--jsonl"}), refusal(broadcast, {"--jsonl"}), refusal(echo, {"--jsonl"}),
        refusal(connect, {"--jsonl"}), refusal(echo, {"--jsonl", "--print"})})
    CHECK(mode == "");
}

TEST_CASE("--send is a text message that may be sent") {
  CHECK(refusal(connect, {"--send", "a\xff"}) == "--send: 'a\\xff' is not UTF-8");
  CHECK(refusal(connect, {"--send", "12345", "--max-message", "5"}) == "");
  CHECK(refusal(connect, {"--send", "123456", "--max-message", "5"}) ==
        "connect: --send: a text of 6 bytes, and --max-message is 5");
}

TEST_CASE("a length prefix has 32 bits") {
  CHECK(refusal(serve, {"--length-prefixed", "--max-message", "4294967295"}) == "");
  CHECK(refusal(serve, {"--length-prefixed", "--max-message", "4Gi"}) != "");
  CHECK(refusal(connect, {"--length-prefixed", "--max-message", "4Gi"}) != "");
  CHECK(refusal(serve, {"--max-message", "4Gi"}) == "");
}
