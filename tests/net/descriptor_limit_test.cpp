#include "net/descriptor_limit.hpp"

#include "net/net_support.hpp"
#include "support/catch.hpp"

using namespace ws::net;
using namespace ws::net::test;

namespace {

rlim_t soft_limit() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

void set_limits(rlim_t soft, rlim_t hard) {
  const rlimit limit{.rlim_cur = soft, .rlim_max = hard};
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

TEST_CASE("the descriptor limit is raised, and children get the old one", "[descriptor_limit]") {
  CHECK(in_child([] {
          set_limits(256, 512);
          raise_descriptor_limit();
          if (soft_limit() != 512) return 1;
          if (default_max_clients() != 512 - 64) return 2;
          {
            const ChildDescriptorLimit children;
            if (soft_limit() != 256) return 3;
          }
          raise_descriptor_limit();
          const ChildDescriptorLimit children;
          return soft_limit() == 256 ? 0 : 4;
        }) == 0);
}

TEST_CASE("a limit that was not raised is the children's too", "[descriptor_limit]") {
  CHECK(in_child([] {
          set_limits(100, 100);
          const ChildDescriptorLimit children;
          return soft_limit() == 100 && default_max_clients() == 36 ? 0 : 1;
        }) == 0);
}

TEST_CASE("a tiny limit still admits one client", "[descriptor_limit]") {
  CHECK(in_child([] {
          set_limits(40, 40);
          return default_max_clients() == 1 ? 0 : 1;
        }) == 0);
}
