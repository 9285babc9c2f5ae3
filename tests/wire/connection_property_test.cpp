#include <random>

#include "support/catch.hpp"
#include "support/frames.hpp"
#include "support/reference_parser.hpp"
#include "support/transcript.hpp"
#include "wire/connection.hpp"

// Random conversations, most of them right, some broken: any split of the bytes gives the same
// events and output, and they are those of the reference parser.

namespace ws::wire {
namespace {

using test::Driver;

constexpr Limits small_limits{
    .max_message_bytes = 70000, .max_fragments = 6, .max_empty_fragments = 3};

class Conversation {
 public:
  Conversation(Role role, std::mt19937& random) : role_(role), random_(random) {}

  Bytes next(std::size_t frames) {
    Bytes bytes;
    for (std::size_t i = 0; i < frames; ++i) append(bytes, next_frame());
    return bytes;
  }

 private:
  bool one_in(unsigned n) { return random_() % n == 0; }

  Bytes next_frame() {
    test::FrameBits bits{.opcode = next_opcode()};
    const bool control = bits.opcode >= 8;
    bits.fin = control || !one_in(3);
    if (one_in(60)) bits.rsv = random_() % 8;
    if (one_in(90)) bits.fin = !bits.fin;
    if (one_in(90)) bits.opcode = random_() % 16;
    if (one_in(90)) bits.length_form = 16;
    if (one_in(90)) bits.announced = random_() % 100000;
    if (!control) in_message_ = !bits.fin;
    const std::uint32_t key = one_in(8) ? 0 : static_cast<std::uint32_t>(random_());
    if ((role_ == Role::server) != one_in(150)) {
      bits.key.emplace();
      test::push_number(*bits.key, key, 4);
    }
    return test::frame(bits, next_payload(bits.opcode));
  }

  unsigned next_opcode() {
    if (one_in(5)) return 9 + random_() % 2;
    if (one_in(40)) return 8;
    if (in_message_) return one_in(50) ? 1 : 0;
    return one_in(50) ? 0 : 1 + random_() % 2;
  }

  Bytes next_payload(unsigned opcode) {
    if (opcode == 8) return one_in(3) ? Bytes{} : test::hex("03 e8 62 79 65");
    if (opcode > 8) return test::pattern(random_() % 126);
    constexpr std::size_t sizes[] = {0, 1, 2, 5, 16, 124, 125, 126, 127, 300, 5000, 65535, 65536};
    const std::size_t size = sizes[random_() % (one_in(10) ? 13 : 10)];
    if (opcode == 2 || one_in(40)) return test::pattern(size);
    // A period of 10 bytes against cuts at 1, 2, 5 …: characters are divided between fragments.
    Bytes text;
    while (text.size() < size) append(text, as_bytes("aß水😀"));
    if (!one_in(6)) return text;
    text.resize(size);
    return text;
  }

  Role role_;
  std::mt19937& random_;
  bool in_message_ = false;
};

TEST_CASE("any split of random input gives the reference parser's events and the same output") {
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 random{seed};
  for (int round = 0; round < 400; ++round) {
    const Role role = round % 2 == 0 ? Role::server : Role::client;
    const Bytes input = Conversation{role, random}.next(1 + random() % 20);
    test::ReferenceParser reference{role, small_limits};
    reference.feed(input);
    const auto whole = test::transcript_of(role, input, {}, small_limits);
    INFO("round " << round);
    REQUIRE(test::codes_only(whole.events) == reference.events);
    for (const std::size_t pieces : {1u, 3u, 20u}) {
      const auto cuts = test::random_cuts(input, random, pieces);
      REQUIRE(test::transcript_of(role, input, cuts, small_limits) == whole);
      REQUIRE(test::transcript_of(role, input, cuts, small_limits,
                                  Driver::Pulling::one_at_a_time) == whole);
    }
    if (input.size() < 3000)
      REQUIRE(test::transcript_of(role, input, test::every_byte(input), small_limits) == whole);
  }
}

TEST_CASE(
    "messages of random size and type survive the way between two connections in random pieces") {
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 random{seed};
  for (const Role role : {Role::server, Role::client}) {
    Driver sender{role};
    Driver receiver{role == Role::server ? Role::client : Role::server};
    std::vector<std::string> expected;
    for (int i = 0; i < 100; ++i) {
      const bool text = random() % 2 == 0;
      const std::size_t size = random() % (i % 10 == 0 ? 100000 : 200);
      const Bytes payload = text ? Bytes(size, std::byte{'t'}) : test::pattern(size);
      sender.connection.send(sender.out, text ? MessageType::text : MessageType::binary, payload);
      expected.push_back((text ? "text " : "binary ") + test::readable(payload));
    }
    std::size_t begin = 0;
    auto cuts = test::random_cuts(sender.out.bytes, random, 200);
    cuts.push_back(sender.out.bytes.size());
    for (const std::size_t end : cuts) {
      receiver.feed(ByteView{sender.out.bytes}.subspan(begin, end - begin));
      begin = end;
    }
    CHECK(receiver.events == expected);
    CHECK(receiver.connection.held_bytes() == 0);
  }
}

}  // namespace
}  // namespace ws::wire
