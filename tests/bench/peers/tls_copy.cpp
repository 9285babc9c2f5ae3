// The least that OpenSSL needs to carry a stream: one end copies stdin into a TLS connection, the
// other copies it to stdout. What the cost of `connect -b --chunk wss://…` and `serve --chunk` is
// compared with.
//
//     bench_tls_copy receive PORT CERT KEY > out &     bench_tls_copy send PORT < in

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <vector>

namespace {

constexpr std::size_t buffer_bytes = 64 * 1024;

[[noreturn]] void fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

sockaddr_in loopback(const char* port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(port)));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int new_socket() {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  if (fd < 0) fail("socket");
  return fd;
}

int connect_to(const char* port) {
  const sockaddr_in address = loopback(port);
  const int fd = new_socket();
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    fail("connect");
  return fd;
}

int accept_on(const char* port) {
  const sockaddr_in address = loopback(port);
  const int listener = new_socket();
  const int on = 1;
  ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener, 1) != 0)
    fail("listen");
  return ::accept(listener, nullptr, nullptr);
}

struct Free {
  void operator()(SSL* tls) const { SSL_free(tls); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using Context = std::unique_ptr<SSL_CTX, Free>;
using Connection = std::unique_ptr<SSL, Free>;

void write_all(const char* bytes, std::size_t size) {
  while (size > 0) {
    const ssize_t count = ::write(STDOUT_FILENO, bytes, size);
    if (count < 0) fail("write");
    bytes += count;
    size -= static_cast<std::size_t>(count);
  }
}

void send_input(SSL* tls, std::vector<char>& buffer) {
  if (SSL_connect(tls) != 1) fail("SSL_connect");
  for (ssize_t count = 0; (count = ::read(STDIN_FILENO, buffer.data(), buffer.size())) > 0;)
    if (SSL_write(tls, buffer.data(), static_cast<int>(count)) != count) fail("SSL_write");
  // An unread session ticket would make the kernel reset the connection, and lose the end of it.
  SSL_shutdown(tls);
  while (SSL_read(tls, buffer.data(), static_cast<int>(buffer.size())) > 0) {
  }
}

void receive_output(SSL* tls, std::vector<char>& buffer) {
  if (SSL_accept(tls) != 1) fail("SSL_accept");
  std::fprintf(stderr, "%s\n", SSL_get_cipher(tls));
  for (int count = 0; (count = SSL_read(tls, buffer.data(), static_cast<int>(buffer.size()))) > 0;)
    write_all(buffer.data(), static_cast<std::size_t>(count));
  SSL_shutdown(tls);
}

}  // namespace

int main(int argc, char** argv) {
  const bool sends = argc == 3 && std::string_view(argv[1]) == "send";
  const bool receives = argc == 5 && std::string_view(argv[1]) == "receive";
  if (!sends && !receives) {
    std::fputs("usage: tls_copy send PORT | tls_copy receive PORT CERT KEY\n", stderr);
    return 2;
  }
  const Context context(SSL_CTX_new(sends ? TLS_client_method() : TLS_server_method()));
  if (receives && (SSL_CTX_use_certificate_chain_file(context.get(), argv[3]) != 1 ||
                   SSL_CTX_use_PrivateKey_file(context.get(), argv[4], SSL_FILETYPE_PEM) != 1))
    fail("certificate");
  const Connection tls(SSL_new(context.get()));
  SSL_set_fd(tls.get(), sends ? connect_to(argv[2]) : accept_on(argv[2]));
  std::vector<char> buffer(buffer_bytes);
  sends ? send_input(tls.get(), buffer) : receive_output(tls.get(), buffer);
}
