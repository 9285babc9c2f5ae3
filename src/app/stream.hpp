#pragma once

// serve and broadcast: stdin's messages to every client, what clients send to stdout, and with
// relay to each other. They differ in defaults and in relay only, so they are one program.

#include <map>
#include <optional>

#include "app/server_program.hpp"
#include "app/stdin_source.hpp"
#include "flow/on_eof.hpp"

namespace ws::app {

enum class Relay { no, yes };  ///< pass what a client sends to the others

struct StreamOptions {
  ProgramOptions program{};
  SourceOptions source{};
  flow::OnEof on_eof = flow::OnEof::close;
  std::optional<Duration> wait_timeout{};
  bool ring_waits =
      true;  ///< a ring that nobody has seen outlives the end of input until the first client
  bool send_only = false;  ///< what clients send is thrown away
  Relay relay = Relay::no;
};

class Stream final : public ServerProgram {
 public:
  Stream(Log& log, StreamOptions options);

 private:
  void start() override;
  void client_came(net::Recipient& client, const wire::Request& request) override;
  void client_left(net::Recipient& client, const net::Ending& ending) override;
  void on_fanout_room() override;
  void input_ended() override;
  void input_failed() override;
  void stop() override;

  void on_message(net::Session& session, const wire::Message& message) override;
  void queue_shrank(net::Recipient& client) override;

  void end_when_settled();
  void announce_waiting() const;
  void relay(net::Session& session, const wire::Message& message);
  void relay_held();

  struct Held {
    wire::MessageType type;
    Bytes payload;
  };

  StreamOptions stream_;
  std::unique_ptr<StdinSource> source_;
  std::map<std::uint64_t, Held> held_;  ///< by sender: at most one message each
  net::Timer wait_timer_;
  std::uint64_t clients_seen_ = 0;
  bool input_ended_ = false;
  std::optional<wire::CloseStatus>
      final_close_;  ///< set once all input was published: close when it is delivered
  ExitStatus final_status_ = ExitStatus::success;
};

}  // namespace ws::app
