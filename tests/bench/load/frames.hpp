#pragma once

// What a client sends and what must come back, as bytes: the opening handshake and whole frames.

#include <string>
#include <string_view>

namespace load {

/// `kind`: binary, ascii or mixed (several scripts); exactly `size` bytes.
std::string payload(const std::string& kind, std::size_t size);
/// As a client sends it, masked.
std::string client_frame(bool text, const std::string& payload);
/// As a server sends it.
std::string server_frame(bool text, const std::string& payload);

std::string upgrade_request(int port);
/// Is `head` the whole answer that accepts it?
bool is_accepted(std::string_view head);

}  // namespace load
