// SPDX-License-Identifier: Apache-2.0
//
// Whatever a ConcurrentArena passes on reaches the base while the lock is held: the base here looks
// at the locks at every call, so that no race has to be won to see one that is missing.
#include <arena/arena.hpp>
#include <cstddef>
#include <string>
#include <utility>

#include "support/catch.hpp"

namespace {

// Counts the locks that are held: Reset and Release take the one that excludes others of them
// first.
struct CountedLock {
  void lock() { ++held; }
  void unlock() { --held; }
  static inline int held = 0;
};

// Without a window, so that every call gets to it; notes with how many locks.
class LookingArena final : public arena::Arena {
 public:
  ~LookingArena() override { Release(); }

  std::size_t Len() const noexcept override { return Look(&figures, used_); }
  std::size_t Cap() const noexcept override { return Look(&figures, sizeof(storage_)); }
  std::size_t Peak() const noexcept override { return Look(&figures, used_); }

  // How often each was called; a call with another number of locks than it needs is a stray.
  mutable int figures = 0;
  int allocations = 0, resizes = 0, registrations = 0, takes = 0, ends = 0, marks = 0;
  mutable int strays = 0;
  int needed = 1;

 protected:
  void* DoAlloc(std::size_t size, std::size_t alignment) noexcept override {
    Look(&allocations, 0);
    const std::size_t start = (used_ + alignment - 1) / alignment * alignment;
    if (start + size > sizeof(storage_)) return nullptr;
    used_ = start + size;
    return storage_ + start;
  }
  bool DoTryResize(void*, std::size_t, std::size_t) noexcept override {
    Look(&resizes, 0);
    return false;
  }
  bool DoAddCleanup(arena::Cleanup cleanup) noexcept override {
    Look(&registrations, 0);
    return Arena::DoAddCleanup(cleanup);
  }
  bool DoTakeCleanup(arena::Cleanup* cleanup, const void* only) noexcept override {
    Look(&takes, 0);
    return Arena::DoTakeCleanup(cleanup, only);
  }
  void DoReset() noexcept override {
    Look(&ends, 0);
    used_ = 0;
  }
  void DoRelease() noexcept override { DoReset(); }
  void DoMarkDeallocated(void*, std::size_t) noexcept override { Look(&marks, 0); }

 private:
  std::size_t Look(int* calls, std::size_t answer) const noexcept {
    ++*calls;
    if (CountedLock::held != needed) ++strays;
    return answer;
  }

  alignas(64) std::byte storage_[16 * 1024];
  std::size_t used_ = 0;
};

}  // namespace

TEST_CASE("every call reaches the base of a ConcurrentArena under the lock") {
  LookingArena base;
  {
    arena::BasicConcurrentArena<CountedLock> a(base);

    static_cast<void>(a.Len());
    static_cast<void>(a.Cap());
    static_cast<void>(a.Peak());
    CHECK(base.figures == 3);
    CHECK(base.strays == 0);

    void* const block = a.Alloc(64);
    CHECK(base.allocations == 1);
    CHECK_FALSE(a.TryResize(block, 64, 32));
    CHECK(base.resizes == 1);
    CHECK(base.strays == 0);

    // Each storage of a slice registers its record.
    auto slice = arena::AllocateSlice<std::string>(a, 1, 1);
    slice = arena::SliceAppend(a, std::move(slice), std::string("more"));
    CHECK(base.registrations == 2);
    CHECK(base.strays == 0);

    int other = 0;
    CHECK_FALSE(a.DropCleanup(&other));
    CHECK(base.takes == 1);
    CHECK(base.strays == 0);

    a.deallocate(block, 64);
    CHECK(base.marks == (arena::detail::kInstrumented ? 1 : 0));
    CHECK(base.strays == 0);

    // While cleanups are taken and the memory is forgotten, the second lock is held as well.
    base.needed = 2;
    int seen = 0;
    arena::Defer(base, [&seen] { seen = CountedLock::held; });
    base.strays = 0;  // Defer went around the locks
    SECTION("Reset") { a.Reset(); }
    SECTION("Release") { a.Release(); }
    CHECK(seen == 1);  // the cleanup itself runs under the second lock alone
    CHECK(base.takes >= 2);
    CHECK(base.ends >= 1);
    CHECK(base.strays == 0);
    CHECK(CountedLock::held == 0);
  }
}

TEST_CASE("what a decorator of a ConcurrentArena passes on reaches the base under the lock") {
  LookingArena base;
  arena::BasicConcurrentArena<CountedLock> a(base);
  arena::ArenaDecorator outer(static_cast<arena::Arena&>(a));
  int calls = 0;
  const bool releases = GENERATE(false, true);
  arena::Defer(outer, [&calls] { ++calls; });
  releases ? outer.Release() : outer.Reset();
  CHECK(calls == 1);
  CHECK(base.takes == 2);  // the second found none
  CHECK(base.ends == 1);
  CHECK(base.strays == 0);
  CHECK(CountedLock::held == 0);
}
