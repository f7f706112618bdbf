// SPDX-License-Identifier: Apache-2.0
//
// Arenas as a user of the library might write them, for tests of what works on any arena: with a
// window that stays, with one that moves, without one, and decorators with and without hooks.
#ifndef ARENA_TESTS_SUPPORT_CUSTOM_ARENAS_HPP
#define ARENA_TESTS_SUPPORT_CUSTOM_ARENAS_HPP

#include <arena/arena.hpp>
#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <vector>

namespace arena_test {

// Upstream's answer without exceptions.
inline void* TryAllocateFrom(std::pmr::memory_resource& upstream, std::size_t size,
                             std::size_t alignment) noexcept {
  try {
    return upstream.allocate(size, alignment);
  } catch (...) {
    return nullptr;
  }
}

// A window over N bytes of its own, and never any more.
template <std::size_t N>
class WindowArena final : public arena::Arena {
 public:
  WindowArena() { SetWindow(storage_, storage_ + N); }
  ~WindowArena() override { Release(); }

  std::size_t Len() const noexcept override {
    return static_cast<std::size_t>(WindowCursor() - storage_);
  }
  std::size_t Cap() const noexcept override { return N; }
  std::size_t Peak() const noexcept override { return peak_ > Len() ? peak_ : Len(); }

  bool Owns(const void* pointer) const {
    const auto address = reinterpret_cast<std::uintptr_t>(pointer);
    const auto begin = reinterpret_cast<std::uintptr_t>(storage_);
    return address >= begin && address - begin < N;
  }

 protected:
  void* DoAlloc(std::size_t, std::size_t) noexcept override { return nullptr; }
  bool DoTryResize(void* block, std::size_t old_size, std::size_t new_size) noexcept override {
    peak_ = Peak();
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

// No window: every allocation is a block from upstream.
class WindowlessArena final : public arena::Arena {
 public:
  explicit WindowlessArena(std::pmr::memory_resource& upstream) : upstream_(upstream) {}
  ~WindowlessArena() override { Release(); }

  std::size_t Len() const noexcept override { return len_; }
  std::size_t Cap() const noexcept override { return len_; }
  std::size_t Peak() const noexcept override { return peak_; }

  std::size_t Blocks() const { return blocks_; }

 protected:
  void* DoAlloc(std::size_t size, std::size_t alignment) noexcept override {
    const std::size_t front = alignment > sizeof(Block) ? alignment : sizeof(Block);
    void* const memory = TryAllocateFrom(upstream_, front + size, front);
    if (memory == nullptr) return nullptr;
    newest_ = ::new (memory) Block{newest_, front, front + size, 0};
    ++blocks_;
    len_ += size;
    if (len_ > peak_) peak_ = len_;
    return static_cast<std::byte*>(memory) + front;
  }
  void DoReset() noexcept override {
    while (newest_ != nullptr) {
      const Block block = *newest_;
      upstream_.deallocate(newest_, block.size, block.front);
      newest_ = block.older;
    }
    len_ = blocks_ = 0;
  }
  void DoRelease() noexcept override { DoReset(); }

 private:
  struct Block {
    Block* older;
    std::size_t front;  // from here to what is handed out, and the alignment
    std::size_t size;
    std::size_t unused;
  };

  std::pmr::memory_resource& upstream_;
  Block* newest_ = nullptr;
  std::size_t blocks_ = 0;
  std::size_t len_ = 0;
  std::size_t peak_ = 0;
};

// A window that hops to a new page whenever the old one is full.
class HoppingArena final : public arena::Arena {
 public:
  HoppingArena(std::pmr::memory_resource& upstream, std::size_t page_size)
      : upstream_(upstream), page_size_(page_size) {}
  ~HoppingArena() override { Release(); }

  std::size_t Len() const noexcept override {
    return left_ + static_cast<std::size_t>(WindowCursor() - begin_);
  }
  std::size_t Cap() const noexcept override { return cap_; }
  std::size_t Peak() const noexcept override { return peak_ > Len() ? peak_ : Len(); }

  std::size_t Hops() const { return pages_.size(); }

 protected:
  void* DoAlloc(std::size_t size, std::size_t alignment) noexcept override {
    std::size_t bytes = size + alignment + 32;
    if (bytes < page_size_) bytes = page_size_;
    bytes = (bytes + 15) / 16 * 16;
    void* const page = TryAllocateFrom(upstream_, bytes, 16);
    if (page == nullptr) return nullptr;
    pages_.push_back({static_cast<std::byte*>(page), bytes});
    left_ = Len();
    cap_ += bytes;
    begin_ = pages_.back().begin;
    SetWindow(begin_, begin_ + bytes);
    return AllocFromWindow(size, alignment);
  }
  void DoReset() noexcept override {
    peak_ = Peak();
    SetWindow(nullptr, nullptr);
    begin_ = nullptr;
    for (const Page& page : pages_) upstream_.deallocate(page.begin, page.size, 16);
    pages_.clear();
    left_ = cap_ = 0;
  }
  void DoRelease() noexcept override { DoReset(); }

 private:
  struct Page {
    std::byte* begin;
    std::size_t size;
  };

  std::pmr::memory_resource& upstream_;
  std::size_t page_size_;
  std::vector<Page> pages_;
  std::byte* begin_ = nullptr;
  std::size_t left_ = 0;
  std::size_t cap_ = 0;
  std::size_t peak_ = 0;
};

// Counts the calls and passes every hook on: it owns no window and no cleanups.
class LoggingArena final : public arena::Arena {
 public:
  explicit LoggingArena(arena::Arena& base) : base_(base) {}

  std::size_t Len() const noexcept override { return base_.Len(); }
  std::size_t Cap() const noexcept override { return base_.Cap(); }
  std::size_t Peak() const noexcept override { return base_.Peak(); }

  struct Log {
    std::size_t allocations = 0;
    std::size_t bytes = 0;
    std::size_t resizes = 0;
    std::size_t cleanups_added = 0;
    std::size_t cleanups_taken = 0;
    std::size_t resets = 0;
    std::size_t releases = 0;
  };
  const Log& GetLog() const { return log_; }

 protected:
  void* DoAlloc(std::size_t size, std::size_t alignment) noexcept override {
    void* const block = base_.TryAlloc(size, alignment);
    if (block != nullptr) ++log_.allocations, log_.bytes += size;
    return block;
  }
  bool DoTryResize(void* block, std::size_t old_size, std::size_t new_size) noexcept override {
    const bool done = base_.TryResize(block, old_size, new_size);
    if (done) ++log_.resizes;
    return done;
  }
  bool DoAddCleanup(arena::Cleanup cleanup) noexcept override {
    const bool done = AddCleanupTo(base_, cleanup);
    if (done) ++log_.cleanups_added;
    return done;
  }
  bool DoTakeCleanup(arena::Cleanup* cleanup, const void* only) noexcept override {
    const bool done = TakeCleanupOf(base_, cleanup, only);
    if (done) ++log_.cleanups_taken;
    return done;
  }
  void DoReset() noexcept override {
    ++log_.resets;
    ResetMemoryOf(base_);
  }
  void DoRelease() noexcept override {
    ++log_.releases;
    ReleaseMemoryOf(base_);
  }
  void DoMarkDeallocated(void* block, std::size_t size) noexcept override {
    MarkDeallocatedIn(base_, block, size);
  }

 private:
  arena::Arena& base_;
  Log log_;
};

// Implements what it must and nothing else, so it keeps cleanups of its own, in the base's memory.
class PlainDecorator final : public arena::Arena {
 public:
  explicit PlainDecorator(arena::Arena& base) : base_(base) {}

  std::size_t Len() const noexcept override { return base_.Len(); }
  std::size_t Cap() const noexcept override { return base_.Cap(); }
  std::size_t Peak() const noexcept override { return base_.Peak(); }

 protected:
  void* DoAlloc(std::size_t size, std::size_t alignment) noexcept override {
    return base_.TryAlloc(size, alignment);
  }
  void DoReset() noexcept override { base_.Reset(); }
  void DoRelease() noexcept override { base_.Release(); }

 private:
  arena::Arena& base_;
};

}  // namespace arena_test

#endif  // ARENA_TESTS_SUPPORT_CUSTOM_ARENAS_HPP
