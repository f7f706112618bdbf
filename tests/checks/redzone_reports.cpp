// SPDX-License-Identifier: Apache-2.0
//
// Under AddressSanitizer with ARENA_REDZONE=16: what runs over the end of an allocation, into its
// neighbour, is reported, and nothing else is.
// expect(write_into_the_neighbour): WRITE of size 1
// expect(read_from_the_neighbour): READ of size 1
// expect(in_front_of_it): use-after-poison
// expect(typed): use-after-poison
// expect(slice): use-after-poison
// expect(text): use-after-poison
// expect(container): use-after-poison
// expect(buffer): use-after-poison
// expect(shared): use-after-poison
// expect(aside): use-after-poison
// expect(callers_buffer): use-after-poison
// expect(after_growing): use-after-poison
// expect(after_shrinking): use-after-poison
// expect(in_an_old_red_zone): use-after-poison
// expect(in_a_scope): use-after-poison
// expect(custom_arena): use-after-poison
// fine(figures)
// fine(growing_in_place)
// fine(everything)
#include <arena/arena.hpp>
#include <arena/containers.hpp>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>

static_assert(ARENA_REDZONE == 16, "build it with -DARENA_REDZONE=16");

namespace {

int failures = 0;
void Check(bool ok, const char* what) {
  if (ok) return;
  std::fprintf(stderr, "wrong: %s\n", what);
  ++failures;
}

// Writes `offset` bytes behind (or before) the start of a block.
void Poke(void* block, std::ptrdiff_t offset) { static_cast<volatile char*>(block)[offset] = 1; }

// Behind every allocation lies another one: without red zones nothing is reported.
void* WithNeighbour(arena::Arena& a, std::size_t size) {
  void* const block = a.Alloc(size, 1);
  std::memset(a.Alloc(100, 1), 0, 100);
  return block;
}

// A window of its own and nothing else.
class FixedArena final : public arena::Arena {
 public:
  FixedArena() { SetWindow(storage_, storage_ + sizeof(storage_)); }
  ~FixedArena() override { Release(); }
  std::size_t Len() const noexcept override {
    return static_cast<std::size_t>(WindowCursor() - storage_);
  }
  std::size_t Cap() const noexcept override { return sizeof(storage_); }
  std::size_t Peak() const noexcept override { return Len(); }
  void Poison() { arena::detail::MarkFree(storage_, sizeof(storage_)); }

 protected:
  void* DoAlloc(std::size_t, std::size_t) noexcept override { return nullptr; }
  void DoReset() noexcept override { SetWindow(storage_, storage_ + sizeof(storage_)); }
  void DoRelease() noexcept override {
    DoReset();
    arena::detail::MarkAllocated(storage_, sizeof(storage_));
  }

 private:
  alignas(16) std::byte storage_[4096];
};

void Figures() {
  arena::MonotonicArena a;
  static_cast<void>(a.Alloc(100, 1));
  Check(a.Len() == 116, "an allocation takes its size and a red zone");
  static_cast<void>(a.Alloc(200, 1));
  Check(a.Len() == 332, "packing is exact but for the red zones");
  arena::Allocate<int>(a);
  Check(a.Len() == 352, "a typed allocation has a red zone");
  static_cast<void>(a.Alloc(0));
  Check(a.Len() == 352, "nothing has none");
  Check(a.Cap() == 32768, "Cap counts usable bytes as ever");
  arena::ConcurrentArena shared(a);
  const std::size_t before = a.Len();
  static_cast<void>(shared.Alloc(8, 1));
  Check(a.Len() == before + 24, "a decorator adds no red zone of its own");
  const arena::ArenaStats stats = a.Stats();
  Check(stats.cap == stats.len + stats.records + stats.waste + stats.free, "the figures add up");
}

void GrowingInPlace() {
  arena::MonotonicArena a;
  void* const block = a.Alloc(100, 1);
  Check(a.TryResize(block, 100, 1000), "the last block grows");
  std::memset(block, 1, 1000);
  Check(a.Len() == 1016, "with one red zone behind it");
  Check(a.TryResize(block, 1000, 10), "and shrinks");
  Check(a.Len() == 26, "with one red zone behind it");
  Check(a.TryResize(block, 10, 0) && a.Len() == 0, "and goes, with its red zone");
  const std::size_t room = a.Cap() - 16;
  void* const all = a.Alloc(room, 1);
  Check(a.Len() == a.Cap() && a.Cap() == 32768, "the last byte before the red zone can be had");
  Check(!a.TryResize(all, room, room + 1), "and no more");
  a.Reset();
  auto slice = arena::AllocateSlice<int>(a, 0, 4);
  const int* const data = slice.data();
  for (int i = 0; i < 1000; ++i) slice = arena::SliceAppend(a, slice, i);
  Check(slice.data() == data && slice[999] == 999, "a slice grows in place");
}

struct Counted {
  explicit Counted(int* count) : deaths(count) {}
  ~Counted() { ++*deaths; }
  int* deaths;
};

void Everything() {
  int deaths = 0;
  arena::MonotonicArena a({.min_buffer_size = 512});
  for (int round = 0; round < 5; ++round) {
    for (std::size_t size = 1; size < 2000; size = size * 3 / 2 + 1) {
      for (std::size_t alignment = 1; alignment <= 8192; alignment *= 4) {
        std::memset(a.Alloc(size, alignment), 1, size);
      }
      arena::Allocate<Counted>(a, &deaths);
      const arena::ArenaScope scope(a);
      std::memset(a.Alloc(size), 1, size);
      arena::Allocate<Counted>(a, &deaths);
    }
    {  // the containers are gone before the memory is
      auto texts = arena::AllocateSlice<std::string>(a, 0);
      for (int i = 0; i < 100; ++i) texts = arena::SliceAppend(a, texts, std::string(50, 'x'));
      arena::Map<arena::String, arena::Vector<int>> map(a);
      for (int i = 0; i < 100; ++i) map.emplace(std::string(40, 'y') + std::to_string(i), i);
      arena::ArenaBuffer buffer(a);
      for (int i = 0; i < 100; ++i) buffer.WriteString("some text");
      Check(buffer.Len() == 900 && map.size() == 100 && texts.size() == 100, "all is there");
    }
    Check(arena::CopyString(a, "text") == "text", "CopyString");
    a.Reserve(5000);
    std::memset(a.Alloc(5000 - ARENA_REDZONE, 1), 1, 5000 - ARENA_REDZONE);
    a.Reset();
  }
  Check(deaths > 0 && deaths % 10 == 0, "destructors ran");
  arena::MonotonicArena limited({.min_buffer_size = 64, .limit = 64});
  Check(limited.TryAlloc(48, 1) != nullptr, "what fits with its red zone is served");
  limited.Reset();
  Check(limited.TryAlloc(49, 1) == nullptr, "what does not is not");
}

}  // namespace

int main(int, char** arguments) {
  const std::string_view name = arguments[1];
  arena::MonotonicArena a;
  if (name == "write_into_the_neighbour") Poke(WithNeighbour(a, 24), 24);
  if (name == "read_from_the_neighbour") {
    const volatile char* const block = static_cast<char*>(WithNeighbour(a, 24));
    return block[24] == 5 ? 1 : 0;
  }
  if (name == "in_an_old_red_zone") {
    // The second block begins in the last eight bytes of the first one's red zone, and makes them
    // usable.
    void* const first = a.Alloc(13, 1);
    void* const second = a.Alloc(10, 1);
    if (a.TryResize(second, 10, 0) && a.TryResize(first, 13, 1))
      Poke(first, 13 + ARENA_REDZONE - 4);
  }
  if (name == "in_front_of_it") {
    WithNeighbour(a, 24);
    Poke(a.Alloc(24), -1);
  }
  if (name == "typed") {
    auto* const number = arena::Allocate<std::max_align_t>(a);
    arena::Allocate<int>(a);
    Poke(number, sizeof(std::max_align_t));
  }
  if (name == "slice") {
    const auto numbers = arena::AllocateSlice<int>(a, 4);
    arena::Allocate<int>(a);
    Poke(numbers.data(), 4 * sizeof(int));
  }
  if (name == "text") {
    const std::string_view text = arena::CopyString(a, "7 bytes");
    arena::Allocate<int>(a);
    Poke(const_cast<char*>(text.data()), 8);
  }
  if (name == "container") {
    arena::Vector<int> numbers(4, a);
    arena::Allocate<int>(a);
    Poke(numbers.data(), 4 * sizeof(int));
  }
  if (name == "buffer") {
    arena::ArenaBuffer buffer(a);
    const auto room = buffer.Prepare(64);
    const std::size_t size = room.size();
    arena::Allocate<int>(a);
    Poke(room.data(), static_cast<std::ptrdiff_t>((size + 7) / 8 * 8));
  }
  if (name == "shared") {
    arena::ConcurrentArena shared(a);
    Poke(WithNeighbour(shared, 24), 24);
  }
  if (name == "aside") {
    static_cast<void>(a.Alloc(100'000));
    Poke(a.Alloc(100'000), 100'000);
  }
  if (name == "callers_buffer") {
    static std::byte storage[512];
    arena::MonotonicArena with_storage({.initial_buffer = storage});
    Poke(WithNeighbour(with_storage, 24), 24);
  }
  if (name == "after_growing") {
    void* const block = a.Alloc(24);
    a.TryResize(block, 24, 64);
    std::memset(block, 1, 64);
    static_cast<void>(a.Alloc(100, 1));
    Poke(block, 64);
  }
  if (name == "after_shrinking") {
    void* const block = a.Alloc(64);
    a.TryResize(block, 64, 24);
    static_cast<void>(a.Alloc(100, 1));
    Poke(block, 24);
  }
  if (name == "in_a_scope") {
    const arena::ArenaScope scope(a);
    Poke(WithNeighbour(a, 24), 24);
  }
  if (name == "custom_arena") {
    FixedArena fixed;
    fixed.Poison();
    Poke(WithNeighbour(fixed, 24), 24);
  }
  if (name == "figures") Figures();
  if (name == "growing_in_place") GrowingInPlace();
  if (name == "everything") Everything();
  return failures == 0 ? 0 : 1;
}
