// SPDX-License-Identifier: Apache-2.0
//
// A program that imports the module; module.sh builds it.
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

import arena;

int FromAnImporter(arena::Arena& a);
int FromOneThatIncludes(arena::Arena& a);

namespace {

struct User {
  int id;
  std::string_view name;
};
struct Counted {
  ~Counted() { ++count; }
  static inline int count = 0;
};
struct Unregistered {
  ~Unregistered() { Counted::count += 100; }
};

int failures = 0;
void Check(bool ok, const char* what) {
  if (ok) return;
  std::fprintf(stderr, "FAILED: %s\n", what);
  ++failures;
}

}  // namespace

template <>
inline constexpr bool arena::skip_destructor<Unregistered> = true;

int main() {
  arena::MonotonicArena a({.min_buffer_size = 1024});
  const User* const user = arena::Allocate<User>(a, 7, arena::CopyString(a, "Ada"));
  Check(user->id == 7 && user->name == "Ada", "objects and text");
  {
    const arena::ArenaScope scope(a);
    arena::Allocate<Counted>(a);
    arena::Allocate<Unregistered>(a);
    Check(*arena::Own(a, std::make_unique<std::string>("owned")) == "owned", "objects of the heap");
  }
  Check(Counted::count == 1, "destructors");

  auto slice = arena::AllocateSlice<int>(a, 0, 2);
  for (int i = 0; i < 100; ++i) slice = arena::SliceAppend(a, slice, i);
  Check(slice.size() == 100 && slice.back() == 99, "slices");
  arena::ArenaBuffer buffer(a);
  buffer.Write("text");
  Check(buffer.View() == "text", "buffers");
  arena::Map<arena::String, int> map(a);
  map[arena::String("key", a)] = 3;
  arena::Vector<int> one(a), other(a);
  one.push_back(1);
  swap(one, other);
  Check(map.size() == 1 && other.size() == 1 && other.get_allocator() == map.get_allocator(),
        "containers");

  arena::Budget budget({.name = "module"});
  arena::ArenaPool pool({.upstream = &budget});
  const arena::ArenaLease lease = pool.Acquire(1);
  arena::ConcurrentArena shared(*lease);
  Check(FromAnImporter(shared) == 5 && FromOneThatIncludes(shared) == 6, "the other files");
  Check(budget.Used() > 0, "budgets");
  arena::ArenaStream stream(a);
  stream << a.Stats();
  Check(!stream.bad(), "streams");
  return failures == 0 ? 0 : 1;
}
