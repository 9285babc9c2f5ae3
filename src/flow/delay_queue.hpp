#pragma once

// Answers that are due later, in order for each client. A mode fills it, asks what is due, and
// bounds it by `bytes`. Knows no clock and sends nothing.

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "base/bytes.hpp"
#include "base/time.hpp"
#include "wire/assembler.hpp"

namespace ws::flow {

struct Answer {
  std::optional<wire::MessageType> type;  ///< none: it is the Close
  Bytes payload{};
};

struct DueAnswer {
  std::uint64_t client;
  Answer answer;
};

class DelayQueue {
 public:
  /// `when` is not before that of the client's answer before it.
  void push(std::uint64_t client, Time when, Answer answer);
  /// The earliest one that is due at `now`.
  std::optional<DueAnswer> pop(Time now);
  /// When the next one is due; `never` when there is none.
  Time next() const;

  /// What a client's answers cost in memory.
  std::size_t bytes(std::uint64_t client) const;
  void forget(std::uint64_t client);

 private:
  struct Entry {
    Time when;
    Answer answer;
  };
  struct Client {
    std::deque<Entry> answers;
    std::size_t bytes = 0;
  };

  std::map<std::uint64_t, Client> clients_;            ///< those who wait for something
  std::set<std::pair<Time, std::uint64_t>> earliest_;  ///< the first answer of each
};

}  // namespace ws::flow
