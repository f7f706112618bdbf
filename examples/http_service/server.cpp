// SPDX-License-Identifier: Apache-2.0
#include "server.hpp"

#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <list>
#include <memory>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "exchange.hpp"
#include "stats.hpp"
#include "worker.hpp"

namespace service {
namespace {

namespace net = boost::asio;
using boost::beast::error_code;

class Server {
 public:
  explicit Server(const Options& options) : options_(options) {
    if (memory_ == nullptr) {
      throw std::invalid_argument("--memory takes arena, malloc or pmr");
    }
    for (std::size_t i = 0; i < options_.threads; ++i) {
      workers_.emplace_back(options_, *memory_, stats_);
    }
    next_ = workers_.begin();
    signals_.emplace(workers_.front().context(), SIGTERM, SIGINT);
    signals_->async_wait([this](const error_code& error, int) {
      if (!error) Stop();
    });
    acceptor_.emplace(workers_.front().context(),
                      net::ip::tcp::endpoint(net::ip::address_v4::loopback(), options_.port));
    pause_.emplace(workers_.front().context());
    Accept();
  }

  void Run() {
    std::printf("listening on 127.0.0.1:%u\n", acceptor_->local_endpoint().port());
    std::fflush(stdout);
    std::vector<std::jthread> threads;
    for (auto worker = std::next(workers_.begin()); worker != workers_.end(); ++worker) {
      threads.emplace_back([worker] { worker->context().run(); });
    }
    workers_.front().context().run();
  }

 private:
  void Accept() {
    Worker& worker = *next_;
    if (++next_ == workers_.end()) next_ = workers_.begin();
    acceptor_->async_accept(worker.context(), [&](const error_code& error, Session::Socket socket) {
      if (error == net::error::operation_aborted) return;
      if (error) return AcceptLater();
      if (stats_.accepted.value() - stats_.closed.value() < options_.max_connections) {
        stats_.accepted.Add();  // here, so that no burst exceeds the limit
        Hand(worker, std::move(socket));
      }
      Accept();
    });
  }

  // There are too many open files, say: others may close some.
  void AcceptLater() {
    pause_->expires_after(std::chrono::milliseconds(100));
    pause_->async_wait([this](const error_code& error) {
      if (!error && acceptor_->is_open()) Accept();
    });
  }

  void Hand(Worker& worker, Session::Socket socket) {
    if (&worker == &workers_.front()) return worker.Adopt(std::move(socket));
    net::post(worker.context(),
              [&worker, socket = std::move(socket)]() mutable { worker.Adopt(std::move(socket)); });
  }

  void Stop() {
    error_code ignored;
    acceptor_->close(ignored);
    pause_->cancel();
    for (Worker& worker : workers_) {
      net::post(worker.context(), [&worker] { worker.Stop(); });
    }
  }

  Options options_;
  ServiceStats stats_;
  std::unique_ptr<MemoryStrategy> memory_ = MakeMemory(options_.memory, stats_);
  std::list<Worker> workers_;
  std::list<Worker>::iterator next_;
  std::optional<net::signal_set> signals_;
  std::optional<net::ip::tcp::acceptor> acceptor_;
  std::optional<net::steady_timer> pause_;
};

}  // namespace

void Serve(const Options& options) { Server(options).Run(); }

}  // namespace service
