#include "flow/outbox.hpp"

#include <array>
#include <string>
#include <vector>

#include "support/catch.hpp"

using namespace ws::flow;
using ws::wire::Frames;

namespace {

std::shared_ptr<const Frames> block(const std::vector<std::string>& messages) {
  auto frames = std::make_shared<Frames>();
  for (const auto& message : messages) {
    frames->bytes.append(ws::as_bytes(message));
    frames->ends.push_back(static_cast<std::uint32_t>(frames->bytes.size()));
  }
  return frames;
}

std::string content(const Outbox& outbox) {
  std::array<ws::ByteView, 16> views;
  std::string text;
  const std::size_t count = outbox.gather(views);
  for (std::size_t i = 0; i < count; ++i) text += ws::as_text(views[i]);
  return text;
}

}  // namespace

TEST_CASE("ranges leave in order, whatever of them the kernel takes") {
  Outbox outbox;
  outbox.push({block({"aa", "bb", "cc"}), 1, 3});
  outbox.push({block({"dd"}), 0, 1});
  CHECK(outbox.bytes() == 6);
  CHECK(content(outbox) == "bbccdd");
  outbox.consume(3);
  CHECK(content(outbox) == "cdd");
  outbox.consume(3);
  CHECK(outbox.empty());
}

TEST_CASE("messages without bytes in an encoding take no room and stop nothing") {
  Outbox outbox;
  outbox.push({block({"", ""}), 0, 2});
  CHECK(outbox.empty());
  CHECK(content(outbox).empty());
  CHECK(outbox.drop_oldest() == 0);

  outbox.push({block({"", "a", "", "", "b", ""}), 0, 6});
  CHECK(content(outbox) == "ab");
  CHECK(outbox.drop_oldest() == 1);
  CHECK(content(outbox) == "b");
  CHECK(outbox.drop_oldest() == 1);
  CHECK(outbox.drop_oldest() == 0);
  CHECK(outbox.empty());

  outbox.push({block({"xyz", ""}), 0, 2});
  outbox.consume(1);
  CHECK(outbox.drop_oldest() == 0);
  CHECK(content(outbox) == "yz");
}

TEST_CASE("the oldest unsent message is dropped, a started one never") {
  Outbox outbox;
  outbox.push({block({"first", "second"}), 0, 2});
  outbox.push({block({"kept"}), 0, 1}, Keep::always);
  outbox.push({block({"third"}), 0, 1});
  outbox.consume(2);
  CHECK(outbox.drop_oldest() == 6);
  CHECK(outbox.drop_oldest() == 5);
  CHECK(outbox.drop_oldest() == 0);
  CHECK(content(outbox) == "rstkept");
}
