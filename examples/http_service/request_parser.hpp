// SPDX-License-Identifier: Apache-2.0
//
// Beast's parser with nothing kept in between: the head is noted as views of the connection's
// buffer, and when it is complete, the exchange begins, in memory sized by the Content-Length; the
// body goes straight into it.
#ifndef HTTP_SERVICE_REQUEST_PARSER_HPP
#define HTTP_SERVICE_REQUEST_PARSER_HPP

#include <array>
#include <boost/beast/core/error.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/optional/optional.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <utility>

#include "exchange.hpp"

namespace service {

// For one request.
class RequestParser final : public boost::beast::http::basic_parser<true> {
 public:
  using error_code = boost::beast::error_code;
  using view = boost::beast::string_view;

  static constexpr std::size_t kMostFields = 64;
  static constexpr std::uint32_t kMostHeadBytes = 8 * 1024;

  // All bytes that will be put before the head is complete lie in `buffer`.
  RequestParser(MemoryStrategy& memory, std::span<const char> buffer, std::size_t most_body_bytes)
      : memory_(&memory), buffer_(buffer) {
    eager(true);
    header_limit(kMostHeadBytes);
    body_limit(most_body_bytes);
  }

  // Begun as soon as the head is complete.
  ExchangePtr& exchange() noexcept { return exchange_; }

  // Whether the client waits to be told to send the body; true at most once.
  bool TakeExpectation() noexcept { return std::exchange(expects_continue_, false); }

 private:
  void on_request_impl(boost::beast::http::verb method, view, view target, int,
                       error_code&) override {
    head_.method = method;
    head_.target = {target.data(), target.size()};
  }

  void on_response_impl(int, view, int, error_code&) override {}

  void on_field_impl(boost::beast::http::field id, view name, view value,
                     error_code& error) override {
    if (exchange_) return;  // a trailer
    if (count_ == kMostFields) {
      error = boost::beast::http::error::header_limit;
      return;
    }
    // A folded value is not in the buffer but in a temporary. Servers are free to refuse it.
    if (!value.empty() && !IsInBuffer(value.data())) {
      error = boost::beast::http::error::bad_obs_fold;
      return;
    }
    fields_[count_++] = {id, {name.data(), name.size()}, {value.data(), value.size()}};
  }

  void on_header_impl(error_code&) override {
    head_.fields = std::span(fields_.data(), count_);
    head_.content_length = static_cast<std::size_t>(content_length().value_or(0));
    exchange_ = memory_->Begin(head_);
    for (const Field& field : head_.fields) {
      if (field.id == boost::beast::http::field::expect) expects_continue_ = true;
    }
  }

  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}

  std::size_t on_body_impl(view bytes, error_code&) override {
    exchange_->AppendBody({bytes.data(), bytes.size()});
    return bytes.size();
  }

  void on_chunk_header_impl(std::uint64_t, view, error_code&) override {}

  std::size_t on_chunk_body_impl(std::uint64_t, view bytes, error_code& error) override {
    return on_body_impl(bytes, error);
  }

  void on_finish_impl(error_code&) override {}

  bool IsInBuffer(const char* byte) const noexcept {
    const std::less<const char*> before;
    return !before(byte, buffer_.data()) && before(byte, buffer_.data() + buffer_.size());
  }

  MemoryStrategy* memory_;
  std::span<const char> buffer_;
  RequestHead head_;
  std::array<Field, kMostFields> fields_;
  std::size_t count_ = 0;
  bool expects_continue_ = false;
  ExchangePtr exchange_;
};

}  // namespace service

#endif  // HTTP_SERVICE_REQUEST_PARSER_HPP
