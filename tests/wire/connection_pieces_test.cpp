#include "support/catch.hpp"
#include "support/frames.hpp"
#include "support/transcript.hpp"
#include "wire/connection.hpp"
#include "wire/deflate_params.hpp"

// Long messages that are handed out as they come, and sent on in the same way.

namespace ws::wire {
namespace {

using test::Driver;
using test::operator+;
using test::to_bytes;
using Events = std::vector<std::string>;

constexpr std::size_t long_payload = 100'000;
const Bytes key = test::hex("01 02 03 04");

Bytes masked(unsigned opcode, const Bytes& payload, bool fin = true) {
  return test::frame({.opcode = opcode, .fin = fin, .key = key}, payload);
}

struct Taken {
  Bytes payload;
  std::size_t messages = 0;
  std::size_t pieces = 0;
};

/// A server that sends every message and every piece back, as a session drives it.
class Echo {
 public:
  explicit Echo(const Limits& limits = {}) : limits_(limits) { connection.hand_out_pieces(); }

  void feed(ByteView bytes) {
    Bytes buffer(bytes.begin(), bytes.end());
    connection.receive(buffer);
    while (const auto event = connection.next_event(out)) take(*event);
    connection.retain();
  }

  void feed_in_parts(ByteView bytes, std::vector<std::size_t> cuts) {
    cuts.push_back(bytes.size());
    std::size_t begin = 0;
    for (const std::size_t end : cuts) {
      feed(bytes.subspan(begin, end - begin));
      begin = end;
    }
  }

 private:
  void take(const Event& event) {
    if (const auto* piece = std::get_if<Piece>(&event)) {
      if (!connection.close_sent()) CHECK(piece->first == !connection.within_frame());
      CHECK_FALSE(piece->payload.empty());
      append(taken.payload, piece->payload);
      ++taken.pieces;
      connection.send_piece(out, *piece);
      CHECK(connection.within_frame() == (piece->left > 0));
    } else if (const auto* message = std::get_if<Message>(&event)) {
      append(taken.payload, message->payload);
      ++taken.messages;
      connection.send(out, message->type, message->payload);
    } else {
      others.push_back(test::describe(event));
    }
  }

  Limits limits_;

 public:
  Connection connection{Role::server, limits_, nullptr};
  test::CollectedOutput out;
  Taken taken;
  Events others;
};

TEST_CASE("a long binary frame that comes cut is handed out as it comes") {
  const Bytes payload = test::pattern(long_payload);
  const Bytes input = masked(2, payload);
  const std::size_t header = input.size() - payload.size();
  Echo echo;
  echo.feed(ByteView{input}.first(header + 1000));
  CHECK(echo.taken.payload == test::pattern(1000));
  CHECK(echo.connection.in_message());
  CHECK(echo.connection.held_bytes() == 0);
  echo.feed(ByteView{input}.subspan(header + 1000));
  CHECK(echo.taken.payload == payload);
  CHECK(echo.taken.pieces == 2);
  CHECK_FALSE(echo.connection.in_message());
  CHECK(echo.out.bytes == test::frame({.opcode = 2}, payload));
}

TEST_CASE("pieces come and go wherever the input is cut, among other messages and pings") {
  const Bytes payload = test::pattern(long_payload);
  const Bytes input = masked(1, to_bytes("before")) + masked(2, payload) +
                      masked(9, to_bytes("ping")) + masked(2, payload) + masked(1, to_bytes("z"));
  const Bytes output = test::frame({}, to_bytes("before")) + test::frame({.opcode = 2}, payload) +
                       test::frame({.opcode = 2}, payload) + test::frame({}, to_bytes("z"));
  for (std::uint32_t seed = 1; seed <= 200; ++seed) {
    CAPTURE(seed);
    std::mt19937 random{seed};
    Echo echo;
    auto cuts = test::random_cuts(input, random, 1 + random() % 20);
    for (const std::size_t near : {12u, 16u, 24u})  // in a header, behind one, in the first bytes
      cuts.push_back(near);
    std::ranges::sort(cuts);
    echo.feed_in_parts(input, cuts);
    CHECK(echo.out.bytes == output);
    CHECK(echo.others == Events{"ping \"ping\""});
    CHECK(echo.taken.pieces >= 2);
  }
}

TEST_CASE("a caller that stops pulling finds the rest of a piece later") {
  const Bytes input = masked(2, test::pattern(long_payload)) + masked(1, to_bytes("next"));
  Driver driver{Role::server};
  driver.connection.hand_out_pieces();
  driver.feed(ByteView{input}.first(20'000), Driver::Pulling::one_at_a_time);
  driver.feed(ByteView{input}.subspan(20'000), Driver::Pulling::one_at_a_time);
  CHECK(driver.events.size() == 3);
  CHECK(driver.events[0].ends_with(", first, " + std::to_string(long_payload - 20'000 + 14) +
                                   " left"));
  CHECK(driver.events[1].ends_with(", 0 left"));
  CHECK(driver.events[2] == "text \"next\"");
}

TEST_CASE("what is whole, short, text or in fragments is a message") {
  const Bytes half = test::pattern(long_payload / 2);
  const Bytes letters(long_payload, std::byte{'a'});
  const Bytes inputs[] = {masked(2, test::pattern(65536)), masked(1, letters),
                          masked(2, half, false) + masked(0, half),
                          masked(2, to_bytes("x"), false) + masked(0, test::pattern(long_payload))};
  for (const Bytes& input : inputs) {
    Echo echo;
    echo.feed_in_parts(input, {100, input.size() - 100});
    CHECK(echo.taken.messages == 1);
    CHECK(echo.taken.pieces == 0);
  }
  Echo whole;
  whole.feed(masked(2, test::pattern(long_payload)));
  CHECK(whole.taken.messages == 1);
  CHECK(whole.taken.pieces == 0);
}

TEST_CASE("a connection that compresses hands out no pieces") {
  const Bytes input = masked(2, test::pattern(long_payload));
  Driver driver{Role::server};
  driver.connection.hand_out_pieces();
  driver.connection.compress(DeflateParams{}, nullptr);
  driver.feed(ByteView{input}.first(1000));
  driver.feed(ByteView{input}.subspan(1000));
  CHECK(driver.events == Events{"binary " + test::readable(test::pattern(long_payload))});
}

TEST_CASE("a message beyond the limit is refused before its first piece") {
  const Bytes input = masked(2, test::pattern(long_payload));
  Echo echo{{.max_message_bytes = long_payload - 1}};
  echo.feed(ByteView{input}.first(1000));
  CHECK(echo.others == Events{"violation 1009 message too big"});
  CHECK(echo.taken.payload.empty());
}

TEST_CASE("nothing comes between the pieces of a frame") {
  const Bytes payload = test::pattern(long_payload);
  const Bytes input = masked(2, payload);
  Echo echo;
  echo.feed(ByteView{input}.first(1000));
  const std::size_t sent = echo.out.bytes.size();
  echo.connection.send_ping(echo.out, to_bytes("p"));
  echo.connection.send_pong(echo.out, to_bytes("p"));
  CHECK(echo.out.bytes.size() == sent);

  SECTION("a Close would not be seen as one, and ends the output") {
    echo.connection.send_close(echo.out, {1008, ""});
    CHECK(echo.out.bytes.size() == sent);
    CHECK(echo.connection.close_sent());
    echo.feed(ByteView{input}.subspan(1000));
    CHECK(echo.out.bytes.size() == sent);
  }
  SECTION("behind it all goes on") {
    echo.feed(ByteView{input}.subspan(1000));
    echo.connection.send_close(echo.out, {1000, ""});
    CHECK(echo.out.bytes ==
          test::frame({.opcode = 2}, payload) + test::frame({.opcode = 8}, test::hex("03 e8")));
  }
}

}  // namespace
}  // namespace ws::wire
