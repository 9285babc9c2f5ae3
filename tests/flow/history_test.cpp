#include "flow/history.hpp"

#include <random>
#include <string>

#include "support/catch.hpp"

using namespace ws::flow;
using ws::wire::Frames;

namespace {

/// Not frames of the protocol: the ring does not look into them.
std::shared_ptr<Frames> block(const std::vector<std::string>& messages) {
  auto frames = std::make_shared<Frames>();
  for (const auto& message : messages) {
    frames->bytes.append(ws::as_bytes(message));
    frames->ends.push_back(static_cast<std::uint32_t>(frames->bytes.size()));
  }
  return frames;
}

std::string text_of(const Frames& frames, std::size_t i) {
  return std::string{ws::as_text(
      ws::ByteView{frames.bytes}.subspan(frames.begin_of(i), frames.size_of(i, i + 1)))};
}

using Numbered = std::vector<std::pair<std::uint64_t, std::string>>;

Numbered read(const History& history, std::uint64_t from, std::size_t max_bytes = 1u << 30) {
  Numbered found;
  for (const auto& range : history.read(from, max_bytes))
    for (std::size_t i = range.first; i < range.last; ++i)
      found.emplace_back(range.first_number + (i - range.first), text_of(*range.frames, i));
  return found;
}

}  // namespace

TEST_CASE("an empty ring has nothing to read and begins at 1") {
  const History history{{}};
  CHECK(history.oldest() == 1);
  CHECK(history.next() == 1);
  CHECK(history.read(0, 100).empty());
  CHECK(history.read(1, 100).empty());
  CHECK(history.read(5, 100).empty());
}

TEST_CASE("messages are numbered from 1 in the order they came") {
  History history{{}};
  history.append(block({"a", "bb"}));
  history.append(block({"x", "ccc", "y"}), 1, 2);
  history.append(block({"no"}), 0, 0);
  history.append(block({}));
  CHECK(history.next() == 4);
  CHECK(history.oldest() == 1);
  CHECK(history.bytes() == 6);
  CHECK(read(history, 1) == Numbered{{1, "a"}, {2, "bb"}, {3, "ccc"}});
}

TEST_CASE("reading begins at a number, or at the oldest") {
  History history{{.messages = 3}};
  history.append(block({"a", "b", "c"}));
  history.append(block({"d", "e"}));
  CHECK(history.oldest() == 3);
  CHECK(read(history, 1) == Numbered{{3, "c"}, {4, "d"}, {5, "e"}});
  CHECK(read(history, 4) == Numbered{{4, "d"}, {5, "e"}});
  CHECK(read(history, 5) == Numbered{{5, "e"}});
  CHECK(read(history, 6).empty());
  CHECK(read(history, 1000).empty());
}

TEST_CASE("reading is bounded in bytes, but gives at least one") {
  History history{{}};
  history.append(block({"aa", "bb", "cc"}));
  history.append(block({std::string(20'000, 'x')}));
  history.append(block({"dd"}));
  CHECK(read(history, 1, 0) == Numbered{{1, "aa"}});
  CHECK(read(history, 1, 3) == Numbered{{1, "aa"}});
  CHECK(read(history, 1, 4) == Numbered{{1, "aa"}, {2, "bb"}});
  CHECK(read(history, 1, 100) == Numbered{{1, "aa"}, {2, "bb"}, {3, "cc"}});
  CHECK(read(history, 2, 5) == Numbered{{2, "bb"}, {3, "cc"}});
  CHECK(read(history, 4, 10) == Numbered{{4, std::string(20'000, 'x')}});
  CHECK(read(history, 4, 20'002).size() == 2);
  CHECK(read(history, 1, std::numeric_limits<std::size_t>::max()).size() == 5);
}

TEST_CASE("the ring holds at most so many messages") {
  History history{{.messages = 2}};
  history.append(block({"a"}));
  history.append(block({"b", "c", "d"}));
  CHECK(read(history, 1) == Numbered{{3, "c"}, {4, "d"}});
  history.append(block({"e"}));
  CHECK(read(history, 1) == Numbered{{4, "d"}, {5, "e"}});
}

TEST_CASE("the ring holds at most so many bytes") {
  History history{{.bytes = 5}};
  history.append(block({"aa", "bb"}));
  CHECK(history.oldest() == 1);
  history.append(block({"c"}));
  CHECK(history.oldest() == 1);
  history.append(block({"d"}));
  CHECK(read(history, 1) == Numbered{{2, "bb"}, {3, "c"}, {4, "d"}});
  CHECK(history.bytes() == 4);
}

TEST_CASE("a message larger than the ring empties it") {
  History history{{.bytes = 3}};
  history.append(block({"a", "b"}));
  history.append(block({"large"}));
  CHECK(history.oldest() == 4);
  CHECK(history.next() == 4);
  CHECK(history.bytes() == 0);
  CHECK(read(history, 1).empty());
  history.append(block({"c"}));
  CHECK(read(history, 1) == Numbered{{4, "c"}});
}

TEST_CASE("what a joiner holds is not disturbed when the ring moves on") {
  History history{{.messages = 2}};
  history.append(block({"a", "b"}));
  const auto held = history.read(1, 100);
  history.append(block({"c", "d", "e"}));
  REQUIRE(held.size() == 1);
  CHECK(text_of(*held[0].frames, held[0].first) == "a");
  CHECK(history.oldest() == 4);
}

TEST_CASE("a large block does not live on for the few messages of it that the ring holds") {
  History history{{.messages = 10}};
  auto large = block(std::vector<std::string>(1000, std::string(250, 'x')));
  const std::weak_ptr<const Frames> watched = large;
  history.append(std::move(large));
  CHECK(watched.expired());
  CHECK(history.memory_bytes() < 6000);

  large = block(std::vector<std::string>(10, std::string(250, 'x')));
  const std::weak_ptr<const Frames> whole = large;
  history.append(std::move(large));
  CHECK_FALSE(whole.expired());
  for (int i = 0; i < 6; ++i) history.append(block({"y"}));
  CHECK(whole.expired());
  CHECK(history.next() - history.oldest() == 10);
}

TEST_CASE("many small messages cost little more than their bytes") {
  History history{{.messages = 10'000}};
  for (int i = 0; i < 30'000; ++i) history.append(block({"0123456789"}));
  CHECK(history.bytes() == 100'000);
  CHECK(history.memory_bytes() < 300'000);
}

TEST_CASE("any sequence of blocks reads as a plain list of the last messages") {
  const auto seed = static_cast<std::uint32_t>(std::random_device{}());
  CAPTURE(seed);
  std::mt19937 random{seed};
  const HistoryLimits limits{.messages = 1 + random() % 50, .bytes = random() % 2000};
  History history{limits};
  Numbered plain;
  std::uint64_t next = 1, bytes = 0;
  for (int i = 0; i < 500; ++i) {
    std::vector<std::string> messages;
    for (auto left = random() % 8; left > 0; --left)
      messages.emplace_back(random() % 90, static_cast<char>('a' + random() % 26));
    const std::size_t first = random() % (messages.size() + 1);
    history.append(block(messages), first, messages.size());
    for (std::size_t k = first; k < messages.size(); ++k) {
      plain.emplace_back(next++, messages[k]);
      bytes += messages[k].size();
    }
    while (!plain.empty() && (plain.size() > limits.messages || bytes > limits.bytes)) {
      bytes -= plain.front().second.size();
      plain.erase(plain.begin());
    }
    REQUIRE(read(history, 0) == plain);
    REQUIRE(history.next() == next);
    REQUIRE(history.oldest() == (plain.empty() ? next : plain.front().first));
    REQUIRE(history.bytes() == bytes);
    Numbered piecewise;
    for (std::uint64_t from = 0; from < next;) {
      const auto ranges = history.read(from, random() % 300);
      if (ranges.empty()) break;
      for (const auto& part : read(history, from, 0)) piecewise.push_back(part);
      from = piecewise.back().first + 1;
    }
    REQUIRE(piecewise == plain);
  }
}

TEST_CASE("merged and copied blocks keep the numbers and the senders of their messages") {
  History history{{.messages = 40}};
  for (std::uint64_t i = 1; i <= 100; ++i) {
    auto frames = block({"message"});
    frames->first_number = i;
    if (i % 3 == 0) frames->senders = {i};
    history.append(std::move(frames));
  }
  std::uint64_t number = 61;
  for (const auto& range : history.read(1, 1u << 20))
    for (std::size_t i = range.first; i < range.last; ++i, ++number) {
      REQUIRE(range.frames->number_of(i) == number);
      REQUIRE(range.frames->sender_of(i) == (number % 3 == 0 ? number : 0));
    }
  CHECK(number == 101);
}
