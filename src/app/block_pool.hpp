#pragma once

// Blocks that a publisher fills: one that nobody holds any more is taken again, because fresh
// memory is dearer than what is put into it, the kernel having to clear it. Keeps a few, none of
// them huge.

#include <algorithm>
#include <memory>
#include <vector>

#include "wire/shared_frame.hpp"

namespace ws::app {

class BlockPool {
 public:
  /// An empty block.
  std::shared_ptr<wire::Frames> take() {
    std::erase_if(blocks_, [](const auto& block) {
      return is_free(block) && block->bytes.capacity() > most_bytes;
    });
    const auto free = std::find_if(blocks_.begin(), blocks_.end(), is_free);
    if (free != blocks_.end()) {
      (*free)->clear();
      return *free;
    }
    auto block = std::make_shared<wire::Frames>();
    if (blocks_.size() < most_blocks) blocks_.push_back(block);
    return block;
  }

 private:
  static bool is_free(const std::shared_ptr<wire::Frames>& block) { return block.use_count() == 1; }

  /// Together about what the default --backlog holds.
  static constexpr std::size_t most_blocks = 8;
  static constexpr std::size_t most_bytes = 1024 * 1024;

  std::vector<std::shared_ptr<wire::Frames>> blocks_;
};

}  // namespace ws::app
