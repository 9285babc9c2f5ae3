// echo: every message back to its sender, same type. Looks neither at stdin nor at stdout without
// --print or --jsonl. On request it misbehaves, so that clients can be tested: flow::TestDouble
// decides how.

#include <array>
#include <bit>
#include <map>

#include "app/server_program.hpp"
#include "cli/options.hpp"
#include "flow/delay_queue.hpp"
#include "flow/test_double.hpp"
#include "modes/registry.hpp"
#include "modes/server_settings.hpp"
#include "net/random.hpp"

namespace ws::modes {
namespace {

std::uint64_t random_seed() {
  std::array<std::byte, sizeof(std::uint64_t)> bytes;
  net::fill_random(bytes);
  return std::bit_cast<std::uint64_t>(bytes);
}

class Echo final : public app::ServerProgram {
 public:
  Echo(Log& log, app::ProgramOptions options, const cli::EchoOptions& echo)
      : ServerProgram(log, std::move(options)),
        misbehaves_(echo.misbehaves),
        in_pieces_(!echo.misbehaves && !options_.sink && !options_.hooks.any()),
        behaviour_(echo.behaviour),
        seed_(echo.seed ? *echo.seed : random_seed()),
        backlog_(echo.queue.backlog),
        answer_timer_(loop_, [this] { send_due(loop_.now()); }) {}

 private:
  void client_came(net::Recipient& client, const wire::Request&) override {
    if (in_pieces_) take_pieces(client);
    if (!misbehaves_) return;
    const std::uint64_t number = client.number();
    doubles_.emplace(number, flow::TestDouble(behaviour_, flow::generator_for(seed_, number)));
    if (behaviour_.greet) greet(client, as_bytes(*behaviour_.greet));
  }

  /// A long message then passes through: as a whole it is held only for who does not read.
  void take_pieces(net::Recipient& client) {
    if (net::Session* session = server_.find_session(client.number())) session->hand_out_pieces();
  }

  void greet(net::Recipient& client, ByteView text) {
    if (net::Session* session = server_.find_session(client.number()))
      send(*session, wire::MessageType::text, text);
    else
      fanout_.send_one(client, wire::MessageType::text, text);
  }

  void client_left(net::Recipient& client, const net::Ending&) override {
    doubles_.erase(client.number());
    delayed_.forget(client.number());
  }

  void on_message(net::Session& session, const wire::Message& message) override {
    received(session, message);
    if (options_.sink) print(session, message);
    if (misbehaves_)
      react(session, message);
    else
      send(session, message.type, message.payload);
    const bool may_wait = misbehaves_ || session.channel().waiting() > 0;
    if (may_wait && waiting(session) >= backlog_) session.pause(net::PauseReason::queue);
  }

  void on_piece(net::Session& session, const wire::Piece& piece) override {
    if (piece.first) ++counters_.messages_in;
    counters_.bytes_in += piece.payload.size();
    if (!session.open()) return;
    session.send_piece(piece);
    counters_.bytes_out += piece.payload.size();
    if (piece.left > 0) return;  // many a client sends all of a message before it reads
    ++counters_.messages_out;
    if (waiting(session) >= backlog_) session.pause(net::PauseReason::queue);
  }

  void queue_shrank(net::Recipient& client) override {
    if (waiting(client) <= backlog_ / 2) client.resume(net::PauseReason::queue);
  }

  /// Nobody waits for an answer that is late when all is closed.
  void stop() override { send_due(never); }

  void react(net::Session& session, const wire::Message& message) {
    const flow::Reaction reaction = doubles_.at(session.number()).react(loop_.now());
    if (behaviour_.late())
      answer_later(session, message, reaction);
    else
      answer_now(session, message, reaction);
  }

  void answer_now(net::Session& session, const wire::Message& message,
                  const flow::Reaction& reaction) {
    if (reaction.answered) send(session, answer_type(message), answer_payload(message));
    if (reaction.closing) session.close({behaviour_.close_code, {}});
  }

  void answer_later(net::Session& session, const wire::Message& message,
                    const flow::Reaction& reaction) {
    const ByteView payload = answer_payload(message);
    if (reaction.answered)
      delayed_.push(session.number(), reaction.when,
                    {answer_type(message), Bytes(payload.begin(), payload.end())});
    if (reaction.closing) delayed_.push(session.number(), reaction.when, {std::nullopt});
    answer_timer_.start_at(delayed_.next());
  }

  void send_due(Time now) {
    while (const auto due = delayed_.pop(now)) {
      net::Session* session = server_.find_session(due->client);
      if (session == nullptr) continue;
      if (due->answer.type)
        send(*session, *due->answer.type, due->answer.payload);
      else
        session->close({behaviour_.close_code, {}});
      queue_shrank(*session);
    }
    answer_timer_.start_at(delayed_.next());
  }

  void send(net::Session& session, wire::MessageType type, ByteView payload) {
    if (!session.open()) return;
    session.send_in_frames(type, payload, behaviour_.frame_bytes);
    count_out({type, payload});
  }

  wire::MessageType answer_type(const wire::Message& message) const {
    return behaviour_.reply ? wire::MessageType::text : message.type;
  }
  ByteView answer_payload(const wire::Message& message) const {
    return behaviour_.reply ? as_bytes(*behaviour_.reply) : message.payload;
  }

  std::size_t waiting(const net::Recipient& client) const {
    return client.queued() + delayed_.bytes(client.number());
  }

  bool misbehaves_;
  bool in_pieces_;
  flow::DoubleOptions behaviour_;
  std::uint64_t seed_;
  std::size_t backlog_;
  std::map<std::uint64_t, flow::TestDouble> doubles_;
  flow::DelayQueue delayed_;
  net::Timer answer_timer_;
};

int run(const cli::EchoOptions& options, cli::Runtime& runtime) {
  app::ProgramOptions program =
      program_options(options.listen, options.queue, options.hooks, options.common);
  program.server.page_facts.mode = "echo";
  program.server.page_facts.path = options.listen.path.value_or("");
  program.server.session.answer_pings = !options.no_pong;
  program.jsonl = options.jsonl;
  if (options.print || options.jsonl) program.sink = sink_options(options.framing, options.output);
  return Echo(runtime.log, std::move(program), options).run();
}

cli::Run set_up(CLI::App& app) {
  return cli::run_with(app, cli::add_echo_options, run);
}

}  // namespace

const cli::Mode echo{
    .name = "echo",
    .alias = nullptr,
    .summary = "Send every message back to its sender",
    .set_up = set_up,
};

}  // namespace ws::modes
