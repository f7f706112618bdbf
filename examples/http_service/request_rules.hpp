// SPDX-License-Identifier: Apache-2.0
//
// What RFC 9112 asks of a request's head beyond the syntax, which Beast has checked. A proxy before
// the service may read a doubtful head differently, and then one of them takes a part of a body for
// a request of its own. So the service does not guess: it refuses the request and ends the
// connection.
#ifndef HTTP_SERVICE_REQUEST_RULES_HPP
#define HTTP_SERVICE_REQUEST_RULES_HPP

#include <algorithm>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/verb.hpp>
#include <cstddef>
#include <string>
#include <string_view>

#include "exchange.hpp"
#include "http_error.hpp"

namespace service {

[[noreturn]] inline void Malformed(const std::string& problem) {
  throw HttpError(boost::beast::http::status::bad_request, problem);
}

[[noreturn]] inline void NotOffered(const std::string& problem) {
  throw HttpError(boost::beast::http::status::not_implemented, problem);
}

inline bool EqualIgnoringCase(std::string_view a, std::string_view b) {
  return boost::beast::iequals({a.data(), a.size()}, {b.data(), b.size()});
}

// Whether `text` is a host, which may be empty, and perhaps a port. A user name is refused.
inline bool IsHostAndPort(std::string_view text) {
  static constexpr std::string_view kAddress = "0123456789abcdefABCDEF:.";
  static constexpr std::string_view kName =
      "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-._~%";
  std::size_t length = 0;  // of the host
  if (text.starts_with('[')) {
    length = text.find_first_not_of(kAddress, 1);
    if (length == text.npos || text[length++] != ']') return false;
  } else {
    length = std::min(text.find_first_not_of(kName), text.size());
  }
  const std::string_view port = text.substr(length);
  return port.empty() || (port[0] == ':' && port.find_first_not_of("0123456789", 1) == port.npos);
}

// Refuses a head that leaves doubt about the host, or about where the body ends. `chunked`: what
// Beast makes of the transfer codings, that is, whether the last of them is "chunked".
inline void CheckFraming(const RequestHead& head, bool chunked) {
  using boost::beast::http::field;
  std::size_t hosts = 0;
  std::size_t lengths = 0;
  for (const Field& field : head.fields) {
    if (field.id == field::host) {
      ++hosts;
      if (!IsHostAndPort(field.value)) Malformed("the Host is not a host");
    } else if (field.id == field::content_length) {
      ++lengths;
      // Beast lets "5, 5" pass.
      if (field.value.find(',') != field.value.npos) Malformed("the Content-Length is a list");
    } else if (field.id == field::transfer_encoding) {
      // Beast refuses a second one, or a Content-Length, beside one that ends with "chunked".
      if (head.version < 11) Malformed("HTTP/1.0 has no Transfer-Encoding");
      if (!chunked) Malformed("the Transfer-Encoding does not end with chunked");
      if (!EqualIgnoringCase(field.value, "chunked")) {
        NotOffered("the service knows no Transfer-Encoding but chunked");
      }
    }
  }
  if (hosts > 1) Malformed("there is more than one Host");
  if (hosts == 0 && head.version >= 11) Malformed("there is no Host");
  if (lengths > 1) Malformed("there is more than one Content-Length");
}

// The path and the query of a request's target; an empty path means "/". For a target in absolute
// form the host in it counts instead of the Host field, and the service serves any.
inline std::string_view PathAndQuery(boost::beast::http::verb method, std::string_view target) {
  using boost::beast::http::verb;
  for (const char c : target) {
    if (c <= ' ' || c > '~' || c == '#') Malformed("the target has a character that no URI has");
  }
  if (method == verb::connect) {
    if (!IsHostAndPort(target)) Malformed("the target of CONNECT is not a host and a port");
    NotOffered("the service does not offer CONNECT");
  }
  if (target.starts_with('/')) return target;
  if (target == "*" && method == verb::options) NotOffered("the service does not offer OPTIONS *");

  const std::size_t scheme = std::min(target.find("://"), target.size());
  if (!EqualIgnoringCase(target.substr(0, scheme), "http") &&
      !EqualIgnoringCase(target.substr(0, scheme), "https")) {
    Malformed("the target is neither a path nor an http URI");
  }
  const std::string_view rest = target.substr(std::min(scheme + 3, target.size()));
  const std::string_view host = rest.substr(0, rest.find_first_of("/?"));
  if (host.empty() || host.starts_with(':') || !IsHostAndPort(host)) {
    Malformed("the target has no host");
  }
  return rest.substr(host.size());
}

// Whether the client lets the connection live on. "close" wins over "keep-alive", and an HTTP/1.0
// client has to ask for a connection that lives.
inline bool KeepsAlive(const RequestHead& head) {
  bool close = false;
  bool keep_alive = head.version >= 11;
  for (const Field& field : head.fields) {
    if (field.id != boost::beast::http::field::connection) continue;
    boost::beast::http::token_list options({field.value.data(), field.value.size()});
    close = close || options.exists("close");
    keep_alive = keep_alive || options.exists("keep-alive");
  }
  return keep_alive && !close;
}

// Whether the client waits to be told to send the body. HTTP/1.0 does not know how to.
inline bool ExpectsContinue(const RequestHead& head) {
  return head.version >= 11 &&
         std::any_of(head.fields.begin(), head.fields.end(), [](const Field& field) {
           return field.id == boost::beast::http::field::expect &&
                  EqualIgnoringCase(field.value, "100-continue");
         });
}

}  // namespace service

#endif  // HTTP_SERVICE_REQUEST_RULES_HPP
