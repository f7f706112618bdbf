// SPDX-License-Identifier: Apache-2.0
//
// LeakSanitizer sees what the memory of a pool and of a PageResource points to: what is in use is
// no leak, and what was in pages that are gone is one.
// fine(lease_that_never_ends)
// fine(arena_that_never_ends)
// expect(pages_are_gone): LeakSanitizer: detected memory leaks
#include <arena/arena.hpp>
#include <arena/page_resource.hpp>
#include <arena/pool.hpp>
#include <cstddef>
#include <cstdio>
#include <new>
#include <string>
#include <string_view>

namespace {

struct Service {
  arena::ArenaPool pool;
  arena::ArenaLease lease = pool.Acquire(1);
};
Service* volatile service = nullptr;  // volatile: the store to it is what reaches the service

struct PageArena {
  arena::PageResource pages;
  arena::MonotonicArena arena{{.upstream = &pages}};
};
PageArena* volatile page_arena = nullptr;

// Strings of this length have heap memory of their own, which only the arena's memory points to.
constexpr std::size_t kLong = 1000;

void LeaseThatNeverEnds() {
  service = new Service;
  arena::Allocate<std::string>(*service->lease, kLong, 'x');
}

void ArenaThatNeverEnds() {
  page_arena = new PageArena;
  arena::Allocate<std::string>(page_arena->arena, kLong, 'x');
  void* const large = page_arena->arena.Alloc(1 << 20);
  ::new (large) std::string(kLong, 'y');
}

// The string is never destroyed.
void PagesAreGone() {
  PageArena short_lived;
  ::new (short_lived.arena.Alloc(sizeof(std::string))) std::string(kLong, 'x');
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view name = argc > 1 ? argv[1] : "";
  if (name == "lease_that_never_ends") {
    LeaseThatNeverEnds();
  } else if (name == "arena_that_never_ends") {
    ArenaThatNeverEnds();
  } else if (name == "pages_are_gone") {
    PagesAreGone();
  } else {
    std::fprintf(stderr, "there is no case of that name\n");
    return 2;
  }
  return 0;
}
