#include "app/fanout.hpp"

#include "net/net_support.hpp"
#include "net/session.hpp"
#include "support/catch.hpp"

using namespace ws;
using namespace ws::app;
using namespace ws::net::test;

namespace {

/// Clients on socket pairs, whose other ends are read here.
class Room : public net::SessionHandler, public net::SessionOwner {
 public:
  explicit Room(const FanoutOptions& options)
      : fanout(loop, options, counters, [this] { ++rooms; }) {}

  ~Room() override {
    for (auto& client : clients) client->channel->close();
    loop.turn([] {});
  }

  net::Session& add() {
    auto pair = make_socket_pair();
    const int small = 4096;
    ::setsockopt(pair.first.get(), SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    for (const int fd : {pair.first.get(), pair.second.get()}) make_non_blocking(fd);
    auto client = std::make_unique<Client>();
    client->peer = std::move(pair.second);
    client->channel = std::make_shared<net::Channel>(
        loop, std::make_unique<net::PlainTransport>(std::move(pair.first)), [](net::Channel&) {});
    client->session = std::make_shared<net::Session>(*client->channel, options_, nullptr, *this,
                                                     *this, clients.size() + 1);
    client->channel->set_receiver(client->session);
    clients.push_back(std::move(client));
    loop.turn([&] { fanout.add(*clients.back()->session); });
    return *clients.back()->session;
  }

  void publish(std::string_view text) {
    loop.turn([&] { fanout.publish(wire::MessageType::text, as_bytes(text)); });
  }
  void send_one(net::Session& to, std::string_view text) {
    loop.turn([&] { fanout.send_one(to, wire::MessageType::text, as_bytes(text)); });
  }
  bool admits_one(net::Session& to, std::size_t bytes) {
    bool admits = false;
    loop.turn([&] { admits = fanout.admits_one(to, bytes); });
    return admits;
  }

  /// First bytes of the messages that client `number` gets, until there are `count`.
  std::string first_letters(std::size_t number, std::size_t count) {
    Client& client = *clients[number - 1];
    CHECK(run_until(loop, [&] {
      read(client);
      return client.letters.size() >= count;
    }));
    return client.letters;
  }

  net::Loop loop;
  flow::Counters counters;
  int rooms = 0;
  Fanout fanout;

 private:
  struct Client {
    net::Descriptor peer;
    std::shared_ptr<net::Channel> channel;
    std::shared_ptr<net::Session> session;
    std::string bytes{};
    std::string letters{};
  };

  /// Unmasked frames with a length of 7, 16 or 64 bits.
  static void read(Client& client) {
    client.bytes += read_all(client.peer.get());
    for (;;) {
      const ByteView head = as_bytes(client.bytes);
      if (head.size() < 2) return;
      const auto seven = std::to_integer<std::size_t>(head[1]);
      const std::size_t header = seven < 126 ? 2 : seven == 126 ? 4 : 10;
      if (head.size() < header) return;
      const std::uint64_t length = seven < 126    ? seven
                                   : seven == 126 ? load_big_endian<std::uint16_t>(head.subspan(2))
                                                  : load_big_endian<std::uint64_t>(head.subspan(2));
      if (head.size() < header + length) return;
      client.letters += client.bytes[header];
      client.bytes.erase(0, header + length);
    }
  }

  void on_message(net::Session&, const wire::Message&) override {}
  void on_room(net::Recipient& client) override { fanout.made_room(client); }
  void on_end(net::Recipient& client, const net::Ending&) override { fanout.remove(client); }

  net::SessionOptions options_{};

 public:
  std::vector<std::unique_ptr<Client>> clients;
};

std::string long_text(char letter, std::size_t bytes = 50'000) {
  return std::string(bytes, letter);
}

}  // namespace

TEST_CASE("a message to one goes to no other, in order with those to all", "[fanout]") {
  Room room({});
  net::Session& first = room.add();
  room.add();
  room.loop.turn([&] {
    room.fanout.publish(wire::MessageType::text, as_bytes("a"));
    room.fanout.send_one(first, wire::MessageType::text, as_bytes("b"));
    room.fanout.publish(wire::MessageType::text, as_bytes("c"));
  });
  CHECK(room.first_letters(1, 3) == "abc");
  CHECK(room.first_letters(2, 2) == "ac");
  CHECK(room.counters.messages_out == 5);
  CHECK(room.counters.bytes_out == 5);
}

TEST_CASE("block: a message to one waits for that one's queue only", "[fanout]") {
  Room room({.slow = flow::SlowPolicy::block, .backlog = 100'000});
  net::Session& slow = room.add();
  net::Session& other = room.add();
  for (const char letter : {'a', 'b', 'c'}) room.send_one(slow, long_text(letter));
  CHECK_FALSE(room.admits_one(slow, 1));
  CHECK(room.admits_one(other, 1'000'000));
  CHECK(room.rooms == 0);
  CHECK(room.first_letters(1, 3) == "abc");
  CHECK(run_until(room.loop, [&] { return room.rooms > 0; }));
  CHECK(room.admits_one(slow, 1));
}

TEST_CASE("drop-new: a message to one whose queue is full is left out", "[fanout]") {
  Room room({.slow = flow::SlowPolicy::drop_new, .backlog = 100'000});
  net::Session& slow = room.add();
  for (const char letter : {'a', 'b', 'c', 'd'}) {
    CHECK(room.admits_one(slow, 50'000));
    room.send_one(slow, long_text(letter));
  }
  CHECK(room.first_letters(1, 2) == "ab");
  CHECK(room.fanout.drops_of(slow) == 2);
  room.send_one(slow, "e");
  CHECK(room.first_letters(1, 3) == "abe");
}

TEST_CASE("drop-old: a message to one whose queue is full pushes older ones out", "[fanout]") {
  Room room({.slow = flow::SlowPolicy::drop_old, .backlog = 100'000});
  net::Session& slow = room.add();
  for (const char letter : {'a', 'b', 'c', 'd'}) {
    CHECK(room.admits_one(slow, 50'000));
    room.send_one(slow, long_text(letter));
  }
  CHECK(room.first_letters(1, 2) == "ad");  // of the first, some bytes had gone
  CHECK(room.fanout.drops_of(slow) == 2);
}

TEST_CASE("kick: a message to one whose queue is full ends it, and no other", "[fanout]") {
  Room room({.slow = flow::SlowPolicy::kick, .backlog = 100'000});
  net::Session& slow = room.add();
  net::Session& other = room.add();
  for (const char letter : {'a', 'b', 'c'}) room.send_one(slow, long_text(letter));
  CHECK(slow.ended());
  CHECK_FALSE(other.ended());
  room.send_one(slow, "nobody gets this");
  CHECK(room.fanout.clients() == 1);
}

TEST_CASE("a message to a joiner comes after what the ring held before it", "[fanout]") {
  Room room({.backlog = 100'000, .replay = flow::HistoryLimits{}});
  for (const char letter : {'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'})
    room.publish(long_text(letter, 100'000));
  net::Session& joiner = room.add();
  REQUIRE_FALSE(room.fanout.settled());
  CHECK(room.admits_one(joiner, 1));
  room.send_one(joiner, "1");
  room.publish("i");
  room.send_one(joiner, "2");
  room.publish("j");
  CHECK(room.first_letters(1, 12) == "abcdefgh1i2j");
  CHECK(room.fanout.settled());
}

TEST_CASE("what is set aside for a joiner is charged to its backlog", "[fanout]") {
  const auto aside = [](flow::SlowPolicy policy) {
    Room room({.slow = policy, .backlog = 100'000, .replay = flow::HistoryLimits{}});
    for (const char letter : {'a', 'b', 'c', 'd'}) room.publish(long_text(letter, 100'000));
    net::Session& joiner = room.add();
    std::string refused;
    for (const char letter : {'1', '2', '3'}) {
      if (!room.admits_one(joiner, 50'000)) refused += letter;
      if (refused.empty()) room.send_one(joiner, long_text(letter));
    }
    if (joiner.ended()) return std::string("kicked");
    return room.first_letters(1, 5) + (refused.empty() ? "" : " refused " + refused);
  };
  CHECK(aside(flow::SlowPolicy::block) == "abcd1 refused 23");
  CHECK(aside(flow::SlowPolicy::drop_new) == "abcd1");
  CHECK(aside(flow::SlowPolicy::drop_old) == "abcd3");
  CHECK(aside(flow::SlowPolicy::kick) == "kicked");
}

TEST_CASE("tiny messages that are set aside cost little more than their bytes", "[fanout]") {
  Room room({.backlog = 100'000, .replay = flow::HistoryLimits{}});
  for (const char letter : {'a', 'b', 'c', 'd'}) room.publish(long_text(letter, 100'000));
  net::Session& joiner = room.add();
  std::size_t count = 0;
  for (; room.admits_one(joiner, 1) && count < 100'000; ++count) room.send_one(joiner, "1");
  CHECK(count > 30'000);  // three bytes each in one piece
  CHECK(count < 34'000);
  CHECK(room.first_letters(1, 4 + count) == "abcd" + std::string(count, '1'));
}

TEST_CASE("whoever leaves, the others stay who they are", "[fanout]") {
  Room room({});
  for (int i = 0; i < 4; ++i) room.add();
  room.loop.turn([&] { room.clients[1]->session->kick({}, "test"); });
  room.loop.turn([&] { room.clients[3]->session->kick({}, "test"); });
  CHECK(room.fanout.clients() == 2);
  room.publish("a");
  room.send_one(*room.clients[2]->session, "b");
  CHECK(room.first_letters(1, 1) == "a");
  CHECK(room.first_letters(3, 2) == "ab");
}

TEST_CASE("what left the ring before a joiner read it is counted as dropped", "[fanout]") {
  Room room({.slow = flow::SlowPolicy::drop_new,
             .backlog = 100'000,
             .replay = flow::HistoryLimits{.messages = 4}});
  for (const char letter : {'a', 'b', 'c', 'd'}) room.publish(long_text(letter, 200'000));
  net::Session& joiner = room.add();
  room.send_one(joiner, "1");
  for (const char letter : {'e', 'f', 'g', 'h', 'i'}) room.publish(long_text(letter, 200'000));
  CHECK(room.first_letters(1, 7) == "ab1fghi");
  CHECK(room.fanout.drops_of(joiner) == 3);
}
