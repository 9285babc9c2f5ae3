#include "wire/shared_frame.hpp"

#include "support/catch.hpp"
#include "support/frames.hpp"
#include "support/hex.hpp"
#include "support/transcript.hpp"

namespace ws::wire {
namespace {

using test::hex;
using test::to_bytes;
using test::to_hex;

TEST_CASE("messages are framed as a server sends them, one behind the other (RFC 6455 §5.7)") {
  Frames frames;
  CHECK(frames.count() == 0);
  CHECK(frames.size_of(0, 0) == 0);
  append_message(frames, MessageType::text, as_bytes("Hello"));
  append_message(frames, MessageType::binary, {});
  append_message(frames, MessageType::binary, hex("ff 00"));
  CHECK(to_hex(frames.bytes) ==
        "810548656c6c6f"
        "8200"
        "8202ff00");
  REQUIRE(frames.count() == 3);
  CHECK(frames.begin_of(0) == 0);
  CHECK(frames.begin_of(1) == 7);
  CHECK(frames.begin_of(2) == 9);
  CHECK(frames.size_of(0, 3) == 13);
  CHECK(frames.size_of(1, 2) == 2);
  CHECK(frames.size_of(2, 2) == 0);
}

TEST_CASE("every message can be read back, whatever the form of its length") {
  Frames frames;
  const std::size_t sizes[] = {0, 1, 125, 126, 65535, 65536, 100000};
  for (const std::size_t size : sizes)
    for (const auto type : {MessageType::text, MessageType::binary})
      append_message(frames, type, test::pattern(size));
  std::size_t i = 0;
  for (const std::size_t size : sizes)
    for (const auto type : {MessageType::text, MessageType::binary}) {
      const Message message = message_at(frames, i++);
      CHECK(message.type == type);
      CHECK(to_hex(message.payload) == to_hex(test::pattern(size)));
    }
  CHECK(i == frames.count());
}

TEST_CASE("a client connection reads a shared block as the messages it was made of") {
  Frames frames;
  append_message(frames, MessageType::text, as_bytes("one"));
  append_message(frames, MessageType::binary, hex("02"));
  const auto transcript = test::transcript_of(Role::client, frames.bytes, {});
  CHECK(transcript.events == std::vector<std::string>{"text \"one\"", "binary 02"});
  CHECK(transcript.output.empty());
}

}  // namespace
}  // namespace ws::wire
