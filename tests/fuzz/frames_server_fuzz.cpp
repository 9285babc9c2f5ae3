// What a client may send to a server.

#include "fuzz/frames_property.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return ws::fuzz::run(ws::wire::Role::server, data, size);
}
