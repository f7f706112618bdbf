// SPDX-License-Identifier: Apache-2.0
#include "session.hpp"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/error.hpp>
#include <cstring>
#include <new>
#include <utility>

#include "http_error.hpp"
#include "response_head.hpp"
#include "worker.hpp"

namespace service {

namespace net = boost::asio;
namespace http = boost::beast::http;

namespace {

constexpr std::chrono::seconds kDrainTime(2);
constexpr std::size_t kMostDrained = std::size_t{4} << 20;

// Of steps, each of which reads what fits the buffer or answers one request, before the other
// connections of the thread have their turn.
constexpr int kStepsPerTurn = 16;

}  // namespace

Session::Session(Worker& worker, Socket socket) : worker_(&worker), socket_(std::move(socket)) {}

void Session::Start(std::list<Session>::iterator self) {
  self_ = self;
  error_code ignored;
  socket_.non_blocking(true, ignored);
  socket_.set_option(net::ip::tcp::no_delay(true), ignored);
  Enter(State::kWaiting);
  Read();
}

void Session::Enter(State state) {
  const Options& options = worker_->options();
  const auto time = [&]() -> std::chrono::milliseconds {
    switch (state) {
      case State::kWaiting:
        return options.idle_timeout;
      case State::kReading:
        return options.request_timeout;
      case State::kWriting:
      case State::kRefusing:
        return options.answer_timeout;
      case State::kDraining:
        break;
    }
    return kDrainTime;
  };
  state_ = state;
  deadline_ = worker_->now() + time();
}

void Session::CheckTime(TimePoint now) {
  if (now < deadline_ || timed_out_) return;
  timed_out_ = true;
  error_code ignored;
  if (state_ == State::kReading) {
    socket_.cancel(ignored);  // OnRead tells the client
  } else {
    Abort();
  }
}

void Session::StopAfterRequest() {
  stopping_ = true;
  error_code ignored;
  if (state_ == State::kWaiting) socket_.cancel(ignored);
}

void Session::Abort() {
  error_code ignored;
  socket_.close(ignored);
}

// ---- reading -----------------------------------------------------------------------------------

void Session::Read() {
  socket_.async_read_some(
      net::buffer(buffer_.data() + end_, buffer_.size() - end_),
      [this](const error_code& error, std::size_t count) { OnRead(error, count); });
}

// Takes what has come of a request in the meantime. Mostly that is the rest of it, and then the
// memory of the request is free again before that of another one is taken.
bool Session::ReadMore() {
  if (state_ != State::kReading) return false;
  error_code error;
  end_ += socket_.read_some(net::buffer(buffer_.data() + end_, buffer_.size() - end_), error);
  return !error;  // an error will be told again
}

void Session::OnRead(const error_code& error, std::size_t count) {
  if (state_ == State::kDraining) {
    drained_ += count;
    if (error || drained_ > kMostDrained) return Close();
    return Read();
  }
  if (timed_out_ && state_ == State::kReading && socket_.is_open()) {
    worker_->stats().timed_out.Add();
    return Refuse(status::request_timeout, "the request took too long");
  }
  if (error) return Close();  // also of a client that vanished within a request
  end_ += count;
  Continue();
}

// Goes on with what is in the buffer: several requests, if the client did not wait for answers.
void Session::Continue() {
  for (int step = 0; step < kStepsPerTurn; ++step) {
    switch (Parse()) {
      case Parsed::kIncomplete:
        if (!ReadMore()) return Read();
        break;
      case Parsed::kRefused:
        return;
      case Parsed::kComplete:
        if (!Respond()) return;
    }
  }
  Yield();
}

// Goes on when the event loop has served the others: a client that never lets the buffer run empty
// must not keep the thread from them, from its timer and from its signals.
void Session::Yield() {
  net::post(worker_->context(), [this] {
    if (stopping_ && !parser_) return Drain();
    OnRead(error_code(), 0);
  });
}

Session::Parsed Session::Parse() {
  if (!parser_ && !BeginRequest()) return Parsed::kIncomplete;
  error_code error;
  try {
    begin_ += parser_->Parse(net::const_buffer(buffer_.data() + begin_, end_ - begin_), error);
  } catch (const HttpError& problem) {
    Refuse(problem.status(), problem.what());
    return Parsed::kRefused;
  } catch (const std::bad_alloc&) {
    Refuse(status::service_unavailable, "out of memory");
    return Parsed::kRefused;
  }
  if (error && error != http::error::need_more) {
    RefuseFor(error);
    return Parsed::kRefused;
  }
  if (parser_->is_done()) return Parsed::kComplete;
  if (!MakeRoom()) {
    Refuse(
        parser_->is_header_done() ? status::bad_request : status::request_header_fields_too_large,
        "the head, or a chunk's, is too large");
    return Parsed::kRefused;
  }
  if (parser_->TakeExpectation()) {
    static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    const std::size_t sent = socket_.write_some(net::buffer(kContinue), error);
    // A client that does not read its answers is not told, and sends the body unasked or never. A
    // part of the line would spoil the answer.
    if (sent != 0 && sent != kContinue.size()) Abort();
  }
  return Parsed::kIncomplete;
}

// Whether a request has begun, and its parser.
bool Session::BeginRequest() {
  // One empty line is let pass: there are clients that send one after a body.
  const std::string_view received(buffer_.data() + begin_, end_ - begin_);
  if (!skipped_line_ && received.starts_with("\r\n")) {
    skipped_line_ = true;
    begin_ += 2;
  }
  // The head has to stay in one place while it is parsed: begin at the front.
  std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
  end_ -= std::exchange(begin_, 0);
  if (end_ == 0) {
    Enter(State::kWaiting);
    return false;
  }
  Enter(State::kReading);
  if (!skipped_line_ && end_ == 1 && buffer_[0] == '\r') return false;
  skipped_line_ = false;
  parser_.emplace(worker_->memory(), buffer_, worker_->options().max_body_bytes);
  return true;
}

bool Session::MakeRoom() {
  if (parser_->is_header_done()) {  // what lies before begin_ is not needed any more
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= std::exchange(begin_, 0);
  }
  return end_ < buffer_.size();
}

// ---- writing -----------------------------------------------------------------------------------

// Whether the answer is out, and the connection ready for the next request. If not, an operation is
// under way that goes on.
bool Session::Respond() {
  exchange_ = std::move(parser_->exchange());
  keep_alive_ = parser_->keeps_alive() && !stopping_;
  parser_.reset();
  const Answer answer = exchange_->Respond(keep_alive_);
  Enter(State::kWriting);
  return Write({net::buffer(answer.head), net::buffer(answer.body)}) && EndExchange();
}

// True if all could be written at once, as is usual: the memory of the request is free then, before
// the next one, of whatever connection, takes its own.
bool Session::Write(std::array<net::const_buffer, 2> buffers) {
  error_code error;
  std::size_t sent = socket_.write_some(buffers, error);
  if (error) sent = 0;  // a broken connection tells again
  for (net::const_buffer& buffer : buffers) {
    const std::size_t part = std::min(sent, buffer.size());
    buffer += part;
    sent -= part;
  }
  if (!error && net::buffer_size(buffers) == 0) return true;
  net::async_write(socket_, buffers, [this](const error_code& failure, std::size_t) {
    if (failure) return Close();
    if (state_ == State::kRefusing) return Drain();
    if (EndExchange()) Continue();
  });
  return false;
}

bool Session::EndExchange() {
  exchange_.reset();
  if (keep_alive_ && !stopping_) return true;
  Drain();
  return false;
}

// ---- the end -----------------------------------------------------------------------------------

void Session::RefuseFor(const error_code& error) {
  if (error == http::error::body_limit) {
    return Refuse(
        status::payload_too_large,
        "the body has more than " + std::to_string(worker_->options().max_body_bytes) + " bytes");
  }
  if (error == http::error::header_limit) {
    if (!parser_->is_request_line_done()) {
      return Refuse(status::uri_too_long, "the first line of the head is too long");
    }
    return Refuse(status::request_header_fields_too_large, "the head is too large");
  }
  Refuse(status::bad_request, "the request is not HTTP/1.1: " + error.message());
}

// Answers what is no request, or too large a one. What follows it cannot be understood.
void Session::Refuse(status code, std::string_view message) {
  worker_->stats().refused.Add();
  const bool with_body = !parser_ || !parser_->is_head_request();
  parser_.reset();
  std::string body;
  AppendError(code, message, body);
  refusal_.clear();
  ResponseHead{code, body.size(), false}.AppendTo(refusal_);
  if (with_body) refusal_ += body;
  Enter(State::kRefusing);
  timed_out_ = false;
  if (Write({net::buffer(refusal_), net::const_buffer()})) Drain();
}

// Closing while the client still sends would reset the connection, and the answer might be lost.
void Session::Drain() {
  error_code ignored;
  socket_.shutdown(net::ip::tcp::socket::shutdown_send, ignored);
  Enter(State::kDraining);
  begin_ = end_ = 0;
  Read();
}

void Session::Close() {
  if (timed_out_ && state_ != State::kDraining) worker_->stats().timed_out.Add();
  worker_->Forget(self_);  // destroys this
}

}  // namespace service
