// SPDX-License-Identifier: Apache-2.0
//
// A window that ends before the first multiple of 16 in it has no byte to use: neither an
// allocation nor a cleanup record may come from around it.
#include <arena/arena.hpp>
#include <cstddef>
#include <cstring>
#include <new>

#include "support/catch.hpp"

namespace {

// Of the bytes around it, the window is eight that hold no multiple of 16.
class TinyWindowArena final : public arena::Arena {
 public:
  TinyWindowArena() {
    std::memset(storage_, 0x5A, sizeof(storage_));
    Enter();
  }
  ~TinyWindowArena() override { Release(); }

  std::size_t Len() const noexcept override { return 0; }
  std::size_t Cap() const noexcept override { return 0; }
  std::size_t Peak() const noexcept override { return 0; }

  bool Untouched() const {
    for (const unsigned char byte : storage_) {
      if (byte != 0x5A) return false;
    }
    return true;
  }
  std::ptrdiff_t Room() const { return WindowLimit() - WindowCursor(); }

  // As if from DoAlloc.
  void* FromWindow(std::size_t size) noexcept { return AllocFromWindow(size, 1); }
  bool Register() noexcept {
    return AddCleanup({[](void*) noexcept {}, this});
  }

 protected:
  void* DoAlloc(std::size_t, std::size_t) noexcept override { return nullptr; }
  void DoReset() noexcept override { Enter(); }
  void DoRelease() noexcept override { Enter(); }

 private:
  void Enter() { SetWindow(storage_ + 513, storage_ + 521); }

  alignas(16) unsigned char storage_[1024];
};

}  // namespace

TEST_CASE("a window without a multiple of 16 in it serves nothing and holds no record") {
  TinyWindowArena a;
  CHECK(a.Room() == 0);
  CHECK(a.TryAlloc(1, 1) == nullptr);
  CHECK(a.TryAlloc(8, 8) == nullptr);
  CHECK(a.FromWindow(1) == nullptr);
  CHECK_FALSE(a.Register());
  CHECK_THROWS_AS(arena::Defer(a, [] {}), std::bad_alloc);
  CHECK(a.Untouched());
  a.Reset();
  CHECK(a.Room() == 0);
  CHECK(a.Untouched());
}
