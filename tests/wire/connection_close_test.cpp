#include "support/catch.hpp"
#include "support/frames.hpp"
#include "support/transcript.hpp"
#include "wire/connection.hpp"

// The closing handshake (RFC 6455 §5.5.1, §7): who answers what, once, and what is left unsaid
// afterwards.

namespace ws::wire {
namespace {

using test::Driver;
using test::frame_to;
using test::hex;
using test::operator+;
using test::to_bytes;
using test::to_hex;
using test::Transcript;
using Events = std::vector<std::string>;

constexpr Role roles[] = {Role::server, Role::client};

Transcript of_any_split(Role role, const Bytes& input) {
  const Transcript whole = test::transcript_of(role, input, {});
  for (const std::size_t cut : test::every_byte(input)) {
    CAPTURE(cut);
    CHECK(test::transcript_of(role, input, {cut}) == whole);
  }
  CHECK(test::transcript_of(role, input, test::every_byte(input)) == whole);
  return whole;
}

/// The Close frame that the side in `role` writes first: the first key of the tests is 00000001.
std::string close_from(Role role, const Bytes& payload) {
  test::FrameBits bits{.opcode = 8};
  if (role == Role::client) bits.key = hex("00 00 00 01");
  return to_hex(test::frame(bits, payload));
}

Bytes close_payload(unsigned code, const std::string& reason = "") {
  return Bytes{static_cast<std::byte>(code >> 8), static_cast<std::byte>(code & 0xFF)} +
         to_bytes(reason);
}

TEST_CASE("a Close is answered with its code, an empty one with an empty one (§5.5.1)") {
  for (const Role role : roles) {
    const auto coded =
        of_any_split(role, frame_to(role, {.opcode = 8}, close_payload(1001, "bye")));
    CHECK(coded.events == Events{"close 1001 \"bye\""});
    CHECK(coded.output == close_from(role, close_payload(1001)));
    const auto empty = of_any_split(role, frame_to(role, {.opcode = 8}, {}));
    CHECK(empty.events == Events{"close 1005 \"\""});
    CHECK(empty.output == close_from(role, {}));
  }
}

TEST_CASE("every allowed code is echoed, every other answered with 1002 (§7.4)") {
  for (const Role role : roles)
    for (const unsigned code : {0u, 999u, 1000u, 1003u, 1004u, 1005u, 1006u, 1007u, 1014u, 1015u,
                                1016u, 2999u, 3000u, 4999u, 5000u, 65535u}) {
      CAPTURE(code);
      const auto transcript =
          of_any_split(role, frame_to(role, {.opcode = 8}, close_payload(code)));
      if (may_be_sent(static_cast<CloseCode>(code))) {
        CHECK(transcript.events == Events{"close " + std::to_string(code) + " \"\""});
        CHECK(transcript.output == close_from(role, close_payload(code)));
      } else {
        CHECK(transcript.events == Events{"violation 1002 malformed close frame"});
        CHECK(transcript.output == close_from(role, close_payload(1002, "malformed close frame")));
      }
    }
}

TEST_CASE("a Close payload of one byte is answered with 1002, a reason not in UTF-8 with 1007") {
  for (const Role role : roles) {
    CHECK(of_any_split(role, frame_to(role, {.opcode = 8}, hex("03"))).events ==
          Events{"violation 1002 malformed close frame"});
    CHECK(of_any_split(role, frame_to(role, {.opcode = 8}, hex("03 e8 c3"))).events ==
          Events{"violation 1007 close reason is not valid UTF-8"});
    CHECK(of_any_split(role, frame_to(role, {.opcode = 8}, hex("03 e8 c3 9f"))).events ==
          Events{"close 1000 c39f"});
  }
}

TEST_CASE("a Close in the middle of a message is answered with its own code") {
  for (const Role role : roles) {
    const Bytes begun = frame_to(role, {.fin = false}, to_bytes("half a mess"));
    const auto transcript =
        of_any_split(role, begun + frame_to(role, {.opcode = 8}, close_payload(1000)));
    CHECK(transcript.events == Events{"close 1000 \"\""});
    CHECK(transcript.output == close_from(role, close_payload(1000)));
  }
}

TEST_CASE("after the peer's Close nothing more is taken (§5.5.1)") {
  for (const Role role : roles) {
    const Bytes close = frame_to(role, {.opcode = 8}, close_payload(1000));
    const Bytes text = frame_to(role, {}, to_bytes("late"));
    const auto transcript = of_any_split(role, text + close + text + close);
    CHECK(transcript.events == Events{"text \"late\"", "close 1000 \"\""});
    CHECK(transcript.output == close_from(role, close_payload(1000)));
    Driver driver{role};
    driver.feed(close);
    CHECK(driver.connection.finished());
    driver.feed(text);
    CHECK(driver.events == Events{"close 1000 \"\""});
  }
}

TEST_CASE(
    "our Close is sent once and nothing after it; messages are still taken until the peer's "
    "(§7.1)") {
  for (const Role role : roles) {
    Driver driver{role};
    driver.connection.send_close(driver.out, {close_code::going_away, "restart"});
    const std::string sent = to_hex(driver.out.bytes);
    CHECK(sent == close_from(role, close_payload(1001, "restart")));
    CHECK(driver.connection.close_sent());
    CHECK_FALSE(driver.connection.close_received());
    CHECK_FALSE(driver.connection.finished());

    driver.connection.send(driver.out, MessageType::text, as_bytes("late"));
    driver.connection.send_fragment(driver.out, Opcode::text, {}, true);
    driver.connection.send_ping(driver.out, {});
    driver.connection.send_pong(driver.out, {});
    driver.connection.send_close(driver.out, {close_code::normal, ""});
    driver.feed(frame_to(role, {}, to_bytes("still on its way")));
    driver.feed(frame_to(role, {.opcode = 8}, close_payload(1000, "as you like")));
    CHECK(driver.events == Events{"text \"still on its way\"", "close 1000 \"as you like\""});
    CHECK(to_hex(driver.out.bytes) == sent);
    CHECK(driver.connection.close_received());
    CHECK(driver.connection.finished());
  }
}

TEST_CASE(
    "an error is answered with a Close of its code and words, unless ours was sent (§7.1.7)") {
  for (const Role role : roles) {
    const Bytes bad = frame_to(role, {.opcode = 3}, {});
    Driver fresh{role};
    fresh.feed(bad);
    CHECK(to_hex(fresh.out.bytes) == close_from(role, close_payload(1002, "reserved opcode")));
    CHECK(fresh.connection.close_sent());
    CHECK(fresh.connection.finished());

    Driver closing{role};
    closing.connection.send_close(closing.out, {});
    closing.feed(bad);
    CHECK(closing.events == Events{"violation 1002 reserved opcode"});
    CHECK(to_hex(closing.out.bytes) == close_from(role, {}));
    CHECK(closing.connection.finished());
  }
}

TEST_CASE(
    "events before a Close in the same bytes come first, and their answers precede its answer") {
  for (const Role role : roles) {
    const auto transcript = of_any_split(
        role, frame_to(role, {.opcode = 9}, to_bytes("are you there")) +
                  frame_to(role, {}, to_bytes("message")) + frame_to(role, {.opcode = 8}, {}));
    CHECK(transcript.events ==
          Events{"ping \"are you there\"", "text \"message\"", "close 1005 \"\""});
  }
}

TEST_CASE("a held last word lets answers go before it") {
  const Limits limits;
  const Bytes text = frame_to(Role::server, {.opcode = 1}, to_bytes("hi"));
  const Bytes endings[] = {frame_to(Role::server, {.opcode = 8}, close_payload(4000, "bye")),
                           hex("c1 80 00 00 00 00")};
  for (const Bytes& ending : endings) {
    Connection connection(Role::server, limits, nullptr);
    test::CollectedOutput out;
    connection.hold_last_word();
    Bytes input = text + ending;
    connection.receive(input);
    REQUIRE(connection.next_event(out));
    REQUIRE(connection.next_event(out));
    CHECK_FALSE(connection.next_event(out));
    CHECK(out.bytes.empty());
    CHECK_FALSE(connection.close_sent());
    connection.send(out, MessageType::text, as_bytes("hi"));
    CHECK(to_hex(out.bytes) == to_hex(hex("81 02 68 69")));
    connection.send_last_word(out);
    CHECK(connection.close_sent());
    CHECK(out.bytes.size() > 4);
    const std::size_t size = out.bytes.size();
    connection.send_last_word(out);
    connection.send(out, MessageType::text, as_bytes("late"));
    CHECK(out.bytes.size() == size);
  }
}

TEST_CASE("holding its last word a side still has the answer to its own Close at once") {
  const Limits limits;
  Connection connection(Role::server, limits, nullptr);
  test::CollectedOutput out;
  connection.hold_last_word();
  connection.send_close(out, {.code = 1000, .reason = {}});
  Bytes input = frame_to(Role::server, {.opcode = 8}, close_payload(1000));
  connection.receive(input);
  REQUIRE(connection.next_event(out));
  CHECK(connection.finished());
  CHECK(out.bytes.size() == 4);
}

}  // namespace
}  // namespace ws::wire
