#include "app/gate.hpp"

#include "app/temporary_directory.hpp"
#include "base/failure.hpp"
#include "support/catch.hpp"

using namespace ws;
using namespace ws::app;

namespace {

wire::Request get(std::string path, std::string query = {}, wire::Headers headers = {}) {
  wire::Request request;
  request.method = "GET";
  request.path = std::move(path);
  request.query = std::move(query);
  request.host = "localhost:9001";
  request.headers = std::move(headers);
  return request;
}

struct Door {
  explicit Door(AccessOptions access = {}, bool loopback = true)
      : gate(std::move(access), {.token_file = folder.write("tokens", "t0ken\n")}) {
    gate.add_listener(loopback);
    warnings = gate.listening_on("9001");
  }
  int status(const wire::Request& request, RequestKind kind) const {
    const auto judged = gate.judge(0, request, kind);
    return judged ? 200 : judged.error().refusal.status;
  }

  TemporaryDirectory folder;
  Gate gate;
  std::vector<std::string> warnings;
};

}  // namespace

TEST_CASE("a gate without credentials looks at origin and host only") {
  Gate gate({}, {});
  gate.add_listener(true);
  CHECK(gate.listening_on("9001").empty());
  CHECK(gate.judge(0, get("/"), RequestKind::page)->empty());
  auto foreign = get("/");
  foreign.host = "evil.example";
  const auto judged = gate.judge(0, foreign, RequestKind::page);
  REQUIRE_FALSE(judged);
  CHECK(judged.error().refusal.status == 403);
  CHECK_FALSE(judged.error().log_line.empty());
}

TEST_CASE("a token in an address is taken out of it where a browser shows it") {
  const Door door;
  CHECK(door.status(get("/"), RequestKind::page) == 401);
  CHECK(door.status(get("/", "token=t0ken"), RequestKind::page) == 303);
  CHECK(door.status(get("/", "token=t0ken"), RequestKind::upgrade) == 200);
  CHECK(door.status(get("/x", "token=t0ken"), RequestKind::other_get) == 200);
  CHECK(door.status(get("/x", "token=wrong"), RequestKind::other_get) == 401);
}

TEST_CASE("origin and host are judged before credentials") {
  const Door door;
  auto foreign = get("/", "token=t0ken");
  foreign.host = "evil.example";
  CHECK(door.status(foreign, RequestKind::page) == 403);
}

TEST_CASE("the cookie is Secure with TLS") {
  const Door door({.tls = true});
  const auto judged = door.gate.judge(0, get("/", "token=t0ken"), RequestKind::page);
  REQUIRE_FALSE(judged);
  const auto cookie = judged.error().refusal.headers.find("Set-Cookie");
  REQUIRE(cookie);
  CHECK(cookie->ends_with("; Secure"));
}

TEST_CASE("each warning once, however many listeners") {
  CHECK(Door().warnings.empty());
  CHECK(Door({.tls = true}, false).warnings.empty());
  Door open({}, false);
  CHECK(open.warnings.size() == 1);
  open.gate.add_listener(false);
  CHECK(open.gate.listening_on("9001").size() == 1);
}

TEST_CASE("a file that cannot be read is told at the start") {
  CHECK_THROWS_AS(Gate({}, {.auth_file = "/nonexistent/file"}), Failure);
}

TEST_CASE("a listed origin may read the answer, and caches are told that it depends on it") {
  Gate gate({.origins = {"https://listed.example"}}, {});
  gate.add_listener(true);
  const auto asked_by = [](std::string origin) {
    return get("/", {}, {{"Origin", std::move(origin)}});
  };
  const auto listed = gate.judge(0, asked_by("https://listed.example"), RequestKind::file);
  REQUIRE(listed);
  CHECK(listed->find("Access-Control-Allow-Origin") == "https://listed.example");
  CHECK(listed->find("Vary") == "Origin");
  const auto own = gate.judge(0, asked_by("http://localhost:9001"), RequestKind::page);
  REQUIRE(own);
  CHECK(own->count("Access-Control-Allow-Origin") == 0);
  CHECK(own->find("Vary") == "Origin");
  CHECK_FALSE(gate.judge(0, asked_by("https://other.example"), RequestKind::file));
}

TEST_CASE("a token is taken out of a file's address, too, but only of a GET or HEAD") {
  const Door door;
  auto request = get("/a.txt", "token=t0ken");
  CHECK(door.status(request, RequestKind::file) == 303);
  request.method = "POST";
  CHECK(door.status(request, RequestKind::file) == 200);
}
