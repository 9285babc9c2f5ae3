#pragma once

// Blocks that a publisher fills: one that nobody holds any more is taken again, because fresh
// memory is dearer than what is put into it, the kernel having to clear it. Keeps a few, none of
// them huge.

#include <memory>
#include <vector>

#include "wire/shared_frame.hpp"

namespace ws::app {

class BlockPool {
 public:
  /// An empty block.
  std::shared_ptr<wire::Frames> take() {
    for (auto& block : blocks_) {
      if (block.use_count() > 1) continue;
      if (block->bytes.capacity() > most_bytes) block = std::make_shared<wire::Frames>();
      block->clear();
      return block;
    }
    auto block = std::make_shared<wire::Frames>();
    if (blocks_.size() < most_blocks) blocks_.push_back(block);
    return block;
  }

 private:
  /// Together about what the default --backlog holds.
  static constexpr std::size_t most_blocks = 8;
  static constexpr std::size_t most_bytes = 1024 * 1024;

  std::vector<std::shared_ptr<wire::Frames>> blocks_;
};

}  // namespace ws::app
