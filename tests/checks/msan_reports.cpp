// SPDX-License-Identifier: Apache-2.0
//
// Under MemorySanitizer: memory is uninitialised when it is handed out, also when it was handed out
// and written before, and what the typed functions initialise is initialised. No iostream and no
// std::string in here: the standard library is not instrumented.
// expect(fresh): use-of-uninitialized-value
// expect(after_reset): use-of-uninitialized-value
// expect(stale_after_reset): use-of-uninitialized-value
// expect(after_release): use-of-uninitialized-value
// expect(after_scope): use-of-uninitialized-value
// expect(after_resize): use-of-uninitialized-value
// expect(after_undo): use-of-uninitialized-value
// expect(aside): use-of-uninitialized-value
// expect(aside_after_reset): use-of-uninitialized-value
// expect(over_a_record): use-of-uninitialized-value
// expect(callers_buffer): use-of-uninitialized-value
// expect(overwrite): use-of-uninitialized-value
// expect(spare_capacity): use-of-uninitialized-value
// expect(shared): use-of-uninitialized-value
// expect(custom_arena): use-of-uninitialized-value
// expect(custom_arena_after_reset): use-of-uninitialized-value
// fine(initialised)
// fine(cleanups)
// fine(buffer)
#include <arena/arena.hpp>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <utility>
#include <vector>

namespace {

// The branch is what MemorySanitizer reports. 0 and not 0 both end well.
int Read(const void* memory) {
  if (*static_cast<const unsigned char*>(memory) == 77) std::puts("77");
  return 0;
}

void* Written(arena::Arena& a, std::size_t size) {
  void* const block = a.Alloc(size, 1);
  std::memset(block, 1, size);
  Read(block);  // nothing to report here
  return block;
}

struct Counted {
  explicit Counted(int* count) : deaths(count) {}
  ~Counted() { ++*deaths; }
  int* deaths;
};

// It marks nothing itself: that what it hands out is uninitialised is the interface's doing.
class FixedArena final : public arena::Arena {
 public:
  FixedArena() { SetWindow(storage_, storage_ + sizeof(storage_)); }
  ~FixedArena() override { Release(); }
  std::size_t Len() const noexcept override {
    return static_cast<std::size_t>(WindowCursor() - storage_);
  }
  std::size_t Cap() const noexcept override { return sizeof(storage_); }
  std::size_t Peak() const noexcept override { return Len(); }

 protected:
  void* DoAlloc(std::size_t, std::size_t) noexcept override { return nullptr; }
  void DoReset() noexcept override { SetWindow(storage_, storage_ + sizeof(storage_)); }
  void DoRelease() noexcept override { DoReset(); }

 private:
  alignas(16) std::byte storage_[1024] = {};
};

int Fail(const char* what) {
  std::fprintf(stderr, "wrong: %s\n", what);
  return 1;
}

int Initialised() {
  arena::MonotonicArena a({.min_buffer_size = 256});
  for (int round = 0; round < 3; ++round) {
    if (*arena::Allocate<int>(a) != 0) return Fail("Allocate<int>");
    if (*arena::Allocate<int>(a, 7) != 7) return Fail("Allocate<int>(7)");
    arena::Slice<int> numbers = arena::AllocateSlice<int>(a, 10, 20);
    for (const int number : numbers) {
      if (number != 0) return Fail("AllocateSlice");
    }
    for (int i = 0; i < 1000; ++i) numbers = arena::SliceAppend(a, numbers, i);
    for (std::size_t i = 10; i < numbers.size(); ++i) {
      if (numbers[i] != static_cast<int>(i) - 10) return Fail("SliceAppend");
    }
    const std::string_view text = arena::CopyString(a, "text");
    if (text.data()[4] != '\0') return Fail("CopyString");
    {
      const arena::ArenaScope scope(a);
      std::vector<int, arena::Allocator<int>> vector(a);
      for (int i = 0; i < 1000; ++i) vector.push_back(i);
      for (const int number : vector) {
        if (number < 0) return Fail("vector");
      }
    }
    const arena::ArenaStats stats = a.Stats();
    if (stats.cap != stats.len + stats.records + stats.waste + stats.free) return Fail("Stats");
    round == 1 ? a.Release() : a.Reset();
  }
  return 0;
}

int Cleanups() {
  int deaths = 0;
  {
    arena::MonotonicArena a({.min_buffer_size = 128});
    arena::ConcurrentArena shared(a);
    for (int round = 0; round < 3; ++round) {
      for (int i = 0; i < 20; ++i) {
        arena::Allocate<Counted>(a, &deaths);
        arena::Allocate<Counted>(shared, &deaths);
        arena::Defer(a, [&deaths] { ++deaths; });
      }
      const arena::ArenaScope scope(a);
      arena::Allocate<Counted>(a, &deaths);
    }
  }
  return deaths == 183 ? 0 : Fail("deaths");
}

int Buffer() {
  arena::MonotonicArena a({.min_buffer_size = 128});
  arena::ArenaBuffer buffer(a);
  for (int i = 0; i < 100; ++i) buffer.WriteString("some text");
  char text[9];
  while (buffer.Read(text, sizeof(text)) != 0) {
    if (std::memcmp(text, "some text", sizeof(text)) != 0) return Fail("Read");
  }
  return 0;
}

}  // namespace

int main(int, char** arguments) {
  const auto is = [&](const char* name) { return std::strcmp(arguments[1], name) == 0; };
  arena::MonotonicArena a({.min_buffer_size = 1024});
  if (is("fresh")) return Read(a.Alloc(10));
  if (is("after_reset")) {
    const void* const before = Written(a, 100);
    a.Reset();
    const void* const after = a.Alloc(100, 1);
    return before == after ? Read(after) : Fail("another address");
  }
  if (is("stale_after_reset")) {
    const void* const stale = Written(a, 100);
    a.Reset();
    return Read(stale);
  }
  if (is("after_release")) {
    Written(a, 100);
    a.Release();
    return Read(a.Alloc(100, 1));
  }
  if (is("after_scope")) {
    {
      const arena::ArenaScope scope(a);
      Written(a, 100);
    }
    return Read(a.Alloc(100, 1));
  }
  if (is("after_resize")) {
    auto* const block = static_cast<char*>(Written(a, 100));
    a.TryResize(block, 100, 10);
    a.TryResize(block, 10, 100);
    Read(block + 9);  // still there
    return Read(block + 10);
  }
  if (is("after_undo")) {
    a.TryResize(Written(a, 100), 100, 0);
    return Read(a.Alloc(100, 1));
  }
  if (is("aside")) return Read(a.Alloc(10'000));
  if (is("aside_after_reset")) {
    const void* const before = Written(a, 10'000);
    a.Reset();
    const void* const after = a.Alloc(10'000, 1);
    return before == after ? Read(after) : Fail("another address");
  }
  if (is("over_a_record")) {
    arena::Defer(a, [] {});
    a.Reset();
    return Read(static_cast<char*>(a.Alloc(1024, 1)) + 1023);
  }
  if (is("callers_buffer")) {
    static std::byte storage[512];
    arena::MonotonicArena with_storage({.initial_buffer = storage});
    return Read(with_storage.Alloc(10));
  }
  if (is("overwrite")) return Read(arena::AllocateForOverwrite<int>(a));
  if (is("spare_capacity")) return Read(arena::AllocateSlice<int>(a, 3, 5).data() + 3);
  if (is("shared")) {
    arena::ConcurrentArena shared(a);
    Written(shared, 100);
    shared.Reset();
    return Read(shared.Alloc(100, 1));
  }
  if (is("custom_arena")) {
    FixedArena fixed;
    return Read(fixed.Alloc(10));
  }
  if (is("custom_arena_after_reset")) {
    FixedArena fixed;
    Written(fixed, 100);
    fixed.Reset();
    return Read(fixed.Alloc(100, 1));
  }
  if (is("initialised")) return Initialised();
  if (is("cleanups")) return Cleanups();
  if (is("buffer")) return Buffer();
  return Fail("no such case");
}
