// The limit for a pipe to N clients: waits for N connections, then reads stdin in large blocks and
// sends each block to each of them, blocking. No framing, no queue. `raw_pipe N` prints its port.

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <vector>

int main(int argc, char** argv) {
  const int wanted = argc > 1 ? std::atoi(argv[1]) : 1;
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener, generic, size) != 0 || listen(listener, SOMAXCONN) != 0) return 1;
  getsockname(listener, generic, &size);
  std::printf("%d\n", ntohs(address.sin_port));
  std::fflush(stdout);

  fcntl(STDIN_FILENO, F_SETPIPE_SZ, 1024 * 1024);
  std::vector<int> clients;
  while (static_cast<int>(clients.size()) < wanted) {
    const int fd = accept(listener, nullptr, nullptr);
    if (fd < 0) return 1;
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    clients.push_back(fd);
  }
  std::vector<char> block(256 * 1024);
  for (;;) {
    const ssize_t got = read(STDIN_FILENO, block.data(), block.size());
    if (got <= 0) return got == 0 ? 0 : 1;
    for (const int fd : clients)
      for (ssize_t sent = 0; sent < got;) {
        const ssize_t part =
            send(fd, block.data() + sent, static_cast<std::size_t>(got - sent), MSG_NOSIGNAL);
        if (part <= 0) return 1;
        sent += part;
      }
  }
}
