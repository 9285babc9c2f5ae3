#pragma once

// What a server that misbehaves on purpose does with the next message of one client (SPEC.md §8):
// answer it or drop it, when, and whether to close after it. Told of every message and the time by
// the mode; draws from a generator that it is given. It sends nothing and keeps no message.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/time.hpp"
#include "wire/close.hpp"

namespace ws::flow {

struct DoubleOptions {
  std::optional<std::string> reply{};  ///< to every message, instead of the message itself
  std::optional<std::string> greet{};  ///< first to every client
  Duration delay{};                    ///< of every answer
  Duration jitter{};                   ///< at most so much more, for each
  std::size_t frame_bytes = 0;         ///< payload of a frame, at most; 0: a message is one frame
  std::uint64_t close_after = 0;       ///< messages of a client; 0: never
  wire::CloseCode close_code = wire::close_code::normal;
  unsigned drop_percent = 0;  ///< of the messages get no answer

  bool late() const { return delay != Duration::zero() || jitter != Duration::zero(); }
};

struct Reaction {
  bool answered = true;
  bool closing = false;  ///< the Close comes behind the answer
  Time when{};           ///< of both
};

/// Numbers that are evenly distributed over all that 64 bits hold.
using Generator = std::function<std::uint64_t()>;
/// Of its own for each client, so that with one seed the N-th client always sees the same, whatever
/// the others do meanwhile. For tests; whoever sees some numbers can tell the next.
Generator generator_for(std::uint64_t seed, std::uint64_t client);

class TestDouble {
 public:
  /// `options` outlive it.
  TestDouble(const DoubleOptions& options, Generator generator)
      : options_(options), generator_(std::move(generator)) {}

  /// Answers stay in order: none is due before the one before it. What comes after the message that
  /// closes is not answered.
  Reaction react(Time now);

 private:
  bool drops();
  Duration lateness();

  const DoubleOptions& options_;
  Generator generator_;
  std::uint64_t received_ = 0;
  Time last_{};
};

}  // namespace ws::flow
