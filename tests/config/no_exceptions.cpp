// SPDX-License-Identifier: Apache-2.0
//
// The core without exceptions and without run-time type information: an upstream that cannot throw
// answers null, the Try forms pass that on, and the throwing forms call the failure handler.
// -Os: there gcc relies most on the promise that memory_resource::allocate never answers null.
// options: -fno-exceptions -fno-rtti -Os
#include <arena/arena.hpp>
#include <array>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <memory_resource>
#include <string>
#include <utility>
#include <vector>

#if defined(__unix__) || defined(__APPLE__)
#include <sys/wait.h>
#include <unistd.h>
#endif

namespace {

int checks_failed = 0;

#define CHECK(condition)                                                           \
  do {                                                                             \
    if (!(condition)) {                                                            \
      std::fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
      ++checks_failed;                                                             \
    }                                                                              \
  } while (false)

// Hands out `left` blocks, and null after that.
class NullResource final : public std::pmr::memory_resource {
 public:
  explicit NullResource(int left) : left_(left) {}
  int live = 0;
  void Refill(int left) { left_ = left; }

 private:
  void* do_allocate(std::size_t bytes, std::size_t) override {
    if (left_ == 0) return nullptr;
    --left_;
    ++live;
    return std::malloc(bytes);
  }
  void do_deallocate(void* block, std::size_t, std::size_t) override {
    --live;
    std::free(block);
  }
  bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override {
    return this == &other;
  }

  int left_;
};

struct Counted {
  explicit Counted(int n) : number(n) { ++live; }
  Counted(const Counted& other) : number(other.number) { ++live; }
  Counted(Counted&& other) noexcept : number(other.number) { ++live; }
  Counted& operator=(const Counted&) = default;
  Counted& operator=(Counted&&) = default;
  ~Counted() { --live; }
  int number;
  static inline int live = 0;
};

void EverythingWorks(arena::Arena& a) {
  for (int round = 0; round < 2; ++round) {
    CHECK(*arena::Allocate<int>(a) == 0);
    CHECK(arena::Allocate<Counted>(a, 3)->number == 3);
    CHECK(arena::TryAllocate<Counted>(a, 4)->number == 4);
    CHECK((arena::AllocateForOverwrite<std::array<char, 100>>(a) != nullptr));
    CHECK(arena::Own(a, std::make_unique<Counted>(5))->number == 5);
    bool called = false;
    arena::Defer(a, [&called] { called = true; });
    auto numbers = arena::AllocateSlice<int>(a, 1, 2);
    arena::Slice<Counted> objects;
    for (int i = 0; i < 100; ++i) {
      numbers = arena::SliceAppend(a, numbers, i);
      objects = arena::SliceAppend(a, std::move(objects), Counted(i));
    }
    objects = arena::SliceAppendRange(a, objects, objects);
    CHECK(numbers.back() == 99);
    CHECK(objects.size() == 200);
    CHECK(objects[150].number == 50);
    CHECK(arena::CopyString(a, "text") == "text");
    auto* const words = arena::Allocate<std::pmr::vector<std::pmr::string>>(a);
    words->emplace_back("a string that is too long to be small, or so one hopes");
    CHECK(words->get_allocator().resource()->is_equal(a));
    const arena::String text("another string that is too long to be small", a);
    CHECK(text.size() == 43);
    a.Reset();
    CHECK(called);
    CHECK(Counted::live == 0);
    CHECK(a.Len() == 0);
  }
}

void NullIsPassedOn() {
  NullResource upstream(2);
  {
    arena::MonotonicArena a(
        {.min_buffer_size = 1024, .max_buffer_size = 1024, .upstream = &upstream});
    CHECK(a.Cap() == 1024);
    CHECK(a.TryAlloc(1000) != nullptr);
    CHECK(a.TryAlloc(1000) != nullptr);
    const std::size_t len = a.Len();
    CHECK(a.TryAlloc(1000) == nullptr);
    CHECK(a.TryAlloc(100000, 4096) == nullptr);
    CHECK((arena::TryAllocate<std::array<char, 1000>>(a) == nullptr));
    CHECK(a.Len() == len);
    a.Reset();
    int objects = 0;
    while (arena::TryAllocate<Counted>(a, 1) != nullptr) ++objects;
    CHECK(objects > 30);
    CHECK(Counted::live == objects);
    a.Reset();
    CHECK(Counted::live == 0);
    upstream.Refill(100);
    EverythingWorks(a);
  }
  CHECK(upstream.live == 0);
}

void ScopesAndDecorators() {
  arena::InlineArena<256> a;
  {
    const arena::ArenaScope scope(a);
    arena::Allocate<Counted>(a, 1);
    a.Alloc(1000);
    CHECK(Counted::live == 1);
  }
  CHECK(Counted::live == 0);
  CHECK(a.Len() == 0);
  arena::ConcurrentArena shared(a);
  EverythingWorks(shared);
}

#if defined(__unix__) || defined(__APPLE__)
const char* expected_message = "";

void Handler(const char* message) {
  std::_Exit(std::strstr(message, expected_message) != nullptr ? 42 : 43);
}

// Runs `misuse` in a process of its own, which the failure handler has to end.
template <class Misuse>
bool EndsInHandler(const char* message, Misuse misuse) {
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    expected_message = message;
    arena::SetFailureHandler(&Handler);
    misuse();
    std::_Exit(1);
  }
  int status = 0;
  return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 42;
}

void ThrowingFormsCallTheHandler() {
  NullResource upstream(1);
  arena::MonotonicArena a({.min_buffer_size = 256, .upstream = &upstream});
  const auto full = [&a](auto misuse) {
    return EndsInHandler("out of memory", [&a, misuse] {
      while (a.TryAlloc(1, 1) != nullptr) continue;
      misuse();
    });
  };
  CHECK(full([&a] { a.Alloc(1); }));
  CHECK(full([&a] { a.Alloc(1, 3); }));  // no power of two
  CHECK(full([&a] { arena::Allocate<int>(a); }));
  CHECK(full([&a] { arena::Allocate<Counted>(a, 1); }));
  CHECK(full([&a] { static_cast<void>(arena::AllocateForOverwrite<int>(a)); }));
  CHECK(full([&a] { arena::Defer(a, [] {}); }));
  CHECK(full([&a] { arena::Own(a, std::make_unique<Counted>(1)); }));
  CHECK(full([&a] { static_cast<void>(arena::AllocateSlice<int>(a, 1)); }));
  CHECK(full([&a] { static_cast<void>(arena::AllocateSlice<int>(a, 0, SIZE_MAX)); }));
  CHECK(full([&a] { static_cast<void>(arena::SliceAppend(a, arena::Slice<int>(), 1)); }));
  CHECK(full(
      [&a] { static_cast<void>(arena::SliceAppend(a, arena::Slice<Counted>(), Counted(1))); }));
  CHECK(full([&a] { static_cast<void>(arena::CopyString(a, "x")); }));
  CHECK(full([&a] { a.Reserve(1000); }));
  CHECK(full([&a] { static_cast<void>(a.allocate(8)); }));
  CHECK(full([&a] { static_cast<void>(arena::Allocator<int>(a).allocate(1)); }));
  CHECK(full([&a] { static_cast<void>(arena::Allocator<int>(a).allocate(SIZE_MAX)); }));
  CHECK(EndsInHandler("out of memory", [] {
    NullResource nothing(0);
    arena::MonotonicArena empty({.upstream = &nothing});
  }));
  CHECK(EndsInHandler("the length is above the capacity",
                      [&a] { static_cast<void>(arena::AllocateSlice<int>(a, 2, 1)); }));
  const auto slice = arena::AllocateSlice<int>(a, 2);
  CHECK(EndsInHandler("the index is not below size()", [&] { static_cast<void>(slice.at(2)); }));
  CHECK(EndsInHandler("from <= to <= size()", [&] { static_cast<void>(slice.Subslice(1, 3)); }));
  CHECK(EndsInHandler("was called from a cleanup", [&a] {
    arena::Defer(a, [&a] { a.Reset(); });
    a.Reset();
  }));
}
#endif

}  // namespace

int main() {
  {
    arena::MonotonicArena a;
    EverythingWorks(a);
  }
  NullIsPassedOn();
  ScopesAndDecorators();
#if defined(__unix__) || defined(__APPLE__)
  ThrowingFormsCallTheHandler();
#endif
  return checks_failed == 0 ? 0 : 1;
}
