// SPDX-License-Identifier: Apache-2.0
//
// The line between the network and the memory: a Session (session.hpp) reads and writes and does
// not know where a request lives; an Exchange is one request with its answer, in the memory of the
// strategy that the service was started with.
#ifndef HTTP_SERVICE_EXCHANGE_HPP
#define HTTP_SERVICE_EXCHANGE_HPP

#include <boost/beast/http/field.hpp>
#include <boost/beast/http/verb.hpp>
#include <boost/json/fwd.hpp>
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "router.hpp"

namespace service {

class ServiceStats;

struct Field {
  boost::beast::http::field id;
  std::string_view name;
  std::string_view value;
};

// The head of a request, as it lies in the connection's buffer: the views are good until the
// exchange has begun.
struct RequestHead {
  boost::beast::http::verb method = boost::beast::http::verb::unknown;
  int version = 11;                // 10: HTTP/1.0
  std::string_view target;         // its path and query, when the exchange begins
  std::size_t content_length = 0;  // 0 when it is not known
  bool keep_alive = false;
  std::span<const Field> fields;
};

// The answer, ready to be sent; it lives as long as its exchange.
struct Answer {
  std::string_view head;
  std::string_view body;
};

class Exchange {
 public:
  // Adds bytes of the request's body, which the connection's buffer loses afterwards.
  virtual void AppendBody(std::string_view bytes) = 0;

  // Parses, processes, serialises. `keep_alive`: what the answer says of the connection.
  virtual Answer Respond(bool keep_alive) = 0;

  // Ends the exchange and gives back its memory, `this` included.
  virtual void Dispose() noexcept = 0;

 protected:
  ~Exchange() = default;
};

struct DisposeExchange {
  void operator()(Exchange* exchange) const noexcept { exchange->Dispose(); }
};
using ExchangePtr = std::unique_ptr<Exchange, DisposeExchange>;

// Where exchanges get their memory from. Used by all threads of the service.
class MemoryStrategy {
 public:
  virtual ~MemoryStrategy() = default;

  // Begins an exchange: what belongs to the request is in its memory from now on. Throws
  // std::bad_alloc.
  virtual ExchangePtr Begin(const RequestHead& head) = 0;

  // Adds the strategy's own figures to those that GET /stats shows.
  virtual void AddFigures(boost::json::object& figures) const = 0;
};

std::unique_ptr<MemoryStrategy> MakeArenaMemory(ServiceStats& stats);
std::unique_ptr<MemoryStrategy> MakeMallocMemory(ServiceStats& stats);
std::unique_ptr<MemoryStrategy> MakePmrMemory(ServiceStats& stats);

// By the name that --memory takes; null for another. The statistics outlive the strategy.
std::unique_ptr<MemoryStrategy> MakeMemory(std::string_view name, ServiceStats& stats);

}  // namespace service

#endif  // HTTP_SERVICE_EXCHANGE_HPP
