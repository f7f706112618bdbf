// SPDX-License-Identifier: Apache-2.0
//
// asio::awaitable: coroutines whose frames Asio's own allocator of a thread recycles, as it does while
// an io_context runs.
#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <exception>

#include "../workloads/coroutines.hpp"

namespace {

class Coroutines {
 public:
  using Task = asio::awaitable<int>;
  using Memory = Coroutines;

  Memory& memory() noexcept { return *this; }
  template <class Start>
  int Run(Start start) {
    int answer = 0;
    asio::co_spawn(context_, start(), [&answer](std::exception_ptr, int value) { answer = value; });
    context_.run();
    context_.restart();
    return answer;
  }
  void Reset() noexcept {}

 private:
  asio::io_context context_{1};
};

}  // namespace

void bench::RegisterPeer() { bench::RegisterCoroutines<Coroutines>(); }
