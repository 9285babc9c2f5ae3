#include "wire/connection.hpp"

#include "support/catch.hpp"
#include "support/frames.hpp"
#include "support/reference_parser.hpp"
#include "support/transcript.hpp"

// What each side takes and refuses. Every case runs whole, byte by byte, cut once at every point,
// and with a caller that stops after each event: always with the same events and the same output.

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

Transcript of_any_split(Role role, const Bytes& input, const Limits& limits = {}) {
  const Transcript whole = test::transcript_of(role, input, {}, limits);
  using Pulling = Driver::Pulling;
  CHECK(test::transcript_of(role, input, {}, limits, Pulling::without_fast_path) == whole);
  const auto bytewise = test::every_byte(input);
  CHECK(test::transcript_of(role, input, bytewise, limits) == whole);
  for (const std::size_t cut : bytewise) {
    CAPTURE(cut);
    CHECK(test::transcript_of(role, input, {cut}, limits) == whole);
    CHECK(test::transcript_of(role, input, {cut}, limits, Pulling::without_fast_path) == whole);
    CHECK(test::transcript_of(role, input, {cut}, limits, Pulling::one_at_a_time) == whole);
  }
  CHECK(test::transcript_of(role, input, {}, limits, Pulling::one_at_a_time) == whole);
  test::ReferenceParser reference{role, limits};
  reference.feed(input);
  CHECK(test::codes_only(whole.events) == reference.events);
  return whole;
}

Events events_of(Role role, const Bytes& input, const Limits& limits = {}) {
  return of_any_split(role, input, limits).events;
}

Events refusal(unsigned code, const std::string& text) {
  return {"violation " + std::to_string(code) + ' ' + text};
}

constexpr Role roles[] = {Role::server, Role::client};

const char* name(Role role) {
  return role == Role::server ? "server" : "client";
}

TEST_CASE("the examples of RFC 6455 §5.7") {
  CHECK(events_of(Role::client, hex("81 05 48 65 6c 6c 6f")) == Events{"text \"Hello\""});
  CHECK(events_of(Role::server, hex("81 85 37 fa 21 3d 7f 9f 4d 51 58")) ==
        Events{"text \"Hello\""});
  CHECK(events_of(Role::client, hex("01 03 48 65 6c 80 02 6c 6f")) == Events{"text \"Hello\""});
  CHECK(events_of(Role::client, hex("89 05 48 65 6c 6c 6f")) == Events{"ping \"Hello\""});
  CHECK(events_of(Role::server, hex("8a 85 37 fa 21 3d 7f 9f 4d 51 58")) ==
        Events{"pong \"Hello\""});
  const Bytes payload = test::pattern(65536);
  CHECK(events_of(Role::client, hex("82 7e 01 00") + test::pattern(256)) ==
        Events{"binary " + test::readable(test::pattern(256))});
  CHECK(test::transcript_of(Role::client, hex("82 7f 00 00 00 00 00 01 00 00") + payload, {})
            .events == Events{"binary " + test::readable(payload)});
}

TEST_CASE("a server wants masked frames, a client unmasked ones (§5.1)") {
  const Bytes masked = test::frame({.key = hex("01 02 03 04")}, to_bytes("hi"));
  const Bytes unmasked = test::frame({}, to_bytes("hi"));
  CHECK(events_of(Role::server, masked) == Events{"text \"hi\""});
  CHECK(events_of(Role::client, unmasked) == Events{"text \"hi\""});
  CHECK(events_of(Role::server, unmasked) == refusal(1002, "client frame is not masked"));
  CHECK(events_of(Role::client, masked) == refusal(1002, "server frame is masked"));
  CHECK(events_of(Role::server, test::frame({.opcode = 9}, {})) ==
        refusal(1002, "client frame is not masked"));
  CHECK(events_of(Role::client, test::frame({.opcode = 8, .key = hex("00 00 00 00")}, {})) ==
        refusal(1002, "server frame is masked"));
}

TEST_CASE("a bit without negotiated meaning, and an opcode without meaning, is refused (§5.2)") {
  for (const Role role : roles)
    for (const unsigned opcode : {0u, 1u, 2u, 8u, 9u, 10u})
      for (const unsigned rsv : {1u, 2u, 4u, 7u}) {
        CAPTURE(name(role), opcode, rsv);
        CHECK(events_of(role, frame_to(role, {.opcode = opcode, .rsv = rsv}, {})) ==
              refusal(1002, "reserved bit set"));
      }
  for (const Role role : roles)
    for (const unsigned opcode : {3u, 7u, 11u, 15u}) {
      CAPTURE(name(role), opcode);
      CHECK(events_of(role, frame_to(role, {.opcode = opcode}, {})) ==
            refusal(1002, "reserved opcode"));
    }
}

TEST_CASE("broken headers are refused in both roles (§5.2, §5.5)") {
  for (const Role role : roles) {
    CAPTURE(name(role));
    CHECK(events_of(role, frame_to(role, {.length_form = 16}, Bytes(125))) ==
          refusal(1002, "frame length is not in its shortest form"));
    CHECK(events_of(role, frame_to(role, {.opcode = 2, .length_form = 64}, Bytes(200))) ==
          refusal(1002, "frame length is not in its shortest form"));
    CHECK(events_of(role, frame_to(role, {.announced = 0x8000'0000'0000'0000}, Bytes(3))) ==
          refusal(1002, "frame length has its top bit set"));
    CHECK(events_of(role, frame_to(role, {.opcode = 9, .fin = false}, {})) ==
          refusal(1002, "control frame is fragmented"));
    CHECK(events_of(role, frame_to(role, {.opcode = 9}, Bytes(126))) ==
          refusal(1002, "control frame above 125 bytes"));
    CHECK(events_of(role, frame_to(role, {.opcode = 9}, Bytes(125))).size() == 1);
  }
}

TEST_CASE("control frames may come between fragments, data frames may not (§5.4)") {
  for (const Role role : roles) {
    CAPTURE(name(role));
    const Bytes first = frame_to(role, {.opcode = 1, .fin = false}, to_bytes("frag"));
    const Bytes last = frame_to(role, {.opcode = 0}, to_bytes("ment"));
    const Bytes ping = frame_to(role, {.opcode = 9}, to_bytes("in between"));
    const Bytes pong = frame_to(role, {.opcode = 10}, {});
    CHECK(events_of(role, first + ping + pong + last + ping) ==
          Events{"ping \"in between\"", "pong \"\"", "text \"fragment\"", "ping \"in between\""});
    CHECK(events_of(role, first + last + last) ==
          Events{"text \"fragment\"", "violation 1002 continuation frame outside a message"});
    CHECK(events_of(role, first + frame_to(role, {.opcode = 2}, {})) ==
          refusal(1002, "new message inside an unfinished one"));
    CHECK(events_of(role, last) == refusal(1002, "continuation frame outside a message"));
  }
}

TEST_CASE("empty fragments are legal, and the type is that of the first (§5.4)") {
  for (const Role role : roles) {
    const Bytes middle = frame_to(role, {.opcode = 0, .fin = false}, {});
    const Bytes last = frame_to(role, {.opcode = 0}, {});
    CHECK(events_of(role, frame_to(role, {.opcode = 2, .fin = false}, {}) + middle + last) ==
          Events{"binary \"\""});
    CHECK(events_of(role, frame_to(role, {.opcode = 1, .fin = false}, hex("61")) + middle + last) ==
          Events{"text \"a\""});
    CHECK(events_of(role, frame_to(role, {.opcode = 1}, {}) + frame_to(role, {.opcode = 2}, {})) ==
          Events{"text \"\"", "binary \"\""});
  }
}

TEST_CASE("text that is not UTF-8 is refused across frames, binary is not looked at (§8.1)") {
  for (const Role role : roles) {
    CAPTURE(name(role));
    const Events refused = refusal(1007, "text is not valid UTF-8");
    CHECK(events_of(role, frame_to(role, {}, to_bytes("κόσμε"))) ==
          Events{"text " + to_hex(to_bytes("κόσμε"))});
    CHECK(events_of(role, frame_to(role, {}, hex("61 c0 62"))) == refused);
    CHECK(events_of(role, frame_to(role, {}, hex("61 e2 82"))) == refused);
    CHECK(events_of(role, frame_to(role, {.opcode = 2}, hex("61 c0 62"))) ==
          Events{"binary 61c062"});
    const Bytes first = frame_to(role, {.fin = false}, hex("e2 82"));
    CHECK(events_of(role, first + frame_to(role, {.opcode = 0}, hex("ac"))) ==
          Events{"text e282ac"});
    CHECK(events_of(role, first + frame_to(role, {.opcode = 0}, hex("2c"))) == refused);
    CHECK(events_of(role, first + frame_to(role, {.opcode = 0}, {})) == refused);
  }
}

TEST_CASE("an impossible byte is refused before the frame that holds it is complete (§8.1)") {
  for (const Role role : roles) {
    Driver driver{role};
    const Bytes bytes = frame_to(role, {.announced = 1000}, hex("61 62 f4 90"));
    driver.feed(ByteView{bytes}.first(bytes.size() - 1));
    CHECK(driver.events.empty());
    driver.feed(ByteView{bytes}.last(1));
    CHECK(driver.events == refusal(1007, "text is not valid UTF-8"));
    CHECK(driver.connection.finished());
    CHECK(driver.connection.held_bytes() == 0);
  }
}

TEST_CASE("a message too big is refused at its header, one of exactly the limit is taken (§10.4)") {
  const Limits limits{.max_message_bytes = 300};
  for (const Role role : roles) {
    CAPTURE(name(role));
    const Events refused = refusal(1009, "message too big");
    CHECK(events_of(role, frame_to(role, {.opcode = 2}, Bytes(300)), limits).size() == 1);
    CHECK(events_of(role, frame_to(role, {.opcode = 2, .announced = 301}, {}), limits) == refused);
    CHECK(events_of(role, frame_to(role, {.announced = 0x7FFF'FFFF'FFFF'FFFF}, {}), limits) ==
          refused);
    const Bytes first = frame_to(role, {.opcode = 2, .fin = false}, Bytes(200));
    CHECK(events_of(role, first + frame_to(role, {.opcode = 0}, Bytes(100)), limits).size() == 1);
    CHECK(events_of(role, first + frame_to(role, {.opcode = 0, .announced = 101}, {}), limits) ==
          refused);
    for (const std::uint64_t length : {0x1'0000'0005u, 0x7FFF'FFFF'FFFF'FFFFu})
      CHECK(events_of(role, first + frame_to(role, {.opcode = 0, .announced = length}, {}),
                      limits) == refused);
  }
  const Limits tiny{.max_message_bytes = 3};
  CHECK(events_of(Role::server, frame_to(Role::server, {}, to_bytes("abc")), tiny) ==
        Events{"text \"abc\""});
  CHECK(events_of(Role::server, frame_to(Role::server, {}, to_bytes("abcd")), tiny) ==
        refusal(1009, "message too big"));
}

TEST_CASE("what came before an error is delivered, what comes after is not looked at (§7.1.7)") {
  for (const Role role : roles) {
    const Bytes good = frame_to(role, {}, to_bytes("good"));
    const Bytes bad = frame_to(role, {.opcode = 3}, {});
    CHECK(events_of(role, good + good + bad + good + bad) ==
          Events{"text \"good\"", "text \"good\"", "violation 1002 reserved opcode"});
    Driver driver{role};
    driver.feed(bad);
    driver.feed(good);
    CHECK(driver.events == refusal(1002, "reserved opcode"));
  }
}

}  // namespace
}  // namespace ws::wire
