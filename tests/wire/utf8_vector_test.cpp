#include "wire/utf8_vector.hpp"

#include <random>

#include "support/catch.hpp"
#include "support/hex.hpp"
#include "support/reference_parser.hpp"
#include "wire/utf8.hpp"

namespace ws::wire {
namespace {

using test::to_bytes;
using test::to_hex;

bool has_vectors() {
  return valid_prefix(Bytes(64, std::byte{'a'})) == 64;
}

/// Bytes of whole characters before the first error or cut.
std::size_t sound_bytes(ByteView bytes) {
  test::ReferenceUtf8 reference;
  std::size_t sound = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (!reference.feed(std::to_integer<unsigned>(bytes[i]))) return sound;
    if (reference.complete()) sound = i + 1;
  }
  return sound;
}

/// Never beyond what is sound, between two characters, and near the end or the error where there
/// are vectors.
void check(ByteView bytes) {
  const std::size_t sound = sound_bytes(bytes);
  const std::size_t prefix = valid_prefix(bytes);
  CAPTURE(to_hex(bytes), sound, prefix);
  REQUIRE(prefix <= sound);
  REQUIRE(sound_bytes(bytes.first(prefix)) == prefix);
  if (has_vectors()) REQUIRE(sound - prefix < 68);
}

TEST_CASE("long text is valid up to its last vector") {
  for (const std::string unit : {"a", "ß", "水", "😀", "ab水ß😀"})
    for (std::size_t size = 0; size < 300; size += 7) {
      std::string text;
      while (text.size() < size) text += unit;
      for (std::size_t cut = 0; cut < std::min<std::size_t>(5, text.size()); ++cut)
        check(as_bytes(text).first(text.size() - cut));
    }
}

TEST_CASE(
    "whatever byte stands anywhere in long text, the prefix stops at the error and not far "
    "before") {
  for (const std::string unit : {"a", "ß", "水", "😀"}) {
    std::string text;
    while (text.size() < 200) text += unit;
    for (std::size_t at = 50; at < 140; ++at)
      for (unsigned octet = 0; octet < 256; octet += 3) {
        Bytes damaged = to_bytes(text);
        damaged[at] = static_cast<std::byte>(octet);
        check(damaged);
      }
  }
}

TEST_CASE("random bytes and damaged random text are no more valid than the reference says") {
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 random{seed};
  const std::vector<std::string> units = {"a", "plain words ", "ß", "水", "😀", "\xEF\xBF\xBF"};
  for (int round = 0; round < 2000; ++round) {
    Bytes text;
    while (text.size() < 250) append(text, as_bytes(units[random() % units.size()]));
    for (auto damages = random() % 3; damages > 0; --damages)
      text[random() % text.size()] = static_cast<std::byte>(random() & 0xFF);
    check(text);
  }
}

}  // namespace
}  // namespace ws::wire
