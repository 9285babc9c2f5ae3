#include "net/channel.hpp"

#include <algorithm>
#include <functional>
#include <string>

#include "net/net_support.hpp"
#include "support/catch.hpp"

using namespace ws;
using namespace ws::net;
using namespace ws::net::test;

namespace {

class Answering final : public Receiver {
 public:
  using Answer = std::function<void(ByteView received)>;

  explicit Answering(Answer answer) : answer_(std::move(answer)) {}

  void on_bytes(std::span<std::byte> bytes) override { answer_(bytes); }
  void on_end() override {}
  void on_lost(const Loss&) override {}
  void on_deadline(Time) override {}

 private:
  Answer answer_;
};

/// A channel and the other end of its socket.
struct Wired {
  Descriptor peer;
  std::shared_ptr<Channel> channel;

  Wired(Loop& loop, const std::function<void(Channel&)>& answer)
      : Wired(loop, [answer](Channel& own, ByteView) { answer(own); }) {}
  Wired(Loop& loop, const std::function<void(Channel&, ByteView received)>& answer) {
    Pair pair = make_socket_pair();
    peer = std::move(pair.first);
    make_non_blocking(pair.second.get());
    channel = std::make_shared<Channel>(
        loop, std::make_unique<PlainTransport>(std::move(pair.second)), [](Channel&) {});
    channel->set_receiver(std::make_shared<Answering>(
        [this, answer](ByteView received) { answer(*channel, received); }));
  }
  ~Wired() { channel->close(); }
  Wired(const Wired&) = delete;
  Wired& operator=(const Wired&) = delete;

  void ask() const { write_all(peer.get(), "?"); }
  /// What comes up to the first pause, with the loop running in between.
  std::string read(Loop& loop, std::size_t bytes) const {
    std::string got;
    make_non_blocking(peer.get());
    run_until(loop, [&] {
      got += read_all(peer.get(), bytes - got.size());
      return got.size() >= bytes;
    });
    return got;
  }
};

void write_text(Channel& channel, const std::string& head, const std::string& payload) {
  channel.write(as_bytes(head), as_bytes(payload));
}

}  // namespace

TEST_CASE("what a channel writes beyond the turn's buffer goes to nobody else", "[channel]") {
  Loop loop;
  const auto answers = [](char letter) {
    return [letter](Channel& channel) {
      for (int i = 0; i < 5; ++i) write_text(channel, "(", std::string(16 * 1024 - 1, letter));
    };
  };
  Wired a(loop, answers('a'));
  Wired b(loop, answers('b'));
  a.ask();
  b.ask();
  const std::size_t bytes = 5 * 16 * 1024;
  const std::string to_a = a.read(loop, bytes);
  const std::string to_b = b.read(loop, bytes);
  CHECK(to_a.size() == bytes);
  CHECK(to_a.find('b') == std::string::npos);
  CHECK(to_b.size() == bytes);
  CHECK(to_b.find('a') == std::string::npos);
}

TEST_CASE("output keeps its order where the kernel takes only a part", "[channel]") {
  const std::size_t before = GENERATE(std::size_t{0}, std::size_t{100}, std::size_t{65530});
  const std::size_t large = GENERATE(std::size_t{20'000}, std::size_t{1'000'000});
  Loop loop;
  Wired wired(loop, [&](Channel& channel) {
    for (std::size_t at = 0; at < before; at += 10)
      write_text(channel, "b", std::string(std::min<std::size_t>(before - at, 10) - 1, 'b'));
    write_text(channel, std::string(14, 'h'), std::string(large, 'l'));
    write_text(channel, "e", "nd");
  });
  const int small = 4096;
  ::setsockopt(wired.channel->transport().descriptor(), SOL_SOCKET, SO_SNDBUF, &small,
               sizeof small);
  wired.ask();
  const std::string expected =
      std::string(before, 'b') + std::string(14, 'h') + std::string(large, 'l') + "end";
  CHECK((wired.read(loop, expected.size()) == expected));
  CHECK(wired.channel->queued() == 0);
}

TEST_CASE("what was received and goes back is not touched by what others receive", "[channel]") {
  const std::size_t size = GENERATE(std::size_t{4095}, std::size_t{4096}, std::size_t{100'000});
  Loop loop;
  const auto echo = [](Channel& channel, ByteView received) {
    channel.write(as_bytes("<"), received);
    channel.write(as_bytes(">"), as_bytes("."));
  };
  Wired a(loop, echo);
  Wired b(loop, echo);
  for (const Wired* each : {&a, &b})
    write_all(each->peer.get(), std::string(size, each == &a ? 'a' : 'b'));
  CHECK((a.read(loop, size + 3) == "<" + std::string(size, 'a') + ">."));
  CHECK((b.read(loop, size + 3) == "<" + std::string(size, 'b') + ">."));
}

TEST_CASE("many received pieces leave in order, also where the kernel takes only a part",
          "[channel]") {
  Loop loop;
  constexpr std::size_t piece = 4096;
  constexpr std::size_t pieces = 100;  // more than one send takes
  std::string sent;
  for (std::size_t i = 0; i < pieces; ++i)
    sent += std::string(piece, static_cast<char>('a' + i % 26));
  Wired wired(loop, [&](Channel& channel, ByteView received) {
    for (; received.size() >= piece; received = received.subspan(piece))
      channel.write(as_bytes("#"), received.first(piece));
    channel.write({}, received);
  });
  const int small = 4096;
  ::setsockopt(wired.channel->transport().descriptor(), SOL_SOCKET, SO_SNDBUF, &small,
               sizeof small);
  const int large = 1024 * 1024;
  ::setsockopt(wired.peer.get(), SOL_SOCKET, SO_SNDBUF, &large, sizeof large);
  write_all(wired.peer.get(), sent);
  make_non_blocking(wired.peer.get());
  std::string got;
  run_until(loop, [&] {
    std::string part = read_all(wired.peer.get());
    part.erase(std::remove(part.begin(), part.end(), '#'), part.end());
    got += part;
    return got.size() >= sent.size();
  });
  CHECK((got == sent));
}

TEST_CASE("a channel that ends takes what it was to send along", "[channel]") {
  Loop loop;
  Wired a(loop, [](Channel& channel, ByteView received) {
    channel.write(as_bytes("<"), received);
    channel.close();
  });
  Wired b(loop, [](Channel& channel, ByteView received) { channel.write({}, received); });
  write_all(a.peer.get(), std::string(5000, 'a'));
  write_all(b.peer.get(), std::string(5000, 'b'));
  CHECK((b.read(loop, 5000) == std::string(5000, 'b')));
  CHECK(read_all(a.peer.get()).empty());
}
