// SPDX-License-Identifier: Apache-2.0
//
// An arena that calls SetWindow with the whole of a window in which cleanup records lie: they stay
// behind its end, and no allocation takes their bytes.
#include <arena/arena.hpp>
#include <cstddef>
#include <cstring>
#include <vector>

#include "support/catch.hpp"

namespace {

// A window over its own bytes, that can be entered again at any place.
class ReenteringArena final : public arena::Arena {
 public:
  ReenteringArena() { EnterFrom(storage_); }
  ~ReenteringArena() override { Release(); }

  void Enter() { EnterFrom(WindowCursor()); }

  std::size_t Len() const noexcept override {
    return static_cast<std::size_t>(WindowCursor() - storage_);
  }
  std::size_t Cap() const noexcept override { return sizeof(storage_); }
  std::size_t Peak() const noexcept override { return Len(); }

 protected:
  void* DoAlloc(std::size_t, std::size_t) noexcept override { return nullptr; }
  void DoReset() noexcept override { EnterFrom(storage_); }
  void DoRelease() noexcept override { EnterFrom(storage_); }

 private:
  void EnterFrom(std::byte* begin) { SetWindow(begin, storage_ + sizeof(storage_)); }

  alignas(16) std::byte storage_[512];
};

}  // namespace

TEST_CASE("a window that is entered again keeps the records that lie in it") {
  std::vector<int> order;
  ReenteringArena a;
  for (int i = 0; i < 3; ++i) {
    arena::Defer(a, [&order, i] { order.push_back(i); });
    a.Enter();
  }
  // All that is left, and written to.
  std::size_t taken = 0;
  while (void* const byte = a.TryAlloc(1, 1)) {
    std::memset(byte, 0xFF, 1);
    ++taken;
  }
  CHECK(taken > 0);
  CHECK(taken < 512 - 3 * 16);
  a.Reset();
  CHECK(order == std::vector<int>{2, 1, 0});

  // After a Reset there is no record left, and the whole window is free again.
  CHECK(a.TryAlloc(512, 1) != nullptr);
}
