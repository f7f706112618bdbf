// SPDX-License-Identifier: Apache-2.0
//
// Arenas of your own. Derive from arena::Arena, say where memory comes from and what Reset and
// Release do with it, and everything else works as it is: typed allocation, destructors, slices and
// std::pmr containers.
#include <algorithm>
#include <arena/arena.hpp>
#include <cstddef>
#include <cstdio>
#include <memory_resource>
#include <new>
#include <string>
#include <vector>

// With a window of its own: N bytes inside the object and never any more. Allocation is inlined and
// moves the window's cursor; DoAlloc is asked only when the window is full.
template <std::size_t N>
class FixedArena final : public arena::Arena {
 public:
  FixedArena() { SetWindow(storage_, storage_ + N); }
  ~FixedArena() override { Release(); }

  std::size_t Len() const noexcept override {
    return static_cast<std::size_t>(WindowCursor() - storage_);
  }
  std::size_t Cap() const noexcept override { return N; }
  std::size_t Peak() const noexcept override { return std::max(peak_, Len()); }

 protected:
  void* DoAlloc(std::size_t, std::size_t) noexcept override { return nullptr; }
  bool DoTryResize(void* block, std::size_t old_size, std::size_t new_size) noexcept override {
    peak_ = Peak();  // the cursor may be about to fall
    return Arena::DoTryResize(block, old_size, new_size);
  }
  void DoReset() noexcept override {
    peak_ = Peak();
    SetWindow(storage_, storage_ + N);
  }
  void DoRelease() noexcept override { DoReset(); }

 private:
  std::size_t peak_ = 0;
  alignas(16) std::byte storage_[N];
};

// Without a window: every allocation is a block of its own from the heap, so that a heap profiler,
// or a sanitizer, sees each of them. There is nothing to keep at Reset.
class HeapArena final : public arena::Arena {
 public:
  ~HeapArena() override { Release(); }

  std::size_t Len() const noexcept override { return len_; }
  std::size_t Cap() const noexcept override { return len_; }
  std::size_t Peak() const noexcept override { return peak_; }

 protected:
  void* DoAlloc(std::size_t size, std::size_t alignment) noexcept override {
    const std::size_t front = std::max(sizeof(Block), alignment);
    void* const memory = operator new(front + size, std::align_val_t{front}, std::nothrow);
    if (memory == nullptr) return nullptr;
    newest_ = new (memory) Block{newest_, front};
    len_ += size;
    peak_ = std::max(peak_, len_);
    return static_cast<std::byte*>(memory) + front;
  }
  void DoReset() noexcept override {
    while (newest_ != nullptr) {
      Block* const block = newest_;
      newest_ = block->older;
      operator delete(block, std::align_val_t{block->front});
    }
    len_ = 0;
  }
  void DoRelease() noexcept override { DoReset(); }

 private:
  struct Block {
    Block* older;
    std::size_t front;  // from here to what was handed out, and the alignment
  };
  Block* newest_ = nullptr;
  std::size_t len_ = 0;
  std::size_t peak_ = 0;
};

struct Connection {
  const char* name;
  ~Connection() { std::printf("  closing %s\n", name); }
};

void Use(arena::Arena& a, const char* kind) {
  std::printf("%s:\n", kind);
  arena::Allocate<Connection>(a, "the first connection");
  arena::Allocate<Connection>(a, "the second connection");

  auto words = arena::AllocateSlice<std::string>(a, 0, 2);
  words = arena::SliceAppend(a, words, "every", "string", "is", "destroyed", "with the arena");
  {
    std::pmr::vector<int> numbers(&a);  // gone before the arena's memory is
    for (int i = 1; i <= 100; ++i) numbers.push_back(i);
    std::printf("  %zu words, %zu numbers\n", words.size(), numbers.size());
  }
  const std::size_t before = a.Len();
  a.Reset();
  std::printf("  Reset: from %zu bytes to %zu, peak %zu\n", before, a.Len(), a.Peak());
}

int main() {
  FixedArena<8192> fixed;
  Use(fixed, "FixedArena");
  std::printf("  too large for it: %s\n", fixed.TryAlloc(10000) == nullptr ? "nullptr" : "?");

  HeapArena heap;
  Use(heap, "HeapArena");
}
