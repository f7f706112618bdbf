// SPDX-License-Identifier: Apache-2.0
//
// What gdb shows of arenas and what lies in them: gdb_views.sh stops at Here() and prints the
// expressions below, each of which has to look like the regular expression behind it.
// expect(fresh): ^arena::MonotonicArena with 0 of 4096 bytes in use, peak 0 = \{window = 4096 bytes: 4096 free\}$
// expect(used): ^arena::MonotonicArena with 24000 of 32768 bytes in use, peak 24000, 1 open scope = \{
// expect(used): \{retired = 4096 bytes,
// expect(used): window = 4096 bytes: 416 in use, 3680 free, spare = 4096 bytes, oversized = 20480 bytes\}$
// expect(reset): ^arena::MonotonicArena with 0 of 14336 bytes in use, peak 10000 = \{window = 4096 bytes: 4096 free, spare oversized = 10240 bytes\}$
// expect(released): ^arena::MonotonicArena with 0 of 0 bytes in use, peak 100$
// expect(inside): ^arena::InlineArena<100.*> with 10 of 100 bytes in use, peak 10 = \{window = 96 bytes: 10 in use, 86 free\}$
// expect(range): ^arena::VirtualArena with 100 of [0-9]+ bytes in use, peak 100, 1 open scope, of 1048576 bytes of addresses = \{window = [0-9]+ bytes: 100 in use, [0-9]+ free, 32 in cleanup records\}$
// expect(range_interface): ^arena::VirtualArena with 100 of [0-9]+ bytes in use
// expect(shared): ^arena::ConcurrentArena = \{base = .*arena::MonotonicArena with 24000 of 32768 bytes
// expect(interface): ^arena::MonotonicArena with 0 of 4096 bytes in use
// expect(through_shared): ^arena::ConcurrentArena = \{base =
// expect(inline_interface): ^arena::InlineArena<100.*> with 10 of 100 bytes in use
// expect(frame_interface): ^arena::MonotonicArena with 100 of 4096 bytes in use
// expect(mixed_interface): ^arena::MonotonicArena with 200 of 4096 bytes in use
// expect(frame): <arena::.*MonotonicArena> = arena::MonotonicArena with 100 of 4096 bytes in use.*frame_number = 7
// expect(fixed_interface): ^arena::Arena with 888 bytes free in its window, 2 cleanups$
// expect(lease): ^arena::ArenaLease = \{arena = arena::MonotonicArena with 64 of [0-9]+ bytes in use
// expect(no_lease): ^arena::ArenaLease, empty$
// expect(pool): ^arena::ArenaPool with 1 open lease, 1 idle arena of [0-9]+ bytes, 2 keys$
// expect(no_slice): ^arena::Slice<int> of length 1152921504606846975, capacity [0-9]+ = \{1, 2, 3
// expect(no_slice_at_all): ^arena::Slice<int> of length 1152921504606846975, capacity [0-9]+
// expect(no_bytes): ^arena::ArenaBuffer, not initialised$
// expect(two_spares): \{window = 4096 bytes: 4096 free, spare = 4096 bytes, spare 2 = 4096 bytes\}$
// expect(fixed): <arena::.*Arena> = arena::Arena with 888 bytes free in its window, 2 cleanups
// expect(windowless): <arena::.*Arena> = arena::Arena with no window, 1 cleanup,
// expect(scope): ^arena::ArenaScope, opened at 4000 bytes = \{arena = .*arena::MonotonicArena with 24000
// expect(numbers): ^arena::Slice<int> of length 3, capacity 10 = \{1, 2, 3\}$
// expect(texts): ^arena::Slice<std::.*string.*> of length 1, capacity 2 = \{"one"\}$
// expect(part): ^arena::Slice<std::.*string.*> of length 1, capacity 2 = \{"one"\}$
// expect(empty): ^arena::Slice<int> of length 0, capacity 0$
// expect(buffer): ^arena::ArenaBuffer of 5 unread bytes, 64 in all = \{unread = "bytes"\}$
// expect(no_buffer): ^arena::ArenaBuffer of 0 unread bytes, 0 in all$
// expect(allocator): ^arena::Allocator<int> of the arena at 0x[0-9a-f]+$
#include <arena/arena.hpp>
#include <arena/pool.hpp>
#include <arena/virtual_arena.hpp>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <string>

namespace {

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
  alignas(16) std::byte storage_[1024];
};

class WindowlessArena final : public arena::Arena {
 public:
  ~WindowlessArena() override { Release(); }
  std::size_t Len() const noexcept override { return 0; }
  std::size_t Cap() const noexcept override { return 0; }
  std::size_t Peak() const noexcept override { return 0; }

 protected:
  void* DoAlloc(std::size_t size, std::size_t) noexcept override {
    return size <= sizeof(storage_) ? storage_ : nullptr;
  }
  void DoReset() noexcept override {}
  void DoRelease() noexcept override {}

 private:
  alignas(16) std::byte storage_[1024];
};

struct FrameArena : arena::MonotonicArena {
  FrameArena() : MonotonicArena({.min_buffer_size = 4096}) {}
  int frame_number = 7;
};

struct Named {
  virtual ~Named() = default;
  int name = 1;
};
// The arena lies behind another base.
struct MixedArena : Named, FrameArena {};

// An object as it is before its constructor has run: of bytes that mean something else.
template <class T>
struct Garbage {
  alignas(T) unsigned char bytes[sizeof(T)];
  template <std::size_t kWords>
  T& Fill(const std::uintptr_t (&words)[kWords]) {
    std::memset(bytes, 0xFF, sizeof(bytes));
    std::memcpy(bytes, words, sizeof(words) < sizeof(bytes) ? sizeof(words) : sizeof(bytes));
    return *reinterpret_cast<T*>(bytes);
  }
};

volatile int sink;
__attribute__((noinline)) void Here() { sink = 1; }

int Run() {
  arena::MonotonicArena fresh({.min_buffer_size = 4096});

  arena::MonotonicArena used({.min_buffer_size = 4096, .initial_buffer_count = 3});
  arena::Defer(used, [] { sink = 2; });
  static_cast<void>(used.Alloc(3583, 1));
  used.Reserve(4000);
  static_cast<void>(used.Alloc(416, 1));
  const arena::ArenaScope scope(used);
  static_cast<void>(used.Alloc(20'000));

  arena::MonotonicArena reset({.min_buffer_size = 4096});
  static_cast<void>(reset.Alloc(10'000));
  reset.Reset();
  arena::MonotonicArena released;
  static_cast<void>(released.Alloc(100));
  released.Release();
  arena::InlineArena<100> inside;
  static_cast<void>(inside.Alloc(10, 1));

  arena::VirtualArena range({.address_space = std::size_t{1} << 20});
  arena::Defer(range, [] { sink = 2; });
  static_cast<void>(range.Alloc(99, 1));
  const arena::ArenaScope range_scope(range);
  arena::Arena& range_interface = range;

  arena::ConcurrentArena shared(used);
  arena::Arena& interface = fresh;
  arena::Arena& through_shared = shared;

  FixedArena fixed;
  arena::Defer(fixed, [] { sink = 2; });
  arena::Defer(fixed, [] { sink = 2; });
  static_cast<void>(fixed.Alloc(86, 1));
  WindowlessArena windowless;
  arena::Own(windowless, std::make_unique<int>(1));

  arena::MonotonicArena a;
  arena::Slice<int> numbers = arena::AllocateSlice<int>(a, 0, 10);
  numbers = arena::SliceAppend(a, numbers, 1, 2, 3);
  arena::Slice<std::string> texts = arena::AllocateSlice<std::string>(a, 0, 2);
  texts = arena::SliceAppend(a, texts, "one");
  const arena::Slice<std::string> part = texts.Subslice(0, 1);
  const arena::Slice<int> empty;
  arena::ArenaBuffer buffer(a);
  buffer.WriteString("some bytes");
  buffer.Next(5);
  arena::ArenaBuffer no_buffer(a);
  const arena::Allocator<int> allocator = a;

  arena::Arena& inline_interface = inside;
  FrameArena frame;
  static_cast<void>(frame.Alloc(100));
  arena::Arena& frame_interface = frame;
  MixedArena mixed;
  static_cast<void>(mixed.Alloc(200));
  arena::Arena& mixed_interface = mixed;
  arena::Arena& fixed_interface = fixed;
  arena::MonotonicArena two_spares({.min_buffer_size = 4096, .initial_buffer_count = 3});

  arena::ArenaPool pool;
  arena::ArenaLease lease = pool.Acquire(1);
  static_cast<void>(lease->Alloc(64));
  arena::ArenaLease no_lease = pool.Acquire(2);
  no_lease.Return();

  static int plenty[100'000] = {1, 2, 3};
  constexpr std::uintptr_t kHuge = UINTPTR_MAX >> 4;
  Garbage<arena::Slice<int>> slice_memory;
  arena::Slice<int>& no_slice =
      slice_memory.Fill({reinterpret_cast<std::uintptr_t>(plenty), kHuge, kHuge});
  Garbage<arena::Slice<int>> other_slice_memory;
  arena::Slice<int>& no_slice_at_all = other_slice_memory.Fill({1, kHuge, kHuge});
  Garbage<arena::ArenaBuffer> buffer_memory;
  arena::ArenaBuffer& no_bytes = buffer_memory.Fill({1, 5, 4, 3, 2});

  Here();
  // Whatever is not used for anything might not be there to be printed.
  return inline_interface.Len() == 10 && range_interface.Len() == 100 &&
                 frame_interface.Len() == 100 && mixed_interface.Len() == 200 &&
                 fixed_interface.Len() != 0 && !no_lease && two_spares.Len() == 0 &&
                 no_slice.size() == kHuge && no_slice_at_all.size() == kHuge &&
                 no_bytes.Len() != 0 && interface.Len() == 0 &&
                 through_shared.Len() == used.Len() && part.size() == 1 && empty.empty() &&
                 no_buffer.Len() == 0 && allocator == arena::Allocator<int>(a)
             ? 0
             : 1;
}

}  // namespace

int main() { return Run(); }
