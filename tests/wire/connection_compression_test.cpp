#include "support/catch.hpp"
#include "support/deflated.hpp"
#include "support/frames.hpp"
#include "support/transcript.hpp"
#include "wire/connection.hpp"
#include "wire/deflater.hpp"

// A connection that has agreed on permessage-deflate: which frames may be compressed, limits and
// UTF-8 on what comes out, work in slices, and both ends talking to each other. Every case runs
// whole, byte by byte, cut once at every point, and with a caller that stops after each event.

namespace ws::wire {
namespace {

using test::deflated;
using test::Driver;
using test::frame_to;
using test::hex;
using test::operator+;
using test::to_bytes;
using test::Transcript;
using Events = std::vector<std::string>;
using Pulling = Driver::Pulling;

constexpr Role roles[] = {Role::server, Role::client};
constexpr unsigned rsv1 = 4;

Transcript run(Role role, const Bytes& input, const std::vector<std::size_t>& cuts,
               const DeflateParams& params, const Limits& limits, Pulling pulling = Pulling::all) {
  Driver driver{role, limits};
  driver.connection.compress(params, nullptr);
  return test::transcript_of(driver, input, cuts, pulling);
}

Events events_of(Role role, const Bytes& input, const Limits& limits = {},
                 const DeflateParams& params = {}) {
  const Transcript whole = run(role, input, {}, params, limits);
  CHECK(run(role, input, test::every_byte(input), params, limits) == whole);
  CHECK(run(role, input, {}, params, limits, Pulling::one_at_a_time) == whole);
  for (const std::size_t cut : test::every_byte(input)) {
    CAPTURE(cut);
    CHECK(run(role, input, {cut}, params, limits) == whole);
    CHECK(run(role, input, {cut}, params, limits, Pulling::one_at_a_time) == whole);
  }
  return whole.events;
}

Events refusal(unsigned code, const std::string& text) {
  return {"violation " + std::to_string(code) + ' ' + text};
}

Bytes compressed(Role role, const Bytes& payload, unsigned opcode = 1) {
  return frame_to(role, {.opcode = opcode, .rsv = rsv1}, payload);
}

TEST_CASE("the examples of RFC 7692 §7.2.3 as frames") {
  CHECK(events_of(Role::client, hex("c1 07 f2 48 cd c9 c9 07 00")) == Events{"text \"Hello\""});
  CHECK(events_of(Role::client, hex("41 03 f2 48 cd 80 04 c9 c9 07 00")) ==
        Events{"text \"Hello\""});
  CHECK(events_of(Role::client, hex("c1 07 f2 48 cd c9 c9 07 00 c1 05 f2 00 11 00 00")) ==
        Events{"text \"Hello\"", "text \"Hello\""});
  CHECK(events_of(Role::client, hex("c1 0b 00 05 00 fa ff 48 65 6c 6c 6f 00")) ==
        Events{"text \"Hello\""});
  CHECK(events_of(Role::client, hex("c1 08 f3 48 cd c9 c9 07 00 00")) == Events{"text \"Hello\""});
  CHECK(events_of(Role::client, hex("c1 0d f2 48 05 00 00 00 ff ff ca c9 c9 07 00")) ==
        Events{"text \"Hello\""});
  CHECK(events_of(Role::client, hex("c1 01 00")) == Events{"text \"\""});
}

TEST_CASE("RSV1 belongs on the first frame of a message (RFC 7692 §6)") {
  const Bytes hello = hex("f2 48 cd c9 c9 07 00");
  for (const Role role : roles) {
    const Events reserved = refusal(1002, "reserved bit set");
    for (const unsigned opcode : {8u, 9u, 10u}) {
      CAPTURE(opcode);
      CHECK(events_of(role, frame_to(role, {.opcode = opcode, .rsv = rsv1}, {})) == reserved);
    }
    const Bytes begun = frame_to(role, {.fin = false, .rsv = rsv1}, hex("f2 48 cd"));
    const Bytes plain = frame_to(role, {.fin = false}, to_bytes("Hel"));
    for (const Bytes& first : {begun, plain})
      CHECK(events_of(role, first + frame_to(role, {.opcode = 0, .rsv = rsv1}, {})) == reserved);
    CHECK(events_of(role, frame_to(role, {.opcode = 0, .rsv = rsv1}, hello)) == reserved);
    for (const unsigned rsv : {1u, 2u, 3u, 5u, 6u, 7u})
      CHECK(events_of(role, frame_to(role, {.rsv = rsv}, hello)) == reserved);
    CHECK(events_of(role, begun + compressed(role, hello)) ==
          refusal(1002, "new message inside an unfinished one"));
  }
}

TEST_CASE("compressed and plain messages and control frames may follow each other") {
  for (const Role role : roles) {
    const Bytes ping = frame_to(role, {.opcode = 9}, to_bytes("p"));
    const Bytes input = compressed(role, hex("f2 48 cd c9 c9 07 00")) +
                        frame_to(role, {}, to_bytes("plain")) + ping +
                        frame_to(role, {.fin = false, .rsv = rsv1}, hex("f2 00")) + ping +
                        frame_to(role, {.opcode = 0, .fin = false}, {}) +
                        frame_to(role, {.opcode = 0}, hex("11 00 00")) +
                        frame_to(role, {.opcode = 8}, hex("03 e8"));
    CHECK(events_of(role, input) == Events{"text \"Hello\"", "text \"plain\"", "ping \"p\"",
                                           "ping \"p\"", "text \"Hello\"", "close 1000 \"\""});
  }
}

TEST_CASE("without takeover a message cannot refer to the one before") {
  const DeflateParams alone{.from_server = {.takeover = false}, .from_client = {.takeover = false}};
  for (const Role role : roles) {
    const Bytes first = compressed(role, hex("f2 48 cd c9 c9 07 00"));
    CHECK(events_of(role, first + first, {}, alone) == Events{"text \"Hello\"", "text \"Hello\""});
    CHECK(events_of(role, first + compressed(role, hex("f2 00 11 00 00")), {}, alone) ==
          Events{"text \"Hello\"", "violation 1007 compressed message is broken"});
  }
}

TEST_CASE("a message that is broken or cut short is 1007, never data") {
  for (const Role role : roles) {
    CHECK(events_of(role, compressed(role, hex("07"))) ==
          refusal(1007, "compressed message is broken"));
    const Bytes whole = deflated(as_bytes("Hello, Hello, Hello, world"));
    for (std::size_t size = 1; size < whole.size(); ++size) {
      CAPTURE(size);
      const Events events =
          events_of(role, compressed(role, Bytes(whole.begin(), whole.begin() + size)));
      REQUIRE(events.size() == 1);
      CHECK(events[0].starts_with("violation 1007 compressed message is "));
    }
    CHECK(events_of(role, compressed(role, {})) == Events{"text \"\""});
  }
}

// python-websockets issue 1715: off by some at the limit.
TEST_CASE("the limit counts what comes out, and is exact") {
  for (const std::size_t limit : {1u, 255u, 256u, 257u, 65536u, 100'000u})
    for (const std::size_t size : {limit, limit + 1, limit + 2}) {
      CAPTURE(limit, size);
      const Limits limits{.max_message_bytes = limit};
      const Bytes payload(size, std::byte{'x'});
      const Bytes packed = deflated(payload);
      const auto half = packed.begin() + static_cast<std::ptrdiff_t>(packed.size() / 2);
      const Events expected = size == limit ? Events{"text " + test::readable(payload)}
                                            : refusal(1009, "message too big");
      for (const Bytes& input :
           {compressed(Role::server, packed),
            frame_to(Role::server, {.fin = false, .rsv = rsv1}, {packed.begin(), half}) +
                frame_to(Role::server, {.opcode = 0}, {half, packed.end()})}) {
        CHECK(run(Role::server, input, {}, {}, limits).events == expected);
        CHECK(run(Role::server, input, test::every_byte(input), {}, limits).events == expected);
      }
    }
}

// CVE-2018-1000518 (python-websockets), CVE-2026-1526 (undici): no limit on what came out.
TEST_CASE("a bomb holds no more than the limit, and one call inflates no more than its share") {
  const Limits limits{.max_message_bytes = 1u << 20};
  const Bytes bomb = compressed(Role::server, deflated(Bytes(64u << 20)), 2);
  Driver server{Role::server, limits};
  server.connection.compress({}, nullptr);
  Bytes buffer = bomb;
  server.connection.receive(buffer);
  int calls = 0;
  for (std::uint64_t before = 0;; ++calls) {
    const auto event = server.connection.next_event(server.out);
    CHECK(server.connection.inflated_bytes() - before <= 256 * 1024 + 64 * 1024);
    before = server.connection.inflated_bytes();
    CHECK(server.connection.held_bytes() <= (1u << 20) + bomb.size());
    if (event) {
      CHECK(test::describe(*event) == "violation 1009 message too big");
      break;
    }
    REQUIRE(server.connection.pending());
    server.connection.retain();
    CHECK(server.connection.held_bytes() <= (1u << 20) + bomb.size());
  }
  CHECK(calls >= 3);
  CHECK(server.connection.inflated_bytes() == (1u << 20) + 1);
  CHECK(server.connection.held_bytes() == 0);
}

TEST_CASE("many fragments that grow are interrupted, too") {
  const Bytes packed = deflated(Bytes(200'000, std::byte{'x'}));
  test::PeerDeflater peer;
  Bytes input;
  for (unsigned i = 0; i < 20; ++i) {
    const Bytes part = peer.message(Bytes(200'000, std::byte{'x'})) + hex("00 00 ff ff");
    append(input,
           frame_to(Role::server,
                    {.opcode = i == 0 ? 1u : 0u, .fin = false, .rsv = i == 0 ? rsv1 : 0}, part));
  }
  append(input, frame_to(Role::server, {.opcode = 0}, hex("00")));
  Driver server{Role::server};
  server.connection.compress({}, nullptr);
  Bytes buffer = input;
  server.connection.receive(buffer);
  int pauses = 0;
  std::optional<Event> event;
  while (!(event = server.connection.next_event(server.out)) && server.connection.pending())
    ++pauses;
  REQUIRE(event.has_value());
  CHECK(std::get<Message>(*event).payload.size() == 20 * 200'000);
  CHECK(pauses >= 10);
}

TEST_CASE("blocks that yield nothing are bounded, too") {
  const Limits limits{.max_message_bytes = 1000};
  const auto of_bytes = [](std::size_t count) {
    Bytes blocks;
    while (blocks.size() < count) append(blocks, hex("00 00 00 ff ff"));
    return blocks;
  };
  Driver server{Role::server, limits};
  server.connection.compress({}, nullptr);
  server.feed(compressed(Role::server, of_bytes(60'000) + hex("00")));
  CHECK(server.events == Events{"text \"\""});
  server.feed(compressed(Role::server, of_bytes(70'000)));
  CHECK(server.events.back() == "violation 1009 message too big");
}

TEST_CASE("lengths that no message has are refused from the header") {
  for (const std::uint64_t length :
       {std::uint64_t{1} << 40, (std::uint64_t{1} << 63) - 1, (std::uint64_t{1} << 32) * 5}) {
    CHECK(events_of(Role::server, frame_to(Role::server, {.rsv = rsv1, .announced = length}, {})) ==
          refusal(1009, "message too big"));
    const Bytes begun = frame_to(Role::server, {.fin = false, .rsv = rsv1}, hex("f2 48"));
    CHECK(events_of(Role::server, begun + frame_to(Role::server, {.opcode = 0, .announced = length},
                                                   {})) == refusal(1009, "message too big"));
  }
  Driver server{Role::server, {.max_message_bytes = ~std::uint64_t{0}}};
  server.connection.compress({}, nullptr);
  server.feed(frame_to(Role::server, {.rsv = rsv1, .announced = (std::uint64_t{1} << 63) - 1}, {}));
  CHECK(server.events.empty());
}

TEST_CASE("UTF-8 is judged on what comes out, as soon as it is wrong") {
  const Events wrong = refusal(1007, "text is not valid UTF-8");
  for (const char* bad : {"48 ff", "ed a0 80", "c3", "48 e2 82"}) {
    CAPTURE(bad);
    const Bytes packed = deflated(hex(bad));
    CHECK(events_of(Role::server, compressed(Role::server, packed)) == wrong);
    CHECK(
        events_of(Role::server, compressed(Role::server, packed, 2)).front().starts_with("binary"));
  }
  CHECK(events_of(Role::server, compressed(Role::server, deflated(hex("e2 82 ac")))) ==
        Events{"text e282ac"});
  // Invalid at once, although the message is not complete.
  Driver server{Role::server};
  server.connection.compress({}, nullptr);
  const Bytes packed = deflated(hex("ff")) + hex("00 00 ff ff");
  server.feed(frame_to(Role::server, {.fin = false, .rsv = rsv1}, packed));
  CHECK(server.events == wrong);
}

TEST_CASE("a thousand compressed messages in one read, each after the other") {
  test::PeerDeflater peer;
  Bytes input;
  Events expected;
  for (int i = 0; i < 1000; ++i) {
    const std::string text = "message number " + std::to_string(i);
    append(input, compressed(Role::server, peer.message(as_bytes(text))));
    expected.push_back("text \"" + text + '"');
  }
  for (const Pulling pulling : {Pulling::all, Pulling::one_at_a_time})
    CHECK(run(Role::server, input, {777, 5000, 5001}, {}, {}, pulling).events == expected);
}

/// What one end sends, the other must get: every window, with and without context.
TEST_CASE("both ends understand each other with every window") {
  DeflaterPool pool;
  for (int bits = min_window_bits; bits <= max_window_bits; ++bits)
    for (const bool takeover : {false, true})
      for (DeflaterPool* shared : {static_cast<DeflaterPool*>(nullptr), &pool})
        for (const Role sender : roles) {
          CAPTURE(bits, takeover, shared != nullptr, sender == Role::server);
          const DeflateDirection direction{.window_bits = bits, .takeover = takeover};
          const DeflateParams params{.from_server = direction, .from_client = direction};
          Driver from{sender};
          Driver to{sender == Role::server ? Role::client : Role::server};
          from.connection.compress(params, shared);
          to.connection.compress(params, shared);
          Events expected;
          for (const std::size_t size : {0u, 1u, 127u, 128u, 4000u, 70'000u, 300'000u, 128u}) {
            std::string text;
            while (text.size() < size) text += "line " + std::to_string(text.size() * size) + '\n';
            text.resize(size);
            from.connection.send(from.out, MessageType::text, as_bytes(text));
            expected.push_back("text " + test::readable(as_bytes(text)));
          }
          CHECK(from.out.bytes.size() < 200'000);
          to.feed(from.out.bytes);
          CHECK(to.events == expected);
        }
}

TEST_CASE("what a peer's window is too small for is sent as it is") {
  Driver client{Role::client};
  client.connection.compress({.from_server = {}, .from_client = {.window_bits = 8}}, nullptr);
  const Bytes payload(1000, std::byte{'x'});
  client.connection.send(client.out, MessageType::text, payload);
  CHECK(client.out.bytes.size() > 1000);
  CHECK(client.out.bytes[0] == std::byte{0x81});
}

TEST_CASE("a compressed message may be sent in several frames, RSV1 on the first") {
  Driver server{Role::server};
  server.connection.compress({}, nullptr);
  const std::string text = "some text that is compressed, some text that is compressed, and more";
  server.connection.send(server.out, MessageType::text, as_bytes(text), 20);
  CHECK(server.out.bytes[0] == std::byte{0x41});
  CHECK(server.out.bytes[22] == std::byte{0x00});
  Driver client{Role::client};
  client.connection.compress({}, nullptr);
  client.feed(server.out.bytes);
  CHECK(client.events == Events{"text " + test::readable(as_bytes(text))});
}

TEST_CASE("control frames, fragments and short messages are sent as they are") {
  Driver server{Role::server};
  server.connection.compress({}, nullptr);
  const Bytes long_payload(125, std::byte{'x'});
  server.connection.send_ping(server.out, long_payload);
  server.connection.send_fragment(server.out, Opcode::text, Bytes(500, std::byte{'x'}), false);
  server.connection.send_fragment(server.out, Opcode::continuation, {}, true);
  server.connection.send(server.out, MessageType::text, as_bytes("short"));
  server.connection.send_close(server.out, {close_code::normal, std::string(123, 'x')});
  const std::string sent = test::to_hex(server.out.bytes);
  CHECK(sent.starts_with("897d"));
  CHECK(sent.find("017e01f4") == 2 * 127);
  CHECK(server.out.bytes.size() == 127 + 504 + 2 + 7 + 127);
  const std::size_t before = server.out.bytes.size();
  server.connection.send(server.out, MessageType::text, Bytes(1000, std::byte{'x'}));
  CHECK(server.out.bytes.size() == before);
}

}  // namespace
}  // namespace ws::wire
