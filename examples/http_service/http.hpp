// SPDX-License-Identifier: Apache-2.0
//
// HTTP beyond the syntax, which Beast checks: what a head must not leave in doubt, and the text of
// answers. A proxy before the service may read a doubtful head differently, and then one of them
// takes a part of a body for a request of its own. So the service does not guess (RFC 9112): it
// refuses the request and ends the connection.
#pragma once

#include <algorithm>
#include <boost/beast/http.hpp>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace service {

using boost::beast::http::field;
using boost::beast::http::status;
using boost::beast::http::verb;

// Becomes the answer's status and message.
struct HttpError : std::runtime_error {
  HttpError(status the_code, const std::string& message)
      : std::runtime_error(message), code(the_code) {}
  status code;
};

struct Field {
  field id;
  std::string_view name, value;
};

// Views of the connection's buffer.
struct RequestHead {
  verb method = verb::unknown;
  int version = 11;                // 10: HTTP/1.0
  std::string_view target;         // once the head is checked, its path and query
  std::size_t content_length = 0;  // 0 when it is not known
  std::span<const Field> fields;
  bool keep_alive = false;
  bool expects_continue = false;  // the client waits to be told to send the body
};

// Refuses what is wrong, or not offered.
inline void RefuseIf(bool problem, const char* message, status code = status::bad_request) {
  if (problem) [[unlikely]]
    throw HttpError(code, message);
}

inline bool IsSame(std::string_view a, std::string_view b) {  // but for the case
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

// The path and the query of a target; an empty path means "/". In a target in absolute form the
// host counts instead of the Host field, and the service serves any.
inline std::string_view PathAndQuery(verb method, std::string_view target) {
  const bool is_uri = std::all_of(target.begin(), target.end(),
                                  [](char c) { return ' ' < c && c <= '~' && c != '#'; });
  RefuseIf(!is_uri, "the target has a character that no URI has");
  if (method == verb::connect) {
    RefuseIf(!IsHostAndPort(target), "the target of CONNECT is not a host and a port");
    RefuseIf(true, "the service does not offer CONNECT", status::not_implemented);
  }
  if (target.starts_with('/')) return target;
  RefuseIf(target == "*" && method == verb::options, "the service does not offer OPTIONS *",
           status::not_implemented);
  const std::size_t scheme = std::min(target.find("://"), target.size());
  RefuseIf(!IsSame(target.substr(0, scheme), "http") && !IsSame(target.substr(0, scheme), "https"),
           "the target is neither a path nor an http URI");
  const std::string_view rest = target.substr(std::min(scheme + 3, target.size()));
  const std::string_view host = rest.substr(0, rest.find_first_of("/?"));
  RefuseIf(host.empty() || host.starts_with(':') || !IsHostAndPort(host), "the target has no host");
  return rest.substr(host.size());
}

// Refuses a head that leaves doubt about the host, or about where the body ends; notes the rest.
// `chunked`: whether the last of the transfer codings is that, as Beast sees it.
inline void CheckHead(RequestHead& head, bool chunked) {
  std::size_t hosts = 0, lengths = 0;
  bool close = false, keep_alive = head.version >= 11;
  for (const Field& f : head.fields) {
    if (f.id == field::host) {
      ++hosts;
      RefuseIf(!IsHostAndPort(f.value), "the Host is not a host");
    } else if (f.id == field::content_length) {
      ++lengths;  // Beast lets "5, 5" pass
      RefuseIf(f.value.find(',') != f.value.npos, "the Content-Length is a list");
    } else if (f.id == field::transfer_encoding) {
      // Beast refuses a second one, or a Content-Length, beside one that ends with "chunked".
      RefuseIf(head.version < 11, "HTTP/1.0 has no Transfer-Encoding");
      RefuseIf(!chunked, "the Transfer-Encoding does not end with chunked");
      RefuseIf(!IsSame(f.value, "chunked"), "the service knows no Transfer-Encoding but chunked",
               status::not_implemented);
    } else if (f.id == field::connection) {
      boost::beast::http::token_list options({f.value.data(), f.value.size()});
      close = close || options.exists("close");
      keep_alive = keep_alive || options.exists("keep-alive");
    } else if (f.id == field::expect && head.version >= 11) {
      head.expects_continue = head.expects_continue || IsSame(f.value, "100-continue");
    }
  }
  RefuseIf(hosts > 1, "there is more than one Host");
  RefuseIf(hosts == 0 && head.version >= 11, "there is no Host");
  RefuseIf(lengths > 1, "there is more than one Content-Length");
  head.keep_alive = keep_alive && !close;
  head.target = PathAndQuery(head.method, head.target);
}

// The head of an answer.
struct AnswerHead {
  status code = status::ok;
  bool keep_alive = false;
  std::string_view content_type = "application/json";
  std::string_view allow = {};       // the methods, after a wrong one
  std::string_view request_id = {};  // the client's, which gets it back

  // Appends the status line, the fields and the empty line.
  template <class Text>
  void AppendTo(Text& text, std::size_t content_length) const {
    const auto reason = boost::beast::http::obsolete_reason(code);
    text.reserve(text.size() + 200 + allow.size() + request_id.size());
    text.append("HTTP/1.1 ").append(std::to_string(static_cast<unsigned>(code))).append(" ");
    text.append(reason.data(), reason.size()).append("\r\nContent-Type: ").append(content_type);
    text.append("\r\nContent-Length: ").append(std::to_string(content_length));
    text.append(keep_alive ? "\r\nConnection: keep-alive" : "\r\nConnection: close");
    if (code == status::service_unavailable) text.append("\r\nRetry-After: 1");
    if (!allow.empty()) text.append("\r\nAllow: ").append(allow);
    if (!request_id.empty()) text.append("\r\nX-Request-ID: ").append(request_id);
    text.append("\r\n\r\n");
  }
};

// {"error":{"status":400,"message":"..."}}. Control characters of the message are left out.
template <class Text>
void AppendError(status code, std::string_view message, Text& text) {
  text.append(R"({"error":{"status":)").append(std::to_string(static_cast<unsigned>(code)));
  text.append(R"(,"message":")");
  for (const char c : message) {
    if (c == '"' || c == '\\') text += '\\';
    if (static_cast<unsigned char>(c) >= 0x20) text += c;
  }
  text.append(R"("}})");
}

}  // namespace service
