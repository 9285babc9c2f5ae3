// Random inputs in random blocks against the plainest splitter there is, which sees the whole input
// at once. A failure prints the seed; `random_case(seed)` is all it takes to see it again.

#include <random>

#include "flow/pieces.hpp"
#include "support/catch.hpp"

using namespace ws::flow;
using namespace ws::flow::test;
using namespace std::string_literals;

namespace {

using Random = std::mt19937;

std::size_t below(Random& random, std::size_t limit) {
  return random() % limit;
}

struct Case {
  Framing framing;
  std::uint64_t limit;
  std::string input;
  std::vector<std::string_view> blocks;
};

Framing random_framing(Random& random) {
  switch (below(random, 6)) {
    case 0:
      return {};
    case 1:
      return {.keep_newline = true};
    case 2:
      return {.kind = Framing::Kind::delimiter, .delimiter = "\0"s};
    case 3:
      return {.kind = Framing::Kind::delimiter, .delimiter = "aab"};
    case 4:
      return {.kind = Framing::Kind::slurp};
    default:
      return {.kind = Framing::Kind::length_prefixed};
  }
}

std::string random_input(Random& random) {
  constexpr std::string_view alphabet{"aab\n\r\0\0\0\1\2", 10};
  std::string input;
  for (std::size_t left = below(random, 200); left > 0; --left)
    input += alphabet[below(random, alphabet.size())];
  return input;
}

std::vector<std::string_view> random_blocks(Random& random, std::string_view input) {
  std::vector<std::string_view> blocks;
  const std::size_t largest = 1 + below(random, 40);
  while (!input.empty()) {
    blocks.push_back(input.substr(0, 1 + below(random, largest)));
    input.remove_prefix(blocks.back().size());
  }
  return blocks;
}

Got judged(std::string payload, std::uint64_t number, std::uint64_t limit) {
  if (payload.size() > limit) return {"", number, Piece::State::too_long};
  return {std::move(payload), number};
}

std::vector<Got> plain_delimited(std::string input, const std::string& end, const Case& c) {
  std::vector<Got> got;
  const bool as_lines = c.framing.kind == Framing::Kind::lines;
  for (std::uint64_t number = 1; !input.empty(); ++number) {
    const auto at = input.find(end);
    std::string message = input.substr(0, at);
    input.erase(0, at == std::string::npos ? at : at + end.size());
    const bool ended = at != std::string::npos;
    if (ended && c.framing.keep_newline) message += end;
    if (ended && as_lines && !c.framing.keep_newline && message.ends_with('\r')) message.pop_back();
    got.push_back(judged(std::move(message), number, c.limit));
  }
  return got;
}

std::vector<Got> plain_prefixed(std::string_view input, std::uint64_t limit) {
  std::vector<Got> got;
  for (std::uint64_t number = 1; !input.empty(); ++number) {
    const bool has_length = input.size() >= 4;
    const auto length = has_length ? ws::load_big_endian<std::uint32_t>(ws::as_bytes(input)) : 0u;
    input.remove_prefix(std::min<std::size_t>(4, input.size()));
    const bool is_cut = !has_length || input.size() < length;
    if (length > limit) got.push_back({"", number, Piece::State::too_long});
    if (is_cut) got.push_back({"", number, Piece::State::cut});
    if (is_cut) return got;
    if (length <= limit) got.push_back({std::string{input.substr(0, length)}, number});
    input.remove_prefix(length);
  }
  return got;
}

std::vector<Got> plainly(const Case& c) {
  switch (c.framing.kind) {
    case Framing::Kind::lines:
      return plain_delimited(c.input, "\n", c);
    case Framing::Kind::delimiter:
      return plain_delimited(c.input, c.framing.delimiter, c);
    case Framing::Kind::length_prefixed:
      return plain_prefixed(c.input, c.limit);
    default:
      break;
  }
  return c.input.empty() ? std::vector<Got>{} : std::vector{judged(c.input, 1, c.limit)};
}

void random_case(std::uint32_t seed) {
  Random random{seed};
  Case c{random_framing(random), below(random, 30), random_input(random), {}};
  c.blocks = random_blocks(random, c.input);
  CAPTURE(seed, c.framing.kind, c.framing.delimiter, c.limit, c.blocks);
  const auto driving = below(random, 2) == 0 ? Driving::to_the_end_of_each_block
                                             : Driving::retaining_after_one_piece;
  REQUIRE(pieces_of(c.framing, c.limit, c.blocks, driving) == plainly(c));
}

}  // namespace

TEST_CASE("any input in any blocks gives the pieces of a plain splitter") {
  const auto first = static_cast<std::uint32_t>(std::random_device{}());
  for (std::uint32_t i = 0; i < 5000; ++i) random_case(first + i);
}
