#include "wire/encoder.hpp"

#include <limits>

#include "support/catch.hpp"
#include "support/hex.hpp"

namespace ws::wire {
namespace {

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
  Encoder encoder;
  const std::shared_ptr<const Frames> frames = block(1);
  CHECK(encoder.in(Encoding::plain, frames) == frames);
}

TEST_CASE("numbered: number, newline, payload, in the message's type") {
  Encoder encoder;
  const auto frames = encoder.in(Encoding::numbered, block(9));
  CHECK(read(*frames) == std::vector<std::string>{
                             "text 9\none", std::string("binary 10\n\xff\n\0", 13), "text 11\n"});
}

TEST_CASE("receipts: number and newline only") {
  Encoder encoder;
  const auto frames = encoder.in(Encoding::receipts, block(99));
  CHECK(read(*frames) == std::vector<std::string>{"text 99\n", "binary 100\n", "text 101\n"});
}

TEST_CASE("messages to one client have no number") {
  Encoder encoder;
  CHECK(read(*encoder.in(Encoding::numbered, block(0))) ==
        std::vector<std::string>{"text \none", std::string("binary \n\xff\n\0", 11), "text \n"});
}

TEST_CASE("the largest number there is fits") {
  Encoder encoder;
  const std::shared_ptr<Frames> frames = block(std::numeric_limits<std::uint64_t>::max() - 2);
  CHECK(read(*encoder.in(Encoding::numbered, frames))[2] == "text 18446744073709551615\n");
}

TEST_CASE("a range means the same messages in every encoding") {
  Encoder encoder;
  const std::shared_ptr<const Frames> frames = block(5);
  for (const auto encoding : {Encoding::plain, Encoding::numbered, Encoding::receipts}) {
    const auto encoded = encoder.in(encoding, frames);
    REQUIRE(encoded->count() == frames->count());
    CHECK(encoded->number_of(2) == 7);
    CHECK(encoded->ends.back() == encoded->bytes.size());
    for (std::size_t i = 0; i < frames->count(); ++i)
      CHECK(message_at(*encoded, i).type == message_at(*frames, i).type);
  }
}

TEST_CASE("a sibling is made once while somebody holds it, and does not outlive its holders") {
  Encoder encoder;
  const std::shared_ptr<const Frames> frames = block(1);
  auto held = encoder.in(Encoding::numbered, frames);
  CHECK(encoder.in(Encoding::numbered, frames) == held);
  CHECK(encoder.in(Encoding::receipts, frames) != held);
  const std::weak_ptr<const Frames> watched = held;
  held.reset();
  CHECK(watched.expired());
  CHECK(read(*encoder.in(Encoding::numbered, frames)).size() == 3);
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
