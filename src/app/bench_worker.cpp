#include "app/bench_worker.hpp"

#include <algorithm>
#include <charconv>

#include "app/ending.hpp"
#include "net/random.hpp"

namespace ws::app {
namespace {

/// Handshakes under way at a time, below what servers take for an attack.
constexpr std::size_t max_dialling = 64;
/// Digits at the front of a published message: its number.
constexpr std::size_t number_digits = 8;
constexpr std::uint64_t number_modulus = 100'000'000;

Bytes letters(std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>('a' + i % 26);
  return bytes;
}

Duration interval(double rate) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(1 / rate));
}

}  // namespace

class BenchWorker::Connection final : public CallHandler,
                                      public net::SessionHandler,
                                      public net::SessionOwner {
 public:
  explicit Connection(BenchWorker& worker) : worker_(worker), due_(worker.options_.in_flight) {}

  void dial() {
    began_ = worker_.loop_.now();
    call_ = std::make_unique<Call>(worker_.loop_, worker_.log_, worker_.options_.call,
                                   worker_.keys_, *this, *this, *this);
  }
  net::Session* session() const {
    net::Session* open = call_ ? call_->session() : nullptr;
    return open && open->open() ? open : nullptr;
  }
  bool has_room() const { return session() && outstanding() < due_.size(); }
  std::uint64_t outstanding() const { return sent_ - answered_; }
  bool first_answer() const { return answered_ == 0; }

  void send(ByteView payload, Time due) {
    due_[sent_++ % due_.size()] = due;
    session()->send(worker_.options_.type, payload);
  }
  /// When the oldest message that is out was due.
  Time answer() { return due_[answered_++ % due_.size()]; }
  void forget_outstanding() { answered_ = sent_; }
  void cut() {
    if (call_) call_->cut();
  }

  std::uint64_t expected_number = 0;  ///< publish: of the next message to come

 private:
  void on_call_open(net::Session&, const wire::ClientHandshake&) override {
    worker_.result_.connect_times.record(worker_.loop_.now() - began_);
    ++worker_.result_.opened;
    ++worker_.open_;
    ++worker_.alive_;
    worker_.on_settled(*this);
  }
  void on_call_failed(const CallFailure& failure) override {
    worker_.result_.fail(failure.status, failure.text);
    worker_.on_settled(*this);
  }
  void on_call_over() override {
    --worker_.alive_;
    if (worker_.phase_ == Phase::closing && worker_.alive_ == 0) worker_.loop_.stop();
  }
  void on_message(net::Session&, const wire::Message& message) override {
    worker_.on_answer(*this, message, worker_.loop_.now());
  }
  void on_end(net::Recipient&, const net::Ending& ending) override {
    --worker_.open_;
    if (worker_.phase_ == Phase::closing) return;
    if (!is_clean(ending)) worker_.result_.fail(ExitStatus::abnormal, describe(ending));
    worker_.on_over(*this);
  }

  BenchWorker& worker_;
  std::unique_ptr<Call> call_;
  Time began_ = never;
  std::vector<Time> due_;  ///< of the messages that are out, a ring
  std::uint64_t sent_ = 0;
  std::uint64_t answered_ = 0;
};

BenchWorker::BenchWorker(Log& log, BenchOptions options)
    : options_(std::move(options)),
      log_(log),
      keys_(net::pooled_masking_keys()),
      phase_timer_(loop_, [this] { on_time(); }),
      dial_timer_(loop_, [this] { dial_next(); }),
      rate_timer_(loop_, [this] { send_due(); }),
      unsettled_(options_.connections),
      payload_(letters(options_.size)),
      began_(loop_.now()),
      published_at_(options_.in_flight),
      published_seen_(options_.in_flight) {}

BenchWorker::~BenchWorker() = default;

void BenchWorker::run() {
  loop_.post([this] { dial_next(); });
  loop_.run();
}

void BenchWorker::stop() {
  loop_.post([this] {
    if (phase_ == Phase::closing) return loop_.stop();
    end_sending();
    close_all();
  });
}

// -- phases

void BenchWorker::dial_next() {
  if (phase_ == Phase::closing) return;
  const auto all = static_cast<Duration::rep>(options_.connections);
  while (connections_.size() < options_.connections && dialling_ < max_dialling) {
    const auto index = static_cast<Duration::rep>(connections_.size());
    const Time due = began_ + options_.ramp * index / all;
    if (loop_.now() < due) return dial_timer_.start_at(due);
    ++dialling_;
    connections_.push_back(std::make_unique<Connection>(*this));
    connections_.back()->dial();
  }
}

void BenchWorker::on_settled(Connection&) {
  --dialling_;
  if (phase_ != Phase::connecting) return;
  if (--unsettled_ > 0) return dial_next();
  if (open_ == 0 || (options_.pattern == Pattern::publish && open_ < 2)) return close_all();
  begin_sending();
}

void BenchWorker::begin_sending() {
  phase_ = Phase::warming;
  if (options_.rate) next_due_ = loop_.now();
  if (options_.warm_up == Duration::zero()) return begin_measuring();
  phase_timer_.start(options_.warm_up);
  send_due();
}

void BenchWorker::begin_measuring() {
  phase_ = Phase::measuring;
  measure_began_ = loop_.now();
  if (!options_.messages) phase_timer_.start(options_.duration);
  send_due();
}

void BenchWorker::end_sending() {
  if (phase_ >= Phase::draining) return;
  if (phase_ == Phase::measuring && !options_.messages)
    result_.measured = loop_.now() - measure_began_;
  phase_ = Phase::draining;
  rate_timer_.cancel();
  phase_timer_.start(options_.patience);
  check_drained();
}

void BenchWorker::check_drained() {
  if (phase_ == Phase::draining && outstanding_ == 0) close_all();
}

void BenchWorker::on_time() {
  switch (phase_) {
    case Phase::warming:
      return begin_measuring();
    case Phase::measuring:
      return end_sending();
    case Phase::draining:
      result_.fail(ExitStatus::expectation, "a message did not come back", outstanding_);
      return close_all();
    case Phase::connecting:
    case Phase::closing:
      break;
  }
  for (const auto& connection : connections_) connection->cut();
  loop_.stop();
}

void BenchWorker::close_all() {
  if (phase_ == Phase::closing) return;
  phase_ = Phase::closing;
  for (const auto& connection : connections_)
    if (net::Session* open = connection->session())
      open->close({.code = wire::close_code::normal, .reason = {}});
  if (alive_ == 0) return loop_.stop();
  phase_timer_.start(options_.patience);
}

/// A connection ended before we ended it.
void BenchWorker::on_over(Connection& connection) {
  const std::uint64_t lost = connection.outstanding();
  outstanding_ -= lost;
  connection.forget_outstanding();
  result_.fail(ExitStatus::expectation, "a message did not come back", lost);
  if (open_ == 0 && options_.pattern == Pattern::subscribe && options_.messages)
    result_.fail(ExitStatus::expectation, "the server ended before all messages had come");
  const bool too_few = open_ == 0 || options_.pattern == Pattern::publish;
  if (phase_ > Phase::connecting && too_few) return end_sending();
  check_drained();
}

// -- sending

bool BenchWorker::may_send() const {
  if (options_.pattern == Pattern::subscribe) return false;
  if (phase_ == Phase::warming) return true;
  return phase_ == Phase::measuring && (!options_.messages || measured_sent_ < *options_.messages);
}

/// All that may be sent now: as answers come, or at a rate whatever comes. At a rate a message that
/// found no room counts from when it was due: a server that stalls does not hide what it did to
/// those who would have come (coordinated omission).
void BenchWorker::send_due() {
  if (!options_.rate) {
    while (may_send() && send_one(loop_.now())) {
    }
    return;
  }
  while (may_send() && loop_.now() >= next_due_ && send_one(next_due_))
    next_due_ += interval(*options_.rate);
  if (may_send() && next_due_ > loop_.now()) rate_timer_.start_at(next_due_);
}

bool BenchWorker::send_one(Time due) {
  if (options_.pattern == Pattern::publish) return publish_one(due);
  Connection* connection = with_room();
  if (!connection) return false;
  if (phase_ == Phase::measuring) ++measured_sent_;
  ++outstanding_;
  connection->send(payload_, due);
  return true;
}

/// In turn, so that a rate is spread over all.
BenchWorker::Connection* BenchWorker::with_room() {
  for (std::size_t i = 0; i < connections_.size(); ++i) {
    next_sender_ = next_sender_ + 1 < connections_.size() ? next_sender_ + 1 : 0;
    Connection& connection = *connections_[next_sender_];
    if (connection.has_room()) return &connection;
  }
  return nullptr;
}

bool BenchWorker::publish_one(Time due) {
  net::Session* publisher = connections_.front()->session();
  if (!publisher || published_ - seen_by_all_ >= options_.in_flight) return false;
  if (phase_ == Phase::measuring) ++measured_sent_;
  published_at_[published_ % options_.in_flight] = due;
  published_seen_[published_ % options_.in_flight] = 0;
  outstanding_ += open_ - 1;
  publisher->send(options_.type, numbered(published_++));
  return true;
}

ByteView BenchWorker::numbered(std::uint64_t number) {
  number %= number_modulus;
  for (std::size_t i = number_digits; i-- > 0; number /= 10)
    payload_[i] = static_cast<std::byte>('0' + number % 10);
  return payload_;
}

// -- what comes

void BenchWorker::on_answer(Connection& connection, const wire::Message& message, Time now) {
  progress_.fetch_add(1, std::memory_order_relaxed);
  if (options_.pattern == Pattern::publish) return on_published(connection, message, now);
  if (options_.pattern == Pattern::subscribe) return count(message, now, now);
  if (connection.outstanding() == 0)
    return result_.fail(ExitStatus::expectation, "a message came that was not asked for");
  if (!is_intact(message, payload_, connection.first_answer()))
    result_.fail(ExitStatus::expectation, "a message came back changed");
  --outstanding_;
  const Time due = connection.answer();
  if (due >= measure_began_) count(message, due, now);
  if (!options_.rate && may_send() && connection.has_room()) {
    if (phase_ == Phase::measuring) ++measured_sent_;
    ++outstanding_;
    connection.send(payload_, now);
  } else {
    send_due();
  }
  if (options_.messages && !may_send() && phase_ == Phase::measuring) end_sending();
  check_drained();
}

void BenchWorker::on_published(Connection& connection, const wire::Message& message, Time now) {
  if (&connection == connections_.front().get()) return;  // some servers send it back
  const std::uint64_t number = connection.expected_number;
  const std::uint64_t published = published_;
  if (number >= published)
    return result_.fail(ExitStatus::expectation, "a message came twice, or from elsewhere");
  ++connection.expected_number;
  if (!is_intact(message, numbered(number), true))
    result_.fail(ExitStatus::expectation, "a message came changed, twice, or in place of another");
  --outstanding_;
  const std::size_t slot = number % options_.in_flight;
  if (published_at_[slot] >= measure_began_) count(message, published_at_[slot], now);
  if (++published_seen_[slot] >= open_ - 1) ++seen_by_all_;
  send_due();
  if (options_.messages && !may_send() && phase_ == Phase::measuring) end_sending();
  check_drained();
}

/// Length and type of every message, each byte of a `whole` one.
bool BenchWorker::is_intact(const wire::Message& message, ByteView expected, bool whole) {
  if (message.type != options_.type || message.payload.size() != expected.size()) return false;
  return !whole || std::equal(expected.begin(), expected.end(), message.payload.begin());
}

/// What a server sends of itself may come before the last connection is open: without a warm-up it
/// counts. Answers are counted to the last one.
bool BenchWorker::counts() const {
  if (phase_ == Phase::measuring) return true;
  if (options_.pattern != Pattern::subscribe) return phase_ == Phase::draining;
  return phase_ == Phase::connecting && options_.warm_up == Duration::zero();
}

void BenchWorker::count(const wire::Message& message, Time due, Time now) {
  if (!counts()) return;
  ++result_.messages;
  result_.bytes += message.payload.size();
  if (options_.pattern != Pattern::subscribe) result_.latencies.record(now - due);
  if (options_.messages) result_.measured = now - std::min(measure_began_, now);
  if (options_.pattern == Pattern::subscribe && options_.messages == result_.messages)
    end_sending();
}

}  // namespace ws::app
