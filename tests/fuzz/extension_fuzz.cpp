// Sec-WebSocket-Extensions: what was read, written out again plainly, reads the same.

#include "base/failure.hpp"
#include "wire/extension.hpp"
#include "wire/headers.hpp"

using namespace ws;
using namespace ws::wire;

namespace {

std::string written(const std::vector<Extension>& extensions) {
  std::string text;
  for (const auto& extension : extensions) {
    text += (text.empty() ? "" : ", ") + extension.name;
    for (const auto& param : extension.params)
      text += "; " + param.name + (param.value ? "=" + *param.value : "");
  }
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const auto extensions = parse_extensions(text);
  if (!extensions) {
    ENSURE(!extensions.error().empty());
    return 0;
  }
  ENSURE(!extensions->empty());
  const std::string plain = written(*extensions);
  ENSURE(is_field_value(plain));
  const auto again = parse_extensions(plain);
  ENSURE(again && *again == *extensions);
  return 0;
}
