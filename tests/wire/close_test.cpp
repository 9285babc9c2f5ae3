#include "wire/close.hpp"

#include "support/catch.hpp"
#include "support/hex.hpp"
#include "wire/utf8.hpp"

namespace ws::wire {
namespace {

using test::hex;
using test::to_bytes;
using test::to_hex;

std::string decoded(const Bytes& payload) {
  CloseCode answer = 0;
  const auto status = decode_close(payload, answer);
  if (!status) return "answer " + std::to_string(answer);
  return std::to_string(status->code) + ' ' + status->reason;
}

TEST_CASE("1000-1003, 1007-1014 and 3000-4999 may be sent, no other code (RFC 6455 §7.4, IANA)") {
  for (unsigned code = 0; code < 0x10000; ++code) {
    const bool registered = code == 1000 || code == 1001 || code == 1002 || code == 1003 ||
                            (code >= 1007 && code <= 1014);
    if (may_be_sent(static_cast<CloseCode>(code)) != (registered || (code >= 3000 && code <= 4999)))
      FAIL("code " << code);
  }
}

TEST_CASE("a Close payload is empty, or a code and a reason (§5.5.1)") {
  CHECK(decoded({}) == "1005 ");
  CHECK(decoded(hex("03 e8")) == "1000 ");
  CHECK(decoded(hex("03 e9 62 79 65")) == "1001 bye");
  CHECK(decoded(hex("0f a0 e2 82 ac")) == "4000 €");
}

TEST_CASE("a malformed Close payload names the code to answer (§5.5.1, §7.4)") {
  CHECK(decoded(hex("03")) == "answer 1002");
  CHECK(decoded(hex("00 00")) == "answer 1002");
  CHECK(decoded(hex("03 e7")) == "answer 1002");
  for (const char* code : {"03 ec", "03 ed", "03 ee", "03 f7", "03 f8", "0b b7", "13 88", "ff ff"})
    CHECK(decoded(hex(code)) == "answer 1002");
  CHECK(decoded(hex("03 e8 c0 80")) == "answer 1007");
  CHECK(decoded(hex("03 e8 e2 82")) == "answer 1007");
  CHECK(decoded(hex("03 ed c0 80")) == "answer 1002");
}

TEST_CASE("what is encoded can be decoded; no_status is the empty payload") {
  CHECK(encode_close({}).empty());
  CHECK(encode_close({close_code::no_status, "ignored"}).empty());
  CHECK(to_hex(encode_close({1000, ""})) == "03e8");
  CHECK(to_hex(encode_close({1013, "later"})) == "03f56c61746572");
  CHECK(decoded(encode_close({4999, "größer"})) == "4999 größer");
}

TEST_CASE("a reason above 123 bytes is cut between two characters (§5.5)") {
  CHECK(encode_close({1000, std::string(123, 'x')}).size() == 125);
  CHECK(encode_close({1000, std::string(124, 'x')}).size() == 125);
  for (std::size_t shift = 0; shift < 4; ++shift) {
    std::string reason(shift, 'x');
    while (reason.size() < 200) reason += "😀";
    const Bytes payload = encode_close({1000, reason});
    CAPTURE(shift);
    CHECK(payload.size() <= 125);
    CHECK(payload.size() > 121);
    CHECK(is_utf8(ByteView{payload}.subspan(2)));
  }
}

}  // namespace
}  // namespace ws::wire
