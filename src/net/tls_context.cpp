#include "net/tls_context.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <new>

#include "base/failure.hpp"
#include "base/text.hpp"
#include "net/descriptor.hpp"
#include "net/error_text.hpp"
#include "net/tls_text.hpp"

namespace ws::net {
namespace {

/// ALPN's form of a list (RFC 7301): length and name of each.
constexpr unsigned char spoken[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

[[noreturn]] void refuse(const char* what, const std::string& path, const std::string& why) {
  throw Failure(ExitStatus::tls, fmt::format("{} '{}': {}", what, printable(path), why));
}

void check_readable(const char* what, const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file) refuse(what, path, error_text(errno));
  struct stat status {};
  if (::fstat(file.get(), &status) == 0 && S_ISDIR(status.st_mode))
    refuse(what, path, error_text(EISDIR));
}

/// Instead of asking for it on the terminal.
int no_password(char*, int, int, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

void load_certificate(SSL_CTX* context, const std::string& path) {
  check_readable("certificate file", path);
  if (SSL_CTX_use_certificate_chain_file(context, path.c_str()) != 1)
    refuse("certificate file", path, pem_error_text("certificate"));
}

void load_key(SSL_CTX* context, const std::string& path, const std::string& cert) {
  check_readable("key file", path);
  bool asked = false;
  SSL_CTX_set_default_passwd_cb(context, no_password);
  SSL_CTX_set_default_passwd_cb_userdata(context, &asked);
  const bool loaded = SSL_CTX_use_PrivateKey_file(context, path.c_str(), SSL_FILETYPE_PEM) == 1;
  SSL_CTX_set_default_passwd_cb_userdata(context, nullptr);
  if (asked) refuse("key file", path, "it is encrypted; decrypt it first (openssl pkey)");
  if ((!loaded && is_key_mismatch()) || (loaded && SSL_CTX_check_private_key(context) != 1))
    refuse("key file", path,
           fmt::format("the key does not belong to the certificate in '{}'", printable(cert)));
  if (!loaded) refuse("key file", path, pem_error_text("private key"));
}

void load_identity(SSL_CTX* context, const TlsFiles& files) {
  if (!files.cert) return;
  load_certificate(context, *files.cert);
  load_key(context, files.key.value_or(*files.cert), *files.cert);
}

void load_trusted(SSL_CTX* context, const std::string& path) {
  check_readable("CA file", path);
  if (SSL_CTX_load_verify_file(context, path.c_str()) != 1)
    refuse("CA file", path, pem_error_text("certificate"));
}

/// Names them to clients, so that they know which certificate to show.
void demand_client_certificate(SSL_CTX* context, const std::string& path) {
  load_trusted(context, path);
  STACK_OF(X509_NAME)* names = SSL_load_client_CA_file(path.c_str());
  if (names == nullptr) refuse("CA file", path, pem_error_text("certificate"));
  SSL_CTX_set_client_CA_list(context, names);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, note_verify_error);
}

/// A client that can talk HTTP/2 only would not understand us.
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* chosen_size,
                    const unsigned char* offered, unsigned offered_size, void*) {
  const int found = SSL_select_next_proto(const_cast<unsigned char**>(chosen), chosen_size, spoken,
                                          sizeof spoken, offered, offered_size);
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

// Sessions are long, so a second one is not resumed from the first: no tickets, no cache, nothing
// kept for a client that has gone. Renegotiation lets a client make a server work for nothing.
SSL_CTX* new_context(const SSL_METHOD* method) {
  ERR_clear_error();
  SSL_CTX* context = SSL_CTX_new(method);
  if (context == nullptr) throw std::bad_alloc();
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context, 0);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                SSL_MODE_RELEASE_BUFFERS);
  return context;
}

bool is_address(const std::string& host) {
  std::array<unsigned char, 16> ignored;
  return ::inet_pton(AF_INET, host.c_str(), ignored.data()) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), ignored.data()) == 1;
}

/// Without the dot of a fully qualified name and without the zone of an address: certificates know
/// neither.
std::string certified_name(const std::string& host) {
  std::string name = host.substr(0, host.find('%'));
  if (name.ends_with('.')) name.pop_back();
  return name;
}

void expect_name(SSL* tls, const std::string& name) {
  X509_VERIFY_PARAM* rules = SSL_get0_param(tls);
  X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  const int set = is_address(name) ? X509_VERIFY_PARAM_set1_ip_asc(rules, name.c_str())
                                   : X509_VERIFY_PARAM_set1_host(rules, name.data(), name.size());
  ENSURE(set == 1);
}

/// SNI (RFC 6066 §3); without the cast that OpenSSL's macro has.
void ask_for_name(SSL* tls, std::string name) {
  if (!is_address(name))
    SSL_ctrl(tls, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data());
}

}  // namespace

void FreeTls::operator()(ssl_st* tls) const {
  SSL_free(tls);
}

TlsContext::TlsContext(ssl_ctx_st* context, Verify verify)
    : context_(context, SSL_CTX_free), verify_(verify) {}

TlsContext TlsContext::server(const TlsFiles& files) {
  TlsContext made(new_context(TLS_server_method()), files.cacert ? Verify::peer : Verify::nobody);
  load_identity(made.context_.get(), files);
  if (files.cacert) demand_client_certificate(made.context_.get(), *files.cacert);
  SSL_CTX_set_alpn_select_cb(made.context_.get(), choose_protocol, nullptr);
  return made;
}

TlsContext TlsContext::client(const TlsFiles& files, Verify verify) {
  TlsContext made(new_context(TLS_client_method()), verify);
  load_identity(made.context_.get(), files);
  if (files.cacert)
    load_trusted(made.context_.get(), *files.cacert);
  else
    SSL_CTX_set_default_verify_paths(made.context_.get());
  if (verify == Verify::peer)
    SSL_CTX_set_verify(made.context_.get(), SSL_VERIFY_PEER, note_verify_error);
  SSL_CTX_set_alpn_protos(made.context_.get(), spoken, sizeof spoken);
  return made;
}

TlsState TlsContext::make_state() const {
  TlsState state(SSL_new(context_.get()));
  if (!state) throw std::bad_alloc();
  return state;
}

TlsState TlsContext::accept() const {
  TlsState state = make_state();
  SSL_set_accept_state(state.get());
  return state;
}

TlsState TlsContext::connect(const std::string& host) const {
  TlsState state = make_state();
  const std::string name = certified_name(host);
  if (verify_ == Verify::peer) expect_name(state.get(), name);
  ask_for_name(state.get(), name);
  SSL_set_connect_state(state.get());
  return state;
}

}  // namespace ws::net
