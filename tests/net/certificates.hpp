#pragma once

// Certificates for tests, made on the spot: an authority, and whoever it vouches for. Written as
// PEM files, as the program reads them.

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>

namespace ws::net::test {

struct Certificate {
  std::shared_ptr<EVP_PKEY> key;
  std::shared_ptr<X509> x509;
};

struct CertificateWish {
  std::string common_name = "test";
  std::string names{};  ///< "DNS:localhost,IP:127.0.0.1"
  long begins_in = -3600;
  long ends_in = 3600;  ///< seconds
  bool authority = false;
};

inline void add_extension(X509* to, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, to, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  if (extension == nullptr) throw std::runtime_error("X509V3_EXT_conf_nid");
  X509_add_ext(to, extension, -1);
  X509_EXTENSION_free(extension);
}

/// Signed by `issuer`, or by itself.
inline Certificate make_certificate(const CertificateWish& wish,
                                    const Certificate* issuer = nullptr) {
  static long serial = 1;
  Certificate made{{EVP_EC_gen("P-256"), EVP_PKEY_free}, {X509_new(), X509_free}};
  X509* x509 = made.x509.get();
  const Certificate& signer = issuer != nullptr ? *issuer : made;
  X509_set_version(x509, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(x509), serial++);
  X509_gmtime_adj(X509_getm_notBefore(x509), wish.begins_in);
  X509_gmtime_adj(X509_getm_notAfter(x509), wish.ends_in);
  X509_set_pubkey(x509, made.key.get());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(x509), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(wish.common_name.c_str()), -1,
                             -1, 0);
  X509_set_issuer_name(x509, X509_get_subject_name(signer.x509.get()));
  if (wish.authority) add_extension(x509, signer.x509.get(), NID_basic_constraints, "CA:TRUE");
  if (!wish.names.empty()) add_extension(x509, signer.x509.get(), NID_subject_alt_name, wish.names);
  if (X509_sign(x509, signer.key.get(), EVP_sha256()) == 0) throw std::runtime_error("X509_sign");
  return made;
}

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

inline std::string write_certificate(const std::string& path, const Certificate& certificate) {
  const File file(std::fopen(path.c_str(), "w"), std::fclose);
  PEM_write_X509(file.get(), certificate.x509.get());
  return path;
}

inline std::string write_key(const std::string& path, const Certificate& certificate,
                             const char* password = nullptr) {
  const File file(std::fopen(path.c_str(), "w"), std::fclose);
  PEM_write_PKCS8PrivateKey(file.get(), certificate.key.get(),
                            password != nullptr ? EVP_aes_128_cbc() : nullptr, password,
                            password != nullptr ? 1 : 0, nullptr, nullptr);
  return path;
}

}  // namespace ws::net::test
