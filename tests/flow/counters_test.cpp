#include "flow/counters.hpp"

#include "support/catch.hpp"

using ws::flow::Counters;
using ws::flow::to_json;
using namespace std::chrono_literals;

TEST_CASE("counters are one JSON object in one line") {
  const Counters counters{.clients = 1,
                          .messages_in = 2,
                          .messages_out = 3,
                          .bytes_in = 4,
                          .bytes_out = 18446744073709551615u,
                          .drops = 6,
                          .skipped = 7,
                          .largest_queue = 8};
  CHECK(to_json(counters, 61'042'999us) ==
        R"({"clients":1,"messages_in":2,"messages_out":3,"bytes_in":4,)"
        R"("bytes_out":18446744073709551615,"drops":6,"skipped":7,"largest_queue":8,)"
        R"("seconds":61.042})");
}

TEST_CASE("seconds keep their zeros") {
  CHECK(to_json({}, 0ns).find(R"("seconds":0.000})") != std::string::npos);
  CHECK(to_json({}, 5ms).find(R"("seconds":0.005})") != std::string::npos);
}
