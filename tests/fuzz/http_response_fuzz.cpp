// A server's answer, as a head and as the end of a client's handshake. First byte: size of the
// pieces; rest: the stream.

#include "fuzz/head_property.hpp"
#include "wire/handshake.hpp"

using namespace ws;
using namespace ws::wire;

namespace {

/// Key of 16 zero bytes, so that a corpus can hold the right accept key.
HandshakeOffer offer() {
  HandshakeOffer offer;
  offer.host = "a";
  offer.subprotocols = {"chat"};
  offer.extensions = "permessage-deflate";
  return offer;
}

void check_handshake(ByteView bytes, std::size_t step) {
  ClientHandshake whole{offer()};
  ClientHandshake cut{offer()};
  const auto result = whole.feed(bytes);
  const auto cut_result = fuzz::feed_in_steps(cut, bytes, step);
  ENSURE(result.state == cut_result.state && result.consumed == cut_result.consumed);
  ENSURE(whole.error().text == cut.error().text);
  if (result.state != ParseState::done) return;
  ENSURE(whole.response().status == 101);
  ENSURE(whole.answer().subprotocol.empty() || whole.answer().subprotocol == "chat");
  if (const auto& deflate = whole.answer().deflate)
    ENSURE(deflate->from_server.window_bits >= 8 && deflate->from_server.window_bits <= 15);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  fuzz::check_any_split<ResponseParser>(
      data, size, [](ParseState state, ResponseParser& whole, ResponseParser& cut) {
        if (state != ParseState::done) return;
        ENSURE(whole.response().headers == cut.response().headers);
        ENSURE(whole.response().status >= 100 && whole.response().status <= 999);
        for (const auto& header : whole.response().headers)
          ENSURE(is_token(header.name) && is_field_value(header.value));
      });
  check_handshake(std::as_bytes(std::span{data + 1, size - 1}), std::size_t{data[0] % 32u} + 1);
  return 0;
}
