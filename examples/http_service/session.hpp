// SPDX-License-Identifier: Apache-2.0
//
// One connection: reads requests, one after the other, has them answered, writes the answers.
//
//     waiting -> reading -> writing -> waiting ...     a request, the next one
//                   |
//                   +-> refusing -> draining           what was read is no request
#ifndef HTTP_SERVICE_SESSION_HPP
#define HTTP_SERVICE_SESSION_HPP

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/http/status.hpp>
#include <chrono>
#include <cstddef>
#include <list>
#include <optional>
#include <string>
#include <string_view>

#include "exchange.hpp"
#include "options.hpp"
#include "request_parser.hpp"
#include "stats.hpp"

namespace service {

class Worker;

// Belongs to the thread of its Worker. Exactly one asynchronous operation is under way at any time,
// so its end is where a session can end, too.
class Session {
 public:
  // A socket that knows its io_context at compile time: cheaper than any executor.
  using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp,
                                                  boost::asio::io_context::executor_type>;
  using TimePoint = std::chrono::steady_clock::time_point;

  Session(Worker& worker, Socket socket);

  // Begins with reading. `self`: its place in the worker's list.
  void Start(std::list<Session>::iterator self);

  // Called every now and then: ends what takes too long.
  void CheckTime(TimePoint now);

  // No request after the current one.
  void StopAfterRequest();

  // At once. The operation under way ends with an error, and the session with it.
  void Abort();

 private:
  using error_code = boost::beast::error_code;
  using status = boost::beast::http::status;
  enum class State { kWaiting, kReading, kWriting, kRefusing, kDraining };

  enum class Parsed { kIncomplete, kComplete, kRefused };

  void Enter(State state);
  void Read();
  bool ReadMore();
  void OnRead(const error_code& error, std::size_t count);
  void Continue();
  void Yield();
  Parsed Parse();
  bool BeginRequest();
  bool MakeRoom();
  bool Respond();
  bool Write(std::array<boost::asio::const_buffer, 2> buffers);
  bool EndExchange();
  void Refuse(status code, std::string_view message);
  void RefuseFor(const error_code& error);
  void Drain();
  void Close();

  Worker* worker_;
  Socket socket_;
  std::list<Session>::iterator self_;
  State state_ = State::kWaiting;
  TimePoint deadline_;
  bool keep_alive_ = true;
  bool timed_out_ = false;
  bool stopping_ = false;
  bool skipped_line_ = false;            // an empty one before the next request
  std::optional<RequestParser> parser_;  // while a request is read
  ExchangePtr exchange_;                 // while it is answered
  std::string refusal_;
  std::size_t drained_ = 0;
  std::size_t begin_ = 0;  // of the bytes in the buffer that are yet to be parsed
  std::size_t end_ = 0;
  // Holds any head that the parser lets pass.
  std::array<char, 2 * RequestParser::kMostHeadBytes> buffer_;
};

}  // namespace service

#endif  // HTTP_SERVICE_SESSION_HPP
