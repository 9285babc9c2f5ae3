#include "app/resume.hpp"

#include "support/catch.hpp"

namespace ws::app {
namespace {

wire::Request request(std::string query, wire::Headers headers = {}) {
  wire::Request made;
  made.query = std::move(query);
  made.headers = std::move(headers);
  return made;
}

TEST_CASE("a resume point is the epoch and a number") {
  CHECK(parse_resume_point("5f0c:42") == ResumePoint{"5f0c", 42});
  CHECK(parse_resume_point("5f0c:0") == ResumePoint{"5f0c", 0});
  CHECK(parse_resume_point("a:b:7") == ResumePoint{"a:b", 7});
  CHECK(parse_resume_point("e:18446744073709551615")->last == 18446744073709551615u);
}

TEST_CASE("what is no resume point is none at all") {
  for (const char* text :
       {"", ":", ":5", "5f0c", "5f0c:", "5f0c:x", "5f0c:-1", "5f0c:+1", "5f0c: 1", "5f0c:1 ",
        "5f0c:1.5", "5f0c:0x1", "e:18446744073709551616"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_resume_point(text));
  }
}

TEST_CASE("it stands in the query, wherever and however it is spelled there") {
  CHECK(resume_point_of(request("since=e:1")) == ResumePoint{"e", 1});
  CHECK(resume_point_of(request("a=b&since=e%3A1&c")) == ResumePoint{"e", 1});
  CHECK(resume_point_of(request("since=e:1&since=e:2")) == ResumePoint{"e", 1});
  for (const char* query : {"", "since", "since=", "nosince=e:1", "since=e%3", "x&&", "sinc=e:1"}) {
    CAPTURE(query);
    CHECK_FALSE(resume_point_of(request(query)));
  }
}

TEST_CASE("an EventSource names it in Last-Event-ID; the query comes first") {
  CHECK(resume_point_of(request("", {{"last-event-id", "e:3"}})) == ResumePoint{"e", 3});
  CHECK(resume_point_of(request("since=e:1", {{"Last-Event-ID", "e:3"}})) == ResumePoint{"e", 1});
  CHECK_FALSE(resume_point_of(request("", {{"Last-Event-ID", "hello"}})));
}

}  // namespace
}  // namespace ws::app
