// SPDX-License-Identifier: Apache-2.0
//
// Functions beside the user's types that have the names of the library's own, and take everything,
// are never found by the headers: argument-dependent lookup would find them in an unqualified call,
// which then does not compile.
#include <arena/arena.hpp>
#include <arena/containers.hpp>
#include <arena/format.hpp>
#include <cstddef>
#include <iterator>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/internal_names.hpp"

namespace greedy {

// To be considered is an error, even where another function would be called.
template <class... Ts>
struct Considered {
  static_assert(sizeof...(Ts) > 100, "a call in the headers finds the user's functions");
  using type = void;
};

#define ARENA_TEST_TAKE_ALL(name)                        \
  template <class... Ts>                                 \
  typename Considered<Ts...>::type name(Ts&&...);        \
  template <class First, class... Ts>                    \
  typename Considered<First, Ts...>::type name(Ts&&...); \
  template <auto value, class... Ts>                     \
  typename Considered<Ts...>::type name(Ts&&...);        \
  template <auto value, class First, class... Ts>        \
  typename Considered<First, Ts...>::type name(Ts&&...); \
  template <class First, auto value, class... Ts>        \
  typename Considered<First, Ts...>::type name(Ts&&...);
ARENA_TEST_INTERNAL_NAMES(ARENA_TEST_TAKE_ALL)
#undef ARENA_TEST_TAKE_ALL
template <class A, class B>
void operator,(A&&, B&&) = delete;
template <class R>
void begin(R&&) = delete;
template <class R>
void end(R&&) = delete;

struct Plain {
  int number;
};
struct Large {
  long numbers[8];
};

struct Object {
  Object(int n = 0) : number(n) {}  // NOLINT(google-explicit-constructor)
  Object(const Object& other) = default;
  Object& operator=(const Object& other) = default;
  ~Object() { number = -1; }
  int number;
};

// As Object, but it cannot be assigned to.
struct Constant {
  Constant(int n = 0) : number(n) {}  // NOLINT(google-explicit-constructor)
  Constant(const Constant&) = default;
  ~Constant() {}
  const int number;
};

struct Throwing {
  explicit Throwing(bool now = false) {
    if (now) throw 1;
  }
  Throwing(const Throwing&) {}
  Throwing& operator=(const Throwing&) = default;
  ~Throwing() {}
};

template <class Allocator>
struct Aware {
  using allocator_type = Allocator;
  explicit Aware(const Allocator& in) : resource(in) {}
  Aware(const Aware& other, const Allocator& in) : resource(in), object(other.object) {}
  Aware(const Aware&) = default;
  Aware& operator=(const Aware& other) {
    object = other.object;
    return *this;
  }
  Allocator resource;
  Object object;
};
using AwareOfArena = Aware<arena::Allocator<std::byte>>;

// Of several kinds of iterators, over numbers.
template <class Category>
struct Iterator {
  using value_type = int;
  using difference_type = std::ptrdiff_t;
  using iterator_concept = Category;
  const int& operator*() const { return *at; }
  Iterator& operator++() {
    ++at;
    return *this;
  }
  Iterator operator++(int) { return {at++}; }
  bool operator==(const Iterator&) const = default;
  const int* at = nullptr;
};
template <class Category>
struct Range {
  Iterator<Category> begin() const { return {first}; }
  Iterator<Category> end() const { return {last}; }
  const int* first;
  const int* last;
};

struct Deleter {
  int used = 0;
  void operator()(Object* object) const { delete object; }
};

struct Source {
  std::size_t operator()(std::span<std::byte> room) {
    room[0] = std::byte{'a'};
    return left-- > 0 ? 1 : 0;
  }
  int left = 3;
};
struct Sink {
  void operator()(std::string_view) {}
};
struct StreamLike {
  bool write(const char*, std::size_t) { return true; }
};

template <class T>
struct Wrap {
  T inside;
};

}  // namespace greedy

struct NeverCompleted;

namespace {

template <class T>
void UseSlicesOf(arena::Arena& a) {
  auto slice = arena::AllocateSlice<T>(a, 1, 3);
  slice = arena::SliceAppendRange(a, slice, arena::AllocateSliceForOverwrite<T>(a, 1, 2));
  const T element = slice[0];
  for (int round = 0; round < 3; ++round) {
    const auto older = slice;
    slice = arena::SliceAppend(a, slice, element);
    slice = arena::SliceAppend(a, std::move(slice), element);
    slice = arena::SliceAppend(a, older, T(element));
    slice = arena::SliceAppend(a, std::move(slice), T(element));
    slice = arena::SliceAppend(a, slice, element, T(element));
    slice = arena::SliceAppend(a, std::move(slice), element, element, T(element));
    slice = arena::SliceAppendRange(a, slice, slice.Subslice(0, 2));
    slice = arena::SliceAppendRange(a, std::move(slice), older.Clip());
    slice = arena::SliceAppendRange(a, slice, {element, element});
    slice = arena::SliceAppendRange(a, std::move(slice), {element, element});
  }
  CHECK(slice.size() > 20);
}

template <class T>
void UseRangesOf(arena::Arena& a) {
  const int numbers[] = {1, 2, 3};
  arena::Slice<T> slice;
  for (int round = 0; round < 3; ++round) {
    const greedy::Range<std::input_iterator_tag> input{numbers, numbers + 3};
    const greedy::Range<std::forward_iterator_tag> forward{numbers, numbers + 3};
    slice = arena::SliceAppendRange(a, slice, input);
    slice = arena::SliceAppendRange(a, std::move(slice), input);
    slice = arena::SliceAppendRange(a, slice, forward);
    slice = arena::SliceAppendRange(a, std::move(slice), forward);
    slice = arena::SliceAppendRange(a, slice, numbers);
  }
  CHECK(slice.size() == 45);
}

}  // namespace

TEST_CASE("objects are allocated without the functions beside their types") {
  arena::MonotonicArena a;
  CHECK(arena::Allocate<greedy::Plain>(a, 3)->number == 3);
  CHECK(arena::Allocate<greedy::Object>(a, 4)->number == 4);
  CHECK(arena::TryAllocate<greedy::Object>(a, greedy::Object(5))->number == 5);
  CHECK(arena::AllocateForOverwrite<greedy::Object>(a)->number == 0);
  CHECK(arena::Allocate<greedy::Throwing>(a) != nullptr);
  CHECK_THROWS_AS(arena::Allocate<greedy::Throwing>(a, true), int);
  CHECK(&arena::Allocate<greedy::AwareOfArena>(a)->resource.arena() == &a);
  using Pair = std::pair<greedy::AwareOfArena, greedy::Object>;
  CHECK(arena::Allocate<Pair>(a)->second.number == 0);
  greedy::Wrap<NeverCompleted>* const none = nullptr;
  const bool is_null = *arena::Allocate<greedy::Wrap<NeverCompleted>*>(a, none) == nullptr;
  CHECK(is_null);
}

TEST_CASE("cleanups are registered without the functions beside their types") {
  arena::MonotonicArena a;
  arena::Own(a, std::make_unique<greedy::Object>());
  arena::Own(a, std::make_unique<greedy::Object[]>(2));
  arena::Own(a, std::unique_ptr<greedy::Object, greedy::Deleter>(new greedy::Object));
  int calls = 0;
  arena::Defer(a, [object = greedy::Object(), &calls] { calls += 1 + object.number; });
  a.Reset();
  CHECK(calls == 1);
}

TEST_CASE("slices grow without the functions beside their elements") {
  arena::MonotonicArena a;
  UseSlicesOf<greedy::Plain>(a);
  UseSlicesOf<greedy::Large>(a);
  UseSlicesOf<greedy::Object>(a);
  UseSlicesOf<greedy::Constant>(a);
  UseSlicesOf<greedy::Throwing>(a);
  UseSlicesOf<std::pair<greedy::Object, int>>(a);
  UseRangesOf<greedy::Object>(a);
  UseRangesOf<int>(a);
  UseRangesOf<greedy::Constant>(a);
  const auto aware = arena::AllocateSlice<greedy::AwareOfArena>(a, 2);
  const auto more = arena::SliceAppend(a, aware, aware[0]);
  CHECK(&more[2].resource.arena() == &a);
  greedy::Wrap<NeverCompleted>* const none = nullptr;
  arena::Slice<greedy::Wrap<NeverCompleted>*> pointers;
  pointers = arena::SliceAppend(a, pointers, none);
  pointers = arena::SliceAppend(a, pointers, none, none);
  pointers = arena::SliceAppendRange(a, std::move(pointers), pointers);
  CHECK(pointers.size() == 6);
}

TEST_CASE("containers and buffers work without the functions beside their parts") {
  arena::MonotonicArena a;
  arena::Vector<greedy::AwareOfArena> vector(a);
  vector.emplace_back();
  vector.resize(3);
  arena::Vector<greedy::AwareOfArena> other(a);
  swap(vector, other);
  CHECK(other.size() == 3);
  arena::Map<int, greedy::Object> map(a);
  map[3].number = 4;
  arena::ArenaBuffer buffer(a);
  greedy::Source source;
  CHECK(buffer.ReadFrom(source) == 3);
  greedy::StreamLike stream;
  CHECK(buffer.WriteTo(stream) == 3);
  buffer.Write("text");
  greedy::Sink sink;
  CHECK(buffer.WriteTo(sink) == 4);
}
