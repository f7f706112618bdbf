// SPDX-License-Identifier: Apache-2.0
//
// Beast's parser with nothing kept in between: the head is noted as views of the connection's
// buffer, and when it is complete, the exchange begins, in memory sized by the Content-Length; the
// body goes straight into it.
#ifndef HTTP_SERVICE_REQUEST_PARSER_HPP
#define HTTP_SERVICE_REQUEST_PARSER_HPP

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/verb.hpp>
#include <boost/optional/optional.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <utility>

#include "exchange.hpp"
#include "http_error.hpp"
#include "request_rules.hpp"

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

  // Throws an HttpError for a request that the service refuses, and std::bad_alloc.
  std::size_t Parse(boost::asio::const_buffer bytes, error_code& error) {
    // The rest of a chunked body has at least "0\r\n\r\n"; with less of it, Beast runs into its own
    // assertions.
    if (is_header_done() && chunked() && bytes.size() < 5) {
      error = boost::beast::http::error::need_more;
      return 0;
    }
    return put(bytes, error);
  }

  bool is_request_line_done() const noexcept { return !head_.target.empty(); }
  bool is_head_request() const noexcept { return head_.method == boost::beast::http::verb::head; }

  // Once the head is complete.
  bool keeps_alive() const noexcept { return head_.keep_alive; }

  // Whether the client waits to be told to send the body; true at most once.
  bool TakeExpectation() noexcept { return std::exchange(expects_continue_, false); }

 private:
  void on_request_impl(boost::beast::http::verb method, view, view target, int version,
                       error_code&) override {
    head_.method = method;
    head_.version = version;
    head_.target = {target.data(), target.size()};
  }

  void on_response_impl(int, view, int, error_code&) override {}

  void on_field_impl(boost::beast::http::field id, view name, view value,
                     error_code& error) override {
    if (IsFolded(name, value)) {  // servers are free to refuse that
      error = boost::beast::http::error::bad_obs_fold;
      return;
    }
    if (exchange_) return;  // a trailer
    // Beast's limit is one on what it has not parsed yet.
    const auto head_bytes = static_cast<std::size_t>(value.data() + value.size() - buffer_.data());
    if (count_ == kMostFields || head_bytes > kMostHeadBytes) {
      error = boost::beast::http::error::header_limit;
      return;
    }
    fields_[count_++] = {id, {name.data(), name.size()}, {value.data(), value.size()}};
  }

  void on_header_impl(error_code&) override {
    head_.fields = std::span(fields_.data(), count_);
    head_.content_length = static_cast<std::size_t>(content_length().value_or(0));
    CheckFraming(head_, chunked());
    head_.target = PathAndQuery(head_.method, head_.target);
    head_.keep_alive = KeepsAlive(head_);
    expects_continue_ = ExpectsContinue(head_);
    exchange_ = memory_->Begin(head_);
  }

  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}

  std::size_t on_body_impl(view bytes, error_code&) override {
    exchange_->AppendBody({bytes.data(), bytes.size()});
    return bytes.size();
  }

  // Extensions mean nothing here. Beast lets a quoted one contain line feeds, which other servers
  // take for the end of the line.
  void on_chunk_header_impl(std::uint64_t, view extensions, error_code& error) override {
    for (const char c : extensions) {
      if ((static_cast<unsigned char>(c) < ' ' && c != '\t') || c == '\x7f') {
        error = boost::beast::http::error::bad_chunk_extension;
      }
    }
    extension_bytes_ += extensions.size();
    if (extension_bytes_ > kMostHeadBytes) Malformed("the extensions of the chunks are too large");
  }

  std::size_t on_chunk_body_impl(std::uint64_t, view bytes, error_code& error) override {
    return on_body_impl(bytes, error);
  }

  void on_finish_impl(error_code&) override {}

  // Whether a line break comes before the value or lies within it. Beast has joined the parts of
  // the latter outside the buffer.
  bool IsFolded(view name, view value) const noexcept {
    const std::less<const char*> before;
    if (before(value.data(), buffer_.data()) ||
        !before(value.data(), buffer_.data() + buffer_.size())) {
      return true;
    }
    return std::find(name.data() + name.size(), value.data(), '\r') != value.data();
  }

  MemoryStrategy* memory_;
  std::span<const char> buffer_;
  RequestHead head_;
  std::array<Field, kMostFields> fields_;
  std::size_t count_ = 0;
  bool expects_continue_ = false;
  std::size_t extension_bytes_ = 0;
  ExchangePtr exchange_;
};

}  // namespace service

#endif  // HTTP_SERVICE_REQUEST_PARSER_HPP
