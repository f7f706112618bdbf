// SPDX-License-Identifier: Apache-2.0
//
// What the fast paths cost, for Callgrind to count. Every row is one function that is never
// inlined; its loop body is the operation. run.sh builds this at -O2 and runs it under
//   valgrind --tool=callgrind
// which writes one file per dump request, named by the request; report.py makes the table.
//
// A row with a loop is run with two counts, so that what is outside the loop cancels out: the cost
// of one operation is the difference of the totals by the difference of the counts. The other kind
// of row ("once") is counted from just before to just after, less an empty region.
//
// To add a row: write its function, with Count around what matters, name it in kLoops or kOnce,
// give it a bound in report.py if it has a yardstick, and record its figure (run.sh --record).
#include <valgrind/callgrind.h>

#include <arena/arena.hpp>
#include <arena/coroutine.hpp>
#include <arena/pool.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <memory_resource>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "../support/frame_task.hpp"

namespace {

struct Foo {
  std::int64_t a;
  std::int64_t b;
  std::int64_t c;
};
static_assert(sizeof(Foo) == 24);

// An object with a destructor, for the price of its record.
struct Closing {
  explicit Closing(std::int64_t value) : a(value) {}
  Closing(const Closing&) = delete;
  Closing& operator=(const Closing&) = delete;
  ~Closing() { asm volatile("" : : "r"(this) : "memory"); }
  std::int64_t a;
};

// The object leaves the compiler's sight; all memory may have changed.
template <class T>
inline void Escape(T* object) {
  asm volatile("" : : "r"(object) : "memory");
}

constexpr std::size_t kFew = 1000;
constexpr std::size_t kMany = 11000;

// Counts the instructions of a call, under the label of the row that is being run.
const char* label = "";

template <class Call>
void Count(Call call) {
  CALLGRIND_ZERO_STATS;
  call();
  CALLGRIND_DUMP_STATS_AT(label);
}

// One buffer that holds everything a loop makes: the slow path is not what is counted here.
arena::MonotonicArenaOptions OneBuffer() { return {.min_buffer_size = std::size_t{4} << 20}; }

// ---- the yardstick: what one would write by hand ------------------------------------------------

struct Bump {
  char* cur;
  char* end;
};

[[gnu::noinline]] void BumpLoop(Bump& b, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) {
    char* p = b.cur;
    if (p + sizeof(Foo) > b.end) std::abort();
    b.cur = p + sizeof(Foo);
    Escape(new (p) Foo{1, 2, static_cast<std::int64_t>(i)});
  }
}

void Yardstick(std::size_t n) {
  std::vector<char> memory(std::size_t{4} << 20);
  Bump b{memory.data(), memory.data() + memory.size()};
  Count([&] { BumpLoop(b, n); });
}

// ---- typed allocation ---------------------------------------------------------------------------

[[gnu::noinline]] void AllocateFooLoop(arena::Arena& a, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) {
    Escape(arena::Allocate<Foo>(a, 1, 2, static_cast<std::int64_t>(i)));
  }
}

void AllocateFoo(std::size_t n) {
  arena::MonotonicArena a(OneBuffer());
  Count([&] { AllocateFooLoop(a, n); });
}

[[gnu::noinline]] void AllocateClosingLoop(arena::Arena& a, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) {
    Escape(arena::Allocate<Closing>(a, static_cast<std::int64_t>(i)));
  }
}

// Includes the destructor and the record that leads to it.
void AllocateClosing(std::size_t n) {
  arena::MonotonicArena a(OneBuffer());
  Count([&] {
    AllocateClosingLoop(a, n);
    a.Reset();
  });
}

// A thread's windows are large enough for a loop, too.
constexpr arena::ThreadCachedArenaOptions kOneWindow = {.first_window = std::size_t{1} << 20};

// Through Arena&, the part is found anew by each call.
void AllocateFooShared(std::size_t n) {
  arena::MonotonicArena base(OneBuffer());
  arena::ThreadCachedArena shared(base, kOneWindow);
  shared.Alloc(1);
  Count([&] { AllocateFooLoop(shared, n); });
}

void AllocateFooLocal(std::size_t n) {
  arena::MonotonicArena base(OneBuffer());
  arena::ThreadCachedArena shared(base, kOneWindow);
  const arena::ThreadCachedArena::Local local(shared);
  Count([&] { AllocateFooLoop(local, n); });
}

void AllocateClosingShared(std::size_t n) {
  arena::MonotonicArena base(OneBuffer());
  arena::ThreadCachedArena shared(base, kOneWindow);
  shared.Alloc(1);
  Count([&] {
    AllocateClosingLoop(shared, n);
    shared.Reset();
  });
}

void AllocateClosingLocal(std::size_t n) {
  arena::MonotonicArena base(OneBuffer());
  arena::ThreadCachedArena shared(base, kOneWindow);
  shared.Alloc(1);
  Count([&] {
    {
      const arena::ThreadCachedArena::Local local(shared);
      AllocateClosingLoop(local, n);
    }
    shared.Reset();
  });
}

[[gnu::noinline]] void AllocateSliceLoop(arena::Arena& a, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) {
    auto s = arena::AllocateSlice<std::int64_t>(a, 0, 4);
    Escape(&s);
  }
}

void AllocateSlice(std::size_t n) {
  arena::MonotonicArena a(OneBuffer());
  Count([&] { AllocateSliceLoop(a, n); });
}

[[gnu::noinline]] void AllocRawLoop(arena::Arena& a, std::size_t n) {
  std::size_t size = 24;
  asm volatile("" : "+r"(size));  // known at run time only
  for (std::size_t i = 0; i < n; ++i) Escape(a.Alloc(size, 8));
}

void AllocRaw(std::size_t n) {
  arena::MonotonicArena a(OneBuffer());
  Count([&] { AllocRawLoop(a, n); });
}

// ---- appending within capacity ------------------------------------------------------------------

[[gnu::noinline]] void PushBackLoop(std::size_t n) {
  std::vector<int> v;
  v.reserve(kMany);
  for (std::size_t i = 0; i < n; ++i) v.push_back(static_cast<int>(i));
  Escape(v.data());
}

void PushBack(std::size_t n) {
  Count([&] { PushBackLoop(n); });
}

[[gnu::noinline]] void SliceAppendLoop(arena::Arena& a, std::size_t n) {
  auto s = arena::AllocateSlice<int>(a, 0, kMany);
  for (std::size_t i = 0; i < n; ++i) s = arena::SliceAppend(a, s, static_cast<int>(i));
  Escape(s.data());
}

void SliceAppend(std::size_t n) {
  arena::MonotonicArena a(OneBuffer());
  Count([&] { SliceAppendLoop(a, n); });
}

// The same where the elements are looked at after each append.
[[gnu::noinline]] void PushBackSeenLoop(std::size_t n) {
  std::vector<int> v;
  v.reserve(kMany);
  for (std::size_t i = 0; i < n; ++i) {
    v.push_back(static_cast<int>(i));
    Escape(v.data());
  }
}

void PushBackSeen(std::size_t n) {
  Count([&] { PushBackSeenLoop(n); });
}

[[gnu::noinline]] void SliceAppendSeenLoop(arena::Arena& a, std::size_t n) {
  auto s = arena::AllocateSlice<int>(a, 0, kMany);
  for (std::size_t i = 0; i < n; ++i) {
    s = arena::SliceAppend(a, s, static_cast<int>(i));
    Escape(s.data());
  }
}

void SliceAppendSeen(std::size_t n) {
  arena::MonotonicArena a(OneBuffer());
  Count([&] { SliceAppendSeenLoop(a, n); });
}

// ---- containers over an arena: the library's allocator and the standard's -----------------------

template <class T>
using Ours = arena::Allocator<T>;
template <class T>
using Standards = std::pmr::polymorphic_allocator<T>;

// Grows now and then: mostly what its elements cost.
template <template <class> class Allocator>
[[gnu::noinline]] void PushBackGrowingLoop(arena::Arena& a, std::size_t n) {
  std::vector<int, Allocator<int>> v(Ours<int>{a});
  for (std::size_t i = 0; i < n; ++i) {
    v.push_back(static_cast<int>(i));
    Escape(v.data());
  }
}

template <template <class> class Allocator>
void PushBackGrowing(std::size_t n) {
  arena::MonotonicArena a(OneBuffer());
  Count([&] { PushBackGrowingLoop<Allocator>(a, n); });
}

// The first element of a vector, which is an allocation for each.
template <template <class> class Allocator>
[[gnu::noinline]] void PushBackFirstLoop(arena::Arena& a, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) {
    std::vector<int, Allocator<int>> v(Ours<int>{a});
    v.push_back(static_cast<int>(i));
    Escape(v.data());
  }
}

template <template <class> class Allocator>
void PushBackFirst(std::size_t n) {
  arena::MonotonicArena a(OneBuffer());
  Count([&] { PushBackFirstLoop<Allocator>(a, n); });
}

// At the end of the map, where no search hides what a node costs.
template <class Map>
[[gnu::noinline]] void MapInsertLoop(Map& map, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) map.emplace_hint(map.end(), static_cast<int>(i), 1);
  Escape(&map);
}

template <template <class> class Allocator>
void MapInsert(std::size_t n) {
  arena::MonotonicArena a(OneBuffer());
  std::map<int, int, std::less<int>, Allocator<std::pair<const int, int>>> map(Ours<int>{a});
  Count([&] { MapInsertLoop(map, n); });
}

// ---- buffers ------------------------------------------------------------------------------------

[[gnu::noinline]] void PushBackCharLoop(std::vector<char>& v, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) v.push_back(static_cast<char>(i));
}

void PushBackChar(std::size_t n) {
  std::vector<char> v;
  v.reserve(kMany);
  Count([&] { PushBackCharLoop(v, n); });
}

[[gnu::noinline]] void WriteByteLoop(arena::ArenaBuffer& b, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) b.WriteByte(static_cast<char>(i));
}

void WriteByte(std::size_t n) {
  arena::MonotonicArena a(OneBuffer());
  arena::ArenaBuffer b(a);
  b.Prepare(kMany);
  Count([&] { WriteByteLoop(b, n); });
}

// A chunk at a time from a buffer that holds them all. What a read costs must not depend on how
// much is unread behind it, or the difference of the counts would be far above the yardstick, which
// copies from a pointer that it moves.
constexpr std::size_t kChunk = 16;

struct Cursor {
  const char* begin;
  const char* end;
};

[[gnu::noinline]] void CopyChunksLoop(Cursor& c, std::size_t n) {
  char chunk[kChunk];
  for (std::size_t i = 0; i < n; ++i) {
    if (static_cast<std::size_t>(c.end - c.begin) < kChunk) std::abort();
    std::memcpy(chunk, c.begin, kChunk);
    c.begin += kChunk;
    Escape(chunk);
  }
}

void CopyChunks(std::size_t n) {
  const std::vector<char> memory(n * kChunk);
  Cursor c{memory.data(), memory.data() + memory.size()};
  Count([&] { CopyChunksLoop(c, n); });
}

[[gnu::noinline]] void ReadChunksLoop(arena::ArenaBuffer& b, std::size_t n) {
  char chunk[kChunk];
  for (std::size_t i = 0; i < n; ++i) {
    if (b.Read(chunk) != kChunk) std::abort();
    Escape(chunk);
  }
}

void ReadChunks(std::size_t n) {
  arena::MonotonicArena a(OneBuffer());
  arena::ArenaBuffer b(a);
  b.Commit(b.Prepare(n * kChunk).size());
  Count([&] { ReadChunksLoop(b, n); });
}

// ---- the pool -----------------------------------------------------------------------------------

// One lease after the other: the arena that comes back is the one that is lent next.
[[gnu::noinline]] void AcquireReturnLoop(arena::ArenaPool& pool, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) {
    arena::ArenaLease lease = pool.Acquire(7);
    Escape(lease->Alloc(64, 8));
  }
}

void AcquireReturn(std::size_t n) {
  arena::ArenaPool pool;
  AcquireReturnLoop(pool, kFew);  // by now the pool knows what a request needs
  Count([&] { AcquireReturnLoop(pool, n); });
}

// ---- coroutines that are awaited one after the other --------------------------------------------

// What is counted is the frame: the task has no more than it needs to be awaited.
template <class Frame>
using Task = arena_test::FrameTask<Frame>;

template <class Frame>
[[gnu::noinline]] Task<Frame> AwaitedChild(arena::Arena&, int value) {
  co_return value;
}

template <class Frame>
[[gnu::noinline]] Task<Frame> AwaitLoop(arena::Arena& a, std::size_t n) {
  int last = 0;
  for (std::size_t i = 0; i < n; ++i) last = co_await AwaitedChild<Frame>(a, static_cast<int>(i));
  co_return last;
}

template <class Frame>
void Await(std::size_t n) {
  arena::MonotonicArena a(OneBuffer());
  Count([&] {
    const Task<Frame> task = AwaitLoop<Frame>(a, n);
    if (task.Run() != static_cast<int>(n - 1)) std::abort();
  });
}

struct HeapFrame {};  // malloc's

// ---- Reset --------------------------------------------------------------------------------------

constexpr std::size_t kBuffer = 1024;

arena::MonotonicArenaOptions SmallBuffers() {
  return {.min_buffer_size = kBuffer, .max_buffer_size = kBuffer};
}

[[gnu::noinline]] void Reset(arena::MonotonicArena& a) { a.Reset(); }

void FillBuffers(arena::MonotonicArena& a, std::size_t count) {
  for (std::size_t i = 0; i < count * (kBuffer / 64); ++i) Escape(a.Alloc(64, 8));
  if (a.Cap() != count * kBuffer || a.Len() != a.Cap()) {
    std::fprintf(stderr, "expected %zu full buffers of %zu bytes, have Len %zu and Cap %zu\n",
                 count, kBuffer, a.Len(), a.Cap());
    std::exit(2);
  }
}

// ---- the rows -----------------------------------------------------------------------------------

struct Loop {
  const char* name;
  void (*run)(std::size_t n);
};
constexpr Loop kLoops[] = {
    {"bump", Yardstick},
    {"allocate", AllocateFoo},
    {"allocate_destructor", AllocateClosing},
    {"allocate_slice", AllocateSlice},
    {"alloc_raw", AllocRaw},
    {"shared_allocate", AllocateFooShared},
    {"local_allocate", AllocateFooLocal},
    {"shared_allocate_dtor", AllocateClosingShared},
    {"local_allocate_dtor", AllocateClosingLocal},
    {"push_back", PushBack},
    {"slice_append", SliceAppend},
    {"push_back_seen", PushBackSeen},
    {"slice_append_seen", SliceAppendSeen},
    {"push_back_growing", PushBackGrowing<Ours>},
    {"push_back_growing_pmr", PushBackGrowing<Standards>},
    {"push_back_first", PushBackFirst<Ours>},
    {"push_back_first_pmr", PushBackFirst<Standards>},
    {"map_insert", MapInsert<Ours>},
    {"map_insert_pmr", MapInsert<Standards>},
    {"push_back_char", PushBackChar},
    {"write_byte", WriteByte},
    {"copy_chunks", CopyChunks},
    {"read_chunks", ReadChunks},
    {"acquire_return", AcquireReturn},
    {"await", Await<arena::CoroutineFrame>},
    {"await_heap", Await<HeapFrame>},
};

struct Once {
  const char* name;
  void (*run)(arena::MonotonicArena& a);
  std::size_t full_buffers;  // in the arena when it is called
};
constexpr Once kOnce[] = {
    {"reset_1", Reset, 1},
    {"reset_1000", Reset, 1000},
};

[[gnu::noinline]] void Nothing(arena::MonotonicArena& a) { Escape(&a); }

void RunLoop(const Loop& row, std::size_t n) {
  const std::string name = std::string("loop ") + row.name + " " + std::to_string(n);
  label = "warm-up";
  row.run(n);  // the dynamic linker and malloc do now what they do only once
  label = name.c_str();
  row.run(n);
}

void RunOnce(const Once& row) {
  const std::string name = std::string("once ") + row.name + " 1";
  arena::MonotonicArena a(SmallBuffers());
  for (int round = 0; round < 2; ++round) {
    a.Reset();
    FillBuffers(a, row.full_buffers);
    label = round == 0 ? "warm-up" : name.c_str();
    Count([&] { row.run(a); });
  }
}

}  // namespace

int main() {
  for (const Loop& row : kLoops) {
    RunLoop(row, kFew);
    RunLoop(row, kMany);
  }
  RunOnce({"nothing", Nothing, 1});
  for (const Once& row : kOnce) RunOnce(row);
  std::puts("done");
}
