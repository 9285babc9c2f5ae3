#pragma once

// The lines of an HTTP head, out of bytes that come cut anywhere. Looks at every byte once and
// keeps one line. Driven by the parsers of wire/http.hpp; knows nothing of what a line means.

#include <cstddef>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace ws::wire {

struct HttpLimits {
  std::size_t head_bytes =
      16 * 1024;  ///< start line, fields and blank line, with line ends; beyond: 431
  std::size_t line_bytes =
      8 * 1024;                    ///< one line without its end; beyond: 414 (request line) or 431
  std::size_t header_count = 100;  ///< beyond: 431
};

/// Cuts a head into lines. Fails at the first byte that may not be in one (RFC 9112 §2.2: bare CR,
/// bare LF; other control characters but tab) and at the first byte beyond a limit, however the
/// input is cut.
class HeadLines {
 public:
  enum class Fault { none, bare_cr, bare_lf, control_character, long_line, long_head };

  explicit HeadLines(const HttpLimits& limits) : limits_(limits) {}

  /// Takes bytes from the front of `bytes` up to the end of a line: true when there is one, in
  /// line(). False when all bytes were taken without, or when there is a fault().
  bool next(ByteView& bytes);
  std::string_view line() const { return line_; }
  Fault fault() const { return fault_; }

 private:
  Fault take(char byte);

  HttpLimits limits_;
  std::string line_;
  std::size_t head_bytes_ = 0;
  bool after_cr_ = false;
  bool line_ended_ = false;
  Fault fault_ = Fault::none;
};

/// For a person: "a carriage return without a line feed".
std::string_view fault_text(HeadLines::Fault fault);

}  // namespace ws::wire
