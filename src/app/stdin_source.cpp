#include "app/stdin_source.hpp"

#include <unistd.h>

namespace ws::app {
namespace {

/// Kept messages are framed in blocks of this size.
constexpr std::size_t kept_block_bytes = 256 * 1024;

}  // namespace

StdinSource::StdinSource(net::Loop& loop, Log& log, Fanout& fanout, flow::Counters& counters,
                         SourceOptions options, Handler handler)
    : log_(log),
      fanout_(fanout),
      counters_(counters),
      options_(std::move(options)),
      handler_(std::move(handler)),
      input_(options_.input),
      reader_(loop, STDIN_FILENO, [this] { pump(); }),
      waiting_(options_.wait_clients > 0) {}

/// One block a turn: the reader calls again while there are more.
void StdinSource::pump() {
  while (state_ == State::reading) {
    if (!item_ && publish_run()) continue;
    if (!item_) item_ = input_.next();
    if (!item_) {
      if (!advance()) return;
      continue;
    }
    if (!place(*item_)) return;
    item_.reset();
  }
}

/// The next block, or the end: true when there may be more items.
bool StdinSource::advance() {
  if (block_fed_) {
    input_.retain();
    reader_.pop();
    block_fed_ = false;
    return false;
  }
  if (const ByteView block = reader_.front(); !block.empty()) {
    input_.feed(block);
    block_fed_ = true;
    return true;
  }
  if (!reader_.at_end()) return false;
  if (reader_.error()) {
    fail("cannot read stdin: " + reader_.error().message());
    return false;
  }
  if (std::exchange(input_finished_, true)) {
    finish();
    return false;
  }
  input_.finish();
  return true;
}

/// What can be published without a look at each message; the rest goes one by one.
bool StdinSource::publish_run() {
  const bool nobody = fanout_.clients() == 0 && !fanout_.keeps_history();
  if (waiting_ || nobody) return false;
  return fanout_.publish_run(
      [this](wire::Frames& to, std::size_t most) { return input_.frame_run(to, most); });
}

bool StdinSource::place(const flow::InputItem& item) {
  if (const auto* message = std::get_if<flow::InputMessage>(&item)) return place(*message);
  if (const auto* warning = std::get_if<flow::InputWarning>(&item)) {
    log_.warn("{}", warning->text);
    return true;
  }
  fail(std::string(std::get<flow::InputError>(item).text));
  return true;
}

bool StdinSource::place(const flow::InputMessage& message) {
  if (waiting_) return keep(message);
  const bool nobody = fanout_.clients() == 0 && !fanout_.keeps_history();
  if (nobody && options_.hold) return keep(message);
  if (nobody) return fanout_.lose(), true;
  if (!fanout_.admits(message.payload.size())) return false;
  fanout_.publish(message.type, message.payload);
  return true;
}

bool StdinSource::keep(const flow::InputMessage& message) {
  if (kept_bytes_ > 0 && kept_bytes_ + message.payload.size() > options_.read_ahead) return false;
  if (kept_.empty() || kept_.back()->bytes.size() >= kept_block_bytes)
    kept_.push_back(std::make_shared<wire::Frames>());
  wire::append_message(*kept_.back(), message.type, message.payload);
  kept_bytes_ += message.payload.size();
  return true;
}

void StdinSource::on_client() {
  if (waiting_ && fanout_.clients() < options_.wait_clients) return;
  waiting_ = false;
  release_kept();
  if (state_ == State::at_end) return finish();
  resume();
}

void StdinSource::release_kept() {
  for (auto& block : std::exchange(kept_, {})) fanout_.publish_kept(std::move(block));
  kept_bytes_ = 0;
}

/// The end of input: with something kept, or while clients are awaited, only when they have come.
/// Nobody is awaited for an input that broke before it brought anything.
void StdinSource::finish() {
  counters_.skipped = input_.skipped();
  state_ = State::at_end;
  if ((waiting_ && !failed_) || !kept_.empty()) return;
  state_ = State::ended;
  if (failed_)
    handler_.on_failed();
  else
    handler_.on_end();
}

void StdinSource::fail(const std::string& text) {
  log_.error("{}", text);
  failed_ = true;
  finish();
}

}  // namespace ws::app
