#pragma once

// What both frame targets check. The first byte of the input seeds the cuts and the limits, the
// rest is what a peer sends: any split gives the same events and output, they are those of the
// reference parser, and a header that was decoded encodes to the bytes it came from.

#include <cstdio>
#include <cstdlib>
#include <random>

#include "support/reference_parser.hpp"
#include "support/transcript.hpp"
#include "wire/connection.hpp"

namespace ws::fuzz {

inline void expect(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "property broken: %s\n", what);
  std::abort();
}

inline void check_header(ByteView input) {
  const auto decoded = wire::decode_header(input);
  if (decoded.state != wire::DecodedHeader::State::complete) return;
  const auto encoded = wire::encode_header(decoded.header);
  expect(test::to_hex(encoded.view()) == test::to_hex(input.first(decoded.consumed)),
         "a decoded header encodes to the same bytes");
}

inline void check_connection(wire::Role role, ByteView input, unsigned seed) {
  using Pulling = test::Driver::Pulling;
  const wire::Limits limits{.max_message_bytes = seed % 2 == 0 ? 200u : 100000u,
                            .max_fragments = 8,
                            .max_empty_fragments = 3};
  const auto whole = test::transcript_of(role, input, {}, limits);
  std::mt19937 random{seed};
  const auto cuts = test::random_cuts(input, random, 1 + seed % 8);
  expect(test::transcript_of(role, input, cuts, limits) == whole, "a split changes nothing");
  expect(test::transcript_of(role, input, cuts, limits, Pulling::one_at_a_time) == whole,
         "pausing changes nothing");
  expect(test::transcript_of(role, input, test::every_byte(input), limits) == whole,
         "single bytes change nothing");
  test::ReferenceParser reference{role, limits};
  reference.feed(input);
  expect(test::codes_only(whole.events) == reference.events, "the reference parser agrees");
}

inline int run(wire::Role role, const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const ByteView input = std::as_bytes(std::span{data, size}).subspan(1);
  check_header(input);
  check_connection(role, input, data[0]);
  return 0;
}

}  // namespace ws::fuzz
