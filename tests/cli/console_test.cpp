#include "cli/console.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>

#include "net/descriptor.hpp"
#include "support/catch.hpp"

using namespace ws;
using namespace ws::cli;

namespace {

/// What `use` has a console write.
template <class Use>
std::string written(Use use) {
  int ends[2];
  REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
  const net::Descriptor reading(ends[0]);
  net::Descriptor writing(ends[1]);
  Console console(writing.get());
  use(console);
  writing.reset();
  std::string text(4096, '\0');
  const ssize_t count = read(reading.get(), text.data(), text.size());
  REQUIRE(count >= 0);
  text.resize(static_cast<std::size_t>(count));
  return text;
}

}  // namespace

TEST_CASE("a line has the program's name and nothing that moves a cursor") {
  const auto text = written([](Console& console) { Log(console.sink()).info("a\x1b[31m\nb\x07"); });
  CHECK(text == "ws-tool: a\\x1b[31m\\x0ab\\x07\n");
}

TEST_CASE("colours only where there is a terminal or they are asked for") {
  const auto say = [](Color color) {
    return written([color](Console& console) {
      console.set_color(color);
      Log(console.sink()).error("no");
    });
  };
  CHECK(say(Color::when_terminal) == "ws-tool: no\n");
  CHECK(say(Color::never) == "ws-tool: no\n");
  CHECK(say(Color::always) == "\x1b[1;31mws-tool:\x1b[0m no\n");
}

TEST_CASE("a text goes out as it is") {
  CHECK(written([](Console& console) { console.write("a\n  b\n"); }) == "a\n  b\n");
}

TEST_CASE("a console that nobody reads is no failure") {
  Console console(-1);
  CHECK_NOTHROW(Log(console.sink()).error("lost"));
}
