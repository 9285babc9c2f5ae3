#include "frames.hpp"

namespace load {
namespace {

void append_header(std::string& to, bool text, unsigned mask_bit, std::size_t size) {
  to.push_back(text ? '\x81' : '\x82');
  const int length_bytes = size < 126 ? 0 : size <= 0xFFFF ? 2 : 8;
  const auto form = length_bytes == 0 ? size : length_bytes == 2 ? 126 : 127;
  to.push_back(static_cast<char>(mask_bit | form));
  for (int i = length_bytes - 1; i >= 0; --i) to.push_back(static_cast<char>(size >> (8 * i)));
}

}  // namespace

std::string payload(const std::string& kind, std::size_t size) {
  const std::string line = "2024-05-01T12:00:00Z INFO worker-3 request served in 12 ms; ";
  const std::string words =
      "Grüße aus Köln, привет мир, 你好世界, γειά σου, こんにちは 🙂 "
      "ok; ";
  std::string result;
  const std::string& piece = kind == "mixed" ? words : line;
  while (result.size() + piece.size() <= size) result += piece;
  while (result.size() < size) result.push_back('.');
  if (kind == "binary")
    for (std::size_t i = 0; i < size; ++i) result[i] = static_cast<char>(i * 131 + 7);
  return result;
}

std::string client_frame(bool text, const std::string& payload) {
  const char key[4] = {'\x37', '\xfa', '\x21', '\x3d'};
  std::string frame;
  append_header(frame, text, 0x80, payload.size());
  frame.append(key, sizeof key);
  for (std::size_t i = 0; i < payload.size(); ++i)
    frame.push_back(static_cast<char>(payload[i] ^ key[i % 4]));
  return frame;
}

std::string server_frame(bool text, const std::string& payload) {
  std::string frame;
  append_header(frame, text, 0, payload.size());
  return frame + payload;
}

std::string upgrade_request(int port) {
  return "GET / HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port) +
         "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
}

bool is_accepted(std::string_view head) {
  return head.starts_with("HTTP/1.1 101 ") && head.ends_with("\r\n\r\n") &&
         head.find("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") != head.npos;
}

}  // namespace load
