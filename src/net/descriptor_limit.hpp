#pragma once

// The process's limit of open descriptors (RLIMIT_NOFILE): ours is raised as far as we may,
// children get the old one.

#include <sys/resource.h>

#include <cstddef>

namespace ws::net {

/// Raises the soft limit to the hard one; once, at start. Nothing happens where that is refused.
void raise_descriptor_limit();

/// As many clients as the limit in force leaves descriptors for, less 64 for ourselves; at least 1.
std::size_t default_max_clients();

/// While one of these lives, the limit from before `raise_descriptor_limit` is in force: around the
/// spawn of a child. Set up posix_spawn's file actions before, they check their numbers against it.
/// Open descriptors stay open.
class ChildDescriptorLimit {
 public:
  ChildDescriptorLimit();
  ~ChildDescriptorLimit();
  ChildDescriptorLimit(const ChildDescriptorLimit&) = delete;
  ChildDescriptorLimit& operator=(const ChildDescriptorLimit&) = delete;

 private:
  rlimit ours_{};
};

}  // namespace ws::net
