// SPDX-License-Identifier: Apache-2.0
//
// Ten threads and one arena, in three ways. Each thread allocates
// - from a ConcurrentArena, under its mutex: exact, and slower with every thread that is added;
// - from a ThreadCachedArena, of which each thread has a part: nobody waits, and what is made still
//   lives until the shared Reset. A Local gives the thread its part, without looking it up each time;
// - from a MonotonicArena of its own, which takes whole buffers from the shared one: what is made dies
//   with it, and the shared Len counts buffers.
// All three print what differs.
#include <arena/arena.hpp>
#include <atomic>
#include <cstddef>
#include <cstdio>
#include <thread>
#include <vector>

constexpr std::size_t kThreads = 10;
constexpr std::size_t kObjects = 1000;

std::atomic<std::size_t> intact = 0;  // objects that still hold what their thread wrote
std::atomic<std::size_t> closed = 0;

struct Session {
  std::size_t thread;
  ~Session() { ++closed; }
};

struct Object {
  std::size_t thread;
  std::size_t number;
};

// What each thread does, whichever arena it is given.
void Work(arena::Arena& a, std::size_t thread) {
  arena::Allocate<Session>(a, thread);
  auto objects = arena::AllocateSlice<Object*>(a, 0, kObjects);
  for (std::size_t i = 0; i < kObjects; ++i) {
    objects = arena::SliceAppend(a, objects, arena::Allocate<Object>(a, thread, i));
  }
  for (std::size_t i = 0; i < kObjects; ++i) {
    if (objects[i]->thread == thread && objects[i]->number == i) ++intact;
  }
}

template <class Function>
void RunInThreads(Function function) {
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < kThreads; ++i) threads.emplace_back(function, i);
  for (std::thread& thread : threads) thread.join();
}

void Print(const char* when, const arena::Arena& shared) {
  std::printf("  %-18s %zu objects intact, %2zu sessions closed, shared Len %zu\n", when,
              intact.load(), closed.load(), shared.Len());
}

int main() {
  {
    arena::MonotonicArena base;
    arena::ConcurrentArena shared(base);  // from here on, nobody uses `base` directly
    std::printf("one arena under a mutex:\n");
    RunInThreads([&shared](std::size_t thread) { Work(shared, thread); });
    // The sessions live on; Len is the sum of what was allocated.
    Print("threads are done", shared);
    shared.Reset();  // closes the sessions, on this thread
    Print("after Reset", shared);
  }

  intact = closed = 0;
  arena::MonotonicArena base;
  arena::ThreadCachedArena shared(base);  // as above: the same Len, the same lives
  std::printf("one arena, a part of it for each thread:\n");
  RunInThreads([&shared](std::size_t thread) {
    if (thread % 2 == 0) {
      Work(shared, thread);
    } else {
      // For this thread, until the end of the block.
      const arena::ThreadCachedArena::Local local(shared);
      Work(local, thread);
    }
  });
  Print("threads are done", shared);
  shared.Reset();  // no thread is inside a call, and none holds a Local
  Print("after Reset", shared);

  intact = closed = 0;
  std::printf("an arena per thread, fed by the shared one:\n");
  RunInThreads([&shared](std::size_t thread) {
    arena::MonotonicArena own({.upstream = &shared});
    Work(own, thread);
  });
  // With each `own` its session ended, on its thread; but Len counts whole buffers, until the Reset.
  Print("threads are done", shared);
  shared.Reset();
  Print("after Reset", shared);
}
