#include "net/stdout_writer.hpp"

#include <atomic>

#include "net/net_support.hpp"
#include "support/catch.hpp"

using namespace ws::net;
using namespace ws::net::test;

namespace {

struct Observed {
  int rooms = 0;
  int failures = 0;
  std::error_code error;
  bool done = false;

  StdoutWriter::Handler handler() {
    return {.on_room = [this] { ++rooms; },
            .on_failed =
                [this](std::error_code why) {
                  ++failures;
                  error = why;
                }};
  }
  std::function<void()> when_done() {
    return [this] { done = true; };
  }
};

void put(StdoutWriter& writer, std::string_view text) {
  ws::append(writer.buffer(), ws::as_bytes(text));
  writer.touched();
}

void put_in_turn(Loop& loop, StdoutWriter& writer, std::string text) {
  loop.turn([&] { put(writer, text); });
}

std::string numbered_line(int number) {
  return std::to_string(number) + std::string(90, '.') + "\n";
}

}  // namespace

TEST_CASE("what is written to a pipe arrives in order and whole", "[stdout]") {
  std::signal(SIGPIPE, SIG_IGN);
  auto pipe = make_pipe();
  Loop loop;
  Observed observed;
  std::string received;
  std::thread peer([&, reader = std::move(pipe.first)] { received = read_all(reader.get()); });
  std::string sent;
  {
    StdoutWriter writer(loop, pipe.second.get(), observed.handler());
    for (int i = 0; i < 60'000; ++i) {
      sent += numbered_line(i);
      put_in_turn(loop, writer, numbered_line(i));
      if (!writer.has_room()) {
        const int before = observed.rooms;
        REQUIRE(run_until(loop, [&] { return observed.rooms > before; }));
        CHECK(writer.has_room());
      }
    }
    writer.finish(observed.when_done());
    loop.turn([] {});
    REQUIRE(run_until(loop, [&] { return observed.done; }));
    CHECK(writer.pending() == 0);
  }
  pipe.second.reset();
  peer.join();
  CHECK(received == sent);
  CHECK(observed.failures == 0);
}

TEST_CASE("a pipe that nobody reads is full at 1 MiB, and has room once it is read", "[stdout]") {
  auto pipe = make_pipe();
  Loop loop;
  Observed observed;
  StdoutWriter writer(loop, pipe.second.get(), observed.handler());
  std::size_t written = 0;
  while (writer.has_room()) {
    put_in_turn(loop, writer, std::string(100'000, 'x'));
    written += 100'000;
  }
  CHECK(writer.pending() >= StdoutWriter::room_bytes);
  CHECK(writer.pending() <= written);
  CHECK(observed.rooms == 0);
  std::thread reader([&] { read_all(pipe.first.get(), written); });
  CHECK(run_until(loop, [&] { return observed.rooms == 1; }));
  CHECK(writer.has_room());
  writer.finish(observed.when_done());
  loop.turn([] {});
  CHECK(run_until(loop, [&] { return observed.done; }));
  reader.join();
}

TEST_CASE("a file is written at the end of the turn, without another thread", "[stdout]") {
  const TemporaryDirectory directory;
  const Descriptor file(::open((directory / "f").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  Loop loop;
  Observed observed;
  StdoutWriter writer(loop, file.get(), observed.handler());
  loop.turn([&] {
    put(writer, "one\n");
    put(writer, "two\n");
    CHECK(file_content(directory / "f").empty());
  });
  CHECK(file_content(directory / "f") == "one\ntwo\n");
  CHECK(writer.pending() == 0);
}

TEST_CASE("a file that took a flood has room again in a later turn", "[stdout]") {
  const TemporaryDirectory directory;
  const Descriptor file(::open((directory / "f").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  Loop loop;
  Observed observed;
  StdoutWriter writer(loop, file.get(), observed.handler());
  loop.turn([&] {
    put(writer, std::string(2 * StdoutWriter::room_bytes, 'x'));
    CHECK_FALSE(writer.has_room());
  });
  CHECK(observed.rooms == 0);
  CHECK(run_until(loop, [&] { return observed.rooms == 1; }));
  CHECK(writer.has_room());
}

TEST_CASE("a full disk is a failure, told once", "[stdout]") {
  const Descriptor full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  Loop loop;
  Observed observed;
  StdoutWriter writer(loop, full.get(), observed.handler());
  put_in_turn(loop, writer, "x");
  REQUIRE(run_until(loop, [&] { return observed.failures > 0; }));
  CHECK(observed.error.value() == ENOSPC);
  put_in_turn(loop, writer, std::string(2 * StdoutWriter::room_bytes, 'x'));
  CHECK(writer.pending() == 0);
  CHECK(writer.has_room());
  writer.finish(observed.when_done());
  loop.turn([] {});
  CHECK(run_until(loop, [&] { return observed.done; }));
  CHECK(observed.failures == 1);
}

TEST_CASE("a file that cannot be written is a failure in a turn of its own", "[stdout]") {
  const TemporaryDirectory directory;
  std::ofstream(directory / "f") << "x";
  const Descriptor read_only(::open((directory / "f").c_str(), O_RDONLY | O_CLOEXEC));
  Loop loop;
  Observed observed;
  StdoutWriter writer(loop, read_only.get(), observed.handler());
  put_in_turn(loop, writer, "x");
  CHECK(observed.failures == 0);
  REQUIRE(run_until(loop, [&] { return observed.failures == 1; }));
  CHECK(observed.error.value() == EBADF);
}

TEST_CASE("a reader that leaves while nothing is written is noticed", "[stdout]") {
  std::signal(SIGPIPE, SIG_IGN);
  for (auto* make : {&make_pipe, &make_socket_pair}) {
    auto pair = make();
    Loop loop;
    Observed observed;
    StdoutWriter writer(loop, pair.second.get(), observed.handler());
    bool turned = false;
    loop.post([&] { turned = true; });
    REQUIRE(run_until(loop, [&] { return turned; }));
    CHECK(observed.failures == 0);
    pair.first.reset();
    REQUIRE(run_until(loop, [&] { return observed.failures > 0; }));
    CHECK(observed.error.value() == EPIPE);
    CHECK(observed.failures == 1);
  }
}

TEST_CASE("a reader that leaves while a write waits for it is noticed", "[stdout]") {
  std::signal(SIGPIPE, SIG_IGN);
  auto pipe = make_pipe();
  Loop loop;
  Observed observed;
  StdoutWriter writer(loop, pipe.second.get(), observed.handler());
  put_in_turn(loop, writer, std::string(500'000, 'x'));
  CHECK(read_all(pipe.first.get(), 100) == std::string(100, 'x'));
  pipe.first.reset();
  REQUIRE(run_until(loop, [&] { return observed.failures > 0; }));
  CHECK(observed.error.value() == EPIPE);
  CHECK(writer.pending() == 0);
}

TEST_CASE("a writer whose reader sleeps does not hold up its end", "[stdout]") {
  std::signal(SIGPIPE, SIG_IGN);
  auto pipe = make_pipe();
  Loop loop;
  Observed observed;
  const auto start = std::chrono::steady_clock::now();
  {
    StdoutWriter writer(loop, pipe.second.get(), observed.handler());
    put_in_turn(loop, writer, std::string(500'000, 'x'));
    CHECK(read_all(pipe.first.get(), 100).size() == 100);  // the thread is in its write by now
  }
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(5));
  pipe.first.reset();  // lets the thread go, with EPIPE
}

TEST_CASE("a descriptor that others made non-blocking is written as well", "[stdout]") {
  auto pipe = make_pipe();
  make_non_blocking(pipe.second.get());
  Loop loop;
  Observed observed;
  std::string received;
  StdoutWriter writer(loop, pipe.second.get(), observed.handler());
  const std::string sent(900'000, 'y');
  put_in_turn(loop, writer, sent);
  std::thread reader([&] { received = read_all(pipe.first.get(), sent.size()); });
  writer.finish(observed.when_done());
  loop.turn([] {});
  CHECK(run_until(loop, [&] { return observed.done; }));
  reader.join();
  CHECK(received == sent);
  CHECK(observed.failures == 0);
}

TEST_CASE("a descriptor stays as it was", "[stdout]") {
  auto pipe = make_pipe();
  const int before = ::fcntl(pipe.second.get(), F_GETFL);
  Loop loop;
  Observed observed;
  StdoutWriter writer(loop, pipe.second.get(), observed.handler());
  put_in_turn(loop, writer, "x");
  CHECK(read_all(pipe.first.get(), 1) == "x");
  CHECK(::fcntl(pipe.second.get(), F_GETFL) == before);
  CHECK_FALSE(writer.is_terminal());
}

TEST_CASE("to a closed descriptor and to the null device all is written at once", "[stdout]") {
  const Descriptor null(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  for (const int fd : {-1, null.get()}) {
    Loop loop;
    Observed observed;
    StdoutWriter writer(loop, fd, observed.handler());
    put_in_turn(loop, writer, std::string(2 * StdoutWriter::room_bytes, 'x'));
    CHECK(writer.pending() == 0);
    writer.finish(observed.when_done());
    loop.turn([] {});
    CHECK(run_until(loop, [&] { return observed.done; }));
    CHECK(observed.failures == 0);
  }
}

TEST_CASE("a writer may be destroyed when it is done, and with output it never flushed",
          "[stdout]") {
  auto pipe = make_pipe();
  Loop loop;
  Observed observed;
  auto writer = std::make_unique<StdoutWriter>(loop, pipe.second.get(), observed.handler());
  put_in_turn(loop, *writer, "last");
  writer->finish([&] { writer.reset(); });
  loop.turn([] {});
  REQUIRE(run_until(loop, [&] { return writer == nullptr; }));
  CHECK(read_all(pipe.first.get(), 4) == "last");

  loop.turn([&] {
    StdoutWriter other(loop, pipe.second.get(), observed.handler());
    put(other, "never");
  });
  CHECK(observed.failures == 0);
}
