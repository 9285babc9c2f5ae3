#include "net/descriptor_limit.hpp"

#include <algorithm>
#include <optional>

namespace ws::net {
namespace {

constexpr rlim_t reserved_descriptors = 64;
constexpr rlim_t most_clients = 1'000'000;  ///< where there is no limit at all

std::optional<rlimit> limit_before;

}  // namespace

void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit_before) return;
  limit_before = limit;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

std::size_t default_max_clients() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur <= reserved_descriptors) return 1;
  const rlim_t left = limit.rlim_cur - reserved_descriptors;
  return static_cast<std::size_t>(std::min(left, most_clients));
}

ChildDescriptorLimit::ChildDescriptorLimit() {
  ::getrlimit(RLIMIT_NOFILE, &ours_);
  if (limit_before) ::setrlimit(RLIMIT_NOFILE, &*limit_before);
}

ChildDescriptorLimit::~ChildDescriptorLimit() {
  if (limit_before) ::setrlimit(RLIMIT_NOFILE, &ours_);
}

}  // namespace ws::net
