#pragma once

// What OpenSSL found wrong, as the end of a sentence for a person. The transport and the context
// ask it right after a call that failed; each takes the error off OpenSSL's queue.

#include <string>

struct ssl_st;
struct x509_st;
struct x509_store_ctx_st;

namespace ws::net {

/// Why a PEM file with a `what` ("certificate") could not be used.
std::string pem_error_text(const char* what);
/// The last error says that a key does not belong to a certificate.
bool is_key_mismatch();

/// Why the handshake or a record failed, but for a certificate that was not accepted. `first_byte`
/// is the first that the peer ever sent: what does not begin as a record is no TLS.
std::string tls_error_text(const ssl_st* ssl, unsigned char first_byte);

/// As SSL_VERIFY's callback: leaves the reason in the std::string that is the connection's app
/// data.
int note_verify_error(int accepted, x509_store_ctx_st* store);

/// "a.example, *.b.example, 127.0.0.1": whom the certificate is for.
std::string certificate_names(x509_st* certificate);

}  // namespace ws::net
