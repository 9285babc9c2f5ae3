#pragma once

// Cuts what is to be written into the payloads of TLS records: big views where they lie, small ones
// gathered into one.

#include <array>
#include <span>

#include "base/bytes.hpp"

namespace ws::net {

class TlsRecords {
 public:
  /// RFC 8446 §5.1.
  static constexpr std::size_t max_bytes = 16 * 1024;

  explicit TlsRecords(std::span<const ByteView> views) : views_(views) { skip_empty(); }

  bool done() const { return views_.empty(); }
  /// The next, not before `done`; valid until asked again.
  ByteView front();
  void consume(std::size_t count);

 private:
  void skip_empty();

  std::span<const ByteView> views_;
  std::size_t used_ = 0;  ///< of the first view
  std::array<std::byte, max_bytes> gathered_;
};

}  // namespace ws::net
