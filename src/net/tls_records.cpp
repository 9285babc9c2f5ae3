#include "net/tls_records.hpp"

#include <algorithm>
#include <utility>

namespace ws::net {

ByteView TlsRecords::front() {
  const ByteView first = views_.front().subspan(used_);
  if (first.size() >= max_bytes || views_.size() == 1)
    return first.first(std::min(first.size(), max_bytes));
  std::size_t size = 0;
  std::size_t from = used_;
  for (std::size_t i = 0; i < views_.size() && size < max_bytes; ++i) {
    const ByteView view = views_[i].subspan(std::exchange(from, 0));
    const std::size_t count = std::min(view.size(), max_bytes - size);
    if (count > 0) std::memcpy(gathered_.data() + size, view.data(), count);
    size += count;
  }
  return {gathered_.data(), size};
}

void TlsRecords::consume(std::size_t count) {
  used_ += count;
  skip_empty();
}

void TlsRecords::skip_empty() {
  while (!views_.empty() && used_ >= views_.front().size()) {
    used_ -= views_.front().size();
    views_ = views_.subspan(1);
  }
}

}  // namespace ws::net
