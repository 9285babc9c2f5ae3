#include "wire/assembler.hpp"

#include "support/catch.hpp"
#include "support/hex.hpp"

namespace ws::wire {
namespace {

using test::hex;
using test::to_bytes;

FrameHeader header(Opcode opcode, std::uint64_t payload_bytes) {
  return {.fin = false, .opcode = opcode, .payload_bytes = payload_bytes};
}

std::string said(const std::optional<Violation>& violation) {
  if (!violation) return "";
  return std::to_string(violation->code) + ' ' + std::string{violation->text};
}

/// A whole fragment of `payload`.
std::string give(Assembler& assembler, Opcode opcode, const Bytes& payload, const Limits& limits) {
  const auto refused = assembler.begin_frame(header(opcode, payload.size()), limits);
  return said(refused ? refused : assembler.add(payload, 0));
}

TEST_CASE("fragments become one message of the first one's type (RFC 6455 §5.4)") {
  Assembler assembler;
  CHECK_FALSE(assembler.in_message());
  CHECK(give(assembler, Opcode::text, to_bytes("Hel"), {}).empty());
  CHECK(assembler.in_message());
  CHECK(give(assembler, Opcode::continuation, to_bytes(""), {}).empty());
  CHECK(give(assembler, Opcode::continuation, to_bytes("lo"), {}).empty());
  CHECK(said(assembler.finish()).empty());
  CHECK(assembler.message().type == MessageType::text);
  CHECK(as_text(assembler.message().payload) == "Hello");
  assembler.clear();
  CHECK_FALSE(assembler.in_message());
  CHECK(give(assembler, Opcode::binary, hex("ff"), {}).empty());
  CHECK(assembler.message().type == MessageType::binary);
}

TEST_CASE("a continuation needs a message, a message must be ended before the next (§5.4)") {
  Assembler assembler;
  CHECK(give(assembler, Opcode::continuation, hex("61"), {}) ==
        "1002 continuation frame outside a message");
  CHECK(give(assembler, Opcode::binary, hex("61"), {}).empty());
  CHECK(give(assembler, Opcode::text, hex("61"), {}) ==
        "1002 new message inside an unfinished one");
  CHECK(give(assembler, Opcode::binary, hex("61"), {}) ==
        "1002 new message inside an unfinished one");
  CHECK(give(assembler, Opcode::continuation, hex("61"), {}).empty());
}

TEST_CASE("the limit is inclusive and holds for the sum of all fragments (§10.4)") {
  const Limits limits{.max_message_bytes = 10};
  CHECK(said(Assembler::check_first(header(Opcode::binary, 10), limits)).empty());
  CHECK(said(Assembler::check_first(header(Opcode::binary, 11), limits)) == "1009 message too big");

  Assembler assembler;
  CHECK(give(assembler, Opcode::binary, Bytes(6), limits).empty());
  CHECK(give(assembler, Opcode::continuation, Bytes(4), limits).empty());
  CHECK(give(assembler, Opcode::continuation, Bytes(0), limits).empty());
  CHECK(give(assembler, Opcode::continuation, Bytes(1), limits) == "1009 message too big");
}

TEST_CASE("lengths at the end of 64 bits do not wrap around (CVE-2020-27813)") {
  for (const std::uint64_t length :
       {0x7FFF'FFFF'FFFF'FFFFu, 0xFFFF'FFFF'FFFF'FFFFu, 0xFFFF'FFFF'FFFF'FFFBu, 0x1'0000'0005u}) {
    CAPTURE(length);
    Assembler assembler;
    CHECK(said(assembler.begin_frame(header(Opcode::binary, length), {})) ==
          "1009 message too big");
    assembler.clear();
    CHECK(give(assembler, Opcode::binary, Bytes(5), {}).empty());
    CHECK(said(assembler.begin_frame(header(Opcode::continuation, length), {})) ==
          "1009 message too big");
  }
}

// CVE-2014-0193 (Netty): fragments without end.
TEST_CASE("as many fragments as the limit says, and not one more") {
  const Limits limits{.max_fragments = 3};
  Assembler assembler;
  for (int message = 0; message < 2; ++message) {
    CHECK(give(assembler, Opcode::binary, Bytes(1), limits).empty());
    CHECK(give(assembler, Opcode::continuation, Bytes(1), limits).empty());
    CHECK(give(assembler, Opcode::continuation, Bytes(1), limits).empty());
    CHECK(give(assembler, Opcode::continuation, Bytes(1), limits) ==
          "1008 message has too many fragments");
    assembler.clear();
  }
}

TEST_CASE("empty fragments are counted in a row: a byte between them starts the count anew") {
  const Limits limits{.max_empty_fragments = 2};
  Assembler assembler;
  CHECK(give(assembler, Opcode::binary, {}, limits).empty());
  CHECK(give(assembler, Opcode::continuation, {}, limits).empty());
  CHECK(give(assembler, Opcode::continuation, Bytes(1), limits).empty());
  CHECK(give(assembler, Opcode::continuation, {}, limits).empty());
  CHECK(give(assembler, Opcode::continuation, {}, limits).empty());
  CHECK(give(assembler, Opcode::continuation, {}, limits) ==
        "1008 too many empty fragments in a row");
}

TEST_CASE("empty fragments are counted anew for every message") {
  const Limits limits{.max_empty_fragments = 2};
  Assembler assembler;
  for (int message = 0; message < 3; ++message) {
    CHECK(give(assembler, Opcode::binary, {}, limits).empty());
    CHECK(give(assembler, Opcode::continuation, {}, limits).empty());
    assembler.clear();
  }
}

TEST_CASE("text is checked as it comes, across fragments; binary is not (§8.1)") {
  Assembler assembler;
  CHECK(give(assembler, Opcode::text, hex("e2 82"), {}).empty());
  CHECK(give(assembler, Opcode::continuation, hex("ac"), {}).empty());
  CHECK(said(assembler.finish()).empty());
  CHECK(give(assembler, Opcode::continuation, hex("e2"), {}).empty());
  CHECK(said(assembler.finish()) == "1007 text is not valid UTF-8");
  CHECK(give(assembler, Opcode::continuation, hex("41"), {}) == "1007 text is not valid UTF-8");

  assembler.clear();
  CHECK(give(assembler, Opcode::binary, hex("e2"), {}).empty());
  CHECK(give(assembler, Opcode::continuation, hex("41"), {}).empty());
  CHECK(said(assembler.finish()).empty());

  assembler.clear();
  CHECK(give(assembler, Opcode::text, to_bytes("new"), {}).empty());
  CHECK(said(assembler.finish()).empty());
}

// CVE-2016-10542 (ws): memory was taken for what a header announced.
TEST_CASE("the buffer grows with what came, not with what was announced, and not beyond it") {
  Assembler assembler;
  const std::uint64_t announced = 16u << 20;
  REQUIRE_FALSE(assembler.begin_frame(header(Opcode::binary, announced), {}));
  CHECK(assembler.held_bytes() == 0);
  std::uint64_t come = 0;
  for (const std::size_t piece : {1u, 100u, 5000u, 100000u, 1000000u}) {
    come += piece;
    REQUIRE_FALSE(assembler.add(Bytes(piece), announced - come));
    CHECK(assembler.held_bytes() >= come);
    CHECK(assembler.held_bytes() <= 2 * come);
  }
  assembler.clear();
  FrameHeader last = header(Opcode::binary, 100000);
  last.fin = true;
  REQUIRE_FALSE(assembler.begin_frame(last, {}));
  REQUIRE_FALSE(assembler.add(Bytes(60000), 40000));
  REQUIRE_FALSE(assembler.add(Bytes(40000), 0));
  CHECK(assembler.held_bytes() == 100000);
}

TEST_CASE("many small fragments do not move the buffer each time") {
  Assembler assembler;
  REQUIRE(give(assembler, Opcode::binary, Bytes(1), {}).empty());
  std::size_t moves = 0;
  for (int i = 0; i < 50000; ++i) {
    const std::size_t before = assembler.held_bytes();
    REQUIRE(give(assembler, Opcode::continuation, Bytes(1), {}).empty());
    if (assembler.held_bytes() != before) ++moves;
  }
  CHECK(moves < 20);
}

TEST_CASE("a large buffer is given back, one of up to 64 KiB kept for the next message") {
  Assembler assembler;
  REQUIRE(give(assembler, Opcode::binary, Bytes(64 * 1024), {}).empty());
  assembler.clear();
  CHECK(assembler.held_bytes() == 64 * 1024);
  REQUIRE(give(assembler, Opcode::binary, Bytes(64 * 1024 + 1), {}).empty());
  assembler.clear();
  CHECK(assembler.held_bytes() == 0);
}

}  // namespace
}  // namespace ws::wire
