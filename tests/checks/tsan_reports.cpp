// SPDX-License-Identifier: Apache-2.0
//
// Under ThreadSanitizer: threads that use a shared arena as they may are not reported. Those are that
// reset it, or use what is not theirs, while others are at work.
// expect(reset_meanwhile): ThreadSanitizer: data race
// expect(release_meanwhile): ThreadSanitizer: data race
// expect(reset_of_the_base_meanwhile): ThreadSanitizer: data race
// expect(local_in_another_thread): ThreadSanitizer: data race
// expect(base_used_meanwhile): ThreadSanitizer: data race
// fine(shared)
// fine(local)
// fine(rounds)
#include <arena/arena.hpp>
#include <atomic>
#include <string_view>
#include <thread>

namespace {

using arena::ThreadCachedArena;

// A thread makes objects while this one does something else. Neither waits for the other in a way
// that orders what they do: the counter is relaxed.
template <class Here, class There>
void AtOnce(Here here, There there) {
  std::atomic<int> met = 0;
  const auto meet = [&met] {
    met.fetch_add(1, std::memory_order_relaxed);
    while (met.load(std::memory_order_relaxed) < 2) std::this_thread::yield();
  };
  std::thread other([&] {
    meet();
    there();
  });
  meet();
  here();
  other.join();
}

void Use(arena::Arena& a) {
  for (int i = 0; i < 100; ++i) {
    *arena::Allocate<int>(a) = i;
    arena::Defer(a, [] {});
  }
}

void Run(std::string_view which) {
  arena::MonotonicArena base;
  ThreadCachedArena shared(base);
  Use(shared);
  const auto use = [&shared] { Use(shared); };
  if (which == "reset_meanwhile") AtOnce([&] { shared.Reset(); }, use);
  if (which == "release_meanwhile") AtOnce([&] { shared.Release(); }, use);
  if (which == "reset_of_the_base_meanwhile") AtOnce([&] { base.Reset(); }, use);
  if (which == "base_used_meanwhile") AtOnce([&] { Use(base); }, [&] { shared.Alloc(1 << 20); });
  if (which == "local_in_another_thread") {
    const ThreadCachedArena::Local local(shared);
    AtOnce([&] { Use(local); }, [&] { Use(local); });
  }
  if (which == "shared") AtOnce(use, use);
  if (which == "local") {
    const auto use_local = [&] {
      const ThreadCachedArena::Local local(shared);
      Use(local);
      Use(shared);
    };
    AtOnce(use_local, use_local);
  }
  if (which == "rounds") {
    for (int round = 0; round < 3; ++round) {
      AtOnce(use, use);
      round % 2 == 0 ? shared.Reset() : base.Release();
    }
  }
}

}  // namespace

int main(int, char** arguments) { Run(arguments[1]); }
