// SPDX-License-Identifier: Apache-2.0
//
// Every header, and the templates of each in ordinary use, for the warnings of programs that turn
// on more of them than we do: warnings.sh compiles it with those.
#include <arena/arena.hpp>
#include <arena/budget.hpp>
#include <arena/containers.hpp>
#include <arena/coroutine.hpp>
#include <arena/guard.hpp>
#include <arena/iostream.hpp>
#include <arena/page_resource.hpp>
#include <arena/picture.hpp>
#include <arena/pool.hpp>
#if __has_include(<arena/format.hpp>)
#include <arena/format.hpp>
#endif

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <memory_resource>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

// The first members are given, the others keep their defaults or are zero.
struct User {
  int id;
  std::string_view name;
};
struct Grid {
  int cells[2][2];
};

// A copy constructor of its own, and no assignment of its own.
struct Handle {
  Handle() = default;
  Handle(const Handle&) {}
  ~Handle() {}
};

struct MoveOnly {
  explicit MoveOnly(int its_value) : value(std::make_unique<int>(its_value)) {}
  std::unique_ptr<int> value;
};

std::size_t UseObjects(arena::Arena& a) {
  static int calls = 0;
  arena::Defer(a, [count = &calls] { ++*count; });
  arena::Own(a, std::make_unique<std::string>("taken over"));
  auto* const user = arena::Allocate<User>(a, 1);
  auto* const grid = arena::Allocate<Grid>(a);
  auto* const text = arena::Allocate<std::string>(a, "a text that is too long for the object");
  auto* const maybe = arena::TryAllocate<std::pmr::string>(a, "text");
  const std::string_view copy = arena::CopyString(a, *text);
  return static_cast<std::size_t>(user->id + grid->cells[1][1]) + copy.size() +
         (maybe != nullptr ? maybe->size() : 0);
}

std::size_t UseSlices(arena::Arena& a) {
  auto numbers = arena::AllocateSlice<int>(a, 2);
  numbers = arena::SliceAppend(a, numbers, 3, 4);
  numbers = arena::SliceAppendRange(a, numbers, numbers);
  numbers = arena::SliceAppendRange(a, numbers, std::vector<int>{5, 6});
  auto bytes = arena::AllocateSlice<unsigned char>(a, 0, 100);
  bytes = arena::SliceAppend(a, bytes, std::uint8_t{1});
  auto doubles = arena::AllocateSlice<double>(a, 0);
  doubles = arena::SliceAppend(a, doubles, 1.5);
  auto words = arena::AllocateSlice<std::string>(a, 2);
  words = arena::SliceAppend(a, std::move(words), "a", "b", "c");
  words = arena::SliceAppendRange(a, words, words.Subslice(0, 2));
  // Over live elements, from a range that they are part of.
  words = arena::SliceAppendRange(a, words.Subslice(0, 1), words.Subslice(0, 3));
  arena::Slice<Handle> handles;
  const Handle handle;
  handles = arena::SliceAppend(a, handles, handle);
  arena::Slice<MoveOnly> moved;
  moved = arena::SliceAppend(a, std::move(moved), MoveOnly(1));
  return numbers.size() + bytes.size() + doubles.size() + words.size() + handles.size() +
         moved.size();
}

std::size_t UseBytes(arena::Arena& a) {
  arena::ArenaBuffer buffer(a);
  buffer.Write("text");
  buffer.WriteByte('x');
  const std::span<std::byte> room = buffer.Prepare(10);
  room[0] = std::byte{1};
  buffer.Commit(1);
  buffer.ReadFrom([](std::span<std::byte>) { return std::size_t{0}; });
  buffer.WriteTo([](std::span<const std::byte> bytes) { return bytes.size() / 2; });
  arena::ArenaStream stream(a);
  stream << "one " << 2 << ' ' << 3.5;
  buffer.WriteTo(stream);
  buffer.ReadFrom(stream);
  std::string word;
  stream >> word;
  arena::String text("text", a);
  text += word;
  return buffer.Len() + buffer.View().size() + text.size() + stream.View().size();
}

std::size_t UseContainers(arena::Arena& a) {
  arena::Map<arena::String, arena::Vector<int>> index(a);
  index.emplace("one", 3).first->second.push_back(1);
  arena::UnorderedMap<arena::String, int> counts(a);
  counts.emplace("one", 1);
  arena::Vector<arena::String> lines(a);
  lines.emplace_back("line");
  arena::Deque<int> queue(a);
  queue.push_back(1);
  arena::List<int> list(a);
  list.push_back(1);
  std::pmr::vector<int> standard(&a);
  standard.push_back(1);
  return index.size() + counts.count("one") + lines.size() + queue.size() + list.size() +
         standard.size();
}

std::size_t UseArenas(std::ostream& out) {
  arena::MonotonicArena a({.min_buffer_size = 1024, .limit = std::size_t{1} << 30});
  a.Reserve(3000);
  std::size_t sum = 0;
  {
    const arena::ArenaScope scope(a);
    a.Alloc(100'000);
    sum += UseObjects(a) + UseSlices(a) + UseBytes(a) + UseContainers(a);
  }
  sum += UseObjects(a) + UseSlices(a) + UseBytes(a) + UseContainers(a);
  sum += a.Owns(&sum) ? 1U : 0U;
  a.ShrinkTo(0);
  void* const block = a.TryAlloc(10);
  sum += block != nullptr && a.TryResize(block, 10, 20) && a.Owns(block) ? 1U : 0U;
  out << a.Stats();
  arena::WritePicture(out, a);
  a.Reset();
  a.Release();
  arena::InlineArena<256> small;
  sum += UseObjects(small);
  arena::MonotonicArena child({.upstream = &small});
  sum += UseSlices(child);
  arena::ConcurrentArena shared(a);
  sum += UseObjects(shared) + UseSlices(shared) + UseContainers(shared);
  return sum;
}

std::size_t UsePool(std::ostream& out) {
  arena::ArenaPool pool;
  arena::ArenaLease lease = pool.Acquire(7, 100'000);
  const std::size_t sum = UseObjects(*lease);
  arena::ArenaLease other = std::move(lease);
  other.Return();
  pool.ShrinkTo(0);
  out << pool.Stats();
  if (const auto stats = pool.Stats(7)) out << *stats;
  arena::PageResource pages({.huge_pages = true});
  void* const block = pages.allocate(1 << 20);
  arena::PageResource::Offer(block, 1 << 20, arena::Reclaim::kNow);
  pages.deallocate(block, 1 << 20);
  return sum;
}

std::size_t UseGuard() {
  arena::GuardResource guard({.name = "guard", .slot_count = 16});
  arena::GuardResource::InstallFaultHandler();
  arena::GuardLabel label(guard, "label");
  arena::MonotonicArena a({.upstream = &label});
  a.Alloc(100);
  return guard.Stats().live + guard.Name().size();
}

std::size_t UseBudgets(std::ostream& out) {
  arena::Budget process({.name = "process", .limit = std::size_t{1} << 30});
  arena::Budget tenant({.name = "tenant", .soft_limit = 1000, .parent = &process});
  process.SetPressureCallback([](arena::Budget&, std::size_t) { return false; });
  arena::MonotonicArena a({.upstream = &tenant});
  out << process;
  arena::WriteOpenMetrics(out, process);
  return tenant.Used() + tenant.Peak() + tenant.Name().size();
}

struct Task {
  struct promise_type : arena::CoroutineFrame {
    Task get_return_object() noexcept { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() noexcept {}
  };
};

Task UseCoroutine(arena::Arena& a, std::size_t* sum) {
  *sum += a.Len();
  co_return;
}

}  // namespace

int main() {
  arena::MonotonicArena a;
  arena::ArenaStream out(a);
  std::size_t sum = UseArenas(out) + UsePool(out) + UseGuard() + UseBudgets(out);
  UseCoroutine(a, &sum);
#if defined(__cpp_lib_format)
  out << arena::Format(a, "{}", sum);
#endif
  return sum != 0 && !out.View().empty() ? 0 : 1;
}
