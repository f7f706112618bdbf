// SPDX-License-Identifier: Apache-2.0
//
// Beast's parser with nothing kept in between: the head is noted as views of the connection's
// buffer. When it is complete, the exchange begins, in memory sized by the Content-Length, and the
// body goes straight into it. So a connection that waits, or is slow with its head, has no arena.
#pragma once

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http.hpp>
#include <functional>
#include <optional>
#include <span>

#include "exchange.hpp"

namespace service {

namespace http = boost::beast::http;

// For one request.
class RequestParser final : public http::basic_parser<true> {
 public:
  using error_code = boost::beast::error_code;
  using view = boost::beast::string_view;

  static constexpr std::size_t kMaxFields = 64;
  static constexpr std::uint32_t kMaxHeadBytes = 8 * 1024;

  // All bytes that come before the head is complete lie in `buffer`.
  RequestParser(Service& service, std::span<const char> buffer, std::optional<Exchange>& exchange)
      : service_(service), buffer_(buffer), exchange_(exchange) {
    eager(true);
    header_limit(kMaxHeadBytes);
    body_limit(service.options.max_body);
  }

  // Throws an HttpError for a request that the service refuses, and std::bad_alloc.
  std::size_t Parse(boost::asio::const_buffer bytes, error_code& error) {
    // The rest of a chunked body has at least "0\r\n\r\n"; with less of it, Beast runs into its own
    // assertions.
    if (!is_header_done() || !chunked() || bytes.size() >= 5) return put(bytes, error);
    error = http::error::need_more;
    return 0;
  }

  bool is_request_line_done() const noexcept { return !head_.target.empty(); }
  bool is_head_request() const noexcept { return head_.method == verb::head; }

 private:
  void on_request_impl(verb method, view, view target, int version, error_code&) override {
    head_.method = method;
    head_.version = version;
    head_.target = {target.data(), target.size()};
  }

  void on_field_impl(field id, view name, view value, error_code& error) override {
    if (IsFolded(name, value)) {  // servers are free to refuse that
      error = http::error::bad_obs_fold;
    } else if (!exchange_) {  // else it is a trailer, which means nothing here
      // Beast's limit is one on what it has not parsed yet.
      const auto end = static_cast<std::size_t>(value.data() + value.size() - buffer_.data());
      if (count_ == kMaxFields || end > kMaxHeadBytes) {
        error = http::error::header_limit;
        return;
      }
      fields_[count_++] = {id, {name.data(), name.size()}, {value.data(), value.size()}};
    }
  }

  void on_header_impl(error_code&) override {
    head_.fields = std::span(fields_.data(), count_);
    head_.content_length = static_cast<std::size_t>(content_length().value_or(0));
    CheckHead(head_, chunked());
    exchange_.emplace(service_, head_);
  }

  std::size_t on_body_impl(view bytes, error_code&) override {
    exchange_->body.append(bytes.data(), bytes.size());
    return bytes.size();
  }
  std::size_t on_chunk_body_impl(std::uint64_t, view bytes, error_code& error) override {
    return on_body_impl(bytes, error);
  }

  // Extensions mean nothing here. Beast lets a quoted one contain line feeds, which other servers
  // take for the end of the line.
  void on_chunk_header_impl(std::uint64_t, view extensions, error_code& error) override {
    for (const char c : extensions) {
      if ((static_cast<unsigned char>(c) < ' ' && c != '\t') || c == '\x7f') {
        error = http::error::bad_chunk_extension;
      }
    }
    extension_bytes_ += extensions.size();
    RefuseIf(extension_bytes_ > kMaxHeadBytes, "the extensions of the chunks are too large");
  }

  void on_response_impl(int, view, int, error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  void on_finish_impl(error_code&) override {}

  // Whether a line break comes before the value or lies within it. Beast has joined the parts of
  // the latter outside the buffer.
  bool IsFolded(view name, view value) const noexcept {
    const std::less<const char*> before;
    return before(value.data(), buffer_.data()) ||
           !before(value.data(), buffer_.data() + buffer_.size()) ||
           std::find(name.data() + name.size(), value.data(), '\r') != value.data();
  }

  Service& service_;
  std::span<const char> buffer_;
  std::optional<Exchange>& exchange_;
  RequestHead head_;
  std::array<Field, kMaxFields> fields_;
  std::size_t count_ = 0;
  std::size_t extension_bytes_ = 0;
};

}  // namespace service
