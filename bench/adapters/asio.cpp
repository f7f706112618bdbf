// SPDX-License-Identifier: Apache-2.0
//
// The states of Asio's operations: 32 chains of handlers that start the next operation, and post 1,000
// each. Asio keeps one or two states of a thread for the next operation of the same size.
#include <arena/arena.hpp>
#include <array>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "../../examples/adapters/arena_asio.hpp"
#include "document.hpp"
#include "measure.hpp"

namespace {

constexpr int kChains = 32;
constexpr int kSteps = 1'000;

struct Work {
  asio::io_context context{1};
  std::uint64_t done = 0;
};

struct DefaultStep {
  void operator()() {
    ++work->done;
    if (--left > 0) asio::post(work->context, *this);
  }
  Work* work;
  int left;
  std::array<std::byte, 64> state{};  // of a connection, say
};

// It says itself where its state lies: adapters::InArena would have Asio look for its executor, too.
struct ArenaStep {
  using allocator_type = adapters::AsioAllocator<std::byte>;
  allocator_type get_allocator() const noexcept { return *memory; }
  void operator()() {
    ++work->done;
    if (--left > 0) asio::post(work->context, *this);
  }
  arena::Arena* memory;
  Work* work;
  int left;
  std::array<std::byte, 64> state{};
};

struct Default {
  static constexpr const char* kName = "handlers without an allocator";
  void Make(std::string_view) {
    work.done = 0;
    for (int i = 0; i < kChains; ++i) asio::post(work.context, DefaultStep{&work, kSteps});
    work.context.run();
    work.context.restart();
  }
  std::uint64_t Read() const { return work.done; }
  void Drop() {}
  Work work;
};

struct InArena {
  static constexpr const char* kName =
      "with an `AsioAllocator`, an arena for each chain, then `Reset`";
  void Make(std::string_view) {
    work.done = 0;
    for (auto& memory : memories) {
      asio::post(work.context, ArenaStep{&memory, &work, kSteps});
    }
    work.context.run();
    work.context.restart();
  }
  std::uint64_t Read() const { return work.done; }
  void Drop() {
    for (auto& memory : memories) memory.Reset();
  }
  std::array<arena::MonotonicArena, kChains> memories;
  Work work;
};

}  // namespace

int main(int argc, char** argv) {
  return bench::Compare<Default, InArena>("Asio", bench::Orders(), bench::Rounds(argc, argv));
}
