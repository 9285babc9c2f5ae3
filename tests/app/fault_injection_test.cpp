// Whole conversations over a transport of which one operation goes wrong: for every operation and
// every fault the session ends exactly once, everything is let go, and what is no failure (less
// than was offered, not just now) changes nothing at all.

#include <sys/socket.h>

#include <cerrno>

#include "app/http_exchange.hpp"
#include "net/net_support.hpp"
#include "net/random.hpp"
#include "net/session.hpp"
#include "net/signals.hpp"
#include "support/catch.hpp"
#include "support/frames.hpp"

using namespace ws;
using namespace ws::net::test;
using ws::test::frame_to;
using ws::wire::Role;

namespace {

enum class Fault { none, fails, ends, again, shortened };

struct Plan {
  Fault fault = Fault::none;
  std::size_t at = 0;  ///< number of the operation, reads and writes together
};

/// The socket as it is, but for one operation.
class FaultyTransport final : public net::Transport {
 public:
  FaultyTransport(net::Descriptor socket, Plan plan, std::size_t& operations)
      : plain_(std::move(socket)), plan_(plan), operations_(operations) {
    ++alive;
  }
  ~FaultyTransport() override { --alive; }

  net::IoResult read(std::span<std::byte> into) override {
    switch (next()) {
      case Fault::fails:
        return failed(ECONNRESET);
      case Fault::ends:
        return {.status = net::IoResult::Status::end};
      case Fault::again:
        return {};
      case Fault::shortened:
        return plain_.read(into.first(1));
      case Fault::none:
        break;
    }
    return plain_.read(into);
  }

  net::IoResult write(std::span<const ByteView> views) override {
    switch (next()) {
      case Fault::fails:
      case Fault::ends:
        return failed(EPIPE);
      case Fault::again:
        return {};
      case Fault::shortened: {
        while (views.front().empty()) views = views.subspan(1);
        const ByteView first = views.front().first(1);
        return plain_.write({&first, 1});
      }
      case Fault::none:
        break;
    }
    return plain_.write(views);
  }

  void shutdown_write() override { plain_.shutdown_write(); }
  int descriptor() const override { return plain_.descriptor(); }

  static inline int alive = 0;

 private:
  /// A connection that is gone stays so.
  Fault next() {
    const bool now = operations_++ == plan_.at;
    if (now && (plan_.fault == Fault::fails || plan_.fault == Fault::ends)) gone_ = true;
    return now || gone_ ? plan_.fault : Fault::none;
  }
  static net::IoResult failed(int error) {
    return {.status = net::IoResult::Status::failed, .error = error};
  }

  net::PlainTransport plain_;
  Plan plan_;
  std::size_t& operations_;
  bool gone_ = false;
};

/// The other end: says its part, takes a little at a time, answers a Close, and leaves when its
/// role says so or when there is nobody to talk to.
class Peer {
 public:
  Peer(net::Descriptor socket, Role ours) : socket_(std::move(socket)), ours_(ours) {}

  void say(const Bytes& bytes) { append(output_, bytes); }
  void turn() {
    if (!socket_) return;
    speak();
    listen();
    const bool may_leave = ours_ == Role::client && close_seen_ && output_.empty();
    if (gone_ || may_leave) socket_.reset();
  }

  bool left() const { return !socket_; }
  const std::vector<Bytes>& messages() const { return messages_; }

 private:
  void speak() {
    if (output_.empty()) return;
    const std::size_t piece = std::min<std::size_t>(output_.size(), 4'000);
    const ssize_t sent = ::write(socket_.get(), output_.data(), piece);
    if (sent > 0) output_.erase(output_.begin(), output_.begin() + sent);
    if (sent < 0 && errno != EAGAIN) output_.clear();
  }

  void listen() {
    std::byte buffer[4'000];
    const ssize_t got = ::read(socket_.get(), buffer, sizeof buffer);
    gone_ = got == 0 || (got < 0 && errno != EAGAIN);
    if (got > 0) append(input_, {buffer, static_cast<std::size_t>(got)});
    if (ours_ == Role::server && !head_seen_) skip_head();
    if (ours_ == Role::client || head_seen_)
      while (take_frame()) {
      }
  }

  void skip_head() {
    const std::size_t end = as_text(input_).find("\r\n\r\n");
    head_seen_ = end != std::string_view::npos;
    if (head_seen_)
      input_.erase(input_.begin(), input_.begin() + static_cast<std::ptrdiff_t>(end) + 4);
  }

  /// Frames of one piece, masked when they come from a client.
  bool take_frame() {
    const ByteView in = input_;
    if (in.size() < 2) return false;
    const auto seven = std::to_integer<std::size_t>(in[1] & std::byte{0x7F});
    const std::size_t before_key = seven < 126 ? 2 : seven == 126 ? 4 : 10;
    const std::size_t header = before_key + (ours_ == Role::client ? 4 : 0);
    if (in.size() < header) return false;
    const std::size_t length = seven < 126    ? seven
                               : seven == 126 ? load_big_endian<std::uint16_t>(in.subspan(2))
                                              : load_big_endian<std::uint64_t>(in.subspan(2));
    if (in.size() < header + length) return false;
    Bytes payload(in.begin() + static_cast<std::ptrdiff_t>(header),
                  in.begin() + static_cast<std::ptrdiff_t>(header + length));
    if (ours_ == Role::client)
      for (std::size_t i = 0; i < length; ++i) payload[i] ^= in[before_key + i % 4];
    take(std::to_integer<unsigned>(in[0] & std::byte{0x0F}), std::move(payload));
    input_.erase(input_.begin(), input_.begin() + static_cast<std::ptrdiff_t>(header + length));
    return true;
  }

  void take(unsigned opcode, Bytes payload) {
    if (opcode < 8) messages_.push_back(std::move(payload));
    if (opcode != 8 || std::exchange(close_seen_, true)) return;
    say(frame_to(ours_, {.opcode = 8}, payload));
  }

  net::Descriptor socket_;
  Role ours_;
  Bytes output_;
  Bytes input_;
  std::vector<Bytes> messages_;
  bool head_seen_ = false;
  bool close_seen_ = false;
  bool gone_ = false;
};

enum class Closes { peer, us };

Bytes bytes_of(std::string_view text) {
  const ByteView view = as_bytes(text);
  return {view.begin(), view.end()};
}

/// One connection from its first byte to its last: an echo, as a server behind a handshake, or as a
/// client.
class Conversation : public app::HttpHandler, public net::SessionHandler, public net::SessionOwner {
 public:
  Conversation(Role role, Closes closes, Plan plan) : closes_(closes) {
    net::ignore_sigpipe();
    options_.role = role;
    options_.close_wait = 3 * limit;  // nothing of this may take so long
    auto pair = make_socket_pair();
    const int small = 8192;
    ::setsockopt(pair.first.get(), SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    for (const int fd : {pair.first.get(), pair.second.get()}) make_non_blocking(fd);
    peer_.emplace(std::move(pair.second), role);
    auto channel = std::make_shared<net::Channel>(
        loop_, std::make_unique<FaultyTransport>(std::move(pair.first), plan, operations),
        [this](net::Channel&) {
          ++closed;
          loop_.dispose(std::move(channel_));
        });
    channel_ = channel;
    watched_channel_ = channel;
    if (role == Role::server)
      begin_as_server();
    else
      begin_as_client();
  }

  /// False when it does not end.
  bool run() {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (closed == 0 || !peer_->left()) {
      peer_->turn();  // has more to say and to hear, though nothing may happen at our end
      loop_.context().run_one_for(std::chrono::microseconds(200));
      if (std::chrono::steady_clock::now() > deadline) return false;
    }
    loop_.turn([] {});
    return true;
  }

  bool nothing_left() const {
    return watched_channel_.expired() && watched_session_.expired() && FaultyTransport::alive == 0;
  }
  const std::vector<Bytes>& echoes() const { return peer_->messages(); }

  std::size_t operations = 0;
  int closed = 0;
  int exchange_ends = 0;
  int session_ends = 0;
  net::Ending ending;

  static std::vector<Bytes> said() {
    return {bytes_of("hello"), bytes_of(""), Bytes(70'000, std::byte{'x'}), bytes_of("bye")};
  }

 private:
  void begin_as_server() {
    peer_->say(
        bytes_of("GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                 "Sec-WebSocket-Version: 13\r\n\r\n"));
    say_all();
    channel_->set_receiver(std::make_shared<app::HttpExchange>(
        *channel_, net::Endpoint{}, loop_.now() + std::chrono::seconds(60), *this));
  }

  void begin_as_client() {
    say_all();
    channel_->set_receiver(make_session());
  }

  void say_all() {
    peer_->say(frame_to(options_.role, {.opcode = 9}, bytes_of("ping")));
    for (const Bytes& message : said()) peer_->say(frame_to(options_.role, {.opcode = 2}, message));
    if (closes_ == Closes::peer)
      peer_->say(frame_to(options_.role, {.opcode = 8}, ws::test::hex("03 e8")));
  }

  std::shared_ptr<net::Session> make_session() {
    auto session = std::make_shared<net::Session>(
        *channel_, options_, options_.role == Role::client ? &keys_ : nullptr, *this, *this, 1);
    watched_session_ = session;
    return session;
  }

  void on_request(app::HttpExchange& exchange, const wire::Request& request,
                  std::span<std::byte> rest) override {
    const auto asked = wire::judge_upgrade(request);
    REQUIRE(asked);
    const auto session = make_session();
    exchange.upgrade(wire::upgrade_response({.key = asked->key}), session);
    if (!rest.empty()) session->on_bytes(rest);
  }
  void on_exchange_end(app::HttpExchange&, const std::string&) override { ++exchange_ends; }

  void on_message(net::Session& session, const wire::Message& message) override {
    session.send(message.type, message.payload);
    if (closes_ == Closes::us && as_text(message.payload) == "bye")
      session.close({.code = wire::close_code::normal, .reason = {}});
  }
  void on_end(net::Recipient&, const net::Ending& how) override {
    ++session_ends;
    ending = how;
  }

  Closes closes_;
  net::SessionOptions options_{};
  wire::MaskingKeySource keys_ = net::pooled_masking_keys();
  net::Loop loop_;
  std::optional<Peer> peer_;
  std::shared_ptr<net::Channel> channel_;
  std::weak_ptr<net::Channel> watched_channel_;
  std::weak_ptr<net::Session> watched_session_;
};

void check_whole(const Conversation& conversation) {
  CHECK(conversation.session_ends == 1);
  CHECK(conversation.ending.clean());
  CHECK(conversation.ending.status.code == wire::close_code::normal);
  CHECK(conversation.echoes() == Conversation::said());
}

/// For every operation: it goes wrong, and what then has to hold.
void for_every_operation(Role role, Closes closes, Fault fault) {
  std::size_t at = 0;
  for (;; ++at) {
    Conversation conversation(role, closes, {fault, at});
    INFO("operation " << at);
    REQUIRE(conversation.run());
    CHECK(conversation.closed == 1);
    CHECK(conversation.exchange_ends + conversation.session_ends == 1);
    CHECK(conversation.nothing_left());
    const bool harmless = fault == Fault::again || fault == Fault::shortened;
    const bool missed = conversation.operations <= at;
    if (harmless || missed) check_whole(conversation);
    if (missed) break;
  }
  CHECK(at > 20);
}

void with_every_fault(Role role, Closes closes) {
  for (const Fault fault : {Fault::fails, Fault::ends, Fault::again, Fault::shortened}) {
    INFO("fault " << static_cast<int>(fault));
    for_every_operation(role, closes, fault);
  }
}

}  // namespace

TEST_CASE("no fault: the conversation itself", "[fault_injection]") {
  for (const Role role : {Role::server, Role::client})
    for (const Closes closes : {Closes::peer, Closes::us}) {
      Conversation conversation(role, closes, {});
      REQUIRE(conversation.run());
      check_whole(conversation);
      CHECK(conversation.nothing_left());
    }
}

TEST_CASE("a fault at every operation of a server that is closed", "[fault_injection]") {
  with_every_fault(Role::server, Closes::peer);
}

TEST_CASE("a fault at every operation of a server that closes", "[fault_injection]") {
  with_every_fault(Role::server, Closes::us);
}

TEST_CASE("a fault at every operation of a client that is closed", "[fault_injection]") {
  with_every_fault(Role::client, Closes::peer);
}

TEST_CASE("a fault at every operation of a client that closes", "[fault_injection]") {
  with_every_fault(Role::client, Closes::us);
}
