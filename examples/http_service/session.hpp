// SPDX-License-Identifier: Apache-2.0
//
// One connection: reads requests, one after the other, has them handled, writes the answers.
#pragma once

#include <boost/asio.hpp>
#include <cstring>
#include <optional>
#include <tuple>

#include "service.hpp"

namespace service {

namespace net = boost::asio;
// An executor that is known at compile time is cheaper than any executor.
using Executor = net::io_context::executor_type;
using Socket = net::basic_stream_socket<net::ip::tcp, Executor>;
using TimePoint = std::chrono::steady_clock::time_point;
template <class T>
using Task = net::awaitable<T, Executor>;
inline constexpr net::as_tuple_t<net::use_awaitable_t<Executor>> kAwait{};

class Session {
 public:
  Session(Service& service, Socket socket)
      : service_(service), socket_(std::move(socket)), head_memory_(service.memory) {}

  // Serves the connection to its end.
  Task<void> Run() {
    socket_.non_blocking(true, ignored_);
    socket_.set_option(net::ip::tcp::no_delay(true), ignored_);
    while (keep_alive_ && !stopping_) {
      if (!co_await ReadRequest()) co_return;
      co_await Write();
    }
    // Closing while the client still sends would reset the connection, and lose the answer.
    socket_.shutdown(Socket::shutdown_send, ignored_);
    Enter(State::kWriting);
    for (std::size_t drained = 0; drained <= 4 * kMiB;) {
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
    ++service_.timed_out;
    if (state_ != State::kReading) return Abort();
    socket_.cancel(ignored_);  // the client is told
  }

  // No request after the current one.
  void StopAfterRequest() {
    stopping_ = true;
    if (state_ == State::kWaiting) Abort();
  }

  // At once: what is under way ends with an error.
  void Abort() { socket_.close(ignored_); }

 private:
  using error_code = boost::beast::error_code;
  enum class State { kWaiting, kReading, kWriting };

  // Each step reads what fits the buffer, or answers a request. Then the other connections of the
  // thread, its timer and its signals have their turn, also if this client never pauses.
  static constexpr unsigned kStepsPerTurn = 16;
  static constexpr std::size_t kBufferSize = 16 * 1024;  // and the size of the largest head

  void Enter(State state) {
    const Options& o = service_.options;
    const std::size_t times[] = {o.idle_timeout, o.request_timeout, o.answer_timeout};
    state_ = state;
    timed_out_ = false;
    deadline_ = now_ + std::chrono::milliseconds(times[static_cast<std::size_t>(state)]);
  }

  // Reads until there is an answer to write. False: there is none, the connection is at its end.
  Task<bool> ReadRequest() {
    for (;;) {
      if (++steps_ % kStepsPerTurn == 0) co_await net::post(socket_.get_executor(), kAwait);
      if (Parse()) co_return true;
      if (stopping_ && state_ == State::kWaiting) co_return false;

      // Mostly the rest of a request has come in the meantime. Then its memory is free again before
      // that of another one is taken.
      const net::mutable_buffer room(buffer_.data() + end_, buffer_.size() - end_);
      error_code error = net::error::would_block;
      std::size_t count = 0;
      if (state_ == State::kReading) count = socket_.read_some(room, error);
      if (error == net::error::would_block)
        std::tie(error, count) = co_await socket_.async_read_some(room, kAwait);
      if (error && !timed_out_) Abort();  // the client has gone
      if (!socket_.is_open()) co_return false;
      end_ += count;
    }
  }

  // Parses what has come, and handles the request when it is complete. Whether there is an answer.
  bool Parse() {
    try {
      RefuseIf(timed_out_, "the request took too long", status::request_timeout);
      if (!(request_ || ParseHead()) || !ParseBody()) return false;
      ++service_.requests[request_->route];
      Handle(exchange_.emplace(service_, *request_));
      Finish(exchange_->response);
    } catch (const HttpError& error) {
      Refuse(error.code, error.what());
    } catch (const std::bad_alloc&) {
      Refuse(status::service_unavailable, "there is no memory");
    }
    return true;
  }

  // Whether the head is complete. Then request_ has it.
  bool ParseHead() {
    if (!parser_) {
      while (std::string_view(buffer_.data() + begin_, end_ - begin_).starts_with("\r\n"))
        begin_ += 2;
      MoveToFront();  // the head has to stay in one place while it is parsed
      Enter(end_ == 0 ? State::kWaiting : State::kReading);
      if (end_ == 0 || (end_ == 1 && buffer_[0] == '\r')) return false;
      parser_.emplace(std::piecewise_construct, std::tuple(), std::tuple(head_memory_.allocator()));
      parser_->header_limit(kBufferSize + 1);
      parser_->body_limit(service_.options.max_body);
    }
    Put(*parser_);
    if (!parser_->is_header_done()) return false;
    CheckHead(*parser_, std::string_view(buffer_.data(), begin_));
    keep_alive_ = parser_->keep_alive();
    const auto& head = request_.emplace(service_, *parser_).parser.get();
    if (begin_ == end_ && head.version() >= 11 &&
        boost::beast::iequals(head[field::expect], "100-continue")) {
      static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
      const std::size_t sent = socket_.write_some(net::buffer(kContinue), ignored_);
      // A client that does not read its answers is not told, and sends the body unasked or never. A
      // part of the line would spoil the answer.
      if (sent != 0 && sent != kContinue.size()) Abort();
    }
    return true;
  }

  // Whether the body is complete.
  bool ParseBody() {
    RequestParser& parser = request_->parser;
    // The rest of a chunked body has at least "0\r\n\r\n"; with less of it, Beast runs into its own
    // assertions.
    if (!parser.is_done() && end_ - begin_ >= (parser.chunked() ? 5U : 1U)) Put(parser);
    MoveToFront();
    return parser.is_done();
  }

  // Lets a parser have what has come.
  template <class Parser>
  void Put(Parser& parser) {
    error_code error;
    begin_ += parser.put(net::buffer(buffer_.data() + begin_, end_ - begin_), error);
    RefuseIf(error == http::error::body_limit, "the body is too large", status::payload_too_large);
    if (error && error != http::error::need_more)
      throw HttpError(status::bad_request, "the request is not HTTP/1.1: " + error.message());
    RefuseIf(!parser.is_header_done() && end_ == kBufferSize, "the head is too large",
             status::request_header_fields_too_large);
    RefuseIf(error && end_ - begin_ == kBufferSize, "the head of a chunk is too large");
  }

  void MoveToFront() {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= std::exchange(begin_, 0);
  }

  // Answers what is no request, or too large a one; what follows it cannot be understood. The
  // memory of the request is free before the answer is written.
  void Refuse(status code, std::string_view message) {
    const bool is_complete = request_ && request_->parser.is_done();
    ++(is_complete ? service_.failures[request_->route] : service_.refused);
    keep_alive_ = keep_alive_ && is_complete;
    exchange_.reset();
    request_.reset();
    refusal_.emplace(MakeResponse(head_memory_.allocator()));
    SetError(*refusal_, code, message);
    Finish(*refusal_);
  }

  // Completes the head of an answer.
  void Finish(Response& response) {
    response.set(field::connection, keep_alive_ && !stopping_ ? "keep-alive" : "close");
    response.prepare_payload();
    if (parser_ && parser_->get().method() == verb::head) response.body().clear();
  }

  // Mostly all can be written at once: the memory of the request is free then, before the next one,
  // of whatever connection, takes its own.
  Task<void> Write() {
    Enter(State::kWriting);
    http::response_serializer<Body, Response::fields_type> serializer(
        exchange_ ? exchange_->response : *refusal_);
    http::write_some(socket_, serializer, ignored_);
    if (!serializer.is_done()) {
      const auto [error, count] = co_await http::async_write(socket_, serializer, kAwait);
      if (error) Abort();
    }
    refusal_.reset();
    exchange_.reset();
    request_.reset();
    parser_.reset();
    head_memory_.Reset();
  }

  Service& service_;
  Socket socket_;
  State state_ = State::kWaiting;
  TimePoint now_ = std::chrono::steady_clock::now();  // as exact as timeouts need it
  TimePoint deadline_ = TimePoint::max();
  bool timed_out_ = false, stopping_ = false, keep_alive_ = true;
  unsigned steps_ = 0;
  HeadMemory head_memory_;            // outlives what follows
  std::optional<HeadParser> parser_;  // from the first byte of a request on
  std::optional<Request> request_;    // from the end of its head on
  std::optional<Exchange> exchange_;  // from the end of its body on
  std::optional<Response> refusal_;   // the answer when there is no exchange
  std::size_t begin_ = 0, end_ = 0;   // of the bytes in the buffer that are yet to be parsed
  error_code ignored_;
  std::array<char, kBufferSize> buffer_;  // the last: what short requests use lies close together
};

}  // namespace service
