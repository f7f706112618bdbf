// SPDX-License-Identifier: Apache-2.0
//
// Under Valgrind's memcheck with ARENA_VALGRIND=1: memory that is not handed out is nobody's, and
// what is handed out is uninitialised until it is written.
// expect(fresh): depends on uninitialised value
// expect(after_reset): depends on uninitialised value
// expect(after_undo): depends on uninitialised value
// expect(aside_after_reset): depends on uninitialised value
// expect(spare_capacity): depends on uninitialised value
// expect(callers_buffer): depends on uninitialised value
// expect(stale_after_reset): Invalid read of size 1
// expect(stale_after_scope): Invalid read of size 1
// expect(stale_after_deallocate): Invalid read of size 1
// expect(stale_aside): Invalid read of size 1
// expect(stale_shared): Invalid read of size 1
// expect(stale_after_release): Invalid read of size 1
// expect(past_the_end): Invalid write of size 1
// expect(past_a_shrunk_end): Invalid write of size 1
// fine(initialised)
// fine(cleanups)
// fine(buffer)
// fine(callers_buffer_comes_back)
#include <arena/arena.hpp>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <utility>
#include <vector>

namespace {

// The branch is what memcheck reports. 0 and not 0 both end well.
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
  if (is("after_undo")) {
    a.TryResize(Written(a, 100), 100, 0);
    return Read(a.Alloc(100, 1));
  }
  if (is("aside_after_reset")) {
    const void* const before = Written(a, 10'000);
    a.Reset();
    const void* const after = a.Alloc(10'000, 1);
    return before == after ? Read(after) : Fail("another address");
  }
  if (is("spare_capacity")) return Read(arena::AllocateSlice<int>(a, 3, 5).data() + 3);
  if (is("callers_buffer")) {
    static std::byte storage[512];
    arena::MonotonicArena with_storage({.initial_buffer = storage});
    return Read(with_storage.Alloc(10));
  }
  if (is("stale_after_reset")) {
    const void* const stale = Written(a, 100);
    a.Reset();
    return Read(stale);
  }
  if (is("stale_after_scope")) {
    const void* stale;
    {
      const arena::ArenaScope scope(a);
      stale = Written(a, 100);
    }
    return Read(stale);
  }
  if (is("stale_after_deallocate")) {
    void* const stale = Written(a, 100);
    a.deallocate(stale, 100, 1);
    return Read(stale);
  }
  if (is("stale_aside")) {
    const void* const stale = Written(a, 10'000);
    a.Reset();
    return Read(stale);
  }
  if (is("stale_shared")) {
    arena::ConcurrentArena shared(a);
    const void* const stale = Written(shared, 100);
    shared.Reset();
    return Read(stale);
  }
  if (is("stale_after_release")) {
    const void* const stale = Written(a, 100);
    a.Release();
    return Read(stale);
  }
  if (is("past_the_end")) {
    static_cast<volatile char*>(a.Alloc(100, 1))[100] = 1;
    return 0;
  }
  if (is("past_a_shrunk_end")) {
    void* const block = Written(a, 100);
    a.TryResize(block, 100, 10);
    static_cast<volatile char*>(block)[10] = 1;
    return 0;
  }
  if (is("initialised")) return Initialised();
  if (is("cleanups")) return Cleanups();
  if (is("buffer")) return Buffer();
  if (is("callers_buffer_comes_back")) {
    std::byte storage[512] = {};
    {
      arena::InlineArena<64> inline_arena;
      Written(inline_arena, 64);
      arena::MonotonicArena with_storage({.initial_buffer = storage});
      Written(with_storage, 512);
    }
    std::memset(storage, 1, sizeof(storage));
    return Read(storage + 511);
  }
  return Fail("no such case");
}
