// SPDX-License-Identifier: Apache-2.0
//
// What a GuardResource reports when its memory is used that may not be: where the address lies, and
// the stacks of the use, of the free and of the allocation.
// expect(reset): ^arena: (read|access) at 0x[0-9a-f]+, offset [0-9]+ of a block of [0-9]+ bytes of 'requests', freed [0-9]+ (us|ms|s) ago$
// expect(reset): ^  used here, by thread [0-9]+:$
// expect(reset): UseIt
// expect(reset): ^  freed here, by thread [0-9]+:$
// expect(reset): FreeByReset
// expect(reset): ^  taken here, by thread [0-9]+:$
// expect(reset): TakeIt
// expect(release): ^arena: (write|access) at 0x[0-9a-f]+, offset [0-9]+ of a block of [0-9]+ bytes of 'requests', freed [0-9]+ (us|ms|s) ago$
// expect(release): WriteIt
// expect(release): FreeByRelease
// expect(scope): ^arena: (read|access) at 0x[0-9a-f]+, offset [0-9]+ of a block of [0-9]+ bytes of 'requests', freed
// expect(scope): UseIt
// expect(scope): ^  freed here, by thread [0-9]+:$
// expect(scope): FreeByScope
// expect(scope): ^  taken here, by thread [0-9]+:$
// expect(lease): ^arena: (read|access) at 0x[0-9a-f]+, offset [0-9]+ of a block of [0-9]+ bytes of 'requests', freed
// expect(lease): UseIt
// expect(lease): ^  freed here, by thread [0-9]+:$
// expect(lease): FreeByLease
// expect(lease): ^  taken here, by thread [0-9]+:$
// expect(guarded_lease): ^arena: (read|access) at 0x[0-9a-f]+, offset [0-9]+ of a block of [0-9]+ bytes of 'ArenaPool', key 4711, freed [0-9]+ (us|ms|s) ago$
// expect(guarded_lease): UseIt
// expect(guarded_lease): ^  freed here, by thread [0-9]+:$
// expect(guarded_lease): FreeByLease
// expect(guarded_lease): ^  taken here, by thread [0-9]+:$
// expect(guarded_lease): FreeByLease
// expect(lease_of_a_route): of 'ArenaPool', key 7 \(GET /orders\), freed
// expect(end): ^arena: (read|access) at 0x[0-9a-f]+, offset [0-9]+ of a block of [0-9]+ bytes of 'requests', freed
// expect(end): UseIt
// expect(end): FreeByEnd
// expect(label): ^arena: (read|access) at 0x[0-9a-f]+, offset [0-9]+ of a block of [0-9]+ bytes of 'requests', tenant 7 \\"A\\", freed
// expect(other_thread): ^arena: (read|access) at 0x[0-9a-f]+, offset [0-9]+ of a block of [0-9]+ bytes of 'requests', freed
// expect(other_thread): UseIt
// expect(other_thread): FreeByRelease
// expect(child_process): ^arena: (read|access) at 0x[0-9a-f]+, offset [0-9]+ of a block of [0-9]+ bytes of 'requests', freed
// expect(child_process): UseIt
// expect(overrun): ^arena: (write|access) at 0x[0-9a-f]+, 12 bytes behind the end of a block of 4096 bytes of 'requests', in use, taken [0-9]+ (us|ms|s) ago$
// expect(overrun): WriteIt
// expect(overrun): TakeBlock
// expect(overrun_of_a_chunk): 0 bytes behind the end of a block of [0-9]+ bytes of 'requests', in use|AddressSanitizer: use-after-poison
// expect(overrun_by_far): 5000 bytes behind the end of a block of 4096 bytes of 'requests', in use
// expect(underrun): 8 bytes before the start of a block of 4096 bytes of 'requests', in use
// expect(underrun_of_the_first): 1 bytes before the start of a block of 8177 bytes of 'first', in use
// expect(stale_and_behind): 4 bytes behind the end of a block of 4096 bytes of 'requests', freed
// expect(never_taken): ^arena: (read|access) at 0x[0-9a-f]+, in guarded memory of 'requests' that nobody has$
// expect(odd_name): of 'two\\nlines', freed
// expect(long_name): of 'x{63}', freed
#include <sys/wait.h>
#include <unistd.h>

#include <arena/arena.hpp>
#include <arena/guard.hpp>
#include <arena/pool.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

// Not in an unnamed namespace and not inlined, so that stacks show their names; with a last action
// that keeps the calls before it from being jumps. (To Valgrind, the first instruction of a function
// may be one with the call.)
namespace planted {

volatile int uses = 0;

ARENA_NOINLINE void UseIt(const volatile char* byte) {
  uses = uses + 1;
  const char value = *byte;
  uses = uses + value;
}
ARENA_NOINLINE void WriteIt(volatile char* byte) {
  uses = uses + 1;
  *byte = 1;
  uses = uses + 1;
}
ARENA_NOINLINE volatile char* TakeIt(arena::Arena& a) {
  auto* const block = static_cast<volatile char*>(a.Alloc(64));
  *block = 1;
  return block;
}
ARENA_NOINLINE volatile char* TakeBlock(std::pmr::memory_resource& guard, std::size_t bytes) {
  auto* const block = static_cast<volatile char*>(guard.allocate(bytes));
  *block = 1;
  return block;
}
ARENA_NOINLINE void FreeByReset(arena::Arena& a) {
  a.Reset();
  uses = uses + 1;
}
ARENA_NOINLINE void FreeByRelease(arena::Arena& a) {
  a.Release();
  uses = uses + 1;
}
ARENA_NOINLINE volatile char* FreeByScope(arena::MonotonicArena& a) {
  const arena::ArenaScope scope(a);
  return TakeIt(a);
}
ARENA_NOINLINE volatile char* FreeByLease(arena::ArenaPool& pool, std::uint64_t key) {
  arena::ArenaLease lease = pool.Acquire(key);
  return TakeIt(*lease);
}
ARENA_NOINLINE void FreeByEnd(std::optional<arena::MonotonicArena>& a) {
  a.reset();
  uses = uses + 1;
}

void Run(std::string_view which) {
  std::optional<arena::GuardResource> before;
  if (which == "underrun_of_the_first")
    before.emplace(arena::GuardResourceOptions{.name = "first", .max_block_size = 8192});
  std::string name = "requests";
  if (which == "odd_name") name = "two\nlines";
  if (which == "long_name") name.assign(1000, 'x');
  arena::GuardResource guard({.name = name, .max_block_size = std::size_t{1} << 20});
  arena::GuardResource::InstallFaultHandler();
  const arena::MonotonicArenaOptions options{
      .initial_buffer_count = 0, .retain = 0, .upstream = &guard};
  std::optional<arena::MonotonicArena> a(options);
  if (which == "scope") {
    UseIt(FreeByScope(*a));
  } else if (which == "lease") {
    arena::ArenaPool pool({.max_idle_bytes = 0, .upstream = &guard});
    UseIt(FreeByLease(pool, 1));
  } else if (which == "guarded_lease") {
    arena::ArenaPool pool({.guard_one_in = 1});
    UseIt(FreeByLease(pool, 4711));
  } else if (which == "lease_of_a_route") {
    arena::ArenaPool pool({.guard_one_in = 1, .key_name = [](std::uint64_t key) noexcept {
                             return std::string_view(key == 7 ? "GET /orders" : "?");
                           }});
    UseIt(FreeByLease(pool, 7));
  } else if (which == "label") {
    arena::GuardLabel label(guard, "tenant 7 \"A\"");
    const volatile char* const block = TakeBlock(label, 100);
    label.deallocate(const_cast<char*>(block), 100);
    UseIt(block);
  } else if (which == "overrun") {
    WriteIt(TakeBlock(guard, 4096) + 4096 + 12);
  } else if (which == "overrun_of_a_chunk") {
    for (volatile char* byte = TakeIt(*a);; ++byte) WriteIt(byte);
  } else if (which == "overrun_by_far") {
    volatile char* const block = TakeBlock(guard, 4096);
    TakeBlock(guard, 4096);
    UseIt(block + 4096 + 5000);
  } else if (which == "underrun") {
    TakeBlock(guard, 4096);
    UseIt(TakeBlock(guard, 4096) - 8);
  } else if (which == "underrun_of_the_first") {
    UseIt(TakeBlock(*before, 8177) - 1);  // it fills the slot
  } else if (which == "stale_and_behind") {
    volatile char* const block = TakeBlock(guard, 4096);
    guard.deallocate(const_cast<char*>(block), 4096);
    UseIt(block + 4096 + 4);
  } else if (which == "never_taken") {
    volatile char* const block = TakeBlock(guard, 4096);
    UseIt(block + 10 * (std::size_t{1} << 20));
  }
  volatile char* const stale = TakeIt(*a);
  if (which == "reset") {
    FreeByReset(*a);
  } else if (which == "end") {
    FreeByEnd(a);
  } else if (which == "other_thread") {
    std::thread([&a] { FreeByRelease(*a); }).join();
  } else {
    FreeByRelease(*a);
  }
  if (which == "child_process") {
    const pid_t child = ::fork();
    if (child != 0) {
      int status = 0;
      ::waitpid(child, &status, 0);
      std::_Exit(status != 0 ? 1 : 0);
    }
  }
  if (which == "release") WriteIt(stale);
  UseIt(stale);
}

}  // namespace planted

int main(int, char** arguments) {
  planted::Run(arguments[1]);
  return 0;
}
