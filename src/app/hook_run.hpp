#pragma once

// One hook from its start to the last line that it has written: the process, the message that it
// reads, its two outputs. It knows nothing of other hooks and no time: Hooks owns it, says where
// lines go and when its time is over.

#include <string>

#include "app/hook_environment.hpp"
#include "app/hook_output.hpp"
#include "net/process.hpp"

namespace ws::app {

enum class HookKind : std::uint8_t { open, message, close };
enum class HookTo : std::uint8_t { client, all };

class HookRun;

class HookRunOwner {
 public:
  virtual ~HookRunOwner() = default;
  /// False: no room; the run is to be resumed when there is.
  virtual bool on_line(HookRun& run, HookTo to, wire::MessageType type, ByteView line) = 0;
  virtual void on_long_line(HookRun& run, std::uint64_t number) = 0;
  /// The shell has ended; lines may still wait for room.
  virtual void on_exit(HookRun& run, int status) = 0;
  /// Every line was taken, and the shell has ended. Once, the last call.
  virtual void on_done(HookRun& run) = 0;
};

struct HookStart {
  HookKind kind = HookKind::open;
  std::uint64_t client = 0;
  std::string command;
  Environment environment;
  Bytes input;
  std::size_t max_line_bytes = 0;
};

class HookRun {
 public:
  /// Throws std::system_error when it cannot be started.
  HookRun(net::Loop& loop, HookStart start, HookRunOwner& owner);

  HookKind kind() const { return kind_; }
  std::uint64_t client() const { return client_; }
  bool timed_out() const { return timed_out_; }

  /// Somebody may take a line again.
  void resume();
  /// Its time is over: killed with its group; `on_exit` follows.
  void time_out();
  void kill() { process_.kill(); }

 private:
  HookOutput::Handler handler(HookTo to);
  void on_exit(int status);
  void check_done();

  HookRunOwner& owner_;
  HookKind kind_;
  std::uint64_t client_;
  bool exited_ = false;
  bool timed_out_ = false;
  bool done_ = false;
  net::Process process_;
  net::PipeWriter input_;
  HookOutput output_;
  HookOutput extra_;
};

}  // namespace ws::app
