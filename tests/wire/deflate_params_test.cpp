#include "wire/deflate_params.hpp"

#include "support/catch.hpp"

// The negotiation of RFC 7692 §5 and §7.1: what a server accepts of a list of offers, and what a
// client takes from a server.

namespace ws::wire {
namespace {

std::string answer_to(std::string_view offers) {
  const auto parsed = parse_extensions(offers);
  REQUIRE(parsed.has_value());
  const auto answer = accept_deflate(*parsed);
  return answer ? answer->text : "declined";
}

Result<DeflateParams> judged(std::string_view offer, std::string_view answer) {
  const auto offered = parse_extensions(offer);
  const auto answered = parse_extensions(answer);
  REQUIRE((offered.has_value() && answered.has_value()));
  return judge_deflate_answer(offered->front(), answered->front());
}

struct Offer {
  const char* offers;
  const char* answer;
};

TEST_CASE("a server answers the first offer that it can accept") {
  const Offer table[] = {
      {"permessage-deflate", "permessage-deflate; server_no_context_takeover"},
      {"permessage-deflate; client_max_window_bits",
       "permessage-deflate; server_no_context_takeover; client_max_window_bits=12"},
      {"permessage-deflate; client_max_window_bits=15",
       "permessage-deflate; server_no_context_takeover; client_max_window_bits=12"},
      {"permessage-deflate; client_max_window_bits=10",
       "permessage-deflate; server_no_context_takeover; client_max_window_bits=10"},
      {"permessage-deflate; client_max_window_bits=9",
       "permessage-deflate; server_no_context_takeover; client_max_window_bits=9"},
      {"permessage-deflate; server_max_window_bits=15",
       "permessage-deflate; server_no_context_takeover; server_max_window_bits=15"},
      {"permessage-deflate; server_max_window_bits=\"9\"",
       "permessage-deflate; server_no_context_takeover; server_max_window_bits=9"},
      {"permessage-deflate; server_no_context_takeover; client_no_context_takeover",
       "permessage-deflate; server_no_context_takeover; client_no_context_takeover"},
      {"permessage-deflate; client_max_window_bits; server_max_window_bits=11;"
       "client_no_context_takeover",
       "permessage-deflate; server_no_context_takeover; client_no_context_takeover; "
       "server_max_window_bits=11; client_max_window_bits=12"},
      {"x-webkit-deflate-frame, permessage-deflate",
       "permessage-deflate; server_no_context_takeover"},
      {"permessage-deflate; server_max_window_bits=8, permessage-deflate; server_max_window_bits=9",
       "permessage-deflate; server_no_context_takeover; server_max_window_bits=9"},
      {"permessage-deflate; unknown, permessage-deflate; client_no_context_takeover",
       "permessage-deflate; server_no_context_takeover; client_no_context_takeover"},
  };
  for (const auto& [offers, answer] : table) {
    CAPTURE(offers);
    CHECK(answer_to(offers) == answer);
  }
}

// CVE-2026-2229 (undici): window bits that zlib refuses ended the process.
TEST_CASE("an offer with a parameter that is unknown, doubled or ill-valued is declined") {
  const char* wrong[] = {
      "unknown",
      "unknown=1",
      "Server_no_context_takeover",
      "server_no_context_takeover=1",
      "server_no_context_takeover=true",
      "server_no_context_takeover; server_no_context_takeover",
      "client_no_context_takeover=0",
      "client_no_context_takeover; client_no_context_takeover",
      "server_max_window_bits",
      "server_max_window_bits=12; server_max_window_bits=12",
      "client_max_window_bits=12; client_max_window_bits=12",
      "client_max_window_bits; client_max_window_bits",
      "client_max_window_bits; client_max_window_bits=12",
      "client_max_window_bits=12; client_max_window_bits",
  };
  for (const std::string parameters : wrong) {
    CAPTURE(parameters);
    CHECK(answer_to("permessage-deflate; " + parameters) == "declined");
  }
  for (const char* side : {"server", "client"})
    for (const char* value : {"7", "8", "16", "08", "09", "012", "1", "0", "-9", "+9", "9.0", "0x9",
                              "15a", "100", "115", "4294967305"}) {
      CAPTURE(side, value);
      CHECK(answer_to(std::string{"permessage-deflate; "} + side + "_max_window_bits=" + value) ==
            "declined");
    }
  CHECK(answer_to("permessage-deflate2") == "declined");
  CHECK(answer_to("Permessage-Deflate") == "declined");
}

TEST_CASE("what was answered is what is used") {
  const auto answer = accept_deflate(
      *parse_extensions("permessage-deflate; server_max_window_bits=10; client_max_window_bits"));
  REQUIRE(answer.has_value());
  CHECK(answer->params.from_server == DeflateDirection{.window_bits = 10, .takeover = false});
  CHECK(answer->params.from_client == DeflateDirection{.window_bits = 12, .takeover = true});
  const auto free = accept_deflate(*parse_extensions("permessage-deflate"));
  REQUIRE(free.has_value());
  CHECK(free->params.from_client == DeflateDirection{.window_bits = 15, .takeover = true});
  for (const std::string offer :
       {"permessage-deflate; client_max_window_bits",
        "permessage-deflate; server_max_window_bits=9",
        "permessage-deflate; client_no_context_takeover; client_max_window_bits=11"}) {
    CAPTURE(offer);
    const auto given = accept_deflate(*parse_extensions(offer));
    REQUIRE(given.has_value());
    const auto taken = judged(offer, given->text);
    REQUIRE(taken.has_value());
    CHECK(*taken == given->params);
  }
}

TEST_CASE("a client takes every answer that RFC 7692 allows") {
  const std::string offer = deflate_offer();
  CHECK(offer == "permessage-deflate; client_max_window_bits");
  CHECK(*judged(offer, "permessage-deflate") == DeflateParams{});
  for (int bits = 8; bits <= 15; ++bits) {
    const auto params =
        judged(offer, "permessage-deflate; server_max_window_bits=" + std::to_string(bits) +
                          "; client_max_window_bits=" + std::to_string(23 - bits));
    REQUIRE(params.has_value());
    CHECK(params->from_server == DeflateDirection{.window_bits = bits});
    CHECK(params->from_client == DeflateDirection{.window_bits = 23 - bits});
  }
  const auto alone =
      judged(offer, "permessage-deflate; client_no_context_takeover; server_no_context_takeover");
  REQUIRE(alone.has_value());
  CHECK_FALSE(alone->from_server.takeover);
  CHECK_FALSE(alone->from_client.takeover);
  const auto hinted = judged("permessage-deflate; client_max_window_bits=11", "permessage-deflate");
  REQUIRE(hinted.has_value());
  CHECK(hinted->from_client.window_bits == 11);
}

TEST_CASE("a client fails on an answer with anything that it may not hold (§7.1)") {
  const std::string offer = deflate_offer();
  for (const std::string parameters :
       {"unknown", "client_max_window_bits", "client_max_window_bits=16",
        "client_max_window_bits=010", "server_max_window_bits", "server_max_window_bits=7",
        "server_no_context_takeover=1", "client_no_context_takeover=1",
        "server_no_context_takeover; server_no_context_takeover",
        "server_max_window_bits=10; server_max_window_bits=10",
        "client_max_window_bits=10; client_max_window_bits=10"}) {
    CAPTURE(parameters);
    CHECK_FALSE(judged(offer, "permessage-deflate; " + parameters).has_value());
  }
  const auto refused = [](std::string_view asked, std::string_view answered) {
    const auto result = judged(asked, answered);
    return result ? "" : result.error();
  };
  CHECK(refused("permessage-deflate", "permessage-deflate; client_max_window_bits=10") ==
        "the answer to permessage-deflate has a wrong client_max_window_bits");
  CHECK(refused("permessage-deflate; server_no_context_takeover", "permessage-deflate") ==
        "the answer to permessage-deflate has a wrong server_no_context_takeover");
  CHECK(refused("permessage-deflate; server_max_window_bits=10", "permessage-deflate") ==
        "the answer to permessage-deflate has a wrong server_max_window_bits");
  CHECK(refused("permessage-deflate; server_max_window_bits=10",
                "permessage-deflate; server_max_window_bits=11") ==
        "the answer to permessage-deflate has a wrong server_max_window_bits");
  CHECK(refused("permessage-deflate; client_max_window_bits=10",
                "permessage-deflate; client_max_window_bits=11") ==
        "the answer to permessage-deflate has a wrong client_max_window_bits");
  CHECK(refused(offer, "permessage-deflate; nonsense=1") ==
        "the answer to permessage-deflate has a wrong parameter \"nonsense\"");
}

}  // namespace
}  // namespace ws::wire
