#pragma once

// Which bytes of a file a Range field asks for (RFC 9110 §14.1.2, §14.2). One range is enough for
// resuming and for seeking in a video; a request for several is answered with the whole, as a
// server may.

#include <cstdint>
#include <string>
#include <string_view>

namespace ws::app {

struct ByteRange {
  enum class Kind { whole, part, unsatisfiable };

  Kind kind = Kind::whole;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

/// `field` is the value of Range, empty where there is none. What is malformed, of another unit or
/// has several parts is the whole.
ByteRange select_range(std::string_view field, std::uint64_t file_size);

/// Value of Content-Range for a part, or for one that cannot be satisfied.
std::string content_range(const ByteRange& range, std::uint64_t file_size);

}  // namespace ws::app
