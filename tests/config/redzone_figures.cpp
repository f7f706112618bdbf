// SPDX-License-Identifier: Apache-2.0
//
// Red zones without a sanitizer: they are in Len, stay where they are when a block is resized, and
// an arena that made its window for just one request serves it without.
// define: ARENA_REDZONE=32
#include <arena/arena.hpp>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "support/check.hpp"

namespace {

using arena_test::Check;

constexpr std::size_t kZone = 32;

// Its window is a new one of just the size asked for, whenever that is needed.
class JustEnough final : public arena::Arena {
 public:
  ~JustEnough() override { Release(); }

  std::size_t Len() const noexcept override { return used_; }
  std::size_t Cap() const noexcept override { return sizeof(storage_); }
  std::size_t Peak() const noexcept override { return used_; }

 protected:
  void* DoAlloc(std::size_t size, std::size_t alignment) noexcept override {
    const std::size_t start = (used_ + alignment - 1) / alignment * alignment;
    const std::size_t bytes = (size + 15) / 16 * 16;
    if (alignment > 16 || bytes > sizeof(storage_) - start) return nullptr;
    used_ = start + bytes;
    SetWindow(storage_ + start, storage_ + used_);
    return AllocFromWindow(size, alignment);
  }
  void DoReset() noexcept override {
    used_ = 0;
    SetWindow(nullptr, nullptr);
  }
  void DoRelease() noexcept override { DoReset(); }

 private:
  alignas(16) std::byte storage_[1024];
  std::size_t used_ = 0;
};

void Figures() {
  arena::MonotonicArena a({.min_buffer_size = 1024});
  auto* const first = static_cast<std::byte*>(a.Alloc(10, 1));
  auto* const second = static_cast<std::byte*>(a.Alloc(10, 1));
  Check(a.Len() == 2 * (10 + kZone), "a red zone follows each allocation, and is in Len");
  Check(second - first == 10 + kZone, "the next allocation is behind the red zone");
  Check(a.TryResize(second, 10, 100), "the last block grows");
  Check(a.Len() == 10 + kZone + 100 + kZone, "one red zone follows it then");
  Check(!a.TryResize(first, 10, 11), "the one before does not grow");
  Check(a.TryResize(second, 100, 0), "the last block goes");
  Check(a.Len() == 10 + kZone, "its red zone goes with it");

  const std::size_t room = 1024 - a.Len();
  Check(a.Alloc(room - kZone, 1) != nullptr && a.Stats().buffers == 1,
        "what fits with its red zone comes from the window");
  a.Reset();
  static_cast<void>(a.Alloc(1024 - kZone + 1, 1));
  Check(a.Stats().buffers == 2, "what fits without its red zone alone does not");
}

void Custom() {
  JustEnough a;
  for (std::size_t size = 1; size <= 64; size *= 2) {
    void* const block = a.TryAlloc(size, 16);
    Check(block != nullptr && reinterpret_cast<std::uintptr_t>(block) % 16 == 0,
          "a window made for the request serves it");
    if (block != nullptr) std::memset(block, 1, size);
  }
  Check(a.TryAlloc(2000, 16) == nullptr, "what is too large is refused");
  a.Reset();
  Check(a.Len() == 0, "Reset");
}

}  // namespace

int main() {
  Figures();
  Custom();
  return arena_test::ExitStatus();
}
