// SPDX-License-Identifier: Apache-2.0
//
// The text of a response's head, and of the body of an answer that tells what was wrong.
#ifndef HTTP_SERVICE_RESPONSE_HEAD_HPP
#define HTTP_SERVICE_RESPONSE_HEAD_HPP

#include <boost/beast/http/status.hpp>
#include <charconv>
#include <cstddef>
#include <string_view>

namespace service {

template <class Text>
void AppendNumber(std::size_t number, Text& text) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof(digits), number).ptr;
  text.append(digits, static_cast<std::size_t>(end - digits));
}

struct ResponseHead {
  boost::beast::http::status status;
  std::size_t content_length;
  bool keep_alive;
  std::string_view allow = {};       // the methods, after a wrong one
  std::string_view request_id = {};  // the client's, which gets it back

  // Appends the status line, the fields and the empty line.
  template <class Text>
  void AppendTo(Text& text) const {
    const auto reason = boost::beast::http::obsolete_reason(status);
    text.reserve(text.size() + 160 + allow.size() + request_id.size());
    text += "HTTP/1.1 ";
    AppendNumber(static_cast<unsigned>(status), text);
    text += ' ';
    text.append(reason.data(), reason.size());
    text += "\r\nContent-Type: application/json\r\nContent-Length: ";
    AppendNumber(content_length, text);
    text += keep_alive ? "\r\nConnection: keep-alive" : "\r\nConnection: close";
    if (!allow.empty()) text.append("\r\nAllow: ").append(allow);
    if (!request_id.empty()) text.append("\r\nX-Request-ID: ").append(request_id);
    text += "\r\n\r\n";
  }
};

// {"error":{"status":400,"message":"..."}}. Control characters of the message are left out.
template <class Text>
void AppendError(boost::beast::http::status status, std::string_view message, Text& text) {
  text += R"({"error":{"status":)";
  AppendNumber(static_cast<unsigned>(status), text);
  text += R"(,"message":")";
  for (const char c : message) {
    if (c == '"' || c == '\\') text += '\\';
    if (static_cast<unsigned char>(c) >= 0x20) text += c;
  }
  text += R"("}})";
}

}  // namespace service

#endif  // HTTP_SERVICE_RESPONSE_HEAD_HPP
