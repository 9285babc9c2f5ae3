// However an input is cut into blocks, the Splitter makes the same messages of it; chunks, which
// follow the blocks, at least lose nothing. First byte: framing; second: limit; third: how the
// blocks are cut; the rest is the input.

#include <cstdlib>

#include "flow/pieces.hpp"

using namespace ws::flow;
using namespace ws::flow::test;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

Framing framing_of(std::uint8_t choice) {
  switch (choice % 8) {
    case 0:
      return {};
    case 1:
      return {.keep_newline = true};
    case 2:
      return {.kind = Framing::Kind::delimiter, .delimiter = std::string(1, '\0')};
    case 3:
      return {.kind = Framing::Kind::delimiter, .delimiter = "aab"};
    case 4:
      return {.kind = Framing::Kind::slurp};
    case 5:
      return {.kind = Framing::Kind::chunk};
    case 6:
      return {.kind = Framing::Kind::chunk, .whole_characters = true};
    default:
      return {.kind = Framing::Kind::length_prefixed};
  }
}

/// Sizes 1 to 32 in an order that `seed` decides.
std::vector<std::string_view> cut_by(std::uint32_t seed, std::string_view input) {
  std::vector<std::string_view> blocks;
  while (!input.empty()) {
    seed = seed * 1664525u + 1013904223u;
    blocks.push_back(input.substr(0, 1 + (seed >> 27)));
    input.remove_prefix(blocks.back().size());
  }
  return blocks;
}

void check_pieces(const std::vector<Got>& pieces, std::uint64_t limit) {
  std::uint64_t last_number = 0;
  for (const Got& piece : pieces) {
    const bool same_message = piece.state == Piece::State::cut && piece.number == last_number;
    require(piece.payload.size() <= limit);
    require(piece.number == last_number + 1 || same_message);
    last_number = piece.number;
  }
}

std::string joined(const std::vector<Got>& pieces) {
  std::string all;
  for (const Got& piece : pieces) all += piece.payload;
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  const Framing framing = framing_of(data[0]);
  const std::uint64_t limit = std::uint64_t{data[1]} + 1;
  const std::string_view input{reinterpret_cast<const char*>(data) + 3, size - 3};

  const auto whole = pieces_of(framing, limit, {input});
  check_pieces(whole, limit);
  for (const auto& blocks : {cut_by(data[2], input), byte_by_byte(input)}) {
    const auto cut = pieces_of(framing, limit, blocks);
    const auto retained = pieces_of(framing, limit, blocks, Driving::retaining_after_one_piece);
    check_pieces(cut, limit);
    require(retained == cut);
    if (framing.kind == Framing::Kind::chunk)
      require(joined(cut) == input);
    else
      require(cut == whole);
  }
  return 0;
}
