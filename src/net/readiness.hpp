#pragma once

// Which sockets can be read or written: a private level-triggered epoll set, whose one descriptor
// the loop waits on. Asio's own reactor re-arms with a system call per wait, which costs ten per
// cent of a small echo; this one does not. Linux is the only back end; another system would put its
// own behind these five functions. It owns no descriptor, and holds slots and generations instead
// of pointers: a watcher may die in the batch that reports it.

#include <cstdint>
#include <vector>

#include "base/time.hpp"
#include "net/descriptor.hpp"

namespace ws::net {

struct Ready {
  bool readable = false;
  bool writable = false;
  bool hung_up =
      false;  ///< both directions are dead or an error is pending; reported whatever was asked for
};

class Watcher {
 public:
  virtual ~Watcher() = default;
  virtual void on_ready(Ready) = 0;
  /// The time asked for by Loop::wake_at has come.
  virtual void on_deadline(Time /*now*/) {}
};

/// Names a watcher: slot and generation, never reused as a pair.
struct WatchId {
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;
  friend bool operator==(WatchId, WatchId) = default;
};

enum class Interest : std::uint8_t { none = 0, read = 1, write = 2, both = 3 };

class Readiness {
 public:
  Readiness();

  /// Watches `fd`, which may be -1 for a watcher that only wants deadlines. Throws Failure when the
  /// kernel refuses.
  WatchId add(int fd, Interest interest, Watcher& watcher);
  /// Also takes back `ignore`.
  void change(WatchId id, Interest interest);
  /// Takes the descriptor out of the set and keeps the watcher for its deadlines: for a peer that
  /// hung up while paused, which epoll would report for ever.
  void ignore(WatchId id);
  void remove(WatchId id);
  /// As `remove`, of a descriptor that is closed next: the kernel takes that out by itself.
  void remove_closing(WatchId id);
  /// Nothing when it has been removed.
  Watcher* find(WatchId id) const;

  /// Reports what is ready now, once per watcher, without waiting. False when nothing was.
  bool dispatch();
  int descriptor() const { return epoll_.get(); }

 private:
  struct Slot {
    Watcher* watcher = nullptr;
    std::uint32_t generation = 0;
    int fd = -1;
    Interest interest = Interest::none;
    bool watched = false;
  };

  Descriptor epoll_;
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
};

}  // namespace ws::net
