// SPDX-License-Identifier: Apache-2.0
//
// An element whose destructor appends to the slice that it is in breaks nothing: the append goes to
// new storage, whose elements are destroyed in their turn.
#include <arena/arena.hpp>

#include "support/catch.hpp"
#include "support/lifetime.hpp"

namespace {

struct AppendsInFront {
  explicit AppendsInFront(int n = 0) : tracked(n) {}
  AppendsInFront(const AppendsInFront&) = default;
  AppendsInFront(AppendsInFront&&) = default;
  AppendsInFront& operator=(const AppendsInFront&) = default;
  AppendsInFront& operator=(AppendsInFront&&) = default;
  ~AppendsInFront() {
    if (slice == nullptr) return;
    arena::Slice<AppendsInFront>* const once = slice;
    slice = nullptr;
    *once = arena::SliceAppend(*arena, once->Subslice(0, 1), AppendsInFront(7));
  }

  static inline arena::Arena* arena = nullptr;
  static inline arena::Slice<AppendsInFront>* slice = nullptr;
  arena_test::Tracked tracked;
};

}  // namespace

TEST_CASE("a dying element appends to its own slice") {
  arena_test::LifetimeLog log;
  arena::MonotonicArena a;
  const bool spare = GENERATE(false, true);
  arena::Slice<AppendsInFront> slice = arena::AllocateSlice<AppendsInFront>(a, 0, spare ? 10 : 3);
  for (int id = 1; id <= 3; ++id) slice = arena::SliceAppend(a, slice, AppendsInFront(id));
  const AppendsInFront* const before = slice.data();
  // The last one dies first: it appends to the first two, behind which it was.
  arena::Slice<AppendsInFront> part = slice.Subslice(0, 1);
  AppendsInFront::arena = &a;
  AppendsInFront::slice = &part;
  a.Reset();
  CHECK(part.size() == 2);
  CHECK(AppendsInFront::slice == nullptr);
  CHECK(part.data() == before);
  CHECK(log.Check() == "");
}

namespace {

// AppendsInFront itself, whose place is not there any more.
struct AppendsBehind {
  AppendsBehind() = default;
  AppendsBehind(const AppendsBehind& other) : tracked(other.dying ? 5 : other.tracked.Id()) {}
  AppendsBehind& operator=(const AppendsBehind&) = default;
  ~AppendsBehind() {
    dying = true;
    if (slice == nullptr) return;
    arena::Slice<AppendsBehind>* const once = slice;
    slice = nullptr;
    *once = arena::SliceAppend(*arena, *once, AppendsBehind());
  }

  static inline arena::Arena* arena = nullptr;
  static inline arena::Slice<AppendsBehind>* slice = nullptr;
  bool dying = false;
  arena_test::Tracked tracked;
};

}  // namespace

TEST_CASE("a dying element appends behind itself, into spare capacity") {
  arena_test::LifetimeLog log;
  arena::MonotonicArena a;
  arena::Slice<AppendsBehind> slice = arena::AllocateSlice<AppendsBehind>(a, 3, 10);
  const AppendsBehind* const before = slice.data();
  AppendsBehind::arena = &a;
  AppendsBehind::slice = &slice;
  a.Reset();
  CHECK(slice.size() == 4);
  CHECK(slice.data() != before);
  CHECK(log.Check() == "");
}
