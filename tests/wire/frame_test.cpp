#include "wire/frame.hpp"

#include "support/catch.hpp"
#include "support/frames.hpp"
#include "support/hex.hpp"

namespace ws::wire {
namespace {

using test::frame;
using test::hex;
using test::to_hex;
using State = DecodedHeader::State;

std::string violation_of(const Bytes& bytes) {
  const auto decoded = decode_header(bytes);
  if (decoded.state != State::violation) return "none";
  return std::to_string(decoded.violation.code) + ' ' + std::string{decoded.violation.text};
}

TEST_CASE("the headers of the examples of RFC 6455 §5.7") {
  const auto unmasked = decode_header(hex("81 05 48 65 6c 6c 6f"));
  REQUIRE(unmasked.state == State::complete);
  CHECK(unmasked.consumed == 2);
  CHECK(unmasked.header.fin);
  CHECK(unmasked.header.opcode == Opcode::text);
  CHECK(unmasked.header.payload_bytes == 5);
  CHECK_FALSE(unmasked.header.masking_key.has_value());

  const auto masked = decode_header(hex("81 85 37 fa 21 3d 7f 9f 4d 51 58"));
  REQUIRE(masked.state == State::complete);
  CHECK(masked.consumed == 6);
  REQUIRE(masked.header.masking_key.has_value());
  CHECK(to_hex(*masked.header.masking_key) == "37fa213d");

  const auto first = decode_header(hex("01 03 48 65 6c"));
  CHECK_FALSE(first.header.fin);
  CHECK(first.header.opcode == Opcode::text);
  CHECK(decode_header(hex("80 02 6c 6f")).header.opcode == Opcode::continuation);

  CHECK(decode_header(hex("89 05 48 65 6c 6c 6f")).header.opcode == Opcode::ping);
  CHECK(decode_header(hex("8a 85 37 fa 21 3d 7f 9f 4d 51 58")).header.opcode == Opcode::pong);
  CHECK(decode_header(hex("82 7e 01 00")).header.payload_bytes == 256);
  CHECK(decode_header(hex("82 7f 00 00 00 00 00 01 00 00")).header.payload_bytes == 65536);
}

TEST_CASE(
    "a header goes out in the shortest form and comes back the same, whole or not at all (§5.2)") {
  struct Case {
    std::uint64_t length;
    std::size_t bytes;
  };
  for (const auto& [length, size] :
       {Case{0, 2}, Case{1, 2}, Case{125, 2}, Case{126, 4}, Case{65535, 4}, Case{65536, 10},
        Case{0x1'0000'0005, 10}, Case{0x7FFF'FFFF'FFFF'FFFF, 10}})
    for (const bool masked : {false, true})
      for (const Opcode opcode : {Opcode::continuation, Opcode::text, Opcode::binary})
        for (const bool fin : {false, true}) {
          CAPTURE(length, masked, fin);
          FrameHeader header{.fin = fin, .rsv = 5, .opcode = opcode, .payload_bytes = length};
          if (masked) header.masking_key = {std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}};
          const auto encoded = encode_header(header);
          CHECK(encoded.size == size + (masked ? 4 : 0));
          CHECK(header_bytes(header) == encoded.size);
          test::FrameBits bits{.opcode = static_cast<unsigned>(opcode), .fin = fin, .rsv = 5};
          bits.announced = length;
          if (masked) bits.key = hex("01 02 03 04");
          CHECK(to_hex(encoded.view()) == to_hex(frame(bits, {})));
          for (std::size_t cut = 0; cut < encoded.size; ++cut)
            CHECK(decode_header(encoded.view().first(cut)).state == State::need_more);
          Bytes with_more(encoded.view().begin(), encoded.view().end());
          append(with_more, hex("ff ff ff"));
          const auto decoded = decode_header(with_more);
          REQUIRE(decoded.state == State::complete);
          CHECK(decoded.consumed == encoded.size);
          CHECK(decoded.header.fin == fin);
          CHECK(decoded.header.rsv == 5);
          CHECK(decoded.header.opcode == opcode);
          CHECK(decoded.header.payload_bytes == length);
          CHECK(decoded.header.masking_key == header.masking_key);
        }
}

TEST_CASE(
    "a length that is not in its shortest form is refused, the next longer one taken (§5.2)") {
  CHECK(violation_of(hex("82 7e 00 00")) == "1002 frame length is not in its shortest form");
  CHECK(violation_of(hex("82 7e 00 7d")) == "1002 frame length is not in its shortest form");
  CHECK(violation_of(hex("82 7e 00 7e")) == "none");
  CHECK(violation_of(hex("82 7f 00 00 00 00 00 00 00 00")) ==
        "1002 frame length is not in its shortest form");
  CHECK(violation_of(hex("82 7f 00 00 00 00 00 00 ff ff")) ==
        "1002 frame length is not in its shortest form");
  CHECK(violation_of(hex("82 7f 00 00 00 00 00 01 00 00")) == "none");
}

// CVE-2020-13935 (Tomcat): such a length was negative, and its loop without end.
TEST_CASE(
    "the top bit of a 64-bit length is refused as soon as it is seen, all below is a number "
    "(§5.2)") {
  CHECK(violation_of(hex("82 7f 80")) == "1002 frame length has its top bit set");
  CHECK(violation_of(hex("82 ff ff ff ff ff ff ff ff ff")) ==
        "1002 frame length has its top bit set");
  CHECK(violation_of(hex("82 7f 7f ff ff ff ff ff ff ff")) == "none");
  CHECK(decode_header(hex("82 7f 7f ff ff ff ff ff ff ff")).header.payload_bytes ==
        0x7FFF'FFFF'FFFF'FFFF);
  CHECK(decode_header(hex("82 7f 00 00 00 01 00 00 00 05")).header.payload_bytes == 0x1'0000'0005);
}

TEST_CASE("opcodes 3-7 and B-F are refused at their first byte, the others taken (§5.2)") {
  for (unsigned opcode = 0; opcode < 16; ++opcode) {
    CAPTURE(opcode);
    const Bytes first{static_cast<std::byte>(0x80 | opcode)};
    const bool reserved = (opcode > 2 && opcode < 8) || opcode > 10;
    CHECK(violation_of(first) == (reserved ? "1002 reserved opcode" : "none"));
  }
}

TEST_CASE("a control frame is refused when it is a fragment or above 125 bytes (§5.5)") {
  for (const char* opcode : {"8", "9", "a"}) {
    CAPTURE(opcode);
    CHECK(violation_of(hex(std::string{"0"} + opcode)) == "1002 control frame is fragmented");
    CHECK(violation_of(hex(std::string{"8"} + opcode + "7d")) == "none");
    CHECK(violation_of(hex(std::string{"8"} + opcode + "7e")) ==
          "1002 control frame above 125 bytes");
    CHECK(violation_of(hex(std::string{"8"} + opcode + "ff")) ==
          "1002 control frame above 125 bytes");
  }
}

TEST_CASE("a broken header is refused with the same words wherever it is cut") {
  for (const char* broken : {"83 85 01 02 03 04", "08 fe 00 01", "89 fe 00 7e 01 02 03 04",
                             "82 fe 00 7d 01 02 03 04", "82 7f 80 00 00 00 00 00 00 00"}) {
    const Bytes bytes = hex(broken);
    const std::string words = violation_of(bytes);
    CAPTURE(broken, words);
    CHECK(words != "none");
    bool seen = false;
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
      const std::string so_far =
          violation_of({bytes.begin(), bytes.begin() + static_cast<long>(cut)});
      CHECK((so_far == words || (!seen && so_far == "none")));
      seen = so_far == words;
    }
  }
}

TEST_CASE("whatever the first two bytes, a decoded header encodes to the bytes it came from") {
  const Bytes tail = hex("00 00 00 00 12 34 56 78 9a bc de f0 11 22 33 44 55 66");
  std::size_t complete = 0;
  for (unsigned start = 0; start < 0x10000; ++start) {
    for (std::size_t skip : {0u, 2u, 4u}) {
      Bytes bytes{static_cast<std::byte>(start >> 8), static_cast<std::byte>(start & 0xFF)};
      append(bytes, ByteView{tail}.subspan(skip));
      const auto decoded = decode_header(bytes);
      REQUIRE(decoded.state != State::need_more);
      if (decoded.state != State::complete) continue;
      ++complete;
      REQUIRE(to_hex(encode_header(decoded.header).view()) ==
              to_hex(ByteView{bytes}.first(decoded.consumed)));
    }
  }
  CHECK(complete > 0x4000);
}

}  // namespace
}  // namespace ws::wire
