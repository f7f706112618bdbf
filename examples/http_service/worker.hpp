// SPDX-License-Identifier: Apache-2.0
//
// A thread's share of the service: its event loop, its connections and their timeouts.
#ifndef HTTP_SERVICE_WORKER_HPP
#define HTTP_SERVICE_WORKER_HPP

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <list>

#include "exchange.hpp"
#include "options.hpp"
#include "session.hpp"
#include "stats.hpp"

namespace service {

// Everything but context() is used by the thread that runs the context alone.
class Worker {
 public:
  using TimePoint = Session::TimePoint;

  Worker(const Options& options, MemoryStrategy& memory, ServiceStats& stats);

  boost::asio::io_context& context() noexcept { return context_; }

  // A new connection.
  void Adopt(Session::Socket socket);

  // Destroys a session; for itself to call.
  void Forget(std::list<Session>::iterator session);

  // Ends every session after its current request, and the context's run() with the last of them.
  void Stop();

  const Options& options() const noexcept { return *options_; }
  MemoryStrategy& memory() const noexcept { return *memory_; }
  ServiceStats& stats() const noexcept { return *stats_; }

  // The time, as exact as timeouts need it.
  TimePoint now() const noexcept { return now_; }

 private:
  void Tick();

  const Options* options_;
  MemoryStrategy* memory_;
  ServiceStats* stats_;
  boost::asio::io_context context_{1};
  boost::asio::steady_timer timer_{context_};
  TimePoint now_ = std::chrono::steady_clock::now();
  TimePoint stop_by_ = TimePoint::max();
  bool stopping_ = false;
  std::list<Session> sessions_;
};

}  // namespace service

#endif  // HTTP_SERVICE_WORKER_HPP
