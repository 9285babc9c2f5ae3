#include "wire/inflater.hpp"

#include "support/catch.hpp"
#include "support/deflated.hpp"
#include "support/hex.hpp"

// Decompression alone: the examples of RFC 7692 §7.2.3, every cut, every size of room, and what is
// broken or cut short.

namespace ws::wire {
namespace {

using test::deflated;
using test::hex;
using test::operator+;
using test::to_bytes;

struct Inflated {
  std::string text;
  bool broken = false;
  bool whole = false;
};

/// One message, `piece` bytes at a time into `room` bytes at a time.
Inflated inflate(Inflater& inflater, const Bytes& input, std::size_t piece = 1 << 20,
                 std::size_t room = 4096) {
  Inflated result;
  Bytes to(room);
  const auto take = [&](const Inflater::Step& step) {
    result.text += as_text(ByteView{to}.first(step.produced));
    result.broken = step.broken;
    return step.produced == to.size() && !step.broken;
  };
  ByteView rest = input;
  while (!rest.empty() && !result.broken) {
    ByteView now = rest.first(std::min(piece, rest.size()));
    rest = rest.subspan(now.size());
    for (bool more = true; more;) {
      const auto step = inflater.inflate(now, to);
      now = now.subspan(step.consumed);
      more = take(step);
    }
    if (!result.broken) REQUIRE(now.empty());
  }
  while (!result.broken && take(inflater.finish(to))) {
  }
  result.whole = inflater.whole();
  inflater.next_message();
  return result;
}

std::string text_of(const Bytes& input, std::size_t piece = 1 << 20, std::size_t room = 4096) {
  Inflater inflater{15};
  const auto result = inflate(inflater, input, piece, room);
  return result.broken ? "broken" : result.whole ? result.text : "cut";
}

TEST_CASE("the examples of RFC 7692 §7.2.3, whole, byte by byte and into little room") {
  const char* examples[] = {
      "f2 48 cd c9 c9 07 00",                    // §7.2.3.1
      "00 05 00 fa ff 48 65 6c 6c 6f 00",        // §7.2.3.3: not compressed
      "f3 48 cd c9 c9 07 00 00",                 // §7.2.3.4: BFINAL
      "f2 48 05 00 00 00 ff ff ca c9 c9 07 00",  // §7.2.3.5: two blocks
  };
  for (const char* example : examples)
    for (const std::size_t piece : {1u, 2u, 3u, 100u})
      for (const std::size_t room : {1u, 2u, 5u, 6u, 4096u}) {
        CAPTURE(example, piece, room);
        CHECK(text_of(hex(example), piece, room) == "Hello");
      }
  CHECK(text_of(hex("00")).empty());  // §7.2.3.6
}

TEST_CASE("a message may refer to those before it (§7.2.3.2), across others and BFINAL") {
  Inflater inflater{15};
  CHECK(inflate(inflater, hex("f2 48 cd c9 c9 07 00")).text == "Hello");
  CHECK(inflate(inflater, hex("f2 00 11 00 00")).text == "Hello");
  CHECK(inflate(inflater, hex("f3 48 cd c9 c9 07 00 00")).text == "Hello");
  const auto again = inflate(inflater, hex("f2 00 11 00 00"));
  CHECK(again.text == "Hello");
  CHECK(again.whole);
  Inflater fresh{15};
  CHECK(inflate(fresh, hex("f2 00 11 00 00")).broken);
}

TEST_CASE("a message without a byte, or that ends behind a last block, is whole") {
  CHECK(text_of({}).empty());
  CHECK(text_of(hex("f3 48 cd c9 c9 07 00")) == "Hello");
  CHECK(text_of(hex("f3 48 cd c9 c9 07 00 f3 48 cd c9 c9 07 00 00")) == "HelloHello");
}

TEST_CASE("a message that was cut anywhere is not whole, whatever has come out of it") {
  const std::string text =
      "a message that was cut anywhere is not whole, whatever has come out of it";
  for (const int flush : {Z_SYNC_FLUSH, Z_FINISH})
    for (const int strategy : {Z_DEFAULT_STRATEGY, Z_FIXED, Z_HUFFMAN_ONLY})
      for (const int level : {0, 6}) {
        const Bytes packed =
            deflated(as_bytes(text), {.level = level, .strategy = strategy, .flush = flush});
        CHECK(text_of(packed) == text);
        // Behind a last block the byte that the sender added may be missing.
        const std::size_t shortest_whole = packed.size() - (flush == Z_FINISH ? 1 : 0);
        // A stored block begins as the empty message does.
        const std::size_t empty_message = packed[0] == std::byte{0} ? 1 : 0;
        for (std::size_t size = 1 + empty_message; size < shortest_whole; ++size) {
          CAPTURE(flush, strategy, level, size);
          const std::string got = text_of({packed.begin(), packed.begin() + size});
          CHECK((got == "cut" || got == "broken"));
        }
      }
}

TEST_CASE("what is not DEFLATE is broken, at once") {
  Inflater inflater{15};
  CHECK(inflate(inflater, hex("07")).broken);                  // block type 3
  CHECK(text_of(hex("00 05 00 00 00 48 65")) == "broken");     // LEN and NLEN disagree
  CHECK(text_of(hex("f2 48 cd c9 c9 07 00 06")) == "broken");  // behind a good block
}

TEST_CASE("every window of 8 to 15 bits, with context over many messages") {
  for (int bits = 8; bits <= 15; ++bits) {
    CAPTURE(bits);
    test::PeerDeflater peer{{.window_bits = std::max(bits, 9)}};
    Inflater inflater{bits};
    for (int i = 0; i < 40; ++i) {
      std::string text;
      while (text.size() < 3000) text += std::to_string(i * 7919 + static_cast<int>(text.size()));
      const auto result = inflate(inflater, peer.message(as_bytes(text)), 100, 777);
      REQUIRE((result.whole && result.text == text));
    }
  }
}

// CVE-2026-29035 (CivetWeb): more came out than there was room for.
TEST_CASE("every size of room gives the same, and never more than there is room for") {
  const std::string text(100'000, 'x');
  const Bytes packed = deflated(as_bytes(text));
  for (const std::size_t room : {1u, 255u, 256u, 257u, 258u, 65536u, 100'000u, 100'001u}) {
    CAPTURE(room);
    CHECK(text_of(packed, 7, room) == text);
  }
}

}  // namespace
}  // namespace ws::wire
