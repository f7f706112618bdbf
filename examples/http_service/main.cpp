// SPDX-License-Identifier: Apache-2.0
//
// An HTTP/1.1 JSON service whose requests live in arenas. README.md tells how.
#include <csignal>
#include <cstdio>
#include <list>

#include "session.hpp"

namespace service {

// A thread's share of the service: its event loop, its connections and their timeouts. All but
// context() is for this thread alone, so that a lease begins and ends on one thread.
class Worker {
 public:
  explicit Worker(Service& service) : service_(service) {
    net::co_spawn(context_, Watch(), net::detached);
  }

  net::io_context& context() noexcept { return context_; }

  // Serves a connection to its end, which comes at once when there is no memory for it.
  Task<void> Serve(Socket socket) {
    auto session = sessions_.end();
    try {
      session = sessions_.emplace(sessions_.end(), service_, std::move(socket));
      co_await session->Run();
    } catch (const std::bad_alloc&) {
    }
    if (session != sessions_.end()) sessions_.erase(session);
    ++service_.closed;
  }

  // Ends every session after its current request, and the context's run() with the last of them.
  void Stop() {
    stop_by_ = std::chrono::steady_clock::now() + std::chrono::milliseconds(service_.options.grace);
    for (Session& session : sessions_) session.StopAfterRequest();
  }

 private:
  // One timer for all sessions: none of them has to set and cancel its own at every step.
  Task<void> Watch() {
    for (net::steady_timer timer(context_); stop_by_ == TimePoint::max() || !sessions_.empty();) {
      const TimePoint now = std::chrono::steady_clock::now();
      for (Session& session : sessions_) {
        session.CheckTime(now);
        if (now >= stop_by_) session.Abort();
      }
      timer.expires_after(std::chrono::milliseconds(100));
      co_await timer.async_wait(kAwait);
    }
  }

  Service& service_;
  net::io_context context_{1};
  TimePoint stop_by_ = TimePoint::max();
  std::pmr::list<Session> sessions_{&service_.memory.connections()};
};

// Spreads connections over the workers.
Task<void> Accept(Service& service, net::ip::tcp::acceptor& acceptor, std::list<Worker>& workers) {
  for (auto worker = workers.begin();;) {
    auto [error, socket] = co_await acceptor.async_accept(worker->context(), kAwait);
    if (!acceptor.is_open()) co_return;
    if (error) {  // there are too many open files, say: others may close some
      net::steady_timer pause(acceptor.get_executor(), std::chrono::milliseconds(100));
      co_await pause.async_wait(kAwait);
    } else if (service.accepted - service.closed < service.options.max_connections) {
      ++service.accepted;  // here, so that no burst exceeds the limit
      net::co_spawn(worker->context(), worker->Serve(std::move(socket)), net::detached);
      if (++worker == workers.end()) worker = workers.begin();
    }
  }
}

// Serves until SIGTERM or SIGINT.
void Run(const Options& options) {
  Service service(options, sizeof(Session) + 4096);  // with a page for the head
  net::io_context context{1};
  net::ip::tcp::acceptor acceptor(
      context, {net::ip::address_v4::loopback(), static_cast<std::uint16_t>(options.port)});
  std::list<Worker> workers;
  for (std::size_t i = 0; i < options.threads; ++i) workers.emplace_back(service);
  net::co_spawn(context, Accept(service, acceptor, workers), net::detached);
  net::signal_set signals(context, SIGTERM, SIGINT);
  signals.async_wait([&](const boost::beast::error_code&, int) {
    acceptor.close();
    for (Worker& worker : workers) net::post(worker.context(), [&] { worker.Stop(); });
  });
  std::printf("listening on 127.0.0.1:%u\n", acceptor.local_endpoint().port());
  std::fflush(stdout);
  net::thread_pool threads(options.threads);
  for (Worker& worker : workers) net::post(threads, [&] { worker.context().run(); });
  context.run();
  threads.join();
}

}  // namespace service

int main(int argc, char** argv) try {
  service::Run(service::Options({argv + 1, argv + argc}));
} catch (const std::exception& error) {
  std::fprintf(stderr, "http_service: %s\n", error.what());
  return 1;
}
