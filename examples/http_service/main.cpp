// SPDX-License-Identifier: Apache-2.0
//
// An HTTP/1.1 JSON service in which everything that belongs to a request lives in one arena. The
// README.md beside this file shows how the parts stand to each other.
#include <csignal>
#include <cstdio>
#include <list>
#include <thread>
#include <vector>

#include "session.hpp"

namespace service {

using Timer = net::basic_waitable_timer<std::chrono::steady_clock,
                                        net::wait_traits<std::chrono::steady_clock>, Executor>;

// A thread's share of the service: its event loop, its connections and their timeouts. All but
// context() is for this thread alone, so that a lease begins and ends on one thread.
class Worker {
 public:
  explicit Worker(Service& service) : service_(service) { Tick(); }

  net::io_context& context() noexcept { return context_; }

  // Serves a connection to its end, which comes at once when there is no memory for it.
  Task<void> Serve(Socket socket) {
    auto session = sessions_.end();
    try {
      session = sessions_.emplace(sessions_.end(), service_, std::move(socket));
      if (stopping_) session->Abort();
      co_await session->Run();
    } catch (const std::bad_alloc&) {
    }
    if (session != sessions_.end()) sessions_.erase(session);
    ++service_.closed;
    if (stopping_ && sessions_.empty()) timer_.cancel();
  }

  // Ends every session after its current request, and the context's run() with the last of them.
  void Stop() {
    stopping_ = true;
    stop_by_ = std::chrono::steady_clock::now() + std::chrono::milliseconds(service_.options.grace);
    for (Session& session : sessions_) session.StopAfterRequest();
    if (sessions_.empty()) timer_.cancel();
  }

 private:
  // One timer for all sessions: none of them has to set and cancel its own at every step.
  void Tick() {
    const TimePoint now = std::chrono::steady_clock::now();
    for (Session& session : sessions_) {
      session.CheckTime(now);
      if (now >= stop_by_) session.Abort();
    }
    timer_.expires_after(std::chrono::milliseconds(100));
    timer_.async_wait([this](const boost::beast::error_code& error) {
      if (!error && !(stopping_ && sessions_.empty())) Tick();
    });
  }

  Service& service_;
  net::io_context context_{1};
  Timer timer_{context_};
  TimePoint stop_by_ = TimePoint::max();
  bool stopping_ = false;
  std::pmr::list<Session> sessions_{&service_.memory.connections()};
};

// Accepts connections and spreads them over the workers.
class Server {
 public:
  explicit Server(const Options& options) : service_(options, sizeof(Session) + 64) {
    net::co_spawn(context().get_executor(), Accept(), [](const std::exception_ptr& error) {
      if (error) std::rethrow_exception(error);
    });
    signals_.async_wait([this](const boost::beast::error_code&, int) {
      acceptor_.close();
      pause_.cancel();
      for (Worker& worker : workers_) net::post(worker.context(), [&] { worker.Stop(); });
    });
  }

  // Until SIGTERM or SIGINT.
  void Run() {
    std::printf("listening on 127.0.0.1:%u\n", acceptor_.local_endpoint().port());
    std::fflush(stdout);
    std::vector<std::jthread> threads;
    for (Worker& worker : workers_) {
      if (&worker != &workers_.front()) threads.emplace_back([&] { worker.context().run(); });
    }
    context().run();
  }

 private:
  net::io_context& context() { return workers_.front().context(); }

  std::list<Worker> MakeWorkers() {
    std::list<Worker> workers;
    for (std::size_t i = 0; i < service_.options.threads; ++i) workers.emplace_back(service_);
    return workers;
  }

  Task<void> Accept() {
    for (auto worker = workers_.begin();;) {
      auto [error, socket] = co_await acceptor_.async_accept(worker->context(), kAwait);
      if (!acceptor_.is_open()) co_return;
      if (error) {  // there are too many open files, say: others may close some
        pause_.expires_after(std::chrono::milliseconds(100));
        co_await pause_.async_wait(kAwait);
      } else if (service_.accepted - service_.closed < service_.options.max_connections) {
        ++service_.accepted;  // here, so that no burst exceeds the limit
        net::co_spawn(worker->context().get_executor(), worker->Serve(std::move(socket)),
                      net::detached);
        if (++worker == workers_.end()) worker = workers_.begin();
      }
    }
  }

  Service service_;
  std::list<Worker> workers_ = MakeWorkers();
  net::basic_socket_acceptor<net::ip::tcp, Executor> acceptor_{
      context(),
      {net::ip::address_v4::loopback(), static_cast<std::uint16_t>(service_.options.port)}};
  Timer pause_{context()};
  net::signal_set signals_{context(), SIGTERM, SIGINT};
};

}  // namespace service

int main(int argc, char** argv) try {
  const bool asks_for_help = argc == 2 && std::string_view(argv[1]) == "--help";
  const service::Options options({argv + 1, asks_for_help ? argv + 1 : argv + argc});
  if (asks_for_help) return std::fputs(options.usage().c_str(), stdout) < 0;
  if (!options.all_taken()) throw std::invalid_argument("there is an unknown option");
  service::Server(options).Run();
} catch (const std::invalid_argument& error) {
  std::fprintf(stderr, "http_service: %s; --help tells more\n", error.what());
  return 2;
} catch (const std::exception& error) {
  std::fprintf(stderr, "http_service: %s\n", error.what());
  return 1;
}
