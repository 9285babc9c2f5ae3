#include "wire/utf8.hpp"

#include <random>

#include "support/catch.hpp"
#include "support/hex.hpp"
#include "support/reference_parser.hpp"

namespace ws::wire {
namespace {

using test::hex;
using test::to_bytes;
using test::to_hex;

/// Index of the first impossible byte as the reference finds it; the size when there is none.
std::size_t first_impossible(const Bytes& bytes) {
  test::ReferenceUtf8 reference;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    if (!reference.feed(std::to_integer<unsigned>(bytes[i]))) return i;
  return bytes.size();
}

bool reference_is_utf8(const Bytes& bytes) {
  test::ReferenceUtf8 reference;
  for (const std::byte octet : bytes)
    if (!reference.feed(std::to_integer<unsigned>(octet))) return false;
  return reference.complete();
}

Bytes encoded(std::uint32_t code_point) {
  const auto octet = [](std::uint32_t value) { return static_cast<std::byte>(value); };
  const auto more = [&](unsigned shift) { return octet(0x80 | (code_point >> shift & 0x3F)); };
  if (code_point < 0x80) return {octet(code_point)};
  if (code_point < 0x800) return {octet(0xC0 | code_point >> 6), more(0)};
  if (code_point < 0x10000) return {octet(0xE0 | code_point >> 12), more(6), more(0)};
  return {octet(0xF0 | code_point >> 18), more(12), more(6), more(0)};
}

TEST_CASE(
    "every code point of Unicode is taken, every surrogate and all above U+10FFFF refused (RFC "
    "3629)") {
  for (std::uint32_t code_point = 0; code_point < 0x110100; ++code_point) {
    const bool allowed = code_point <= 0x10FFFF && !(code_point >= 0xD800 && code_point <= 0xDFFF);
    if (is_utf8(encoded(code_point)) != allowed) FAIL("code point " << code_point);
  }
}

TEST_CASE("overlong forms are refused, the shortest taken (RFC 3629 §3)") {
  CHECK_FALSE(is_utf8(hex("c0 80")));
  CHECK_FALSE(is_utf8(hex("c1 bf")));
  CHECK(is_utf8(hex("c2 80")));
  CHECK_FALSE(is_utf8(hex("e0 80 80")));
  CHECK_FALSE(is_utf8(hex("e0 9f bf")));
  CHECK(is_utf8(hex("e0 a0 80")));
  CHECK_FALSE(is_utf8(hex("f0 80 80 80")));
  CHECK_FALSE(is_utf8(hex("f0 8f bf bf")));
  CHECK(is_utf8(hex("f0 90 80 80")));
}

TEST_CASE("the edges of the surrogates and of the range") {
  CHECK(is_utf8(hex("ed 9f bf")));
  CHECK_FALSE(is_utf8(hex("ed a0 80")));
  CHECK_FALSE(is_utf8(hex("ed bf bf")));
  CHECK(is_utf8(hex("ee 80 80")));
  CHECK(is_utf8(hex("f4 8f bf bf")));
  CHECK_FALSE(is_utf8(hex("f4 90 80 80")));
  CHECK_FALSE(is_utf8(hex("f5 80 80 80")));
  CHECK_FALSE(is_utf8(hex("f8 88 80 80 80")));
  CHECK_FALSE(is_utf8(hex("fe")));
  CHECK_FALSE(is_utf8(hex("ff")));
  CHECK_FALSE(is_utf8(hex("80")));
  CHECK_FALSE(is_utf8(hex("bf")));
}

TEST_CASE("every pair and every lead with edge bytes behind it is judged as the reference does") {
  const std::byte edges[] = {std::byte{0x7F}, std::byte{0x80}, std::byte{0x8F}, std::byte{0x90},
                             std::byte{0x9F}, std::byte{0xA0}, std::byte{0xBF}, std::byte{0xC0}};
  for (unsigned pair = 0; pair < 0x10000; ++pair) {
    const Bytes two{static_cast<std::byte>(pair >> 8), static_cast<std::byte>(pair & 0xFF)};
    if (is_utf8(two) != reference_is_utf8(two)) FAIL(to_hex(two));
    if (pair < 0xC000) continue;
    for (const std::byte third : edges)
      for (const std::byte fourth : {std::byte{0x80}, std::byte{0xBF}, std::byte{0xC2}}) {
        const Bytes four{two[0], two[1], third, fourth};
        if (is_utf8(four) != reference_is_utf8(four)) FAIL(to_hex(four));
      }
  }
}

TEST_CASE(
    "fed byte by byte it fails exactly at the first impossible byte and stays false (RFC 6455 "
    "§8.1)") {
  for (const char* digits :
       {"ce ba e1 bd b9 cf 83 ce bc ce b5 ed a0 80 65 64", "f4 90 80 80", "e0 9f 80", "61 c0 61",
        "f0 9f 98 61", "61 62 63 80 61", "f5", "ed a0"}) {
    const Bytes bytes = hex(digits);
    const std::size_t impossible = first_impossible(bytes);
    CAPTURE(digits, impossible);
    REQUIRE(impossible < bytes.size());
    Utf8Validator validator;
    for (std::size_t i = 0; i < bytes.size(); ++i)
      CHECK(validator.feed(ByteView{bytes}.subspan(i, 1)) == (i < impossible));
    CHECK_FALSE(validator.complete());
    CHECK_FALSE(validator.feed({}));
    validator.reset();
    CHECK(validator.feed(as_bytes("fine")));
    CHECK(validator.complete());
  }
}

TEST_CASE("valid text may be cut anywhere; it is complete only between characters") {
  const Bytes text = to_bytes("aß水😀 κόσμε – plain ASCII for more than sixteen bytes – 𝄞");
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    Utf8Validator validator;
    const ByteView head = ByteView{text}.first(cut);
    REQUIRE(validator.feed(head));
    CHECK(validator.complete() ==
          (cut == text.size() || (text[cut] & std::byte{0xC0}) != std::byte{0x80}));
    CHECK(whole_characters(head) <= cut);
    CHECK(is_utf8(head.first(whole_characters(head))));
    CHECK(cut - whole_characters(head) < 4);
    REQUIRE(validator.feed(ByteView{text}.subspan(cut)));
    CHECK(validator.complete());
  }
}

TEST_CASE("one wrong byte is found wherever it hides in long text") {
  for (const std::string unit : {"a", "ß", "水", "😀", "ab水ß"})
    for (std::size_t size : {15u, 16u, 17u, 31u, 33u, 64u, 65u, 130u, 300u}) {
      std::string text;
      while (text.size() < size) text += unit;
      CAPTURE(unit, size);
      REQUIRE(is_utf8(as_bytes(text)));
      for (std::size_t at = 0; at < text.size(); ++at)
        for (const char wrong : {'\xFF', '\xC0', '\x80', 'a', '\xED', '\xF4', '\xE0'}) {
          std::string broken = text;
          broken[at] = wrong;
          if (is_utf8(as_bytes(broken)) != reference_is_utf8(to_bytes(broken)))
            FAIL("at " << at << ": " << to_hex(as_bytes(broken)));
        }
    }
}

TEST_CASE("random text, sound and damaged, cut at random, is judged as the reference does") {
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 random{seed};
  const std::vector<std::string> units = {"a",
                                          "plain words, more than sixteen bytes ",
                                          "ß",
                                          "水",
                                          "😀",
                                          "\xED\x9F\xBF",
                                          "\xF4\x8F\xBF\xBF"};
  for (int round = 0; round < 4000; ++round) {
    Bytes text;
    const std::size_t count = random() % 60;
    for (std::size_t i = 0; i < count; ++i) append(text, as_bytes(units[random() % units.size()]));
    if (random() % 2 == 0 && !text.empty())
      text[random() % text.size()] = static_cast<std::byte>(random() & 0xFF);
    if (random() % 4 == 0) text.resize(random() % (text.size() + 1));
    const bool expected = reference_is_utf8(text);
    if (is_utf8(text) != expected) FAIL(to_hex(text));
    Utf8Validator validator;
    bool valid = true;
    ByteView left = text;
    while (!left.empty()) {
      const std::size_t size = std::min<std::size_t>(1 + random() % 90, left.size());
      valid = validator.feed(left.first(size));
      left = left.subspan(size);
      const std::size_t seen = text.size() - left.size();
      if (valid !=
          (first_impossible({text.begin(), text.begin() + static_cast<long>(seen)}) == seen))
        FAIL(to_hex(text) << " after " << seen);
    }
    if ((valid && validator.complete()) != expected) FAIL(to_hex(text));
  }
}

TEST_CASE("a cut character at the end is left for the next read, an error is not") {
  CHECK(whole_characters(to_bytes("")) == 0);
  CHECK(whole_characters(to_bytes("abc")) == 3);
  CHECK(whole_characters(hex("61 c3 9f")) == 3);
  CHECK(whole_characters(hex("61 c3")) == 1);
  CHECK(whole_characters(hex("61 e6 b0")) == 1);
  CHECK(whole_characters(hex("61 f0 9f 98")) == 1);
  CHECK(whole_characters(hex("61 f0 9f 98 80")) == 5);
  CHECK(whole_characters(hex("61 c0")) == 2);
  CHECK(whole_characters(hex("61 ed a0")) == 3);
  CHECK(whole_characters(hex("61 80 80 80 80")) == 5);
  CHECK(whole_characters(hex("f0 9f")) == 0);
  CHECK(whole_characters(hex("61 ff")) == 2);
}

}  // namespace
}  // namespace ws::wire
