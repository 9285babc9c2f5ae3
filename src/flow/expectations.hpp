#pragma once

// What a client was told to expect of the messages: -n, --expect and --reject (SPEC.md §5). Given
// every message in order, says when they decide that it is over, and how; never looks at the clock
// or at the connection.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace re2 {
class RE2;
}

namespace ws::flow {

struct ExpectationOptions {
  std::optional<std::uint64_t> count{};  ///< at least 1
  std::vector<std::string> expect{};     ///< RE2 syntax, searched in each message
  std::vector<std::string> reject{};
};

/// What is wrong with a pattern; nothing when it is well made.
std::optional<std::string> pattern_error(std::string_view pattern);

class Expectations {
 public:
  enum class Verdict : std::uint8_t {
    undecided,
    met,     ///< nothing more is to come
    failed,  ///< a message was rejected, or they are all here and a pattern has not matched
  };

  /// The patterns are well made.
  explicit Expectations(const ExpectationOptions& options);
  ~Expectations();

  /// The next message; nothing once it is decided.
  Verdict take(std::string_view payload);
  Verdict verdict() const { return verdict_; }

  /// They say when it is over: a stream without a rejected message may go on for ever.
  bool decides() const { return count_ || has_expected_; }
  bool has_unmatched() const { return !expect_.empty(); }
  /// A clean end would be a success.
  bool complete() const;
  /// Why it is not met, in words; empty when it is, or might yet be.
  std::string missing() const;

 private:
  using Pattern = std::unique_ptr<re2::RE2>;

  bool is_rejected(std::string_view payload);
  void match(std::string_view payload);

  std::optional<std::uint64_t> count_;
  bool has_expected_;
  std::vector<Pattern> expect_;  ///< those that have not matched yet
  std::vector<Pattern> reject_;
  std::uint64_t received_ = 0;
  Verdict verdict_ = Verdict::undecided;
  std::string rejected_by_;
};

}  // namespace ws::flow
