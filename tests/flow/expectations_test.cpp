#include "flow/expectations.hpp"

#include "support/catch.hpp"

using namespace ws::flow;
using Verdict = Expectations::Verdict;

TEST_CASE("without any, nothing is ever decided") {
  Expectations none({});
  CHECK(none.take("x") == Verdict::undecided);
  CHECK_FALSE(none.decides());
  CHECK(none.complete());
  CHECK(none.missing().empty());
}

TEST_CASE("-n: met with the last one") {
  Expectations two({.count = 2});
  CHECK(two.decides());
  CHECK(two.take("a") == Verdict::undecided);
  CHECK_FALSE(two.complete());
  CHECK_FALSE(two.has_unmatched());
  CHECK(two.missing() == "only 1 of 2 messages came");
  CHECK(two.take("b") == Verdict::met);
  CHECK(two.complete());
  CHECK(two.take("c") == Verdict::met);
}

TEST_CASE("--expect: met once each has been found in some message") {
  Expectations both({.expect = {"b+", "^a"}});
  CHECK(both.has_unmatched());
  CHECK(both.take("xbbx") == Verdict::undecided);
  CHECK(both.missing() == "--expect '^a' matched no message");
  CHECK(both.take("xa") == Verdict::undecided);
  CHECK(both.take("ax") == Verdict::met);
  CHECK_FALSE(both.has_unmatched());

  Expectations at_once({.expect = {"a", "b"}});
  CHECK(at_once.take("ab") == Verdict::met);
}

TEST_CASE("--expect with -n: whichever is first; unmatched at N is failed") {
  Expectations early({.count = 3, .expect = {"a"}});
  CHECK(early.take("a") == Verdict::met);
  Expectations late({.count = 2, .expect = {"a"}});
  CHECK(late.take("b") == Verdict::undecided);
  CHECK(late.take("b") == Verdict::failed);
  CHECK_FALSE(late.complete());
  CHECK(late.missing() == "--expect 'a' matched no message");
  Expectations last({.count = 2, .expect = {"a"}});
  CHECK(last.take("b") == Verdict::undecided);
  CHECK(last.take("a") == Verdict::met);
}

TEST_CASE("--reject is looked at first and decides nothing as long as it does not match") {
  Expectations both({.expect = {"a"}, .reject = {"bad", "worse"}});
  CHECK(both.take("fine") == Verdict::undecided);
  CHECK(both.take("a worse one") == Verdict::failed);
  CHECK(both.missing() == "--reject 'worse' matched message 2");
  CHECK_FALSE(both.complete());

  Expectations only({.reject = {"bad"}});
  CHECK_FALSE(only.decides());
  CHECK(only.take("good") == Verdict::undecided);
  CHECK(only.complete());
  CHECK(only.take("bad") == Verdict::failed);

  Expectations at_n({.count = 1, .reject = {"bad"}});
  CHECK(at_n.take("bad") == Verdict::failed);
}

TEST_CASE("any bytes are searched, NUL and newline included") {
  Expectations found({.expect = {"b$"}});
  CHECK(found.take(std::string_view("a\0\n\xff"
                                    "b",
                                    5)) == Verdict::met);
  Expectations lines({.expect = {"(?m)^b$"}});
  CHECK(lines.take("a\nb\nc") == Verdict::met);
}

TEST_CASE("a message that would take a backtracking engine for ever is searched in linear time") {
  Expectations hard({.expect = {"(a*)*b"}});
  CHECK(hard.take(std::string(200'000, 'a')) == Verdict::undecided);
}

TEST_CASE("a pattern that is not well made says why") {
  CHECK_FALSE(pattern_error("a(b|c)*"));
  CHECK(pattern_error("a(b").value_or("").find("missing") != std::string::npos);
  CHECK(pattern_error("(?<=a)b"));
  CHECK(pattern_error("(a)\\1"));
}
