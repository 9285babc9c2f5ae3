#include "wire/close.hpp"

#include "wire/utf8.hpp"

namespace ws::wire {

bool may_be_sent(CloseCode code) {
  if (code >= 3000 && code <= 4999) return true;
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014);
}

std::optional<CloseStatus> decode_close(ByteView payload, CloseCode& answer) {
  if (payload.empty()) return CloseStatus{};
  answer = close_code::protocol_error;
  if (payload.size() < sizeof(CloseCode)) return std::nullopt;
  const auto code = load_big_endian<CloseCode>(payload);
  if (!may_be_sent(code)) return std::nullopt;
  const ByteView reason = payload.subspan(sizeof code);
  if (!is_utf8(reason)) {
    answer = close_code::invalid_payload;
    return std::nullopt;
  }
  return CloseStatus{code, std::string{as_text(reason)}};
}

Bytes encode_close(const CloseStatus& status) {
  if (status.code == close_code::no_status) return {};
  ByteView reason = as_bytes(status.reason);
  if (reason.size() > max_close_reason) {
    reason = reason.first(max_close_reason);
    reason = reason.first(whole_characters(reason));
  }
  Bytes payload(sizeof status.code);
  store_big_endian(std::span{payload}, status.code);
  append(payload, reason);
  return payload;
}

}  // namespace ws::wire
