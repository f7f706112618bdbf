// SPDX-License-Identifier: Apache-2.0
//
// One connection: reads requests, one after the other, has them handled, writes the answers.
#pragma once

#include <algorithm>
#include <array>
#include <boost/asio.hpp>
#include <chrono>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "request_parser.hpp"

namespace service {

namespace net = boost::asio;
// An executor that is known at compile time is cheaper than any executor.
using Executor = net::io_context::executor_type;
using Socket = net::basic_stream_socket<net::ip::tcp, Executor>;
using TimePoint = std::chrono::steady_clock::time_point;
template <class T>
using Task = net::awaitable<T, Executor>;
inline constexpr net::as_tuple_t<net::use_awaitable_t<Executor>> kAwait{};

// Belongs to one thread.
class Session {
 public:
  Session(Service& service, Socket socket) : service_(service), socket_(std::move(socket)) {}

  // Serves the connection to its end.
  Task<void> Run() {
    error_code ignored;
    socket_.non_blocking(true, ignored);
    socket_.set_option(net::ip::tcp::no_delay(true), ignored);
    Enter(State::kWaiting);
    while (co_await ReadRequest()) {  // not with &&, whose right side g++ 12 awaits in any case
      if (!co_await Answer()) break;
    }
    if (!socket_.is_open()) co_return;
    // Closing while the client still sends would reset the connection, and lose the answer.
    socket_.shutdown(Socket::shutdown_send, ignored);
    Enter(State::kDraining);
    for (std::size_t drained = 0; drained <= kMaxDrained;) {
      const auto [error, count] = co_await socket_.async_read_some(net::buffer(buffer_), kAwait);
      if (error) break;
      drained += count;
    }
  }

  // Called every now and then: ends what takes too long.
  void CheckTime(TimePoint now) {
    now_ = now;
    if (now < deadline_ || timed_out_) return;
    timed_out_ = true;
    if (state_ != State::kDraining) ++service_.timed_out;
    if (state_ != State::kReading) return Abort();
    error_code ignored;
    socket_.cancel(ignored);  // the client is told
  }

  // No request after the current one.
  void StopAfterRequest() {
    stopping_ = true;
    error_code ignored;
    if (state_ == State::kWaiting) socket_.cancel(ignored);
  }

  // At once: what is under way ends with an error.
  void Abort() {
    error_code ignored;
    socket_.close(ignored);
  }

 private:
  using error_code = boost::beast::error_code;
  enum class State { kWaiting, kReading, kWriting, kDraining };
  enum class Parsed { kIncomplete, kComplete, kRefused };

  static constexpr std::size_t kMaxDrained = std::size_t{4} << 20;
  // Each step reads what fits the buffer, or answers a request. Then the other connections of the
  // thread, its timer and its signals have their turn, also if this client never pauses.
  static constexpr int kStepsPerTurn = 16;

  void Enter(State state) {
    const Options& options = service_.options;
    const std::size_t times[] = {options.idle_timeout, options.request_timeout,
                                 options.answer_timeout, 2000};
    state_ = state;
    deadline_ = now_ + std::chrono::milliseconds(times[static_cast<std::size_t>(state)]);
  }

  // Whether a request has come, which exchange_ then holds. If not, the connection is at its end.
  Task<bool> ReadRequest() {
    for (Parsed parsed = Parsed::kIncomplete;;) {
      if (++steps_ % kStepsPerTurn == 0) co_await net::post(socket_.get_executor(), kAwait);
      if (stopping_ && !parser_) co_return false;
      if (timed_out_ && state_ == State::kReading) {
        parsed = Refuse(status::request_timeout, "the request took too long");
      } else {
        parsed = Parse();
      }
      if (parsed == Parsed::kComplete) co_return true;
      if (parsed == Parsed::kRefused) break;

      // Mostly the rest of a request has come in the meantime. Then its memory is free again before
      // that of another one is taken.
      const net::mutable_buffer room(buffer_.data() + end_, buffer_.size() - end_);
      error_code error = net::error::would_block;
      std::size_t count = 0;
      if (state_ == State::kReading) count = socket_.read_some(room, error);
      if (error == net::error::would_block) {
        std::tie(error, count) = co_await socket_.async_read_some(room, kAwait);
      }
      if (error && !(timed_out_ && state_ == State::kReading)) {
        Abort();  // the client has gone
        co_return false;
      }
      end_ += count;
    }
    co_await Write();
    co_return false;
  }

  Parsed Parse() {
    if (!parser_ && !BeginRequest()) return Parsed::kIncomplete;
    error_code error;
    try {
      begin_ += parser_->Parse(net::const_buffer(buffer_.data() + begin_, end_ - begin_), error);
    } catch (const HttpError& problem) {
      return Refuse(problem.code, problem.what());
    } catch (const std::bad_alloc&) {
      return Refuse(status::service_unavailable, "there is no memory");
    }
    if (error && error != http::error::need_more) return RefuseFor(error);
    if (parser_->is_done()) return Parsed::kComplete;
    if (parser_->is_header_done()) MoveToFront();  // what lies before begin_ is not needed any more
    if (end_ == buffer_.size()) {
      return Refuse(
          parser_->is_header_done() ? status::bad_request : status::request_header_fields_too_large,
          "the head, or a chunk's, is too large");
    }
    if (exchange_ && std::exchange(exchange_->expects_continue, false)) {
      static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
      const std::size_t sent = socket_.write_some(net::buffer(kContinue), error);
      // A client that does not read its answers is not told, and sends the body unasked or never. A
      // part of the line would spoil the answer.
      if (sent != 0 && sent != kContinue.size()) Abort();
    }
    return Parsed::kIncomplete;
  }

  // Whether a request has begun, and its parser.
  bool BeginRequest() {
    // One empty line is let pass: there are clients that send one after a body.
    if (!skipped_line_ && std::string_view(&buffer_[begin_], end_ - begin_).starts_with("\r\n")) {
      skipped_line_ = true;
      begin_ += 2;
    }
    MoveToFront();  // the head has to stay in one place while it is parsed
    Enter(end_ == 0 ? State::kWaiting : State::kReading);
    if (end_ == 0 || (!skipped_line_ && end_ == 1 && buffer_[0] == '\r')) return false;
    skipped_line_ = false;
    parser_.emplace(service_, buffer_, exchange_);
    return true;
  }

  void MoveToFront() {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= std::exchange(begin_, 0);
  }

  Parsed RefuseFor(const error_code& error) {
    if (error == http::error::body_limit) {
      return Refuse(
          status::payload_too_large,
          "the body has more than " + std::to_string(service_.options.max_body) + " bytes");
    }
    if (error != http::error::header_limit) {
      return Refuse(status::bad_request, "the request is not HTTP/1.1: " + error.message());
    }
    if (parser_->is_request_line_done()) {
      return Refuse(status::request_header_fields_too_large, "the head is too large");
    }
    return Refuse(status::uri_too_long, "the first line of the head is too long");
  }

  // Answers what is no request, or too large a one. What follows it cannot be understood.
  Parsed Refuse(status code, std::string_view message) {
    ++service_.refused;
    AnswerWithError(code, message, false);
    timed_out_ = false;
    return Parsed::kRefused;
  }

  // The memory of the request is free before the answer is written.
  void AnswerWithError(status code, std::string_view message, bool keep_alive) {
    const bool is_head =
        exchange_ ? exchange_->method == verb::head : parser_ && parser_->is_head_request();
    parser_.reset();
    exchange_.reset();
    std::string body;
    AppendError(code, message, body);
    error_.clear();
    AnswerHead{.code = code, .keep_alive = keep_alive}.AppendTo(error_, body.size());
    if (!is_head) error_ += body;
    answer_ = {net::buffer(error_), net::const_buffer()};
  }

  // Handles the request and writes the answer. Whether the connection goes on.
  Task<bool> Answer() {
    const bool keep_alive = exchange_->keep_alive && !stopping_;
    parser_.reset();
    Handle(keep_alive);
    co_await Write();
    exchange_.reset();
    co_return (keep_alive && !stopping_ && socket_.is_open());
  }

  void Handle(bool keep_alive) try {
    Respond(*exchange_, keep_alive);
    answer_ = {net::buffer(exchange_->answer_head), net::buffer(exchange_->answer)};
    if (exchange_->method == verb::head) answer_[1] = {};
  } catch (const std::bad_alloc&) {
    ++service_.routes[exchange_->route].failures;
    AnswerWithError(status::service_unavailable, "there is no memory", keep_alive);
  }

  // Mostly all can be written at once: the memory of the request is free then, before the next one,
  // of whatever connection, takes its own.
  Task<void> Write() {
    Enter(State::kWriting);
    error_code error;
    std::size_t sent = socket_.write_some(answer_, error);
    for (net::const_buffer& buffer : answer_) {
      const std::size_t part = std::min(sent, buffer.size());
      buffer += part;
      sent -= part;
    }
    if (net::buffer_size(answer_) != 0) {
      std::tie(error, sent) = co_await net::async_write(socket_, answer_, kAwait);
      if (error) Abort();
    }
  }

  Service& service_;
  Socket socket_;
  State state_ = State::kWaiting;
  TimePoint now_ = std::chrono::steady_clock::now();  // as exact as timeouts need it
  TimePoint deadline_ = TimePoint::max();
  bool timed_out_ = false;
  bool stopping_ = false;
  bool skipped_line_ = false;  // an empty one before the next request
  unsigned steps_ = 0;
  std::optional<Exchange> exchange_;     // from the end of a request's head to that of its answer
  std::optional<RequestParser> parser_;  // while a request is read
  std::string error_;
  std::array<net::const_buffer, 2> answer_;
  std::size_t begin_ = 0;  // of the bytes in the buffer that are yet to be parsed
  std::size_t end_ = 0;
  std::array<char, 2 * RequestParser::kMaxHeadBytes> buffer_;  // any head that may pass fits
};

}  // namespace service
