#pragma once

// Opens a regular file below a directory, one name at a time and through no symbolic link, so that
// nothing outside can be reached, however the tree changes meanwhile. Never blocks: a FIFO or a
// device is not opened.

#include <string>
#include <vector>

#include "base/result.hpp"
#include "net/descriptor.hpp"

namespace ws::app {

enum class OpenError {
  absent,     ///< there is none, or what there is is a link, a FIFO, a device, a socket
  directory,  ///< it is a directory
  forbidden,  ///< we may not read it
  exhausted,  ///< no descriptor or no memory left
  broken,     ///< the disk failed
};

/// `names` must hold no empty one, no "." or ".." and no slash; none at all is the directory
/// itself.
Result<net::Descriptor, OpenError> open_beneath(int directory,
                                                const std::vector<std::string>& names);

}  // namespace ws::app
