#include "app/json_command.hpp"

#include <string>

#include "support/catch.hpp"

using namespace ws;
using namespace ws::app;

namespace {

constexpr CommandRules server{};
constexpr CommandRules client{.side = CommandRules::Side::client};
using Which = Clients::Which;
using Numbers = std::vector<std::uint64_t>;

template <class T>
T parsed(std::string_view line, const CommandRules& rules = server) {
  auto command = parse_command(line, rules);
  INFO(line);
  if (!command) FAIL(command.error());
  return std::get<T>(*command);
}

std::string refusal(std::string_view line, const CommandRules& rules = server) {
  const auto command = parse_command(line, rules);
  INFO(line);
  REQUIRE_FALSE(command);
  return command.error();
}

std::string payload(const SendCommand& command) {
  return std::string(as_text(command.payload));
}

}  // namespace

TEST_CASE("commands as SPEC.md §7 shows them") {
  const auto all = parsed<SendCommand>(R"({"send":"to all"})");
  CHECK(payload(all) == "to all");
  CHECK(all.type == wire::MessageType::text);
  CHECK(all.to.which == Which::all);

  const auto one = parsed<SendCommand>(R"({"send":"psst","to":1})");
  CHECK(one.to.which == Which::listed);
  CHECK(one.to.numbers == Numbers{1});

  const auto others = parsed<SendCommand>(R"({"send":"others","except":1})");
  CHECK(others.to.which == Which::all_but_listed);
  CHECK(others.to.numbers == Numbers{1});

  const auto binary = parsed<SendCommand>(R"({"send_base64":"AAE=","to":[1,2]})");
  CHECK(binary.type == wire::MessageType::binary);
  CHECK(payload(binary) == std::string("\x00\x01", 2));
  CHECK(binary.to.numbers == Numbers{1, 2});

  const auto close = parsed<CloseCommand>(R"({"close":1,"code":4000,"reason":"bye"})");
  CHECK(close.whom.numbers == Numbers{1});
  CHECK(close.code == 4000);
  CHECK(close.reason == "bye");

  const auto shut = parsed<AcceptCommand>(R"({"accept":false,"code":503,"reason":"full"})");
  CHECK_FALSE(shut.accept);
  CHECK(shut.status == 503);
  CHECK(shut.reason == "full");
  CHECK(parsed<AcceptCommand>(R"({"accept":true})").accept);
}

TEST_CASE("what may be left out") {
  CHECK(parsed<CloseCommand>(R"({"close":"all"})").whom.which == Which::all);
  CHECK_FALSE(parsed<CloseCommand>(R"({"close":7})").code);
  CHECK(parsed<AcceptCommand>(R"({"accept":false})").status == 503);
  CHECK(parsed<AcceptCommand>(R"({"accept":false})").reason.empty());
  CHECK(payload(parsed<SendCommand>(R"({"send":""})")).empty());
  CHECK(payload(parsed<SendCommand>(R"({"send_base64":""})")).empty());
}

TEST_CASE("order, space and escapes are JSON's") {
  CHECK(payload(parsed<SendCommand>(
            " { \"to\" : [ ] , \"s\\u0065nd\" : \"a\\n\\u0000\\ud83d\\ude00\" } ")) ==
        std::string("a\n\0\xf0\x9f\x98\x80", 7));
}

TEST_CASE("whom: a number, a list, or all") {
  CHECK(parsed<SendCommand>(R"({"send":"x","to":"all"})").to.which == Which::all);
  CHECK(parsed<SendCommand>(R"({"send":"x","to":[]})").to.which == Which::listed);
  CHECK(parsed<SendCommand>(R"({"send":"x","to":[3,1,3,2]})").to.numbers == Numbers{1, 2, 3});
  const auto nobody = parsed<SendCommand>(R"({"send":"x","except":"all"})").to;
  CHECK(nobody.which == Which::listed);
  CHECK(nobody.numbers.empty());
  CHECK(parsed<SendCommand>(R"({"send":"x","except":[]})").to.which == Which::all_but_listed);
  CHECK(parsed<CloseCommand>(R"({"close":[2,1]})").whom.numbers == Numbers{1, 2});
  CHECK(parsed<SendCommand>(R"({"send":"x","to":18446744073709551615})").to.numbers ==
        Numbers{18446744073709551615u});

  const std::string expected = R"("to" must be the number of a client, a list of them, or "all")";
  for (const char* to : {"\"1\"", "1.0", "-1", "null", "true", "{}", "[[1]]", "[\"all\"]", "[null]",
                         "18446744073709551616", "[1.5]", "[{}]"}) {
    CHECK(refusal(std::string(R"({"send":"x","to":)") + to + "}") == expected);
  }
}

TEST_CASE("what is not JSON") {
  for (const char* line :
       {"hello", "{", "{\"send\":\"x\"", "{\"send\":\"x\"} x", "{\"send\":\"x\",}", "{'send':'x'}",
        "{\"send\":\"\\ud800\"}", "{\"send\":\"\xff\"}", "{\"send\":\"\xed\xa0\x80\"}",
        "{\"send\":\"a\tb\"}", "{\"to\":01}", "/**/{\"send\":\"x\"}",
        "{\"to\":1e999,\"send\":\"x\"}"})
    CHECK(refusal(line).starts_with("not JSON: wrong at byte "));
  CHECK(refusal(std::string_view("{\"send\":\"x\"}\0, and more", 22)) ==
        "not JSON: it holds a NUL byte");
  for (const char* line :
       {"1", "null", "true", "\"send\"", "[]", "[{\"send\":\"x\"}]", "-1", "1.5"})
    CHECK(refusal(line) == "not a JSON object");
}

TEST_CASE("keys: unknown, doubled, and such as do not go together") {
  CHECK(refusal(R"({"sned":"x"})") == R"(unknown key "sned")");
  CHECK(refusal("{\"\\u001b[2J\":1}") == R"(unknown key "\x1b[2J")");
  CHECK(refusal(R"({"send":"x","Send":"x"})") == R"(unknown key "Send")");
  CHECK(refusal(R"({"send":"x","send":"y"})") == R"(key "send" is given twice)");
  CHECK(refusal(R"({"send":"x","s\u0065nd":"y"})") == R"(key "send" is given twice)");
  CHECK(refusal(R"({"send":"x","to":1,"to":2})") == R"(key "to" is given twice)");
  CHECK(refusal("{}").starts_with("no command: expected "));
  CHECK(refusal(R"({"to":1})").starts_with("no command: expected "));
  CHECK(refusal(R"({"send":"x","send_base64":""})") ==
        R"("send" and "send_base64" exclude each other)");
  CHECK(refusal(R"({"close":1,"send":"x"})") == R"("send" and "close" exclude each other)");
  CHECK(refusal(R"({"send":"x","to":1,"except":2})") == R"("to" and "except" exclude each other)");
  CHECK(refusal(R"({"send":"x","code":1000})") == R"("code" does not go with "send")");
  CHECK(refusal(R"({"close":1,"to":1})") == R"("to" does not go with "close")");
  CHECK(refusal(R"({"accept":true,"code":503})") ==
        R"("code" and "reason" go with "accept":false only)");
}

TEST_CASE("values of the wrong kind") {
  for (const char* value : {"1", "null", "true", "[]", "{}", "[\"x\"]"}) {
    CHECK(refusal(std::string(R"({"send":)") + value + "}") == R"("send" must be a string)");
    CHECK(refusal(std::string(R"({"close":1,"reason":)") + value + "}") ==
          R"("reason" must be a string)");
  }
  for (const char* value : {"\"1000\"", "-1", "1000.0", "[1000]", "null"})
    CHECK(refusal(std::string(R"({"close":1,"code":)") + value + "}") ==
          R"("code" must be a number)");
  for (const char* value : {"\"true\"", "1", "null", "[true]"})
    CHECK(refusal(std::string(R"({"accept":)") + value + "}") ==
          R"("accept" must be true or false)");
  CHECK(refusal(R"({"close":true})").starts_with(R"("close" must be the number)"));
}

TEST_CASE("base64 is the one that base64_encode writes") {
  for (const char* text : {"AAE", "AAE=\\n", "AA E=", "A-_=", "AAF=", "====", "A"})
    CHECK(refusal(std::string(R"({"send_base64":")") + text + "\"}") ==
          R"("send_base64" is not base64)");
}

TEST_CASE("a message may be as long as --max-message, counted in its bytes") {
  const CommandRules four{.max_message_bytes = 4};
  CHECK(payload(parsed<SendCommand>("{\"send\":\"\\u0000\\u0000\\u0000\\u0000\"}", four)).size() ==
        4);
  CHECK(refusal(R"({"send":"12345"})", four) == "the message has 5 bytes, more than --max-message");
  CHECK(refusal(R"({"send":"ééé"})", four) == "the message has 6 bytes, more than --max-message");
  CHECK(payload(parsed<SendCommand>(R"({"send_base64":"AAAAAA=="})", four)).size() == 4);
  CHECK(refusal(R"({"send_base64":"AAAAAAA="})", four) ==
        "the message has 5 bytes, more than --max-message");
}

TEST_CASE("the codes and reasons that may be given") {
  for (const char* code : {"0", "999", "1004", "1005", "1006", "1015", "2999", "5000", "66536"})
    CHECK(refusal(std::string(R"({"close":1,"code":)") + code + "}") ==
          R"("code" must be 1000-1003, 1007-1014 or 3000-4999)");
  CHECK(parsed<CloseCommand>(R"({"close":1,"code":1014})").code == 1014);
  for (const char* code : {"0", "101", "200", "399", "600", "4294967799"})
    CHECK(refusal(std::string(R"({"accept":false,"code":)") + code + "}") ==
          R"("code" must be an HTTP status from 400 to 599)");

  const std::string longest(123, 'x');
  CHECK(parsed<CloseCommand>(R"({"close":1,"reason":")" + longest + "\"}").reason == longest);
  CHECK(refusal(R"({"close":1,"reason":")" + longest + "x\"}") ==
        R"("reason" is longer than 123 bytes)");
  CHECK(refusal(R"({"accept":false,"reason":")" + longest + "x\"}") ==
        R"("reason" is longer than 123 bytes)");
  CHECK(refusal(R"({"accept":false,"reason":"a\r\nb: c"})") ==
        R"("reason" holds a control character)");
}

TEST_CASE("a client has one peer: it names nobody and lets nobody in") {
  CHECK(payload(parsed<SendCommand>(R"({"send":"x"})", client)) == "x");
  CHECK(parsed<SendCommand>(R"({"send_base64":"AA=="})", client).type == wire::MessageType::binary);
  const auto close = parsed<CloseCommand>(R"({"close":true,"code":3000,"reason":"r"})", client);
  CHECK(close.code == 3000);
  CHECK(close.reason == "r");
  for (const char* value : {"false", "1", "\"all\"", "[1]", "null"})
    CHECK(refusal(std::string(R"({"close":)") + value + "}", client) == R"("close" must be true)");
  CHECK(refusal(R"({"send":"x","to":1})", client) == R"(unknown key "to")");
  CHECK(refusal(R"({"send":"x","except":1})", client) == R"(unknown key "except")");
  CHECK(refusal(R"({"accept":true})", client) == R"(unknown key "accept")");
}

TEST_CASE("a list of clients has a bound") {
  std::string line = R"({"send":"x","to":[1)";
  for (std::size_t i = 0; i < (std::size_t{1} << 20); ++i) line += ",1";
  CHECK(refusal(line + "]}") == R"("to" lists more than 1048576 clients)");
}

TEST_CASE("the longest line") {
  CHECK(max_command_bytes({.max_message_bytes = 1}) == 6 + 65536);
  CHECK(max_command_bytes({.max_message_bytes = ~std::uint64_t{0}}) > (std::uint64_t{1} << 63));
}
