#pragma once

// Hooks at a server: tells them what happens to its sessions, and delivers their lines through the
// fanout, as everybody does: to one client or to all, under the slow-client policy, which under
// block lets the hook wait.

#include "app/fanout.hpp"
#include "app/hooks.hpp"
#include "app/server.hpp"

namespace ws::app {

class ServerHooks final : private HookTarget {
 public:
  ServerHooks(net::Loop& loop, Log& log, const HookOptions& options, Server& server,
              Fanout& fanout);

  void opened(const net::Recipient& client, const wire::Request& request);
  void message(const net::Session& session, const wire::Message& message) {
    hooks_.message(session.number(), message.payload);
  }
  void closed(const net::Recipient& client, const net::Ending& ending) {
    hooks_.closed(client.number(), ending.status.code);
  }
  /// The fanout has room.
  void resume() { hooks_.resume(); }
  void finish(Time limit, std::function<void()> done) { hooks_.finish(limit, std::move(done)); }
  void kill_all() { hooks_.kill_all(); }

 private:
  bool reply(std::uint64_t client, wire::MessageType type, ByteView line) override;
  bool announce(wire::MessageType type, ByteView line) override;
  void pause_client(std::uint64_t client) override;
  void resume_client(std::uint64_t client) override;
  void pause_newcomers() override { server_.pause_accepting(net::PauseReason::hooks); }
  void resume_newcomers() override { server_.resume_accepting(net::PauseReason::hooks); }

  Server& server_;
  Fanout& fanout_;
  Hooks hooks_;
};

}  // namespace ws::app
