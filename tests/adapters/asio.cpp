// SPDX-License-Identifier: Apache-2.0
//
// The adapter for Asio: the states of operations lie in the arena, and one after the other they take the
// same memory.
#include <asio/buffer.hpp>
#include <asio/io_context.hpp>
#include <asio/local/connect_pair.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/post.hpp>
#include <asio/read.hpp>
#include <asio/steady_timer.hpp>
#include <asio/write.hpp>
#include <chrono>
#include <cstddef>

#include "adapters/heap.hpp"
#include "arena_asio.hpp"

using arena_test::Check;

namespace {

arena_test::Storage storage;

using Socket = asio::local::stream_protocol::socket;

// Sends itself a byte, reads it, and again.
struct Echo {
  void Send() {
    asio::async_write(one, asio::buffer(&sent, 1),
                      adapters::InArena(memory, [this](asio::error_code error, std::size_t) {
                        if (!error) Receive();
                      }));
  }
  void Receive() {
    asio::async_read(other, asio::buffer(&received, 1),
                     adapters::InArena(memory, [this](asio::error_code error, std::size_t) {
                       if (!error && received == sent && --left > 0) Send();
                     }));
  }
  arena::Arena& memory;
  Socket& one;
  Socket& other;
  int left;
  char sent = 'x';
  char received = 0;
};

void OperationsTakeTheSameMemory(arena::MonotonicArena& a) {
  asio::io_context context{1};
  Socket one(context);
  Socket other(context);
  asio::local::connect_pair(one, other);
  const auto run = [&](int times) {
    Echo echo{a, one, other, times};
    echo.Send();
    context.run();
    context.restart();
    Check(echo.left == 0, "all bytes came back");
  };
  run(10);
  const std::size_t peak = a.Peak();
  Check(peak > 0, "operations lie in the arena");
  const std::size_t calls = arena_test::HeapCalls([&run] { run(1000); });
  Check(calls == 0, "no call of the heap");
  Check(a.Len() == 0 && a.Peak() == peak, "a thousand operations take the memory of ten");
}

void ManyAtOnceEndInAnyOrder(arena::MonotonicArena& a) {
  asio::io_context context{1};
  int ended = 0;
  {
    asio::steady_timer timers[] = {asio::steady_timer(context, std::chrono::milliseconds(2)),
                                   asio::steady_timer(context, std::chrono::milliseconds(1)),
                                   asio::steady_timer(context, std::chrono::hours(1))};
    for (auto& timer : timers) {
      timer.async_wait(adapters::InArena(a, [&ended](asio::error_code) { ++ended; }));
    }
    asio::post(context, adapters::InArena(a, [&timers] { timers[2].cancel(); }));
    context.run();
  }
  Check(ended == 3, "all of them end");
  a.Reset();
}

// An io_context that ends destroys what is pending.
void PendingOnesAreDestroyed(arena::MonotonicArena& a) {
  {
    asio::io_context context{1};
    asio::post(context, adapters::InArena(a, [] {}));
    Check(a.Len() > 0, "an operation is pending in the arena");
  }
  Check(a.Len() == 0, "it was given back");
}

}  // namespace

int main() {
  arena::MonotonicArena a(storage.options());
  OperationsTakeTheSameMemory(a);
  ManyAtOnceEndInAnyOrder(a);
  PendingOnesAreDestroyed(a);
  return arena_test::Verdict();
}
