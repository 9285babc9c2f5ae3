#include "net/stdin_reader.hpp"

#include <sys/ioctl.h>

#include <random>

#include "net/net_support.hpp"
#include "support/catch.hpp"

using namespace ws::net;
using namespace ws::net::test;

namespace {

constexpr std::size_t block = 256 * 1024;

/// Bytes that differ from block to block, so that a lost, doubled or misplaced one shows.
std::string pattern(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>((i * 31) ^ (i >> 11));
  return text;
}

struct Collected {
  std::string bytes;
  std::size_t calls = 0;
  bool ended = false;
};

void collect(StdinReader& reader, Collected& into) {
  ++into.calls;
  while (!reader.front().empty()) {
    into.bytes += ws::as_text(reader.front());
    reader.pop();
  }
  into.ended = reader.at_end();
}

Descriptor file_with(const std::string& path, const std::string& content) {
  std::ofstream(path, std::ios::binary) << content;
  return Descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
}

}  // namespace

TEST_CASE("the null device and a closed descriptor are no input", "[stdin]") {
  const Descriptor null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const Descriptor zero(::open("/dev/zero", O_RDONLY | O_CLOEXEC));
  const auto pipe = make_pipe();
  CHECK(is_no_input(null.get()));
  CHECK(is_no_input(-1));
  CHECK_FALSE(is_no_input(zero.get()));
  CHECK_FALSE(is_no_input(pipe.first.get()));
}

TEST_CASE("all of a pipe arrives in order, then its end", "[stdin]") {
  const std::string sent = pattern(8 * 1024 * 1024 + 77);
  auto pipe = make_pipe();
  Loop loop;
  Collected got;
  std::unique_ptr<StdinReader> reader;
  reader = std::make_unique<StdinReader>(loop, pipe.first.get(), [&] { collect(*reader, got); });
  reader->start();
  std::thread writer([&] {
    std::mt19937 random(1);
    for (std::size_t at = 0; at < sent.size();) {
      const std::size_t size = std::min<std::size_t>(random() % 100'000 + 1, sent.size() - at);
      write_all(pipe.second.get(), std::string_view(sent).substr(at, size));
      at += size;
    }
    pipe.second.reset();
  });
  CHECK(run_until(loop, [&] { return got.ended; }));
  writer.join();
  CHECK(got.bytes == sent);
  CHECK_FALSE(reader->error());
}

TEST_CASE("one block per call is enough", "[stdin]") {
  const TemporaryDirectory directory;
  const std::string sent = pattern(10 * block + 1);
  const Descriptor file = file_with(directory / "f", sent);
  Loop loop;
  std::string got;
  bool ended = false;
  std::unique_ptr<StdinReader> reader;
  reader = std::make_unique<StdinReader>(loop, file.get(), [&] {
    if (reader->at_end()) ended = true;
    got += ws::as_text(reader->front());
    reader->pop();
  });
  reader->start();
  CHECK(run_until(loop, [&] { return ended; }));
  CHECK(got == sent);
}

TEST_CASE("an end without a byte is an end", "[stdin]") {
  auto pipe = make_pipe();
  pipe.second.reset();
  Loop loop;
  Collected got;
  std::unique_ptr<StdinReader> reader;
  reader = std::make_unique<StdinReader>(loop, pipe.first.get(), [&] { collect(*reader, got); });
  reader->start();
  CHECK(run_until(loop, [&] { return got.ended; }));
  CHECK(got.bytes.empty());
  CHECK(got.calls == 1);
}

TEST_CASE("before the start nothing is read", "[stdin]") {
  auto pipe = make_pipe();
  write_all(pipe.second.get(), "kept");
  {
    Loop loop;
    const StdinReader reader(loop, pipe.first.get(), [] {});
  }
  CHECK(read_all(pipe.first.get(), 4) == "kept");
}

TEST_CASE("blocks that are not popped hold the thread back at four", "[stdin]") {
  const TemporaryDirectory directory;
  const std::string sent = pattern(12 * block);
  const Descriptor file = file_with(directory / "f", sent);
  Loop loop;
  Collected got;
  bool paused = true;
  std::size_t calls_while_paused = 0;
  std::unique_ptr<StdinReader> reader;
  reader = std::make_unique<StdinReader>(loop, file.get(), [&] {
    if (paused)
      ++calls_while_paused;
    else
      collect(*reader, got);
  });
  reader->start();
  const auto offset = [&] { return static_cast<std::size_t>(::lseek(file.get(), 0, SEEK_CUR)); };
  REQUIRE(wait_until([&] { return offset() >= 4 * block; }));
  REQUIRE(run_until(loop, [&] { return calls_while_paused > 0; }));
  bool turned = false;
  loop.post([&] { turned = true; });
  REQUIRE(run_until(loop, [&] { return turned; }));
  CHECK(calls_while_paused == 1);
  CHECK(offset() == 4 * block);

  paused = false;
  reader->resume();
  CHECK(run_until(loop, [&] { return got.ended; }));
  CHECK(got.bytes == sent);
}

TEST_CASE("the owner may pull outside of the call", "[stdin]") {
  auto pipe = make_pipe();
  write_all(pipe.second.get(), "one");
  Loop loop;
  std::size_t calls = 0;
  StdinReader reader(loop, pipe.first.get(), [&] { ++calls; });
  reader.start();
  REQUIRE(run_until(loop, [&] { return calls == 1; }));
  CHECK(ws::as_text(reader.front()) == "one");
  reader.pop();
  CHECK(reader.front().empty());
  CHECK_FALSE(reader.at_end());
  write_all(pipe.second.get(), "two");
  REQUIRE(run_until(loop, [&] { return calls == 2; }));
  CHECK(ws::as_text(reader.front()) == "two");
  pipe.second.reset();
  reader.pop();
  REQUIRE(wait_until([&] { return reader.at_end(); }));
}

TEST_CASE("the shared descriptor stays as it is", "[stdin]") {
  auto pipe = make_pipe();
  const int before = ::fcntl(pipe.first.get(), F_GETFL);
  Loop loop;
  std::size_t calls = 0;
  StdinReader reader(loop, pipe.first.get(), [&] { ++calls; });
  reader.start();
  write_all(pipe.second.get(), "x");
  REQUIRE(run_until(loop, [&] { return calls > 0; }));
  CHECK(::fcntl(pipe.first.get(), F_GETFL) == before);
}

TEST_CASE("a descriptor that others made non-blocking is read as well", "[stdin]") {
  auto pipe = make_pipe();
  make_non_blocking(pipe.first.get());
  Loop loop;
  Collected got;
  std::unique_ptr<StdinReader> reader;
  reader = std::make_unique<StdinReader>(loop, pipe.first.get(), [&] { collect(*reader, got); });
  reader->start();
  write_all(pipe.second.get(), "late");
  REQUIRE(run_until(loop, [&] { return got.bytes == "late"; }));
  pipe.second.reset();
  CHECK(run_until(loop, [&] { return got.ended; }));
}

TEST_CASE("a reader that waits for input ends at once and takes nothing more", "[stdin]") {
  auto pipe = make_pipe();
  Loop loop;
  std::size_t calls = 0;
  {
    StdinReader reader(loop, pipe.first.get(), [&] { ++calls; });
    reader.start();
    write_all(pipe.second.get(), "x");
    REQUIRE(run_until(loop, [&] { return calls > 0; }));
    reader.pop();
  }
  write_all(pipe.second.get(), "for another");
  CHECK(read_all(pipe.first.get(), 11) == "for another");
}

TEST_CASE("a reader that waits for a free block ends as well", "[stdin]") {
  const Descriptor zero(::open("/dev/zero", O_RDONLY | O_CLOEXEC));
  Loop loop;
  std::size_t calls = 0;
  StdinReader reader(loop, zero.get(), [&] { ++calls; });
  reader.start();
  CHECK(run_until(loop, [&] { return calls > 0; }));
}

TEST_CASE("a read error is told after what came before it", "[stdin]") {
  const TemporaryDirectory directory;
  const Descriptor unreadable(::open((directory / "").c_str(), O_RDONLY | O_CLOEXEC));
  const Descriptor write_only(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  for (const auto& [fd, number] :
       {std::pair{unreadable.get(), EISDIR}, {write_only.get(), EBADF}}) {
    Loop loop;
    Collected got;
    std::unique_ptr<StdinReader> reader;
    reader = std::make_unique<StdinReader>(loop, fd, [&] { collect(*reader, got); });
    reader->start();
    REQUIRE(run_until(loop, [&] { return got.ended; }));
    CHECK(reader->error().value() == number);
  }
}

namespace {

struct Terminal {
  Descriptor master{::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)};
  Descriptor slave;

  /// Makes a new one the controlling terminal of a new session, whose only process we are.
  Terminal() {
    ::setsid();
    std::signal(SIGHUP, SIG_IGN);  // sent to us when we close the master
    ::grantpt(master.get());
    ::unlockpt(master.get());
    slave.reset(::open(::ptsname(master.get()), O_RDWR | O_CLOEXEC));
    ::ioctl(slave.get(), TIOCSCTTY, 0);
  }
};

/// A background job: 0 when the first line it gets is the one that was typed after it came to the
/// foreground.
int read_line_in_background(int terminal, int ready_fd) {
  ::setpgid(0, 0);
  Loop loop;
  Collected got;
  std::unique_ptr<StdinReader> reader;
  reader = std::make_unique<StdinReader>(loop, terminal, [&] { collect(*reader, got); });
  reader->start();
  write_all(ready_fd, "r");
  if (!run_until(loop, [&] { return !got.bytes.empty(); })) return 1;
  return got.bytes == "mine\n" ? 0 : 2;
}

/// The shell of the session: keeps the first line for itself, then gives the job the terminal.
int run_job_in_background() {
  const Terminal terminal;
  const auto ready = make_pipe();
  const pid_t job = ::fork();
  if (job == 0) {
    ::alarm(60);
    ::_exit(read_line_in_background(terminal.slave.get(), ready.second.get()));
  }
  read_all(ready.first.get(), 1);
  write_all(terminal.master.get(), "shell's\n");
  if (read_all(terminal.slave.get(), 8) != "shell's\n") return 11;
  std::signal(SIGTTOU, SIG_IGN);
  if (::tcsetpgrp(terminal.slave.get(), job) != 0) return 12;
  write_all(terminal.master.get(), "mine\n");
  int status = 0;
  ::waitpid(job, &status, WUNTRACED);
  if (WIFSTOPPED(status)) {
    ::kill(job, SIGKILL);
    return 13;
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 14;
}

}  // namespace

TEST_CASE("a background job leaves the terminal alone until it is in front", "[stdin][terminal]") {
  const int status = in_child(run_job_in_background);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}
