// SPDX-License-Identifier: Apache-2.0
//
// An arena of one's own that moves its window: no cleanup is lost by SetWindow.
#include <algorithm>
#include <arena/arena.hpp>
#include <cstddef>
#include <vector>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/custom_arenas.hpp"
#include "support/lifetime.hpp"

using arena_test::CheckingResource;
using arena_test::HoppingArena;
using arena_test::LifetimeLog;
using arena_test::Tracked;

namespace {

// Its window goes wherever the test wants it.
class ManualArena final : public arena::Arena {
 public:
  ~ManualArena() override { Release(); }
  std::size_t Len() const noexcept override { return 0; }
  std::size_t Cap() const noexcept override { return 0; }
  std::size_t Peak() const noexcept override { return 0; }
  void Move(std::byte* begin, std::byte* end) { SetWindow(begin, end); }
  std::byte* Cursor() const { return WindowCursor(); }
  using Arena::AllocFromWindow;

 protected:
  void* DoAlloc(std::size_t, std::size_t) noexcept override { return nullptr; }
  void DoReset() noexcept override { SetWindow(nullptr, nullptr); }
  void DoRelease() noexcept override { DoReset(); }
};

}  // namespace

TEST_CASE("cleanups survive every move of the window") {
  CheckingResource upstream;
  LifetimeLog log;
  HoppingArena a(upstream, 256);
  std::vector<int> expected;
  for (int id = 0; id < 300; ++id) {
    arena::Allocate<Tracked>(a, id);
    if (id % 2 == 0) a.Alloc(4, 4);  // so that few are neighbours, which share a record
    expected.insert(expected.begin(), id);
  }
  CHECK(a.Hops() > 10);
  CHECK(a.Len() >= 300 * sizeof(Tracked));
  a.Reset();
  CHECK(log.Deaths() == expected);
  CHECK(log.Check() == "");
  CHECK(upstream.Check() == "");
}

TEST_CASE("slices and scattered requests survive every move of the window") {
  CheckingResource upstream;
  LifetimeLog log;
  HoppingArena a(upstream, 200);
  std::vector<arena::Slice<Tracked>> slices(5);
  for (int id = 0; id < 200; ++id) {
    auto& slice = slices[static_cast<std::size_t>(id % 5)];
    slice = arena::SliceAppend(a, slice, id);
    a.Alloc(static_cast<std::size_t>(id), 1);
  }
  for (int id = 0; id < 200; ++id) {
    CHECK(slices[static_cast<std::size_t>(id % 5)][static_cast<std::size_t>(id / 5)].Id() == id);
  }
  a.Release();
  CHECK(log.Check() == "");
  CHECK(upstream.Check() == "");
}

TEST_CASE("a window may go away and come back elsewhere") {
  LifetimeLog log;
  alignas(16) std::byte memory[3][128];
  ManualArena a;
  CHECK(arena::TryAllocate<Tracked>(a, 0) == nullptr);
  for (int id = 1; id <= 3; ++id) {
    a.Move(memory[id - 1], memory[id - 1] + 128);
    CHECK(arena::TryAllocate<Tracked>(a, 10 * id) != nullptr);
    CHECK(arena::TryAllocate<Tracked>(a, 10 * id + 1) != nullptr);
    a.Move(nullptr, nullptr);
    CHECK(arena::TryAllocate<int>(a) == nullptr);
  }
  log.ForgetOrder();
  a.Reset();
  CHECK(log.Deaths() == std::vector<int>{31, 30, 21, 20, 11, 10});
  CHECK(log.Check() == "");
}

TEST_CASE("a cleanup may move the window") {
  alignas(16) std::byte memory[2][128];
  std::vector<int> order;
  ManualArena a;
  a.Move(memory[0], memory[0] + 128);
  arena::Defer(a, [&order] { order.push_back(1); });
  arena::Defer(a, [&] {
    order.push_back(2);
    a.Move(memory[1], memory[1] + 128);
    arena::Defer(a, [&order] { order.push_back(3); });
  });
  a.Reset();
  CHECK(order == std::vector<int>{2, 3, 1});
}

TEST_CASE("a window of any begin and end serves what fits into it", "[places]") {
  alignas(16) std::byte memory[160];
  ManualArena a;
  for (std::size_t begin = 0; begin <= 16; ++begin) {
    for (std::size_t end = begin; end <= 160; end += 5) {
      a.Move(memory + begin, memory + end);
      const std::size_t usable = std::max(end / 16 * 16, begin) - begin;
      CAPTURE(begin, end, usable);
      CHECK(a.TryAlloc(usable + 1, 1) == nullptr);
      const auto* const block = static_cast<std::byte*>(a.TryAlloc(usable, 1));
      CHECK(block != nullptr);
      if (usable != 0) CHECK(block == memory + begin);
      CHECK(a.Cursor() == memory + begin + usable);
    }
  }
}

TEST_CASE("AllocFromWindow answers null instead of calling DoAlloc", "[places]") {
  alignas(16) std::byte memory[64];
  ManualArena a;
  CHECK(a.AllocFromWindow(1, 1) == nullptr);
  a.Move(memory, memory + 64);
  CHECK(a.AllocFromWindow(64, 1) == memory);
  CHECK(a.AllocFromWindow(1, 1) == nullptr);
}
