#include "wire/deflater.hpp"

#include "support/catch.hpp"
#include "support/hex.hpp"
#include "wire/inflater.hpp"

// Compression: what comes out can be read by a peer of that window, and what is not worth it is
// left alone.

namespace ws::wire {
namespace {

std::string inflated(Inflater& inflater, ByteView packed) {
  Bytes to(4u << 20);
  std::string text;
  for (auto step = inflater.inflate(packed, to); step.produced > 0 || step.consumed > 0;
       step = inflater.inflate(packed, to)) {
    REQUIRE_FALSE(step.broken);
    packed = packed.subspan(step.consumed);
    text += as_text(ByteView{to}.first(step.produced));
  }
  const auto step = inflater.finish(to);
  text += as_text(ByteView{to}.first(step.produced));
  REQUIRE(inflater.whole());
  inflater.next_message();
  return text;
}

std::string log_lines(std::size_t bytes, int seed) {
  std::string text;
  for (int i = seed; text.size() < bytes; ++i)
    text += "2026-01-02 03:04:05 INFO request " + std::to_string(i * 31) + " took " +
            std::to_string(i * 7 % 1000) + " ms\n";
  text.resize(bytes);
  return text;
}

TEST_CASE("what is compressed with any window can be read with that window") {
  for (int bits = min_window_bits; bits <= max_window_bits; ++bits)
    for (const bool takeover : {false, true}) {
      CAPTURE(bits, takeover);
      Deflater deflater{{.window_bits = bits, .takeover = takeover}};
      Inflater with_context{bits};
      for (const std::size_t size : {128u, 200u, 5000u, 70'000u, 300u, 1'000'000u, 129u}) {
        const std::string text = log_lines(size, static_cast<int>(size));
        const ByteView packed = deflater.deflate(as_bytes(text));
        REQUIRE_FALSE(packed.empty());
        Inflater alone{bits};
        CHECK(inflated(takeover ? with_context : alone, packed) == text);
      }
    }
}

TEST_CASE("with a context the second of two equal messages is a reference to the first") {
  const std::string text = log_lines(500, 1);
  Deflater keeps{{.takeover = true}};
  Deflater forgets{{.takeover = false}};
  const std::size_t first = keeps.deflate(as_bytes(text)).size();
  CHECK(keeps.deflate(as_bytes(text)).size() < first / 4);
  const std::string alone = test::to_hex(forgets.deflate(as_bytes(text)));
  CHECK(test::to_hex(forgets.deflate(as_bytes(text))) == alone);
}

TEST_CASE("what would grow goes as it is, unless the context has it now") {
  Deflater forgets{{.takeover = false}};
  Deflater keeps{{.takeover = true}};
  Bytes noise(5000);
  for (std::size_t i = 0, state = 1; i < noise.size(); ++i) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    noise[i] = static_cast<std::byte>(state >> 33);
  }
  CHECK(forgets.deflate(noise).empty());
  const ByteView packed = keeps.deflate(noise);
  CHECK(packed.size() >= noise.size());
  Inflater inflater{15};
  CHECK(inflated(inflater, packed) == as_text(noise));
}

TEST_CASE("short messages are not worth it, nor very long ones to what all share") {
  const DeflateDirection alone{.takeover = false};
  CHECK_FALSE(worth_deflating(alone, 0));
  CHECK_FALSE(worth_deflating(alone, 127));
  CHECK(worth_deflating(alone, 128));
  CHECK(worth_deflating(alone, 1u << 20));
  CHECK_FALSE(worth_deflating(alone, (1u << 20) + 1));
  const DeflateDirection with_context{.takeover = true};
  CHECK_FALSE(worth_deflating(with_context, 31));
  CHECK(worth_deflating(with_context, 32));
  CHECK(worth_deflating(with_context, 1u << 30));
}

TEST_CASE("a pool makes one for each window") {
  DeflaterPool pool;
  Deflater& widest = pool.with_window(15);
  CHECK(&pool.with_window(15) == &widest);
  CHECK(&pool.with_window(9) != &widest);
}

}  // namespace
}  // namespace ws::wire
