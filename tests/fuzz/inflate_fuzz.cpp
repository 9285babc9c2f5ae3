// Compressed messages from a peer. Byte 0 chooses the role, the limit and whether context is kept,
// and seeds the cuts; the rest is the compressed payload of messages, cut into frames wherever the
// seed says: any cut of the bytes on the wire, and any division into fragments, gives the same
// messages; no message goes beyond the limit; and what zlib alone makes of the payload is what came
// out. CVE-2026-29035 (CivetWeb), CVE-2022-37434 (zlib): crafted blocks wrote beyond their buffer.

#include <zlib.h>

#include <algorithm>
#include <optional>
#include <random>

#include "fuzz/frames_property.hpp"
#include "support/frames.hpp"
#include "wire/deflate_params.hpp"

namespace ws::fuzz {
namespace {

/// The widest window: what a peer refers to beyond a smaller one may be there still or not.
struct Setting {
  wire::Role role;
  wire::Limits limits;
  wire::DeflateParams params;
};

Setting setting_of(unsigned seed) {
  const wire::DeflateDirection direction{.takeover = seed % 8 < 4};
  return {seed % 2 == 0 ? wire::Role::server : wire::Role::client,
          {.max_message_bytes = seed % 16 < 8 ? 1000u : 100'000u},
          {direction, direction}};
}

/// The payload as one message of 1 to `most` fragments, twice, so that context matters.
Bytes wire_bytes(const Setting& setting, ByteView payload, std::mt19937& random, unsigned most) {
  Bytes wire;
  for (int message = 0; message < 2; ++message) {
    std::size_t done = 0;
    const unsigned fragments = 1 + static_cast<unsigned>(random()) % most;
    for (unsigned i = 0; i < fragments; ++i) {
      const std::size_t left = payload.size() - done;
      const bool last = i + 1 == fragments;
      const std::size_t size = last ? left : random() % (left + 1);
      const Bytes part(payload.begin() + static_cast<std::ptrdiff_t>(done),
                       payload.begin() + static_cast<std::ptrdiff_t>(done + size));
      append(wire, test::frame_to(setting.role,
                                  {.opcode = i == 0 ? 2u : 0u, .fin = last, .rsv = i == 0 ? 4u : 0},
                                  part));
      done += size;
    }
  }
  return wire;
}

std::vector<std::string> events_of(const Setting& setting, ByteView wire,
                                   const std::vector<std::size_t>& cuts,
                                   test::Driver::Pulling pulling = test::Driver::Pulling::all) {
  test::Driver driver{setting.role, setting.limits};
  driver.connection.compress(setting.params, nullptr);
  auto events = test::transcript_of(driver, wire, cuts, pulling).events;
  expect(driver.connection.held_bytes() <= 4 * setting.limits.max_message_bytes + wire.size(),
         "nothing is held beyond the limit and what came");
  return events;
}

/// The first message as zlib's one-call way makes it; nothing where that says it is broken, too
/// long, or has a last block, behind which it would stop.
std::optional<std::string> by_zlib_alone(const Setting& setting, ByteView payload) {
  Bytes input(payload.begin(), payload.end());
  for (const int octet : {0x00, 0x00, 0xff, 0xff}) input.push_back(static_cast<std::byte>(octet));
  Bytes output(setting.limits.max_message_bytes + 1);
  z_stream stream{};
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(output.data());
  stream.avail_out = static_cast<uInt>(output.size());
  expect(inflateInit2(&stream, -setting.params.from_client.window_bits) == Z_OK, "zlib begins");
  const int result = inflate(&stream, Z_SYNC_FLUSH);
  const bool plain =
      result == Z_OK && stream.avail_in == 0 && stream.avail_out > 0 && stream.data_type == 128;
  const std::size_t size = output.size() - stream.avail_out;
  inflateEnd(&stream);
  if (!plain) return std::nullopt;
  return "binary " + test::readable(ByteView{output}.first(size));
}

void check(unsigned seed, ByteView payload) {
  const Setting setting = setting_of(seed);
  std::mt19937 random{seed};
  const Bytes one_frame = wire_bytes(setting, payload, random, 1);
  const Bytes fragments = wire_bytes(setting, payload, random, 8);
  const auto whole = events_of(setting, one_frame, {});
  expect(events_of(setting, fragments, {}) == whole, "fragments change nothing");
  expect(events_of(setting, fragments, test::random_cuts(fragments, random, 6)) == whole,
         "cuts change nothing");
  expect(events_of(setting, fragments, test::every_byte(fragments),
                   test::Driver::Pulling::one_at_a_time) == whole,
         "single bytes and pauses change nothing");
  const auto reference = by_zlib_alone(setting, payload);
  if (!reference) return;
  expect(!whole.empty(), "what zlib takes is a message or a violation");
  const bool cut_in_stored_block = whole[0] == "violation 1007 compressed message is cut short";
  expect(whole[0] == *reference || cut_in_stored_block, "zlib alone makes the same of it");
}

}  // namespace
}  // namespace ws::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > 4096) return 0;
  ws::fuzz::check(data[0], std::as_bytes(std::span{data, size}).subspan(1));
  return 0;
}
