#pragma once

// Where a client that comes back goes on (SPEC.md §9): which run of the server it knows, and the
// last number it has had of it. From ?since= of a WebSocket, or Last-Event-ID of an EventSource;
// what cannot be read is as good as nothing.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "wire/http.hpp"

namespace ws::app {

/// A WebSocket with it tells messages to all by their numbers from those to one client.
constexpr std::string_view numbered_subprotocol = "numbered.ws-tool";

struct ResumePoint {
  std::string epoch;
  std::uint64_t last = 0;

  bool operator==(const ResumePoint&) const = default;
};

/// "EPOCH:NUMBER", the number in decimal.
std::optional<ResumePoint> parse_resume_point(std::string_view text);

/// The first ?since=, else Last-Event-ID.
std::optional<ResumePoint> resume_point_of(const wire::Request& request);

}  // namespace ws::app
