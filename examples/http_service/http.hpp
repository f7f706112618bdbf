// SPDX-License-Identifier: Apache-2.0
//
// HTTP beyond the syntax, which Beast checks. A proxy before the service may read a doubtful head
// differently, and then one of them takes a part of a body for a request of its own. So the service
// does not guess (RFC 9112): it refuses the request and ends the connection.
#pragma once

#include <boost/beast/http.hpp>

#include "memory.hpp"

namespace service {

namespace http = boost::beast::http;
namespace json = boost::json;
using http::field;
using http::status;
using http::verb;

// Beast's types with the allocator of the service. A request is read by two parsers: the first has
// the head, the second takes it over, and puts the body into the arena that was leased in between.
using Body = http::basic_string_body<char, std::char_traits<char>, Allocator<char>>;
using HeadParser = http::request_parser<http::empty_body, Allocator<char>>;
using RequestParser = http::request_parser<Body, Allocator<char>>;
using Response = http::response<Body, http::basic_fields<Allocator<char>>>;

// Becomes the answer's status and message.
struct HttpError : std::runtime_error {
  HttpError(status the_code, const std::string& message)
      : std::runtime_error(message), code(the_code) {}
  status code;
};

// Refuses what is wrong, or not offered.
inline void RefuseIf(bool problem, const char* message, status code = status::bad_request) {
  if (problem) [[unlikely]]
    throw HttpError(code, message);
}

// Refuses a complete head, of which `text` is the text, that leaves doubt about the host, or about
// where the body ends.
inline void CheckHead(const HeadParser& parser, std::string_view text) {
  const auto& head = parser.get();
  const std::string_view target = head.target(), coding = head[field::transfer_encoding];
  RefuseIf(text.find("\r\n ") != text.npos || text.find("\r\n\t") != text.npos,
           "a field goes on in the next line");
  RefuseIf(
      !target.starts_with('/') && !target.starts_with("http://") && !target.starts_with("https://"),
      "the target is neither a path nor an http URI");
  RefuseIf(target.find('#') != target.npos, "the target has a fragment");
  RefuseIf(head.count(field::host) > 1, "there is more than one Host");
  RefuseIf(head.count(field::host) == 0 && head.version() >= 11, "there is no Host");
  RefuseIf(head[field::host].find_first_of(" \t,/\\?#@") != target.npos, "the Host is not a host");
  RefuseIf(head.count(field::content_length) > 1, "there is more than one Content-Length");
  RefuseIf(head[field::content_length].contains(','), "the Content-Length is a list");
  if (head.count(field::transfer_encoding) == 0) return;
  // Beast refuses a second one, or a Content-Length, beside one that ends with "chunked".
  RefuseIf(head.version() < 11, "HTTP/1.0 has no Transfer-Encoding");
  RefuseIf(!parser.chunked(), "the Transfer-Encoding does not end with chunked");
  RefuseIf(!boost::beast::iequals(coding, "chunked"), "the service knows only chunked",
           status::not_implemented);
}

// An empty answer, in the memory of a request or of a connection.
inline Response MakeResponse(Allocator<char> memory) {
  Response response(std::piecewise_construct, std::make_tuple(memory), std::make_tuple(memory));
  response.set(field::content_type, "application/json");
  return response;
}

// Makes the answer tell what went wrong: {"error":{"status":400,"message":"..."}}.
inline void SetError(Response& response, status code, std::string_view message) {
  const json::value error{{"error", {{"status", unsigned(code)}, {"message", message}}}};
  response.body() = json::serialize(error);
  response.result(code);
  if (code == status::service_unavailable) response.set(field::retry_after, "1");
}

struct Service;

// A request, from the end of its head to that of its answer.
struct Request {
  Request(Service& service, HeadParser& head);  // throws std::bad_alloc

  const std::size_t route;
  BodyMemory memory;  // outlives the parser
  RequestParser parser;
};

// A complete request and its answer: what handlers read and write.
struct Exchange {
  Exchange(Service& of, const Request& complete);  // throws std::bad_alloc

  Service& service;
  const Request& request;
  const String& body = request.parser.get().body();
  RequestMemory memory;  // outlives the answer
  Response response = MakeResponse(memory.allocator());
  String& answer = response.body();
};

struct Route {
  std::string_view path;
  verb method;
  void (*handle)(Exchange&);
};
void ShowStats(Exchange& exchange);
void ShowMetrics(Exchange& exchange);

}  // namespace service
