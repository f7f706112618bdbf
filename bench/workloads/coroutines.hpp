// SPDX-License-Identifier: Apache-2.0
//
// Coroutines: an operation is one that is called, awaited and destroyed. None waits for anything, so
// what differs between peers is where the frames lie, and what a peer's tasks do besides.
#ifndef ARENA_BENCH_WORKLOADS_COROUTINES_HPP
#define ARENA_BENCH_WORKLOADS_COROUTINES_HPP

#include <cstddef>
#include <utility>
#include <vector>

#include "../../tests/support/frame_task.hpp"
#include "../support/cases.hpp"

namespace bench {

/// What a coroutine answers with; its first argument, the base class of its promise, says where the frame
/// lies.
using arena_test::FrameTask;

/// The coroutines of peers whose frames come from operator new.
class HeapCoroutines {
 public:
  struct Frame {};
  using Task = FrameTask<Frame>;
  using Memory = HeapCoroutines;

  Memory& memory() noexcept { return *this; }
  template <class Start>
  int Run(Start start) {
    return start().Run();
  }
  void Reset() noexcept {}
};

// Not inlined, or clang would do without their frames. `Memory` is what a peer's frames lie in.
template <class Task, class Memory>
[[gnu::noinline]] Task Leaf(Memory&, int value) {
  co_return value;
}

template <class Task, class Memory>
[[gnu::noinline]] Task AwaitInALoop(Memory& memory, int count) {
  int sum = 0;
  for (int i = 0; i < count; ++i) sum += co_await Leaf<Task>(memory, i);
  co_return sum;
}

/// Ten below each, `depth` levels below the first.
template <class Task, class Memory>
[[gnu::noinline]] Task AwaitATree(Memory& memory, int depth) {
  int sum = 1;
  for (int i = 0; depth > 0 && i < 10; ++i) sum += co_await AwaitATree<Task>(memory, depth - 1);
  co_return sum;
}

/// All of them are there before the first is awaited.
template <class Task, class Memory>
[[gnu::noinline]] Task AwaitWhenAllAreThere(Memory& memory, int count) {
  std::vector<Task> tasks;
  tasks.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) tasks.push_back(Leaf<Task>(memory, i));
  int sum = 0;
  for (Task& task : tasks) sum += co_await std::move(task);
  co_return sum;
}

/// `Coroutines`: a peer's tasks, and how it runs one to its end.
template <class Coroutines>
void RegisterCoroutines() {
  using Task = typename Coroutines::Task;
  const auto add = [](const char* name, std::size_t ops, int expected, auto start) {
    Case(name, Memory::kWarm, [ops, expected, start](benchmark::State& state) {
      Coroutines coroutines;
      for (auto _ : state) {
        const int answer = coroutines.Run([&] { return start(coroutines.memory()); });
        if (answer != expected) state.SkipWithError("a coroutine answers something else");
        coroutines.Reset();
      }
      return Figures{ops};
    });
  };
  constexpr int kCount = 1'000;
  constexpr int kSum = kCount * (kCount - 1) / 2;
  add("coroutines/await", kCount, kSum,
      [](auto& memory) { return AwaitInALoop<Task>(memory, kCount); });
  add("coroutines/tree_1111", 1'111, 1'111,
      [](auto& memory) { return AwaitATree<Task>(memory, 3); });
  add("coroutines/alive_1000", kCount, kSum,
      [](auto& memory) { return AwaitWhenAllAreThere<Task>(memory, kCount); });
}

}  // namespace bench

#endif  // ARENA_BENCH_WORKLOADS_COROUTINES_HPP
