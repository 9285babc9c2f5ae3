#pragma once

// Feeds a parser the same bytes in every way that a network may cut them: whole, byte by byte, in
// two at every point, and with bytes behind that are not its own. For parsers with `feed(ByteView)
// -> {state, consumed}`.

#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "support/catch.hpp"
#include "wire/http.hpp"

namespace ws::test {

/// Feeds `pieces` as a session does: what is not consumed of one piece comes again only while more
/// is needed.
template <class Parser, class Pieces>
wire::FeedResult feed_pieces(Parser& parser, const Pieces& pieces) {
  wire::FeedResult total{wire::ParseState::need_more, 0};
  for (const std::string_view piece : pieces) {
    const auto fed = parser.feed(as_bytes(piece));
    total.state = fed.state;
    total.consumed += fed.consumed;
    if (fed.state != wire::ParseState::need_more) break;
    REQUIRE(fed.consumed == piece.size());
  }
  return total;
}

inline std::vector<std::string_view> single_bytes(std::string_view input) {
  std::vector<std::string_view> pieces;
  for (std::size_t i = 0; i < input.size(); ++i) pieces.push_back(input.substr(i, 1));
  return pieces;
}

/// `make()` gives a fresh parser, `check(parser, FeedResult)` holds the assertions; it is called
/// for every way.
template <class Make, class Check>
void in_every_feed(std::string_view input, Make make, Check check) {
  const auto run = [&](const std::string& how, const std::vector<std::string_view>& pieces) {
    INFO("fed " << how);
    auto parser = make();
    const auto result = feed_pieces(parser, pieces);
    check(parser, result);
  };
  run("whole", {input});
  run("byte by byte", single_bytes(input));
  for (std::size_t cut = 1; cut < input.size(); ++cut)
    run("cut at " + std::to_string(cut), {input.substr(0, cut), input.substr(cut)});
}

/// As in_every_feed, for input that is complete: also with bytes left over, of which none may be
/// consumed.
template <class Make, class Check>
void in_every_complete_feed(std::string_view input, Make make, Check check) {
  const auto check_all = [&](auto& parser, wire::FeedResult result) {
    REQUIRE(result.consumed == input.size());
    check(parser, result);
  };
  in_every_feed(input, make, check_all);
  const std::string longer = std::string{input} + "\x81\x05Hello\r\n\r\nGET";
  in_every_feed(longer, make, check_all);
}

}  // namespace ws::test
