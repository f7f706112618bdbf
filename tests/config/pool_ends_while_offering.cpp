// SPDX-License-Identifier: Apache-2.0
//
// A pool that ends at the very moment in which pages of one of its arenas are being offered,
// outside its lock: that arena is in no list then, and goes all the same. It is a program of its
// own because it replaces madvise to be called at that moment.
#include <arena/arena.hpp>
#include <arena/pool.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#if defined(__linux__)

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "support/check.hpp"

namespace {

using arena_test::Check;

std::chrono::nanoseconds now = std::chrono::hours(1);
std::optional<arena::ArenaPool> pool;
void* watched = nullptr;  // a block of the arena that will be offered
int ends = 0;

// Whether the page of an address is mapped.
bool IsMapped(void* address) {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  auto* const first =
      static_cast<std::byte*>(address) - reinterpret_cast<std::uintptr_t>(address) % page;
  unsigned char answer = 0;
  return ::mincore(first, page, &answer) == 0;
}

}  // namespace

extern "C" int madvise(void* address, std::size_t size, int advice) noexcept {
  if (watched != nullptr && pool.has_value() && ends == 0) {
    ++ends;
    Check(IsMapped(watched), "the arena that is offered is there");
    pool.reset();
    Check(IsMapped(watched), "the end of the pool leaves it to whoever offers it");
  }
  return static_cast<int>(::syscall(SYS_madvise, address, size, advice));
}

int main() {
  arena::ArenaPoolOptions options;
  options.clock = []() noexcept { return now; };
  options.offer_after = std::chrono::seconds(10);
  options.max_idle_age = std::chrono::hours(1);
  pool.emplace(options);
  constexpr std::size_t kBytes = 64 * 1024;
  {
    arena::ArenaLease other = pool->Acquire(1, kBytes);
    {
      arena::ArenaLease lease = pool->Acquire(2, kBytes);
      watched = lease->Alloc(kBytes, 1);
    }
    Check(pool->Stats().idle == 1, "the arena is idle");
    now += std::chrono::seconds(20);
    other.Return();  // offers the idle one, and the pool ends under it
    if (ends == 0) pool->ShrinkTo(SIZE_MAX);
  }
  Check(ends == 1, "the pool ended while pages were offered");
  Check(!IsMapped(watched), "the arena that was being offered has gone with its pool");
  return arena_test::ExitStatus();
}

#else

int main() { return 0; }

#endif
