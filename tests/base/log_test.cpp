#include "base/log.hpp"

#include <string>
#include <vector>

#include "support/catch.hpp"

using ws::Log;
using ws::LogLevel;

namespace {

struct Lines {
  std::vector<std::pair<LogLevel, std::string>> lines;
  Log::Sink sink() {
    return [this](LogLevel level, std::string_view line) { lines.emplace_back(level, line); };
  }
};

}  // namespace

TEST_CASE("a line goes to the sink with its level") {
  Lines seen;
  Log log{seen.sink()};
  log.warn("client {} {}", 7, "left");
  REQUIRE(seen.lines.size() == 1);
  CHECK(seen.lines[0] == std::pair{LogLevel::warning, std::string{"client 7 left"}});
}

TEST_CASE("nothing below the level is written") {
  Lines seen;
  Log log{seen.sink(), LogLevel::error};
  log.warn("a");
  log.info("b");
  log.error("c");
  log.set_level(LogLevel::verbose);
  log.verbose("d");
  log.write(LogLevel::debug, "e");
  REQUIRE(seen.lines.size() == 2);
  CHECK(seen.lines[0].second == "c");
  CHECK(seen.lines[1].second == "d");
  CHECK(log.enabled(LogLevel::verbose));
  CHECK_FALSE(log.enabled(LogLevel::debug));
}

// Log forging.
TEST_CASE("nothing from outside can end a line or steer the terminal") {
  Lines seen;
  Log log{seen.sink()};
  log.info("closed: {}", "bye\nws-tool: all is well\x1b[2J\u202E");
  REQUIRE(seen.lines.size() == 1);
  CHECK(seen.lines[0].second == R"(closed: bye\x0aws-tool: all is well\x1b[2J\u{202e})");
}
