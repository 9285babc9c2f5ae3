// Boost.Beast as its documentation uses it: an asynchronous echo, and a broadcast in which every
// session has a queue of shared strings. One thread, TCP_NODELAY, no time-outs, no compression.
// `beast echo|broadcast` prints its port. A message is not sent back to its sender by broadcast.

#include <utility>  // Boost 1.74 forgets it

#include <boost/asio.hpp>
#include <boost/beast.hpp>
#include <cstdio>
#include <cstring>
#include <deque>
#include <memory>
#include <string>
#include <unordered_set>

namespace beast = boost::beast;
namespace websocket = beast::websocket;
namespace asio = boost::asio;
using tcp = asio::ip::tcp;

namespace {

class Broadcaster;
std::unordered_set<Broadcaster*> room;

websocket::stream<tcp::socket> stream_on(tcp::socket socket) {
  socket.set_option(tcp::no_delay(true));
  websocket::stream<tcp::socket> stream(std::move(socket));
  stream.read_message_max(64u << 20);
  return stream;
}

class Echo : public std::enable_shared_from_this<Echo> {
 public:
  explicit Echo(tcp::socket socket) : stream_(stream_on(std::move(socket))) {}
  void start() {
    stream_.auto_fragment(false);  // as others do: a message is a frame
    stream_.async_accept([self = shared_from_this()](beast::error_code error) {
      if (!error) self->read();
    });
  }

 private:
  void read() {
    stream_.async_read(buffer_, [self = shared_from_this()](beast::error_code error, std::size_t) {
      if (!error) self->write();
    });
  }
  void write() {
    stream_.text(stream_.got_text());
    stream_.async_write(buffer_.data(),
                        [self = shared_from_this()](beast::error_code error, std::size_t) {
                          self->buffer_.consume(self->buffer_.size());
                          if (!error) self->read();
                        });
  }

  websocket::stream<tcp::socket> stream_;
  beast::flat_buffer buffer_;
};

class Broadcaster : public std::enable_shared_from_this<Broadcaster> {
 public:
  explicit Broadcaster(tcp::socket socket) : stream_(stream_on(std::move(socket))) {}
  ~Broadcaster() { room.erase(this); }
  void start() {
    stream_.async_accept([self = shared_from_this()](beast::error_code error) {
      if (error) return;
      self->stream_.binary(true);
      room.insert(self.get());
      self->read();
    });
  }

 private:
  using Shared = std::shared_ptr<const std::string>;

  void read() {
    stream_.async_read(buffer_, [self = shared_from_this()](beast::error_code error, std::size_t) {
      if (error) {
        room.erase(self.get());
        return;
      }
      const auto message =
          std::make_shared<const std::string>(beast::buffers_to_string(self->buffer_.data()));
      self->buffer_.consume(self->buffer_.size());
      for (Broadcaster* other : room)
        if (other != self.get()) other->send(message);
      self->read();
    });
  }
  void send(const Shared& message) {
    queue_.push_back(message);
    if (queue_.size() == 1) write();
  }
  void write() {
    stream_.async_write(asio::buffer(*queue_.front()),
                        [self = shared_from_this()](beast::error_code error, std::size_t) {
                          if (error) return;
                          self->queue_.pop_front();
                          if (!self->queue_.empty()) self->write();
                        });
  }

  websocket::stream<tcp::socket> stream_;
  beast::flat_buffer buffer_;
  std::deque<Shared> queue_;
};

template <class Session>
void accept_on(tcp::acceptor& acceptor) {
  acceptor.async_accept([&acceptor](beast::error_code error, tcp::socket socket) {
    if (!error) std::make_shared<Session>(std::move(socket))->start();
    accept_on<Session>(acceptor);
  });
}

}  // namespace

int main(int argc, char** argv) {
  asio::io_context context(1);
  tcp::acceptor acceptor(context, {asio::ip::address_v4::loopback(), 0});
  std::printf("%d\n", acceptor.local_endpoint().port());
  std::fflush(stdout);
  if (argc > 1 && std::strcmp(argv[1], "broadcast") == 0)
    accept_on<Broadcaster>(acceptor);
  else
    accept_on<Echo>(acceptor);
  context.run();
}
