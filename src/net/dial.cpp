// One Race per Dial: it holds the addresses that are left and the attempts under way, each a socket
// that is being connected. The timer of a race starts the next attempt while the earlier ones go
// on; so does the failure of one. Attempts stay in place until the race is gone, because one may be
// reporting at the moment when it is over.

#include "net/dial.hpp"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <deque>
#include <optional>
#include <utility>

#include "base/text.hpp"
#include "net/error_text.hpp"
#include "net/lookup.hpp"

namespace ws::net {
namespace {

constexpr std::chrono::milliseconds attempt_delay{250};  // RFC 8305 §5
constexpr std::chrono::milliseconds full_queue_delay{20};

/// An error that only says that this machine has no way to such addresses (EINVAL: link-local,
/// without a zone): it explains less than any other.
bool is_about_ourselves(int error) {
  return error == EADDRNOTAVAIL || error == ENETUNREACH || error == EAFNOSUPPORT || error == EINVAL;
}

int pending_error(int fd) {
  int error = 0;
  socklen_t length = sizeof error;
  return ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) == 0 ? error : errno;
}

/// A local port without a listener can be handed to the very socket that calls it: TCP then
/// connects it to itself.
bool is_connected_to_itself(int fd) {
  const Endpoint local = Endpoint::local_of(fd);
  return !local.is_unix() && local == Endpoint::peer_of(fd);
}

}  // namespace

class Dial::Race : public Watcher, public std::enable_shared_from_this<Race> {
 public:
  Race(Loop& loop, DialTarget target, Done done)
      : loop_(loop),
        target_(std::move(target)),
        done_(std::move(done)),
        timer_(loop.watch(-1, Interest::none, *this)) {}
  ~Race() override { stop(); }

  void begin();
  /// Nothing is reported from here on.
  void stop();

  void on_ready(Ready) override {}
  void on_deadline(Time now) override;

 private:
  struct Attempt : Watcher {
    Attempt(Race& owner, Endpoint to) : race(owner), endpoint(to) {}
    void on_ready(Ready) override { race.on_answer(*this); }

    Race& race;
    Endpoint endpoint;
    Descriptor fd;
    WatchId watch;
    bool is_watched = false;
  };

  enum class Started { no, yes };

  void begin_unix();
  void on_looked_up(Result<std::vector<Endpoint>, DialError> found);
  void race(std::vector<Endpoint> endpoints);
  void start_next();
  Started start(const Endpoint& endpoint);
  Started wait_for_queue(const Endpoint& endpoint);
  void on_answer(Attempt& attempt);
  void win(Attempt& attempt);
  void lose(Attempt& attempt, int error);
  void close(Attempt& attempt);
  void ask_again_at(Time when);
  bool is_any_open() const;
  std::string connect_text() const;
  void report(Result<Descriptor, DialError> result);
  void fail(std::string text, std::error_code code);

  Loop& loop_;
  DialTarget target_;
  Done done_;
  std::optional<Lookup> lookup_;
  WatchId timer_;
  bool over_ = false;
  std::deque<Endpoint> left_;
  std::vector<std::unique_ptr<Attempt>> attempts_;
  Time next_at_ = never;
  Endpoint failed_endpoint_;
  int failed_error_ = 0;
};

void Dial::Race::begin() {
  if (!target_.unix_path.empty()) return begin_unix();
  lookup_.emplace(loop_, target_.host, target_.port, target_.addresses,
                  [this](auto found) { on_looked_up(std::move(found)); });
}

void Dial::Race::begin_unix() {
  const auto endpoint = Endpoint::unix_socket(target_.unix_path);
  if (endpoint) return race({*endpoint});
  fail(fmt::format("cannot connect to {}: the path of a Unix socket has 1 to 107 bytes",
                   printable(target_.unix_path)),
       std::make_error_code(std::errc::filename_too_long));
}

void Dial::Race::on_looked_up(Result<std::vector<Endpoint>, DialError> found) {
  const auto self = shared_from_this();
  if (!found) return report(Unexpected{found.error()});
  race(std::move(*found));
}

void Dial::Race::race(std::vector<Endpoint> endpoints) {
  left_.assign(endpoints.begin(), endpoints.end());
  start_next();
}

void Dial::Race::start_next() {
  while (!over_ && !left_.empty()) {
    const Endpoint endpoint = left_.front();
    left_.pop_front();
    if (start(endpoint) == Started::yes) return;
  }
  if (over_ || is_any_open()) return;
  fail(connect_text(), {failed_error_, std::generic_category()});
}

Dial::Race::Started Dial::Race::start(const Endpoint& endpoint) {
  auto attempt = std::make_unique<Attempt>(*this, endpoint);
  attempt->fd.reset(::socket(endpoint.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const bool connected =
      attempt->fd && ::connect(attempt->fd.get(), endpoint.address(), endpoint.length()) == 0;
  const int error = connected ? 0 : errno;
  if (error == EAGAIN && endpoint.is_unix()) return wait_for_queue(endpoint);
  if (!connected && error != EINPROGRESS) {
    lose(*attempt, error);
    return Started::no;
  }
  attempt->watch = loop_.watch(attempt->fd.get(), Interest::write, *attempt);
  attempt->is_watched = true;
  attempts_.push_back(std::move(attempt));
  if (!left_.empty()) ask_again_at(loop_.now() + attempt_delay);
  return Started::yes;
}

// A Unix socket whose queue of connections is full says so at once, and nothing tells when there is
// room again.
Dial::Race::Started Dial::Race::wait_for_queue(const Endpoint& endpoint) {
  left_.push_front(endpoint);
  ask_again_at(loop_.now() + full_queue_delay);
  return Started::yes;
}

void Dial::Race::on_answer(Attempt& attempt) {
  const auto self = shared_from_this();
  int error = pending_error(attempt.fd.get());
  if (error == 0 && is_connected_to_itself(attempt.fd.get())) error = ECONNREFUSED;
  if (error == 0) return win(attempt);
  lose(attempt, error);
  next_at_ = never;
  start_next();
}

void Dial::Race::win(Attempt& attempt) {
  Descriptor fd(attempt.fd.release());
  if (attempt.is_watched) loop_.unwatch(attempt.watch);
  attempt.is_watched = false;
  const int on = 1;
  if (!attempt.endpoint.is_unix()) ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  report(std::move(fd));
}

void Dial::Race::lose(Attempt& attempt, int error) {
  close(attempt);
  if (failed_error_ != 0 && is_about_ourselves(error) && !is_about_ourselves(failed_error_)) return;
  failed_endpoint_ = attempt.endpoint;
  failed_error_ = error;
}

void Dial::Race::close(Attempt& attempt) {
  if (attempt.is_watched) loop_.unwatch(attempt.watch);
  attempt.is_watched = false;
  attempt.fd.reset();
}

void Dial::Race::ask_again_at(Time when) {
  next_at_ = when;
  loop_.wake_at(timer_, when);
}

void Dial::Race::on_deadline(Time now) {
  if (over_ || next_at_ == never) return;
  if (now < next_at_) return loop_.wake_at(timer_, next_at_);
  const auto self = shared_from_this();
  next_at_ = never;
  start_next();
}

bool Dial::Race::is_any_open() const {
  return std::any_of(attempts_.begin(), attempts_.end(),
                     [](const auto& attempt) { return static_cast<bool>(attempt->fd); });
}

/// The address as well where the user gave a name.
std::string Dial::Race::connect_text() const {
  std::string where = failed_endpoint_.text();
  if (!failed_endpoint_.is_unix() && !Endpoint::numeric(target_.host, 0))
    where = fmt::format("{}:{} ({})", target_.host, target_.port, failed_endpoint_.host());
  return fmt::format("cannot connect to {}: {}", printable(where), error_text(failed_error_));
}

void Dial::Race::report(Result<Descriptor, DialError> result) {
  Done done = std::exchange(done_, nullptr);
  stop();
  loop_.dispose(shared_from_this());
  if (done) done(std::move(result));
}

void Dial::Race::fail(std::string text, std::error_code code) {
  report(Unexpected{DialError{std::move(text), code}});
}

void Dial::Race::stop() {
  if (std::exchange(over_, true)) return;
  done_ = nullptr;
  lookup_.reset();
  for (const auto& attempt : attempts_) close(*attempt);
  loop_.unwatch(timer_);
}

// The first attempt is made in a turn of its own: nothing is reported from inside the constructor.
Dial::Dial(Loop& loop, DialTarget target, Done done)
    : race_(std::make_shared<Race>(loop, std::move(target), std::move(done))) {
  loop.post([weak = std::weak_ptr(race_)] {
    if (const auto race = weak.lock()) race->begin();
  });
}

void Dial::cancel() {
  if (!race_) return;
  race_->stop();
  race_.reset();
}

}  // namespace ws::net
