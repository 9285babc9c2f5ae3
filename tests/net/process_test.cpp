#include "net/process.hpp"

#include <sys/resource.h>
#include <sys/wait.h>

#include <system_error>

#include "net/child_pipe.hpp"
#include "net/descriptor_limit.hpp"
#include "net/net_support.hpp"
#include "net/signals.hpp"
#include "support/catch.hpp"

using namespace ws;
using namespace ws::net;
using namespace ws::net::test;

namespace {

const std::vector<std::string> plain{"PATH=/usr/local/bin:/usr/bin:/bin"};

/// A command run to its end and to the end of its pipes.
struct Run {
  Loop loop;
  std::string output;
  std::string extra;
  int status = -1;
  int ended_pipes = 0;
  std::unique_ptr<Process> process;
  std::unique_ptr<PipeWriter> writer;
  std::unique_ptr<PipeReader> output_reader;
  std::unique_ptr<PipeReader> extra_reader;

  explicit Run(const std::string& command, std::string_view input = {},
               const std::vector<std::string>& environment = plain) {
    ignore_sigpipe();
    process = std::make_unique<Process>(loop, command, environment, [this](int s) { status = s; });
    const ByteView bytes = as_bytes(input);
    writer = std::make_unique<PipeWriter>(loop, std::move(process->pipes().input),
                                          Bytes(bytes.begin(), bytes.end()));
    output_reader = reader(std::move(process->pipes().output), output);
    extra_reader = reader(std::move(process->pipes().extra), extra);
  }

  std::unique_ptr<PipeReader> reader(Descriptor pipe, std::string& to) {
    return std::make_unique<PipeReader>(
        loop, std::move(pipe),
        PipeReader::Handler{[&to](ByteView bytes) { to += as_text(bytes); },
                            [this] { ++ended_pipes; }});
  }

  bool ended() const { return status != -1; }
  Run& to_the_end() {
    CHECK(run_until(loop, [this] { return ended() && ended_pipes == 2; }));
    return *this;
  }
};

std::string output_of(const std::string& command, std::string_view input = {}) {
  return Run(command, input).to_the_end().output;
}

bool has_children() {
  return ::waitpid(-1, nullptr, WNOHANG) != -1;
}

}  // namespace

TEST_CASE("a command reads its input and writes to 1 and 3", "[process]") {
  Run run("read -r line; echo \"got $line\"; echo to all >&3; exit 7", "hello\nmore");
  run.to_the_end();
  CHECK(run.output == "got hello\n");
  CHECK(run.extra == "to all\n");
  CHECK(WIFEXITED(run.status));
  CHECK(WEXITSTATUS(run.status) == 7);
  CHECK_FALSE(has_children());
}

TEST_CASE("an input longer than a pipe goes in while the output comes out", "[process]") {
  const std::string input(3'000'000, 'x');
  CHECK(output_of("cat", input) == input);
}

TEST_CASE("a command that does not read its input loses nothing but that", "[process]") {
  CHECK(output_of("exec <&-; echo hi", std::string(1'000'000, 'x')) == "hi\n");
  CHECK(output_of("echo hi", std::string(1'000'000, 'x')) == "hi\n");
}

TEST_CASE("a command without input reads its end at once", "[process]") {
  CHECK(output_of("cat; echo end") == "end\n");
}

TEST_CASE("the environment is exactly the one given", "[process]") {
  Run run("env | grep -v -e ^PWD= -e ^_= -e ^OLDPWD= -e ^SHLVL= | sort", {},
          {"PATH=/usr/bin:/bin", "ONE=1 x", "TWO='$(echo no)'"});
  CHECK(run.to_the_end().output == "ONE=1 x\nPATH=/usr/bin:/bin\nTWO='$(echo no)'\n");
}

TEST_CASE("a command gets 0 to 3 and no other descriptor", "[process]") {
  const Descriptor leaked(::fcntl(STDERR_FILENO, F_DUPFD, 50));
  REQUIRE(leaked);
  CHECK(output_of("for n in 0 1 2 3 4 5 6 7 8 9 50; do [ -e /proc/$$/fd/$n ] && echo $n; done") ==
        "0\n1\n2\n3\n");
}

TEST_CASE("a command starts with default signals and an empty mask", "[process]") {
  CHECK(is_success(in_child([] {
    for (const int number : {SIGPIPE, SIGHUP, SIGINT, SIGTERM, SIGCHLD, SIGUSR1})
      std::signal(number, SIG_IGN);
    sigset_t some;
    sigemptyset(&some);
    for (const int number : {SIGTERM, SIGUSR2, SIGCHLD}) sigaddset(&some, number);
    ::pthread_sigmask(SIG_BLOCK, &some, nullptr);
    const std::string output = output_of("grep -E '^Sig(Blk|Ign)' /proc/self/status | cut -f2");
    const std::uint64_t of_glibc = 3ull << 31;  // 32 and 33, which posix_spawn itself ignores
    if (std::stoull(output, nullptr, 16) != 0) return 1;
    return (std::stoull(output.substr(output.find('\n')), nullptr, 16) & ~of_glibc) == 0 ? 0 : 2;
  })));
}

TEST_CASE("a command gets the descriptor limit from before ours was raised", "[process]") {
  CHECK(is_success(in_child([] {
    const rlimit limit{.rlim_cur = 200, .rlim_max = 400};
    ::setrlimit(RLIMIT_NOFILE, &limit);
    raise_descriptor_limit();
    return output_of("ulimit -n") == "200\n" ? 0 : 1;
  })));
}

TEST_CASE("a command leads a process group of its own", "[process]") {
  const std::string output = output_of("echo $$; cut -d' ' -f5 /proc/$$/stat");
  const std::size_t line = output.find('\n');
  CHECK(output.substr(0, line) + "\n" == output.substr(line + 1));
  CHECK(output != std::to_string(::getpgrp()) + "\n" + std::to_string(::getpgrp()) + "\n");
}

TEST_CASE("kill takes the whole group with it", "[process]") {
  Run run("sleep 1000 & sleep 1000 | cat & echo started; sleep 1000");
  CHECK(run_until(run.loop, [&] { return run.output == "started\n"; }));
  run.process->kill();
  run.to_the_end();  // both pipes have ended: nobody of the group is left to hold them
  CHECK(WIFSIGNALED(run.status));
  CHECK(WTERMSIG(run.status) == SIGKILL);
  CHECK_FALSE(has_children());
}

TEST_CASE("the end of the object is the end of the group", "[process]") {
  Run run("sleep 1000 & echo started; sleep 1000");
  CHECK(run_until(run.loop, [&] { return run.output == "started\n"; }));
  run.process.reset();
  CHECK(run_until(run.loop, [&] { return run.ended_pipes == 2; }));
  CHECK_FALSE(run.ended());
  while (has_children()) ::waitpid(-1, nullptr, 0);
}

TEST_CASE("a command has ended when its shell has, though a job holds the pipes", "[process]") {
  Run run("sleep 1000 & echo $!; echo all >&3");
  CHECK(run_until(run.loop, [&] { return run.ended(); }));
  CHECK(run.ended_pipes == 0);
  run.output_reader->end_after_what_is_there();
  run.extra_reader->end_after_what_is_there();
  run.to_the_end();
  CHECK(run.extra == "all\n");
  const int job = std::stoi(run.output);
  CHECK(job > 1);
  CHECK(::kill(job, SIGKILL) == 0);  // it was left in peace
}

TEST_CASE("a paused reader takes nothing, not even the end", "[process]") {
  Run run("echo hi");
  run.output_reader->pause();
  CHECK(run_until(run.loop, [&] { return run.ended() && run.ended_pipes == 1; }));
  CHECK(run.output.empty());
  run.output_reader->resume();
  run.to_the_end();
  CHECK(run.output == "hi\n");
}

TEST_CASE("a paused reader keeps what was there when the shell ended", "[process]") {
  Run run("(trap '' PIPE; while echo y; do :; done 2>/dev/null) & echo hi >&3");
  run.output_reader->pause();
  CHECK(run_until(run.loop, [&] { return run.ended() && !run.extra.empty(); }));
  run.output_reader->end_after_what_is_there();
  run.extra_reader->end_after_what_is_there();
  run.output_reader->resume();
  run.to_the_end();
  CHECK(run.output.size() <= 1'048'576);  // and no more, however long the job goes on
}

TEST_CASE("what cannot be started says why and leaves nothing", "[process]") {
  CHECK(is_success(in_child([] {
    Loop loop;
    const rlimit limit{.rlim_cur = 12, .rlim_max = 12};
    ::setrlimit(RLIMIT_NOFILE, &limit);
    const auto open_descriptors = [] {
      int count = 0;
      for (int fd = 0; fd < 12; ++fd) count += ::fcntl(fd, F_GETFD) >= 0;
      return count;
    };
    const int before = open_descriptors();
    std::string error;
    try {
      const Process process(loop, "echo hi", plain, [](int) {});
    } catch (const std::system_error& failure) {
      error = failure.what();
    }
    if (error != "pipe: Too many open files") return 1;
    return open_descriptors() == before && !has_children() ? 0 : 2;
  })));
}
