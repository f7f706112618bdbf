// SPDX-License-Identifier: Apache-2.0
//
// clang warns, with no flags, where a function returns memory of an arena that ends with the function;
// and no compiler warns of the programs below that may be taken for one of these.
// clang: address of stack memory associated with local variable 'a' returned
// clang(2): address of stack memory associated with local variable 'a' returned
// clang(3): address of stack memory associated with local variable 'a' returned
// clang(4): address of stack memory associated with local variable 'a' returned
// clang(5): reference to stack memory associated with local variable 'a' returned
// clang(6): address of stack memory associated with local variable 'a' returned
// clang(7): address of stack memory associated with local variable 'a' returned
// clang(8): address of stack memory associated with local variable 'a' returned
// clang(9): address of stack memory associated with local variable 'lease' returned
// clang(10): address of stack memory associated with local variable 'lease' returned
// clang(11): address of stack memory associated with local variable 'a' returned
// clang(12): address of stack memory associated with local variable 'a' returned
// clang(13): address of stack memory associated with local variable 'a' returned
// clang(14): address of stack memory associated with local variable 'a' returned
// clang(15): address of stack memory associated with local variable 'a' returned
// clang(16): address of stack memory associated with local variable 'a' returned
// clang(17): address of stack memory associated with local variable 'a' returned
// clang(18): address of stack memory associated with local variable 'a' returned
// clang(19): address of stack memory associated with local variable 'a' returned
#include <arena/arena.hpp>
#include <arena/iostream.hpp>
#include <arena/pool.hpp>
#include <cstddef>
#include <initializer_list>
#include <memory>
#include <memory_resource>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#if ARENA_MISUSE > 0
#ifdef __clang__
#pragma GCC diagnostic error "-Wreturn-stack-address"
#endif
using arena::MonotonicArena;
#endif

#if ARENA_MISUSE == 1
int* Stale() {
  MonotonicArena a;
  return arena::Allocate<int>(a, 1);
}
#elif ARENA_MISUSE == 2
arena::Slice<int> Stale() {
  MonotonicArena a;
  return arena::AllocateSlice<int>(a, 3);
}
#elif ARENA_MISUSE == 3
arena::Slice<int> Stale() {
  MonotonicArena a;
  return arena::SliceAppend(a, arena::Slice<int>{}, 1);
}
#elif ARENA_MISUSE == 4
std::string_view Stale() {
  MonotonicArena a;
  return arena::CopyString(a, "text");
}
#elif ARENA_MISUSE == 5
int& Stale() {
  MonotonicArena a;
  return *arena::Allocate<int>(a, 1);
}
#elif ARENA_MISUSE == 6
void* Stale() {
  MonotonicArena a;
  return a.Alloc(1);
}
#elif ARENA_MISUSE == 7
arena::Allocator<int> Stale() {
  MonotonicArena a;
  return a;
}
#elif ARENA_MISUSE == 8
arena::ArenaBuffer Stale() {
  MonotonicArena a;
  return arena::ArenaBuffer(a);
}
#elif ARENA_MISUSE == 9
int* Stale(arena::ArenaPool& pool) {
  const arena::ArenaLease lease = pool.Acquire(1);
  return arena::Allocate<int>(*lease, 1);
}
#elif ARENA_MISUSE == 10
void* Stale(arena::ArenaPool& pool) {
  const arena::ArenaLease lease = pool.Acquire(1);
  return lease->Alloc(1);
}
#elif ARENA_MISUSE == 11
void* Stale() {
  arena::InlineArena<64> a;
  return a.TryAlloc(1);
}
#elif ARENA_MISUSE == 12
int* Stale() {
  MonotonicArena a;
  return arena::TryAllocate<int>(a, 1);
}
#elif ARENA_MISUSE == 13
int* Stale() {
  MonotonicArena a;
  return arena::AllocateForOverwrite<int>(a);
}
#elif ARENA_MISUSE == 14
int* Stale() {
  MonotonicArena a;
  return arena::Own(a, std::make_unique<int>(1));
}
#elif ARENA_MISUSE == 15
arena::Slice<int> Stale() {
  MonotonicArena a;
  return arena::SliceAppendRange(a, arena::Slice<int>{}, {1, 2});
}
#elif ARENA_MISUSE == 16
arena::Slice<int> Stale() {
  MonotonicArena a;
  return arena::AllocateSliceForOverwrite<int>(a, 1, 2);
}
#elif ARENA_MISUSE == 17
arena::ConcurrentArena Stale() {
  MonotonicArena a;
  return arena::ConcurrentArena(a);
}
#elif ARENA_MISUSE == 18
arena::ThreadCachedArena Stale() {
  MonotonicArena a;
  return arena::ThreadCachedArena(a);
}
#elif ARENA_MISUSE == 19
arena::ArenaStream Stale() {
  MonotonicArena a;
  return arena::ArenaStream(a);
}
#else
// Memory of an arena that the caller has.
int* Object(arena::Arena& a) { return arena::Allocate<int>(a, 1); }
int& Reference(arena::Arena& a) { return *arena::Allocate<int>(a, 1); }
int* TriedObject(arena::MonotonicArena& a) { return arena::TryAllocate<int>(a, 1); }
int* Owned(arena::Arena& a) { return arena::Own(a, std::make_unique<int>(1)); }
void* Raw(arena::MonotonicArena& a) { return a.Alloc(1); }
std::string_view Text(arena::Arena& a) { return arena::CopyString(a, "text"); }
arena::Slice<int> Array(arena::Arena& a) { return arena::AllocateSlice<int>(a, 3); }
arena::Slice<int> Longer(arena::Arena& a, arena::Slice<int> slice) {
  return arena::SliceAppend(a, slice, 1);
}
int* InALease(const arena::ArenaLease& lease) { return arena::Allocate<int>(*lease, 1); }

// What allocates from an arena that the caller has.
arena::Allocator<int> AnAllocator(arena::Arena& a) { return a; }
arena::Allocator<int> Rebound(arena::Arena& a) { return arena::Allocator<char>(a); }
arena::ArenaBuffer Buffer(arena::Arena& a) { return arena::ArenaBuffer(a); }
arena::ConcurrentArena Shared(arena::Arena& a) { return arena::ConcurrentArena(a); }
arena::String AString(arena::Arena& a) { return arena::String("text", a); }
std::vector<int, arena::Allocator<int>> Container(arena::Arena& a) {
  std::vector<int, arena::Allocator<int>> numbers(a);
  numbers.push_back(1);
  return numbers;
}
std::pmr::vector<int> PmrContainer(arena::Arena& a) {
  std::pmr::vector<int> numbers(&a);
  numbers.push_back(1);
  return numbers;
}

// Views that outlive what they were asked of.
std::string_view ViewOfALocalBuffer(arena::Arena& a) {
  arena::ArenaBuffer buffer(a);
  buffer.Write("text");
  return buffer.View();
}
arena::Slice<int> PartOfALocalSlice(arena::Arena& a) {
  const arena::Slice<int> slice = arena::AllocateSlice<int>(a, 3);
  return slice.Subslice(0, 1);
}
int* ThroughALocalPart(arena::ThreadCachedArena& shared) {
  const arena::ThreadCachedArena::Local local(shared);
  return arena::Allocate<int>(*local, 1);
}
int* PastALocalScope(arena::MonotonicArena& a, arena::MonotonicArena& scratch) {
  const arena::ArenaScope scope(scratch);
  return arena::Allocate<int>(a, *arena::Allocate<int>(scratch, 1));
}
// Memory of a local decorator is its base's, which clang cannot know.
int* OfTheBaseOfALocalDecorator(arena::Arena& a) {
  const arena::ConcurrentArena shared(a);
  return arena::Allocate<int>(shared.base(), 1);
}

// Arenas that do not end with the function.
int* InAStatic() {
  static arena::MonotonicArena a;
  return arena::Allocate<int>(a, 1);
}
int* InAThreadLocal() {
  thread_local arena::MonotonicArena a;
  return arena::Allocate<int>(a, 1);
}
struct Parser {
  std::string_view Token() { return arena::CopyString(a, "token"); }
  arena::MonotonicArena a{};
};
std::pair<std::unique_ptr<arena::MonotonicArena>, int*> TogetherWithItsArena() {
  auto a = std::make_unique<arena::MonotonicArena>();
  int* const number = arena::Allocate<int>(*a, 1);
  return {std::move(a), number};
}
std::pair<arena::ArenaLease, int*> TogetherWithItsLease(arena::ArenaPool& pool) {
  arena::ArenaLease lease = pool.Acquire(1);
  int* const number = arena::Allocate<int>(*lease, 1);
  return {std::move(lease), number};
}

// Values, copied out of a local arena.
int Value() {
  arena::MonotonicArena a;
  return *arena::Allocate<int>(a, 1);
}
std::string CopyOfText() {
  arena::MonotonicArena a;
  return std::string(arena::CopyString(a, "text"));
}
std::size_t Size() {
  arena::MonotonicArena a;
  return arena::AllocateSlice<int>(a, 3).size();
}
int Sum() {
  arena::MonotonicArena a;
  int sum = 0;
  for (const int number : arena::SliceAppendRange(a, arena::Slice<int>{}, {1, 2})) sum += number;
  return sum;
}

// A buffer that was moved from is empty, and Reset says so to clang-tidy.
arena::ArenaBuffer AnotherBuffer(arena::Arena& a) {
  arena::ArenaBuffer buffer(a);
  arena::ArenaBuffer first = std::move(buffer);
  buffer.Reset();
  buffer.Write(first.View());
  return buffer;
}
arena::ArenaBuffer Replaced(arena::Arena& a) {
  arena::ArenaBuffer buffer(a);
  buffer.Write("text");
  buffer = arena::ArenaBuffer(a);
  return buffer;
}
#endif
