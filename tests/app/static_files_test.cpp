#include "app/static_files.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "app/temporary_directory.hpp"
#include "base/failure.hpp"
#include "support/catch.hpp"

using namespace ws;
using namespace ws::app;
using Catch::Matchers::Contains;

namespace {

class Site {
 public:
  Site() : files_(fill()) {}

  Result<FileAnswer, wire::Refusal> ask(std::string path, wire::Headers headers = {},
                                        std::string method = "GET",
                                        const wire::Headers& extra = {}) const {
    wire::Request request;
    request.method = std::move(method);
    request.path = std::move(path);
    request.headers = std::move(headers);
    return files_.answer(request, extra);
  }

  /// Status of whatever answers.
  int status(const std::string& path, wire::Headers headers = {},
             std::string method = "GET") const {
    const auto answer = ask(path, std::move(headers), std::move(method));
    return answer ? answer->status : answer.error().status;
  }

  std::string path(const std::string& name) const { return directory_.path("site/" + name); }
  const TemporaryDirectory& directory() const { return directory_; }

 private:
  std::string fill() const {
    directory_.write("secret", "secret");
    directory_.write("site/index.html", "<p>index");
    directory_.write("site/digits.txt", "0123456789");
    directory_.write("site/empty.bin", "");
    directory_.write("site/a b.css", "x");
    directory_.write("site/docs/index.html", "docs");
    directory_.write("site/plain/file", "x");
    directory_.write("site/.htpasswd", "x");
    directory_.write("site/.git/config", "x");
    return path("");
  }

  TemporaryDirectory directory_;
  StaticFiles files_;
};

/// What a server would send behind the head.
std::string body(const FileAnswer& answer) {
  if (!answer.file) return {};
  std::string text(answer.length, '\0');
  const auto got =
      ::pread(answer.file.get(), text.data(), text.size(), static_cast<off_t>(answer.offset));
  CHECK(got == static_cast<ssize_t>(answer.length));
  return text;
}

wire::Headers fields(const std::string& head) {
  wire::ResponseParser parser;
  const auto [state, consumed] = parser.feed(as_bytes(head));
  REQUIRE(state == wire::ParseState::done);
  CHECK(consumed == head.size());
  return parser.response().headers;
}

std::string field(const FileAnswer& answer, const char* name) {
  const auto headers = fields(answer.head);
  CHECK(headers.count(name) <= 1);
  return std::string{headers.find(name).value_or("-")};
}

}  // namespace

TEST_CASE("a file with its head") {
  const Site site;
  const auto answer = site.ask("/digits.txt");
  REQUIRE(answer);
  CHECK(answer->status == 200);
  CHECK(answer->head.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(body(*answer) == "0123456789");
  CHECK(field(*answer, "Content-Type") == "text/plain; charset=utf-8");
  CHECK(field(*answer, "Content-Length") == "10");
  CHECK(field(*answer, "Accept-Ranges") == "bytes");
  CHECK(field(*answer, "Connection") == "close");
  CHECK(field(*answer, "X-Content-Type-Options") == "nosniff");
  CHECK(field(*answer, "Referrer-Policy") == "no-referrer");
  CHECK_THAT(field(*answer, "ETag"), Catch::Matchers::Matches("\"[0-9a-f.-]+\""));
  CHECK_THAT(field(*answer, "Last-Modified"), Contains(" GMT"));
  CHECK(field(*answer, "Content-Range") == "-");
}

TEST_CASE("names are decoded, a directory has its index") {
  const Site site;
  CHECK(body(*site.ask("/")) == "<p>index");
  CHECK(field(*site.ask("/"), "Content-Type") == "text/html; charset=utf-8");
  CHECK(body(*site.ask("/docs/")) == "docs");
  CHECK(body(*site.ask("/a%20b.css")) == "x");
  CHECK(body(*site.ask("/empty.bin")).empty());
  CHECK(field(*site.ask("/empty.bin"), "Content-Length") == "0");
}

TEST_CASE("a directory without its slash is redirected, one without an index is not listed") {
  const Site site;
  const auto answer = site.ask("/docs");
  REQUIRE_FALSE(answer);
  CHECK(answer.error().status == 303);
  CHECK(answer.error().headers.find("Location") == "/docs/");
  CHECK(site.status("/plain") == 404);
  CHECK(site.status("/plain/") == 404);
}

TEST_CASE("nothing outside of the directory and nothing hidden is served") {
  const Site site;
  std::filesystem::create_symlink("../secret", site.path("link"));
  std::filesystem::create_symlink("..", site.path("up"));
  REQUIRE(::mkfifo(site.path("fifo").c_str(), 0600) == 0);
  for (const char* path : {"/../secret",
                           "/docs/../../secret",
                           "/%2e%2e/secret",
                           "/.%2e/secret",
                           "/..%2fsecret",
                           "/%2e%2e%2fsecret",
                           "/..%5csecret",
                           "/..\\secret",
                           "//secret",
                           "//../secret",
                           "/%2fetc/passwd",
                           "/digits.txt%00",
                           "/%00",
                           "/link",
                           "/up/secret",
                           "/fifo",
                           "/.htpasswd",
                           "/%2ehtpasswd",
                           "/.git/config",
                           "/digits.txt/",
                           "/none",
                           "/docs//index.html",
                           "/%zz"}) {
    INFO(path);
    const auto answer = site.ask(path);
    REQUIRE_FALSE(answer);
    CHECK(answer.error().status == 404);
    CHECK(answer.error().text == "there is no such file here");
    CHECK(answer.error().headers.empty());
  }
}

TEST_CASE("HEAD has the head of GET and no file; other methods are refused") {
  const Site site;
  const auto get = site.ask("/digits.txt");
  const auto head = site.ask("/digits.txt", {}, "HEAD");
  REQUIRE(head);
  CHECK(head->head == get->head);
  CHECK_FALSE(head->file);
  CHECK(head->length == 0);
  for (const char* method : {"POST", "PUT", "DELETE", "get", "OPTIONS"}) {
    const auto answer = site.ask("/digits.txt", {}, method);
    REQUIRE_FALSE(answer);
    CHECK(answer.error().status == 405);
    CHECK(answer.error().headers.find("Allow") == "GET, HEAD");
  }
}

TEST_CASE("who has the file is told so") {
  const Site site;
  const auto first = site.ask("/digits.txt");
  const auto etag = field(*first, "ETag");
  const auto date = field(*first, "Last-Modified");
  for (const wire::Headers& headers :
       {wire::Headers{{"If-None-Match", etag}}, wire::Headers{{"If-None-Match", "W/" + etag}},
        wire::Headers{{"If-None-Match", "\"x\", " + etag}}, wire::Headers{{"If-None-Match", "*"}},
        wire::Headers{{"If-Modified-Since", date}},
        wire::Headers{{"If-Modified-Since", "Thu, 31 Dec 2099 23:59:59 GMT"}},
        wire::Headers{{"If-None-Match", etag}, {"Range", "bytes=99-"}}}) {
    const auto answer = site.ask("/digits.txt", headers);
    REQUIRE(answer);
    CHECK(answer->status == 304);
    CHECK_FALSE(answer->file);
    CHECK(field(*answer, "ETag") == etag);
    CHECK(field(*answer, "Content-Length") == "-");
  }
  for (const wire::Headers& headers :
       {wire::Headers{{"If-None-Match", "\"x\""}},
        // the ETag decides where there is one
        wire::Headers{{"If-None-Match", "\"x\""}, {"If-Modified-Since", date}},
        wire::Headers{{"If-Modified-Since", "Thu, 01 Jan 1970 00:00:00 GMT"}},
        wire::Headers{{"If-Modified-Since", "yesterday"}}})
    CHECK(site.status("/digits.txt", headers) == 200);
}

TEST_CASE("the ETag changes with the file") {
  const Site site;
  const auto before = field(*site.ask("/digits.txt"), "ETag");
  site.directory().write("site/digits.txt", "0123456789x");
  CHECK(field(*site.ask("/digits.txt"), "ETag") != before);
  CHECK(site.status("/digits.txt", {{"If-None-Match", before}}) == 200);
}

TEST_CASE("a range is sent alone") {
  const Site site;
  const auto part = site.ask("/digits.txt", {{"Range", "bytes=2-4"}});
  REQUIRE(part);
  CHECK(part->status == 206);
  CHECK(part->head.starts_with("HTTP/1.1 206 Partial Content\r\n"));
  CHECK(body(*part) == "234");
  CHECK(field(*part, "Content-Length") == "3");
  CHECK(field(*part, "Content-Range") == "bytes 2-4/10");
  CHECK(body(*site.ask("/digits.txt", {{"Range", "bytes=7-"}})) == "789");
  CHECK(body(*site.ask("/digits.txt", {{"Range", "bytes=-2"}})) == "89");
}

TEST_CASE("a range that does not count is the whole file") {
  const Site site;
  CHECK(site.status("/digits.txt", {{"Range", "bytes=0-1,3-4"}}) == 200);
  CHECK(site.status("/digits.txt", {{"Range", "bytes=0-1"}}, "HEAD") == 200);
  CHECK(site.status("/digits.txt", {{"Range", "bytes=0-1"}, {"Range", "bytes=0-1"}}) == 200);
}

TEST_CASE("a range that cannot be is refused with the size") {
  const Site site;
  const auto answer = site.ask("/digits.txt", {{"Range", "bytes=10-"}});
  REQUIRE_FALSE(answer);
  CHECK(answer.error().status == 416);
  CHECK(answer.error().headers.find("Content-Range") == "bytes */10");
}

TEST_CASE("the rest of a file is sent only to who has its beginning") {
  const Site site;
  const auto first = site.ask("/digits.txt");
  const auto status = [&](std::string condition) {
    return site.status("/digits.txt", {{"Range", "bytes=5-"}, {"If-Range", std::move(condition)}});
  };
  CHECK(status(field(*first, "ETag")) == 206);
  CHECK(status(field(*first, "Last-Modified")) == 206);
  CHECK(status("W/" + field(*first, "ETag")) == 200);
  CHECK(status("\"other\"") == 200);
  CHECK(status("Thu, 01 Jan 1970 00:00:00 GMT") == 200);
}

TEST_CASE("more fields are added; those that frame the message stay ours") {
  const Site site;
  const wire::Headers extra{{"Set-Cookie", "a=b"},
                            {"cache-control", "max-age=60"},
                            {"Content-Length", "99"},
                            {"Transfer-Encoding", "chunked"}};
  const auto answer = site.ask("/digits.txt", {}, "GET", extra);
  REQUIRE(answer);
  CHECK(field(*answer, "Set-Cookie") == "a=b");
  CHECK(field(*answer, "Cache-Control") == "max-age=60");
  CHECK(field(*answer, "Content-Length") == "10");
  CHECK(field(*answer, "Transfer-Encoding") == "-");
  CHECK(field(*site.ask("/digits.txt", {{"If-None-Match", "*"}}, "GET", extra), "Set-Cookie") ==
        "a=b");
}

TEST_CASE("a directory that cannot be served ends the program at its start") {
  const Site site;
  for (const auto& path : {site.path("none"), site.path("digits.txt"), std::string{}}) {
    try {
      StaticFiles files(path);
      FAIL("opened " << path);
    } catch (const Failure& failure) {
      CHECK(failure.status == ExitStatus::local_io);
      CHECK_THAT(failure.what(), Contains("--static " + path));
    }
  }
}

TEST_CASE("the directory itself may be a link, and may be renamed") {
  const TemporaryDirectory directory;
  directory.write("real/file", "x");
  std::filesystem::create_symlink("real", directory.path("link"));
  const StaticFiles files(directory.path("link"));
  std::filesystem::rename(directory.path("real"), directory.path("moved"));
  wire::Request request;
  request.method = "GET";
  request.path = "/file";
  CHECK(files.answer(request));
}
