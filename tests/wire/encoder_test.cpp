#include "wire/encoder.hpp"

#include <limits>

#include "support/catch.hpp"
#include "support/hex.hpp"
#include "support/transcript.hpp"

namespace ws::wire {
namespace {

using test::Driver;
using test::hex;

std::shared_ptr<Frames> block(std::uint64_t first_number) {
  auto frames = std::make_shared<Frames>();
  frames->first_number = first_number;
  append_message(*frames, MessageType::text, as_bytes("one"));
  append_message(*frames, MessageType::binary, hex("ff 0a 00"));
  append_message(*frames, MessageType::text, {});
  return frames;
}

std::vector<std::string> read(const Frames& frames) {
  std::vector<std::string> messages;
  for (std::size_t i = 0; i < frames.count(); ++i) {
    const Message message = message_at(frames, i);
    const char* type = message.type == MessageType::text ? "text " : "binary ";
    messages.push_back(type + std::string{as_text(message.payload)});
  }
  return messages;
}

TEST_CASE("plain is the block itself") {
  Encoder encoder("e");
  const std::shared_ptr<const Frames> frames = block(1);
  CHECK(encoder.in(Encoding::plain, frames) == frames);
}

TEST_CASE("numbered: number, newline, payload, in the message's type") {
  Encoder encoder("e");
  const auto frames = encoder.in(Encoding::numbered, block(9));
  CHECK(read(*frames) == std::vector<std::string>{
                             "text 9\none", std::string("binary 10\n\xff\n\0", 13), "text 11\n"});
}

TEST_CASE("receipts: number and newline only") {
  Encoder encoder("e");
  const auto frames = encoder.in(Encoding::receipts, block(99));
  CHECK(read(*frames) == std::vector<std::string>{"text 99\n", "binary 100\n", "text 101\n"});
}

TEST_CASE("messages to one client have no number") {
  Encoder encoder("e");
  CHECK(read(*encoder.in(Encoding::numbered, block(0))) ==
        std::vector<std::string>{"text \none", std::string("binary \n\xff\n\0", 11), "text \n"});
}

/// Message `i` alone, in `encoding`.
std::string piece(Encoding encoding, const std::shared_ptr<const Frames>& frames, std::size_t i) {
  Encoder encoder("e");
  const auto encoded = encoder.in(encoding, frames);
  return std::string{
      as_text(ByteView{encoded->bytes}.subspan(encoded->begin_of(i), encoded->size_of(i, i + 1)))};
}

std::string event(std::string_view text) {
  const auto frames = std::make_shared<Frames>();
  append_message(*frames, MessageType::text, as_bytes(text));
  return piece(Encoding::events, frames, 0);
}

TEST_CASE("lines: text and a newline, binary messages left out") {
  CHECK(piece(Encoding::lines, block(1), 0) == "one\n");
  CHECK(piece(Encoding::lines, block(1), 1).empty());
  CHECK(piece(Encoding::lines, block(1), 2) == "\n");
}

TEST_CASE("events: an id for messages to all, binary ones in base64") {
  CHECK(piece(Encoding::events, block(9), 0) == "id: e:9\ndata: one\n\n");
  CHECK(piece(Encoding::events, block(9), 1) == "id: e:10\nevent: binary\ndata: /woA\n\n");
  CHECK(piece(Encoding::events, block(9), 2) == "id: e:11\ndata: \n\n");
  CHECK(piece(Encoding::events, block(0), 0) == "data: one\n\n");
}

TEST_CASE("events: every kind of line break begins a new data field, none ends the event") {
  CHECK(event("a\nb\r\nc\rd") == "data: a\ndata: b\ndata: c\ndata: d\n\n");
  CHECK(event("\n\n") == "data: \ndata: \ndata: \n\n");
  CHECK(event("a\r\n") == "data: a\ndata: \n\n");
  CHECK(event("id: 7\nretry: 1") == "data: id: 7\ndata: retry: 1\n\n");
}

TEST_CASE("chunks: each message is one, and none is the last") {
  CHECK(piece(Encoding::line_chunks, block(1), 0) == "4\r\none\n\r\n");
  CHECK(piece(Encoding::line_chunks, block(1), 1).empty());
  CHECK(piece(Encoding::event_chunks, block(1), 0) == "13\r\nid: e:1\ndata: one\n\n\r\n");
}

TEST_CASE("the largest number there is fits") {
  Encoder encoder("e");
  const std::shared_ptr<Frames> frames = block(std::numeric_limits<std::uint64_t>::max() - 2);
  CHECK(read(*encoder.in(Encoding::numbered, frames))[2] == "text 18446744073709551615\n");
}

TEST_CASE("a range means the same messages in every encoding") {
  Encoder encoder("e");
  const std::shared_ptr<const Frames> frames = block(5);
  for (const auto encoding :
       {Encoding::plain, Encoding::numbered, Encoding::receipts, Encoding::lines, Encoding::events,
        Encoding::line_chunks, Encoding::event_chunks}) {
    const auto encoded = encoder.in(encoding, frames);
    REQUIRE(encoded->count() == frames->count());
    CHECK(encoded->number_of(2) == 7);
    CHECK(encoded->ends.back() == encoded->bytes.size());
    for (std::size_t i = 0; i < frames->count(); ++i)
      CHECK((encoded->size_of(i, i + 1) == 0) == (leaves_out_binary(encoding) && i == 1));
  }
}

TEST_CASE("a sibling is made once while somebody holds it, and does not outlive its holders") {
  Encoder encoder("e");
  const std::shared_ptr<const Frames> frames = block(1);
  auto held = encoder.in(Encoding::numbered, frames);
  CHECK(encoder.in(Encoding::numbered, frames) == held);
  CHECK(encoder.in(Encoding::receipts, frames) != held);
  const std::weak_ptr<const Frames> watched = held;
  held.reset();
  CHECK(watched.expired());
  CHECK(read(*encoder.in(Encoding::numbered, frames)).size() == 3);
}

/// The messages of a block as a client without context reads them; how many were compressed.
std::size_t compressed_in(const Frames& frames, int window_bits,
                          std::vector<std::string>& messages) {
  std::size_t compressed = 0;
  for (std::size_t i = 0; i < frames.count(); ++i) {
    const auto frame = ByteView{frames.bytes}.subspan(frames.begin_of(i), frames.size_of(i, i + 1));
    compressed += std::to_integer<unsigned>(frame[0]) >> 6 & 1;
    Driver client{Role::client};
    client.connection.compress(
        {.from_server = {.window_bits = window_bits, .takeover = false}, .from_client = {}},
        nullptr);
    client.feed(frame);
    REQUIRE(client.events.size() == 1);
    messages.push_back(client.events[0]);
  }
  return compressed;
}

TEST_CASE("deflated: messages that shrink, each by itself, in plain and numbered alike") {
  const std::string line(200, 'x');
  auto frames = std::make_shared<Frames>();
  frames->first_number = 41;
  append_message(*frames, MessageType::text, as_bytes("short"));
  append_message(*frames, MessageType::text, as_bytes(line));
  append_message(*frames, MessageType::binary, as_bytes(line));
  append_message(*frames, MessageType::text, {});
  Encoder encoder("e");
  for (const int bits : {9, 12, 15}) {
    std::vector<std::string> plain, numbered;
    const auto of_plain = encoder.in(deflated(Encoding::plain, bits), frames);
    const auto of_numbered = encoder.in(deflated(Encoding::numbered, bits), frames);
    CHECK(compressed_in(*of_plain, bits, plain) == 2);
    CHECK(compressed_in(*of_numbered, bits, numbered) == 2);
    const std::string shown = test::readable(as_bytes(line));
    CHECK(plain == std::vector<std::string>{"text \"short\"", "text " + shown, "binary " + shown,
                                            "text \"\""});
    CHECK(numbered[0] == "text " + test::to_hex(as_bytes("41\nshort")));
    CHECK(numbered[1] == "text " + test::readable(as_bytes("42\n" + line)));
    CHECK(of_plain->bytes.size() < 100);
  }
}

TEST_CASE("a message is compressed once for all who share content and window") {
  auto frames = std::make_shared<Frames>();
  append_message(*frames, MessageType::text, as_bytes(std::string(500, 'x')));
  Encoder encoder("e");
  const auto first = encoder.in(deflated(Encoding::plain, 15), frames);
  CHECK(encoder.in(deflated(Encoding::plain, 15), frames) == first);
  CHECK(encoder.in(deflated(Encoding::plain, 12), frames) != first);
  CHECK(encoder.in(deflated(Encoding::numbered, 15), frames) != first);
  CHECK(encoder.in(deflated(Encoding::plain, 15), frames) == first);
}

TEST_CASE("an encoding is a content and a window") {
  for (const auto content : {Encoding::plain, Encoding::numbered})
    for (int bits = 9; bits <= 15; ++bits) {
      CHECK(content_of(deflated(content, bits)) == content);
      CHECK(window_bits_of(deflated(content, bits)) == bits);
      CHECK(is_numbered(deflated(content, bits)) == is_numbered(content));
    }
  CHECK(window_bits_of(Encoding::numbered) == 0);
}

TEST_CASE("senders stand beside their messages, the server's own in between") {
  Frames frames;
  append_message(frames, MessageType::text, as_bytes("ours"));
  CHECK(frames.senders.empty());
  append_message_from(7, frames, MessageType::text, as_bytes("theirs"));
  append_message(frames, MessageType::text, as_bytes("ours"));
  append_message_from(0, frames, MessageType::text, as_bytes("ours"));
  CHECK(frames.senders == std::vector<std::uint64_t>{0, 7, 0, 0});
  CHECK(frames.sender_of(1) == 7);
  CHECK(frames.sender_of(3) == 0);
}

TEST_CASE("payload is counted without the headers, whatever their size") {
  Frames frames;
  std::uint64_t all = 0;
  for (const std::size_t size : {0, 1, 125, 126, 127, 65535, 65536, 70000}) {
    append_message(frames, MessageType::binary, test::pattern(size));
    CHECK(payload_bytes(frames, frames.count() - 1, frames.count()) == size);
    all += size;
  }
  CHECK(payload_bytes(frames, 0, frames.count()) == all);
  CHECK(payload_bytes(frames, 2, 2) == 0);
}

}  // namespace
}  // namespace ws::wire
