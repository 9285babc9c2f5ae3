#pragma once

// What a Connection makes of some input: its events as text and the bytes it wrote. The driver
// treats the connection as a session does, and worse: the receive buffer is overwritten as soon as
// it may be, and the caller may stop pulling events after every one of them.

#include <algorithm>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "support/hex.hpp"
#include "wire/connection.hpp"

namespace ws::test {

class CollectedOutput : public wire::Output {
 public:
  std::span<std::byte> append(std::size_t count) override {
    bytes.resize(bytes.size() + count);
    return std::span{bytes}.last(count);
  }
  void write(ByteView head, ByteView payload) override {
    ws::append(bytes, head);
    ws::append(bytes, payload);
  }
  Bytes bytes;
};

inline std::string readable(ByteView payload) {
  const std::string_view text = as_text(payload);
  const bool plain = std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
  if (text.size() > 64)
    return std::to_string(text.size()) + " bytes, hash " +
           std::to_string(std::hash<std::string_view>{}(text));
  return plain ? '"' + std::string{text} + '"' : to_hex(payload);
}

inline std::string describe(const wire::Event& event) {
  struct Describe {
    std::string operator()(const wire::Message& message) const {
      return (message.type == wire::MessageType::text ? "text " : "binary ") +
             readable(message.payload);
    }
    std::string operator()(const wire::Piece& piece) const {
      return "piece " + readable(piece.payload) + (piece.first ? ", first, " : ", ") +
             std::to_string(piece.left) + " left";
    }
    std::string operator()(const wire::Ping& ping) const {
      return "ping " + readable(ping.payload);
    }
    std::string operator()(const wire::Pong& pong) const {
      return "pong " + readable(pong.payload);
    }
    std::string operator()(const wire::PeerClose& close) const {
      return "close " + std::to_string(close.status.code) + ' ' +
             readable(as_bytes(close.status.reason));
    }
    std::string operator()(const wire::Violation& violation) const {
      return "violation " + std::to_string(violation.code) + ' ' + std::string{violation.text};
    }
  };
  return std::visit(Describe{}, event);
}

/// Keys 00000001, 00000002, …
inline wire::MaskingKeySource counting_keys() {
  return [count = 0u]() mutable {
    wire::MaskingKey key;
    store_big_endian(std::span<std::byte>{key}, std::uint32_t{++count});
    return key;
  };
}

struct Transcript {
  std::vector<std::string> events;
  std::string output;  ///< in hex

  bool operator==(const Transcript&) const = default;
};

class Driver {
 public:
  /// `all`: as a session does, who asks for whole messages first; `without_fast_path`: does not.
  enum class Pulling { all, without_fast_path, one_at_a_time };

  explicit Driver(wire::Role role, const wire::Limits& limits = {})
      : limits_(limits), keys_(counting_keys()), connection(role, limits_, &keys_) {}
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;

  void feed(ByteView piece, Pulling pulling = Pulling::all) {
    // Exactly as large as the piece: a sanitizer sees every byte read beyond it.
    buffer_.assign(piece.begin(), piece.end());
    connection.receive(buffer_);
    for (;;) {
      const auto event = next_event(pulling);
      if (event) events.push_back(describe(*event));
      if (!event && !connection.pending()) break;
      if (pulling == Pulling::one_at_a_time) reuse_buffer();
    }
    reuse_buffer();
  }

  Transcript transcript() const { return {events, to_hex(out.bytes)}; }

 private:
  std::optional<wire::Event> next_event(Pulling pulling) {
    if (pulling != Pulling::without_fast_path)
      if (const auto message = connection.next_whole_message()) return *message;
    return connection.next_event(out);
  }

  void reuse_buffer() {
    connection.retain();
    std::fill(buffer_.begin(), buffer_.end(), std::byte{0xDD});
    Bytes{}.swap(buffer_);
  }

  wire::Limits limits_;
  wire::MaskingKeySource keys_;
  Bytes buffer_;

 public:
  wire::Connection connection;
  CollectedOutput out;
  std::vector<std::string> events;
};

/// `cuts`: where the input is divided, ascending.
inline Transcript transcript_of(Driver& driver, ByteView input, std::vector<std::size_t> cuts,
                                Driver::Pulling pulling = Driver::Pulling::all) {
  cuts.push_back(input.size());
  std::size_t begin = 0;
  for (const std::size_t end : cuts) {
    driver.feed(input.subspan(begin, end - begin), pulling);
    begin = end;
  }
  return driver.transcript();
}

inline Transcript transcript_of(wire::Role role, ByteView input, std::vector<std::size_t> cuts,
                                const wire::Limits& limits = {},
                                Driver::Pulling pulling = Driver::Pulling::all) {
  Driver driver{role, limits};
  return transcript_of(driver, input, std::move(cuts), pulling);
}

inline std::vector<std::size_t> every_byte(ByteView input) {
  std::vector<std::size_t> cuts;
  for (std::size_t at = 1; at < input.size(); ++at) cuts.push_back(at);
  return cuts;
}

inline std::vector<std::size_t> random_cuts(ByteView input, std::mt19937& random,
                                            std::size_t count) {
  std::vector<std::size_t> cuts(count);
  for (auto& cut : cuts) cut = random() % (input.size() + 1);
  std::ranges::sort(cuts);
  return cuts;
}

}  // namespace ws::test
