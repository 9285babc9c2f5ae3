// A request's head and the judgement of the upgrade in it. First byte: size of the pieces; rest:
// the stream.

#include "fuzz/head_property.hpp"
#include "wire/handshake.hpp"

using namespace ws;
using namespace ws::wire;

namespace {

void check_request(const Request& request) {
  ENSURE(is_token(request.method));
  ENSURE(request.path.starts_with('/'));
  ENSURE(request.minor_version == 0 || !request.host.empty());
  for (const auto& header : request.headers)
    ENSURE(is_token(header.name) && is_field_value(header.value));
}

void check_upgrade(const Request& request) {
  const auto judged = judge_upgrade(request);
  const auto answer =
      judged ? upgrade_response({.key = judged->key}) : error_response(judged.error());
  ResponseParser parser;
  ENSURE(parser.feed(as_bytes(answer)).state == ParseState::done);
  ENSURE((parser.response().status == 101) == judged.has_value());
  ENSURE(!judged || wants_upgrade(request));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::check_any_split<RequestParser>(
      data, size, [](ParseState state, RequestParser& whole, RequestParser& cut) {
        ENSURE(whole.error().status == cut.error().status);
        if (state != ParseState::done) return;
        ENSURE(whole.request().headers == cut.request().headers);
        ENSURE(whole.request().target == cut.request().target);
        check_request(whole.request());
        check_upgrade(whole.request());
      });
  return 0;
}
