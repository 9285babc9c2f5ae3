#include "wire/mask.hpp"

#include "support/catch.hpp"
#include "support/hex.hpp"

namespace ws::wire {
namespace {

using test::hex;
using test::to_hex;

constexpr MaskingKey example_key{std::byte{0x37}, std::byte{0xFA}, std::byte{0x21},
                                 std::byte{0x3D}};

Bytes naively_masked(Bytes payload, const MaskingKey& key, std::size_t offset) {
  for (std::size_t i = 0; i < payload.size(); ++i) payload[i] ^= key[(i + offset) % 4];
  return payload;
}

TEST_CASE("\"Hello\" under the key of RFC 6455 §5.7, there and back") {
  Bytes payload = hex("48 65 6c 6c 6f");
  apply_mask(payload, example_key);
  CHECK(to_hex(payload) == "7f9f4d5158");
  apply_mask(payload, example_key);
  CHECK(to_hex(payload) == "48656c6c6f");
}

TEST_CASE("octet i is XORed with key octet i mod 4, for any size, alignment and offset (§5.3)") {
  for (std::size_t size = 0; size < 300; size += size < 40 ? 1 : 13)
    for (std::size_t alignment = 0; alignment < 9; ++alignment)
      for (std::size_t offset : {0u, 1u, 2u, 3u, 4u, 7u, 1000001u}) {
        CAPTURE(size, alignment, offset);
        const Bytes plain = test::pattern(size);
        Bytes room(alignment + size + 1, std::byte{0xEE});
        std::copy(plain.begin(), plain.end(), room.begin() + static_cast<long>(alignment));
        apply_mask(std::span{room}.subspan(alignment, size), example_key, offset);
        REQUIRE(to_hex(ByteView{room}.subspan(alignment, size)) ==
                to_hex(naively_masked(plain, example_key, offset)));
        REQUIRE(room.back() == std::byte{0xEE});
        REQUIRE((alignment == 0 || room[alignment - 1] == std::byte{0xEE}));
      }
}

TEST_CASE("a payload masked piece by piece is the payload masked at once") {
  const Bytes plain = test::pattern(200);
  const Bytes whole = naively_masked(plain, example_key, 0);
  for (std::size_t cut = 0; cut <= plain.size(); ++cut) {
    Bytes pieces = plain;
    apply_mask(std::span{pieces}.first(cut), example_key, 0);
    apply_mask(std::span{pieces}.subspan(cut), example_key, cut);
    REQUIRE(to_hex(pieces) == to_hex(whole));
  }
}

TEST_CASE("a masked copy leaves the payload alone and writes no byte too many") {
  for (std::size_t size = 0; size < 200; ++size) {
    const Bytes plain = test::pattern(size);
    Bytes room(size + 1, std::byte{0xEE});
    copy_masked(room, plain, example_key);
    REQUIRE(room.back() == std::byte{0xEE});
    room.pop_back();
    REQUIRE(to_hex(room) == to_hex(naively_masked(plain, example_key, 0)));
    REQUIRE(to_hex(plain) == to_hex(test::pattern(size)));
  }
}

}  // namespace
}  // namespace ws::wire
