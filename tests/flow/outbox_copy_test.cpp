#include "flow/outbox.hpp"

#include <array>
#include <string>

#include "support/catch.hpp"

using namespace ws;
using namespace ws::flow;

namespace {

/// Messages that are their own bytes.
std::shared_ptr<const wire::Frames> frames(std::initializer_list<std::string> messages) {
  auto block = std::make_shared<wire::Frames>();
  for (const std::string& message : messages) {
    block->bytes.append(as_bytes(message));
    block->ends.push_back(static_cast<std::uint32_t>(block->bytes.size()));
  }
  return block;
}

void push(Outbox& outbox, std::initializer_list<std::string> messages,
          Keep keep = Keep::droppable) {
  outbox.push({frames(messages), 0, static_cast<std::uint32_t>(messages.size())}, keep);
}

void append_text(Outbox& outbox, std::string_view text) {
  const auto room = outbox.append(text.size());
  std::memcpy(room.data(), text.data(), text.size());
}

std::size_t pieces(const Outbox& outbox) {
  std::array<ByteView, 64> views;
  return outbox.gather(views);
}

/// What would be sent next; all of it when it lies in few enough pieces.
std::string content(const Outbox& outbox) {
  std::array<ByteView, 64> views;
  const std::size_t count = outbox.gather(views);
  std::string all;
  for (std::size_t i = 0; i < count; ++i) all += as_text(views[i]);
  return all;
}

}  // namespace

TEST_CASE("an outbox gives what it got, in order, and counts it", "[outbox]") {
  Outbox outbox;
  CHECK(outbox.empty());
  append_text(outbox, "own");
  push(outbox, {"one", "two"});
  append_text(outbox, "more");
  push(outbox, {"three"}, Keep::always);
  CHECK(outbox.bytes() == 18);
  CHECK(content(outbox) == "ownonetwomorethree");
  outbox.consume(4);
  CHECK(content(outbox) == "netwomorethree");
  outbox.consume(14);
  CHECK(outbox.empty());
  CHECK(content(outbox).empty());
}

TEST_CASE("a range of a block is that range only", "[outbox]") {
  Outbox outbox;
  const auto block = frames({"a", "bb", "ccc", "dddd"});
  outbox.push({block, 1, 3});
  outbox.push({block, 2, 2});
  outbox.push({block, 3, 4});
  CHECK(content(outbox) == "bbcccdddd");
  CHECK(outbox.drop_oldest() == 2);
  CHECK(outbox.drop_oldest() == 3);
  CHECK(content(outbox) == "dddd");
}

TEST_CASE("the oldest message goes first, but none of which a byte was sent", "[outbox]") {
  Outbox outbox;
  push(outbox, {"one", "two", "three"});
  push(outbox, {"four", "five"});
  outbox.consume(4);
  CHECK(outbox.drop_oldest() == 5);
  CHECK(content(outbox) == "wofourfive");
  CHECK(outbox.drop_oldest() == 4);
  CHECK(content(outbox) == "wofive");
  push(outbox, {"six"});
  CHECK(outbox.drop_oldest() == 4);
  CHECK(outbox.drop_oldest() == 3);
  CHECK(outbox.drop_oldest() == 0);
  CHECK(content(outbox) == "wo");
}

TEST_CASE("what is to be kept is not dropped", "[outbox]") {
  Outbox outbox;
  append_text(outbox, "own");
  push(outbox, {"kept", "too"}, Keep::always);
  push(outbox, {"a", "b"});
  push(outbox, {"again"}, Keep::always);
  CHECK(outbox.drop_oldest() == 1);
  CHECK(outbox.drop_oldest() == 1);
  CHECK(outbox.drop_oldest() == 0);
  CHECK(content(outbox) == "ownkepttooagain");
}

TEST_CASE("small messages that wait cost little more than their bytes", "[outbox]") {
  Outbox outbox;
  push(outbox, {"first"});
  std::string expected = "first";
  for (int i = 0; i < 20'000; ++i) {
    const std::string message = std::to_string(i);
    push(outbox, {message});
    expected += message;
  }
  CHECK(outbox.bytes() == expected.size());
  CHECK(pieces(outbox) < 4);
  CHECK(content(outbox) == expected);
  outbox.consume(5 + 1);  // "first", "0"
  std::size_t dropped = 0;
  for (int i = 1; i <= 10'000; ++i) dropped += outbox.drop_oldest();
  CHECK(dropped == 9 + 90 * 2 + 900 * 3 + 9000 * 4 + 5);
  CHECK(content(outbox) == expected.substr(6 + dropped));
}

TEST_CASE("what is copied leaves the block of others as it was", "[outbox]") {
  const auto block = frames({"shared"});
  Outbox first;
  Outbox second;
  for (Outbox* outbox : {&first, &second}) {
    push(*outbox, {std::string(2000, 'x')});
    outbox->push({block, 0, 1});
    push(*outbox, {outbox == &first ? "1" : "2"});
  }
  CHECK(content(first).ends_with("xshared1"));
  CHECK(content(second).ends_with("xshared2"));
  CHECK(as_text(block->bytes) == "shared");
}

TEST_CASE("large messages are shared and not copied", "[outbox]") {
  Outbox outbox;
  push(outbox, {"small"});
  const auto block = frames({std::string(5000, 'x')});
  outbox.push({block, 0, 1});
  std::array<ByteView, 4> views;
  REQUIRE(outbox.gather(views) == 2);
  CHECK(views[1].data() == block->bytes.begin());
}

TEST_CASE("a cleared outbox is as new", "[outbox]") {
  Outbox outbox;
  push(outbox, {"one", "two"});
  outbox.clear();
  CHECK(outbox.empty());
  push(outbox, {"three"});
  CHECK(content(outbox) == "three");
}
