#pragma once

// The value of Sec-WebSocket-Extensions (RFC 6455 §9.1), read in one pass. Knows the grammar and no
// extension.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace ws::wire {

struct ExtensionParam {
  std::string name;
  std::optional<std::string> value;  ///< without quotes; always a token
  bool operator==(const ExtensionParam&) const = default;
};

struct Extension {
  std::string name;
  std::vector<ExtensionParam> params;
  bool operator==(const Extension&) const = default;
};

/// `list` is the joined value of all fields of that name. The error says what was expected, and
/// quotes nothing.
Result<std::vector<Extension>> parse_extensions(std::string_view list);

}  // namespace ws::wire
