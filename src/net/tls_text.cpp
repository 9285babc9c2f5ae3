#include "net/tls_text.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>
#include <ctime>
#include <memory>
#include <string_view>
#include <vector>

#include "base/text.hpp"
#include "net/error_text.hpp"

namespace ws::net {
namespace {

constexpr std::size_t most_names = 5;

/// "No such file" and "no start line" alike.
std::string reason_of(unsigned long code) {
  if (ERR_SYSTEM_ERROR(code)) return error_text(ERR_GET_REASON(code));
  const char* reason = ERR_reason_error_string(code);
  return reason != nullptr ? reason : fmt::format("error {:x}", code);
}

bool is(unsigned long code, int library, int reason) {
  return ERR_GET_LIB(code) == library && ERR_GET_REASON(code) == reason;
}

std::string_view text_of(const ASN1_STRING* text) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
          static_cast<std::size_t>(ASN1_STRING_length(text))};
}

std::string address_of(const ASN1_STRING* bytes) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int size = ASN1_STRING_length(bytes);
  if (size != 4 && size != 16) return "?";
  ::inet_ntop(size == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(bytes), text.data(),
              text.size());
  return text.data();
}

std::vector<std::string> alternative_names(const X509* certificate) {
  std::vector<std::string> names;
  const std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)> all(
      static_cast<GENERAL_NAMES*>(
          X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)),
      GENERAL_NAMES_free);
  for (int i = 0; i < sk_GENERAL_NAME_num(all.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(all.get(), i);
    if (name->type == GEN_DNS) names.emplace_back(text_of(name->d.dNSName));
    if (name->type == GEN_IPADD) names.push_back(address_of(name->d.iPAddress));
  }
  return names;
}

std::string common_name(const X509* certificate) {
  const X509_NAME* subject = X509_get_subject_name(certificate);
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at < 0) return {};
  return std::string(text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at))));
}

std::string date_of(const ASN1_TIME* time) {
  tm date{};
  if (ASN1_TIME_to_tm(time, &date) != 1) return "?";
  return fmt::format("{:04}-{:02}-{:02}", date.tm_year + 1900, date.tm_mon + 1, date.tm_mday);
}

/// What the person can do, where it is not the certificate that is wrong but our trust.
std::string advice(int error) {
  switch (error) {
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return " (--cacert FILE names whom to trust)";
    default:
      return {};
  }
}

std::string verify_text(X509_STORE_CTX* store) {
  const int error = X509_STORE_CTX_get_error(store);
  X509* certificate = X509_STORE_CTX_get_current_cert(store);
  const char* text = X509_verify_cert_error_string(error);
  switch (error) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return fmt::format("hostname mismatch: the certificate is for {}",
                         certificate_names(certificate));
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return fmt::format("{} (on {})", text, date_of(X509_get0_notAfter(certificate)));
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return fmt::format("{} (before {})", text, date_of(X509_get0_notBefore(certificate)));
    default:
      return text + advice(error);
  }
}

/// An alert of the peer (RFC 8446 §6).
std::string alert_text(bool from_client, int alert) {
  const std::string what = SSL_alert_desc_string_long(alert);
  if (from_client) return fmt::format("the client ended it: alert \"{}\"", what);
  if (alert == TLS13_AD_CERTIFICATE_REQUIRED) return "the server wants a client certificate";
  return fmt::format("the server ended it: alert \"{}\"", what);
}

constexpr bool begins_a_record(unsigned char first_byte) {
  return first_byte >= SSL3_RT_CHANGE_CIPHER_SPEC && first_byte <= SSL3_RT_APPLICATION_DATA;
}

}  // namespace

std::string pem_error_text(const char* what) {
  const unsigned long code = ERR_peek_error();
  const bool nothing = code == 0 || is(code, ERR_LIB_PEM, PEM_R_NO_START_LINE) ||
                       is(code, ERR_LIB_X509, X509_R_NO_CERTIFICATE_OR_CRL_FOUND) ||
                       ERR_GET_LIB(code) == ERR_LIB_OSSL_DECODER;
  const std::string text = nothing ? fmt::format("no {} in PEM format in it", what)
                                   : fmt::format("broken {}: {}", what, reason_of(code));
  ERR_clear_error();
  return text;
}

bool is_key_mismatch() {
  const unsigned long code = ERR_peek_last_error();
  return is(code, ERR_LIB_X509, X509_R_KEY_VALUES_MISMATCH) ||
         is(code, ERR_LIB_X509, X509_R_KEY_TYPE_MISMATCH);
}

std::string tls_error_text(const ssl_st* ssl, unsigned char first_byte) {
  const unsigned long code = ERR_peek_error();
  ERR_clear_error();
  const bool server = SSL_is_server(ssl) == 1;
  const char* peer = server ? "client" : "server";
  if (!begins_a_record(first_byte)) return fmt::format("the {} does not speak TLS", peer);
  const int reason = ERR_GET_REASON(code);
  if (ERR_GET_LIB(code) != ERR_LIB_SSL) return reason_of(code);
  if (reason >= SSL_AD_REASON_OFFSET) return alert_text(server, reason - SSL_AD_REASON_OFFSET);
  switch (reason) {
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_VERSION_TOO_LOW:
      return fmt::format("the {} does not speak TLS 1.2 or later", peer);
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
      return "the client sent no certificate";
    default:
      return reason_of(code);
  }
}

int note_verify_error(int accepted, X509_STORE_CTX* store) {
  if (accepted == 1) return accepted;
  const auto* ssl = static_cast<const SSL*>(
      X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  if (auto* reason = static_cast<std::string*>(SSL_get_ex_data(ssl, 0)))
    *reason = verify_text(store);
  return accepted;
}

std::string certificate_names(X509* certificate) {
  std::vector<std::string> names = alternative_names(certificate);
  if (names.empty()) names.push_back(common_name(certificate));
  const bool more = names.size() > most_names;
  if (more) names.resize(most_names);
  return printable(fmt::format("{}{}", fmt::join(names, ", "), more ? ", …" : ""));
}

}  // namespace ws::net
