#include "support/catch.hpp"
#include "support/frames.hpp"
#include "support/transcript.hpp"
#include "wire/connection.hpp"

// What a connection holds: nothing when idle, no more than came when a peer promises much
// (PROTOCOL.md §3, rows 2, 3), and views instead of copies where a message lies whole in the
// caller's bytes.

namespace ws::wire {
namespace {

using test::Driver;
using test::frame_to;
using test::hex;
using test::operator+;
using test::to_bytes;
using Events = std::vector<std::string>;

TEST_CASE("a connection is a small struct") {
  CHECK(sizeof(Connection) <= 64);
}

TEST_CASE("a message that lies whole in the received bytes is a view of them, unmasked in place") {
  const Limits limits;
  for (const std::size_t size : {0u, 16u, 125u, 126u, 70000u})
    for (const unsigned opcode : {1u, 2u}) {
      Connection server{Role::server, limits, nullptr};
      test::CollectedOutput out;
      Bytes input = frame_to(Role::server, {.opcode = opcode}, Bytes(size, std::byte{'x'}));
      input = input + input;
      server.receive(input);
      for (const std::size_t end : {input.size() / 2, input.size()}) {
        const auto event = server.next_event(out);
        REQUIRE(event.has_value());
        const ByteView payload = std::get<Message>(*event).payload;
        CHECK(payload.size() == size);
        CHECK(payload.data() + payload.size() == input.data() + end);
        CHECK(server.held_bytes() == 0);
      }
      CHECK_FALSE(server.next_event(out).has_value());
    }
}

TEST_CASE("100 connections that announce 16 MiB and send little hold little") {
  for (int i = 0; i < 100; ++i) {
    Driver server{Role::server};
    const Bytes begun = frame_to(Role::server, {.opcode = 2, .announced = 16u << 20}, Bytes(4000));
    server.feed(begun);
    server.feed(hex("00"));
    CHECK(server.connection.in_message());
    CHECK(server.connection.held_bytes() < 16 * 1024);
  }
}

// CVE-2014-0193 (Netty), CVE-2026-48779 (ws): fragments without end.
TEST_CASE("500000 empty fragments are refused after 1024, and cost nothing") {
  const Bytes first = frame_to(Role::server, {.opcode = 1, .fin = false}, {});
  const Bytes empty = frame_to(Role::server, {.opcode = 0, .fin = false}, {});
  Driver server{Role::server};
  server.feed(first);
  int taken = 1;
  for (int i = 0; i < 500000 && server.events.empty(); ++i, ++taken) {
    server.feed(empty);
    REQUIRE(server.connection.held_bytes() < 256);
  }
  CHECK(taken == 1025);
  CHECK(server.events == Events{"violation 1008 too many empty fragments in a row"});
}

TEST_CASE("65536 fragments of one byte are one message (Autobahn 9.3), 131073 are too many") {
  const Bytes middle = frame_to(Role::server, {.opcode = 0, .fin = false}, hex("61"));
  const auto message_of = [&](std::size_t fragments) {
    Bytes input = frame_to(Role::server, {.opcode = 1, .fin = false}, hex("61"));
    for (std::size_t i = 2; i < fragments; ++i) append(input, middle);
    return input + frame_to(Role::server, {.opcode = 0}, hex("61"));
  };
  const auto taken = test::transcript_of(Role::server, message_of(65536), {100, 70000});
  CHECK(taken.events == Events{"text " + test::readable(Bytes(65536, std::byte{0x61}))});
  CHECK(test::transcript_of(Role::server, message_of(131072), {}).events.size() == 1);
  CHECK(test::transcript_of(Role::server, message_of(131073), {}).events ==
        Events{"violation 1008 message has too many fragments"});
}

TEST_CASE("nothing is held between messages, however they came") {
  const Bytes large = frame_to(Role::server, {.opcode = 2}, test::pattern(200000));
  const Bytes small = frame_to(Role::server, {}, to_bytes("small"));
  const Bytes ping = frame_to(Role::server, {.opcode = 9}, to_bytes("ping"));
  Driver server{Role::server};
  const Bytes input = large + small + ping;
  for (const std::size_t cut : {1u, 7u, 100u, 150000u, 200013u, 200016u, 200030u}) {
    server.feed(ByteView{input}.first(cut));
    CHECK(server.connection.in_message());
    CHECK(server.connection.held_bytes() <= cut + 256);
    server.feed(ByteView{input}.subspan(cut));
    CHECK_FALSE(server.connection.in_message());
    CHECK(server.connection.held_bytes() == 0);
  }
  CHECK(server.events.size() == 3 * 7);
}

TEST_CASE("a cut header costs its own bytes, not those that complete it") {
  Driver server{Role::server};
  const Bytes frame = frame_to(Role::server, {.opcode = 2}, test::pattern(60000));
  const Bytes input = frame + frame;
  server.feed(ByteView{input}.first(3));
  CHECK(server.connection.held_bytes() < 64);
  Bytes rest(input.begin() + 3, input.end());
  server.connection.receive(rest);
  const auto event = server.connection.next_event(server.out);
  REQUIRE(event.has_value());
  CHECK(server.connection.held_bytes() < 64);
  CHECK(std::get<Message>(*event).payload.size() == 60000);
}

TEST_CASE("a caller that stops pulling keeps the rest with the connection and goes on later") {
  Bytes input;
  for (int i = 0; i < 100; ++i)
    append(input, frame_to(Role::server, {}, to_bytes("message " + std::to_string(i))));
  append(input, ByteView{input}.first(9));
  Driver server{Role::server};
  Events expected, got;
  {
    Bytes buffer = input;
    server.connection.receive(buffer);
    got.push_back(test::describe(*server.connection.next_event(server.out)));
    server.connection.retain();
    std::fill(buffer.begin(), buffer.end(), std::byte{0xDD});
  }
  CHECK(server.connection.held_bytes() >= input.size() - 20);
  CHECK(server.connection.held_bytes() <= input.size());
  Connection moved = std::move(server.connection);
  while (const auto event = moved.next_event(server.out)) {
    got.push_back(test::describe(*event));
    moved.retain();
  }
  for (int i = 0; i < 100; ++i) expected.push_back("text \"message " + std::to_string(i) + '"');
  CHECK(got == expected);
  CHECK(moved.in_message());
  CHECK(moved.held_bytes() < 256);
  Bytes last(input.begin() + 9, input.begin() + 15);
  moved.receive(last);
  const auto event = moved.next_event(server.out);
  REQUIRE(event.has_value());
  CHECK(test::describe(*event) == "text \"message 0\"");
}

TEST_CASE("kept input stays where it is, however often the caller stops") {
  const Bytes frame = frame_to(Role::server, {}, to_bytes("message"));
  Driver server{Role::server};
  Bytes buffer = frame + frame + frame + frame;
  server.connection.receive(buffer);
  REQUIRE(server.connection.next_event(server.out).has_value());
  server.connection.retain();
  const std::byte* last = nullptr;
  for (int i = 0; i < 3; ++i) {
    const auto event = server.connection.next_event(server.out);
    REQUIRE(event.has_value());
    const std::byte* at = std::get<Message>(*event).payload.data();
    if (last != nullptr) CHECK(at == last + frame.size());
    last = at;
    server.connection.retain();
  }
  CHECK(server.connection.held_bytes() == 0);
}

TEST_CASE("new input takes the place of kept input that was used up") {
  const Bytes old_frame = frame_to(Role::server, {}, to_bytes("old"));
  const Bytes new_frame = frame_to(Role::server, {}, to_bytes("new"));
  Driver server{Role::server};
  Bytes buffer = old_frame + old_frame;
  const auto next = [&] {
    return test::describe(server.connection.next_event(server.out).value());
  };
  server.connection.receive(buffer);
  CHECK(next() == "text \"old\"");
  server.connection.retain();
  CHECK(next() == "text \"old\"");
  buffer = new_frame + new_frame;
  server.connection.receive(buffer);
  CHECK(next() == "text \"new\"");
  server.connection.retain();
  std::fill(buffer.begin(), buffer.end(), std::byte{0xDD});
  CHECK(next() == "text \"new\"");
}

TEST_CASE("in_message says whether the peer owes the rest of something") {
  Driver server{Role::server};
  auto& connection = server.connection;
  CHECK_FALSE(connection.in_message());
  server.feed(frame_to(Role::server, {.fin = false}, to_bytes("a")));
  CHECK(connection.in_message());
  server.feed(frame_to(Role::server, {.opcode = 9}, to_bytes("b")));
  CHECK(connection.in_message());
  server.feed(frame_to(Role::server, {.opcode = 0}, to_bytes("c")));
  CHECK_FALSE(connection.in_message());
  const Bytes ping = frame_to(Role::server, {.opcode = 9}, to_bytes("d"));
  server.feed(ByteView{ping}.first(1));
  CHECK(connection.in_message());
  server.feed(ByteView{ping}.subspan(1));
  CHECK_FALSE(connection.in_message());
}

}  // namespace
}  // namespace ws::wire
