#include "app/secret_file.hpp"

#include "app/auth.hpp"
#include "app/temporary_directory.hpp"
#include "base/failure.hpp"
#include "support/catch.hpp"

using namespace ws;
using namespace ws::app;
using Lines = std::vector<std::string>;

namespace {

/// What is said of a file, where the status is right.
template <class Read>
std::string refusal(Read read) {
  try {
    read();
  } catch (const Failure& failure) {
    return failure.status == ExitStatus::local_io ? failure.what() : "another status";
  }
  return "no refusal";
}

}  // namespace

TEST_CASE("a secret in each line, whatever ends it") {
  TemporaryDirectory directory;
  CHECK(read_secret_lines("--token-file", directory.write("a", "one\r\n\n two \nthree")) ==
        Lines{"one", " two ", "three"});
  CHECK(read_user_lines("--auth-file", directory.write("b", "\na:b\nc:d:e\n:\n")) ==
        Lines{"a:b", "c:d:e", ":"});
}

TEST_CASE("a file that cannot be used is named, its secrets are not") {
  using Catch::Matchers::Contains;
  TemporaryDirectory directory;
  const auto tokens = [&](const std::string& path) {
    return refusal([&] { read_secret_lines("--token-file", path); });
  };
  CHECK_THAT(tokens(directory.path("none")), Contains("--token-file") && Contains("/none") &&
                                                 Contains("no such file or directory"));
  CHECK_THAT(tokens(directory.path("")), Contains("is a directory"));
  CHECK_THAT(tokens(directory.write("empty", "\n\r\n")), Contains("is empty"));
  CHECK_THAT(tokens(directory.write("big", std::string((1 << 20) + 1, 'x'))), Contains("1 MiB"));

  const auto bad = directory.write("bad", "a:b\n\nhunter2\n");
  const auto said = refusal([&] { read_user_lines("--auth-file", bad); });
  CHECK_THAT(said, Contains("line 3") && !Contains("hunter2"));
}

TEST_CASE("a client logs in as the first line says; the others do not matter") {
  using Catch::Matchers::Contains;
  TemporaryDirectory directory;
  CHECK(read_first_user("--auth-file", directory.write("a", "ann:p:w\r\nno user\n")) == "ann:p:w");
  CHECK(read_first_user("--auth-file", directory.write("b", "ann:")) == "ann:");
  for (const char* content : {"", "\nann:pw\n", "hunter2\n"}) {
    const auto path = directory.write("c", content);
    const auto said = refusal([&] { read_first_user("--auth-file", path); });
    CHECK_THAT(said, Contains("its first line is not user:password") && !Contains("hunter2"));
  }
}

TEST_CASE("credentials are loaded from both files") {
  TemporaryDirectory directory;
  auto credentials = Credentials::load({.auth_file = directory.write("users", "ann:pw\n"),
                                        .token_file = directory.write("tokens", "tok\n")});
  wire::Request request;
  CHECK_FALSE(credentials.judge(request));
  request.query = "token=tok";
  CHECK(credentials.judge(request));
  request.query.clear();
  request.headers.add("Authorization", "Basic YW5uOnB3");
  CHECK(credentials.judge(request));

  CHECK_FALSE(AuthOptions{}.wanted());
  CHECK_THAT(refusal([&] { Credentials::load({.auth_file = directory.path("x")}); }),
             Catch::Matchers::Contains("--auth-file"));
}
