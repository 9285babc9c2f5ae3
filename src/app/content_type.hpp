#pragma once

// The media type of a file by the end of its name, for a browser that is told not to guess.

#include <string>
#include <string_view>

namespace ws::app {

/// Text with "; charset=utf-8"; what is not known is application/octet-stream.
std::string content_type(std::string_view file_name);

}  // namespace ws::app
