#include "base/log.hpp"

#include "base/text.hpp"

namespace ws {

void Log::emit(LogLevel level, std::string_view line) const {
  sink_(level, escaped(line));
}

}  // namespace ws
