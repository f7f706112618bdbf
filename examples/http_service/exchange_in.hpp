// SPDX-License-Identifier: Apache-2.0
//
// ExchangeIn<Memory>: an exchange in the memory of one strategy. All that the strategies differ in
// is the type Memory; what it must have is told in containers.hpp.
#ifndef HTTP_SERVICE_EXCHANGE_IN_HPP
#define HTTP_SERVICE_EXCHANGE_IN_HPP

#include <boost/beast/http/fields.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/json/object.hpp>
#include <charconv>
#include <cstddef>
#include <new>
#include <string_view>
#include <utility>

#include "containers.hpp"
#include "exchange.hpp"
#include "http_error.hpp"
#include "json_io.hpp"
#include "orders.hpp"
#include "process.hpp"
#include "response_head.hpp"
#include "router.hpp"
#include "stats.hpp"

namespace service {

template <class Memory>
class ExchangeIn : public Exchange {
 public:
  ExchangeIn(Memory memory, MemoryStrategy& strategy, ServiceStats& stats, const RequestHead& head)
      : memory_(std::move(memory)),
        strategy_(&strategy),
        stats_(&stats),
        method_(head.method),
        entry_(FindRoute(head.target)),
        fields_(memory_.allocator()),
        body_(memory_.allocator()),
        head_(memory_.allocator()),
        answer_(memory_.allocator()) {
    for (const Field& field : head.fields) {
      fields_.insert(field.id, {field.name.data(), field.name.size()},
                     {field.value.data(), field.value.size()});
    }
    body_.reserve(head.content_length);
  }

  void AppendBody(std::string_view bytes) override { body_.append(bytes); }

  Answer Respond(bool keep_alive) override {
    using boost::beast::http::status;
    ServiceStats::OfRoute& route = stats_->of(entry_ != nullptr ? entry_->route : Route::kUnknown);
    const HandlerMeter meter(route);
    status result = status::ok;
    try {
      Handle();
    } catch (const HttpError& error) {
      result = Fail(error.status(), error.what());
    } catch (const std::bad_alloc&) {
      result = Fail(status::service_unavailable, "out of memory");
    }
    AppendHead(result, keep_alive);
    if (static_cast<unsigned>(result) >= 400) route.failures.Add();
    return {head_, method_ != boost::beast::http::verb::head ? std::string_view(answer_)
                                                             : std::string_view()};
  }

 protected:
  Memory& memory() noexcept { return memory_; }
  ~ExchangeIn() = default;

 private:
  void Handle() {
    using boost::beast::http::status;
    using boost::beast::http::verb;
    if (entry_ == nullptr) throw HttpError(status::not_found, "there is no such path");
    const verb method = method_ == verb::head ? verb::get : method_;
    if (method != entry_->method) {
      throw HttpError(status::method_not_allowed, "use " + std::string(entry_->allow));
    }
    switch (entry_->route) {
      case Route::kProcess:
        return HandleProcess(memory_, body_, answer_);
      case Route::kOrders:
        return HandleOrders(memory_, body_, answer_);
      case Route::kStats:
        return ShowStats();
      case Route::kHealth:
      case Route::kUnknown:
        answer_ = R"({"status":"ok"})";
    }
  }

  void ShowStats() {
    json::object figures(memory_.json());
    strategy_->AddFigures(figures);
    stats_->AddFigures(figures);
    AppendJson(figures, 2048, answer_);
  }

  boost::beast::http::status Fail(boost::beast::http::status status, std::string_view message) {
    answer_.clear();
    AppendError(status, message, answer_);
    return status;
  }

  void AppendHead(boost::beast::http::status status, bool keep_alive) {
    ResponseHead response{status, answer_.size(), keep_alive};
    if (status == boost::beast::http::status::method_not_allowed) response.allow = entry_->allow;
    const auto request_id = fields_["X-Request-ID"];
    response.request_id = {request_id.data(), request_id.size()};
    response.AppendTo(head_);
  }

  Memory memory_;
  MemoryStrategy* strategy_;
  ServiceStats* stats_;
  boost::beast::http::verb method_;
  const RouteEntry* entry_;
  Fields<Memory> fields_;
  String<Memory> body_;
  String<Memory> head_;  // of the answer
  String<Memory> answer_;
};

}  // namespace service

#endif  // HTTP_SERVICE_EXCHANGE_IN_HPP
