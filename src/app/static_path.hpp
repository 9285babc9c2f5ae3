#pragma once

// From the path of a request to the names that lead to a file below --static DIR. The only place
// where such a path is decoded; what could mean anything but a plain way down is refused here
// (PROTOCOL.md §3 row 33). Touches no file.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ws::app {

struct StaticPath {
  std::vector<std::string> names;  ///< decoded; none begins with ".", is empty or holds / \ NUL
  bool names_directory = false;    ///< ends in a slash
};

/// Of a path that begins with "/", not decoded.
std::optional<StaticPath> parse_static_path(std::string_view path);

}  // namespace ws::app
