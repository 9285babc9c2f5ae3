#pragma once

// connect: stdin to messages, messages to stdout, and the truth in the exit status. Decides when it
// is over – the peer's Close, all sent and the answers heard (linger), -n,
// --expect and --reject, a time-out, a signal –
// and whether to connect again.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/call.hpp"
#include "app/client_input.hpp"
#include "app/json_command.hpp"
#include "app/sink.hpp"
#include "flow/backoff.hpp"
#include "flow/expectations.hpp"
#include "flow/input.hpp"
#include "net/signals.hpp"

namespace ws::app {

struct ClientOptions {
  CallOptions call{};
  flow::InputOptions input{};
  SinkOptions sink{};
  bool jsonl = false;     ///< events to stdout, commands from stdin
  bool has_input = true;  ///< stdin is read
  bool discard = false;  ///< --send-only: messages are not printed, and nothing is waited for after
                         ///< the last one sent
  std::vector<std::string> first{};  ///< sent on every connection before stdin
  flow::ExpectationOptions expectations{};
  std::optional<Duration> linger{};  ///< as given; Duration::max(): until the peer closes
  std::optional<Duration> timeout{};
  bool reconnect = false;
  std::optional<std::uint64_t> reconnect_max{};
  wire::CloseStatus close{.code = wire::close_code::normal, .reason = {}};
  Duration grace = std::chrono::seconds(5);
  bool stats = false;
};

class Client final : public CallHandler, public net::SessionHandler, public net::SessionOwner {
 public:
  Client(Log& log, ClientOptions options);
  ~Client() override;

  /// Until it is over: the exit status, if it is not a signal that ends it.
  int run();

 private:
  // -- connections
  void dial();
  void on_call_open(net::Session& session, const wire::ClientHandshake& handshake) override;
  void on_call_failed(const CallFailure& failure) override;
  void on_call_over() override;
  void on_end(net::Recipient& server, const net::Ending& ending) override;
  void over(ExitStatus status, const std::string& text, bool may_pass);
  bool try_again(const std::string& text);

  // -- messages
  void on_message(net::Session& session, const wire::Message& message) override;
  void on_pong(net::Session& session, ByteView payload) override;
  void on_room(net::Recipient& server) override;
  void on_parting(net::Session& session) override;
  void hold_while_stdout_is_full(net::Session& session);
  void expect(const wire::Message& message);
  void on_stdout_room();
  void on_stdout_failed(std::error_code error);

  // -- events and commands (--jsonl)
  std::unique_ptr<ClientInput> make_input();
  void tell_opened(const wire::ClientHandshake& handshake);
  void tell_closed(const net::Ending& ending);
  void tell_message(const wire::Message& message);
  void part_when_answered();
  void on_close_command(const CloseCommand& command);
  void on_bad_command(std::uint64_t line, const std::string& why);

  // -- the end
  void on_all_sent();
  void begin_linger();
  void on_linger_over();
  void close(ExitStatus status, const wire::CloseStatus& close);
  void on_timeout();
  void on_signal(int number);
  ExitStatus judged(ExitStatus status) const;
  void leave();
  void finish_output();
  net::Session* session() const { return call_ ? call_->session() : nullptr; }

  Log& log_;
  ClientOptions options_;
  flow::Counters counters_;
  net::Loop loop_;
  wire::MaskingKeySource keys_;
  Sink sink_;
  std::unique_ptr<ClientInput> input_;
  net::Signals signals_;
  net::Timer timeout_timer_;
  net::Timer linger_timer_;
  net::Timer retry_timer_;
  net::Timer grace_timer_;
  net::Timer parting_timer_;
  flow::Backoff backoff_;
  flow::Expectations expectations_;
  std::unique_ptr<Call> call_;
  Time opened_ = never;
  Time began_;
  std::uint64_t failures_ = 0;
  bool lingering_ = false;             ///< all is sent; the Ping behind it is out
  bool pong_seen_ = false;             ///< the peer has read all that we sent
  std::optional<ExitStatus> decided_;  ///< why we close; the peer's answer changes nothing any more
  ExitStatus status_ = ExitStatus::success;
  bool over_ = false;  ///< nothing is tried any more: `status_` is how the last connection ended
  bool retrying_ = false;  ///< there will be another call
  int signal_ = 0;
  bool leaving_ = false;
  Time told_at_{};          ///< --jsonl: when stdout last had a message event to take
  bool told_open_ = false;  ///< an open event whose close event is still to come
};

}  // namespace ws::app
