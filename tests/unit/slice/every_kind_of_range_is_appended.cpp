// SPDX-License-Identifier: Apache-2.0
//
// Input, forward and contiguous ranges, with sentinels, by value or by reference.
#include <algorithm>
#include <arena/arena.hpp>
#include <array>
#include <cstddef>
#include <deque>
#include <forward_list>
#include <iterator>
#include <list>
#include <map>
#include <memory>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/catch.hpp"

using arena::Slice;
using arena::SliceAppendRange;

namespace {

// An input range whose iterators cannot be compared with themselves.
class Countdown {
 public:
  struct Sentinel {};
  struct Iterator {
    using iterator_concept = std::input_iterator_tag;
    using value_type = int;
    using difference_type = std::ptrdiff_t;
    int* left;
    int operator*() const { return *left; }
    Iterator& operator++() {
      --*left;
      return *this;
    }
    void operator++(int) { ++*this; }
    friend bool operator==(const Iterator& it, Sentinel) { return *it.left == 0; }
  };
  explicit Countdown(int from) : left_(from) {}
  Iterator begin() { return {&left_}; }
  Sentinel end() { return {}; }

 private:
  int left_;
};

// A forward range that ends where a sentinel says so: its size is not known.
struct UntilZero {
  struct Sentinel {
    friend bool operator==(const int* it, Sentinel) { return *it == 0; }
  };
  const int* first;
  const int* begin() const { return first; }
  Sentinel end() const { return {}; }
};

template <class T, class... Numbers>
bool Is(const Slice<T>& slice, Numbers... numbers) {
  const std::vector<int> expected = {numbers...};
  return std::equal(slice.begin(), slice.end(), expected.begin(), expected.end());
}

}  // namespace

TEST_CASE("contiguous ranges") {
  arena::MonotonicArena a;
  const Slice<int> zero = arena::SliceAppend(a, Slice<int>(), 0);
  const std::vector<int> vector = {1, 2, 3};
  CHECK(Is(SliceAppendRange(a, zero, vector), 0, 1, 2, 3));
  CHECK(Is(SliceAppendRange(a, zero, std::vector<int>{4}), 0, 4));
  CHECK(Is(SliceAppendRange(a, zero, std::array<int, 2>{1, 2}), 0, 1, 2));
  const int array[] = {7, 8};
  CHECK(Is(SliceAppendRange(a, zero, array), 0, 7, 8));
  CHECK(Is(SliceAppendRange(a, zero, std::span<const int>(vector)), 0, 1, 2, 3));
  CHECK(Is(SliceAppendRange(a, zero, SliceAppendRange(a, Slice<int>(), vector)), 0, 1, 2, 3));
}

TEST_CASE("forward ranges") {
  arena::MonotonicArena a;
  const Slice<int> zero = arena::SliceAppend(a, Slice<int>(), 0);
  CHECK(Is(SliceAppendRange(a, zero, std::list<int>{1, 2}), 0, 1, 2));
  CHECK(Is(SliceAppendRange(a, zero, std::forward_list<int>{1, 2}), 0, 1, 2));
  CHECK(Is(SliceAppendRange(a, zero, std::deque<int>{1, 2}), 0, 1, 2));
  const int zero_ended[] = {5, 6, 0};
  CHECK(Is(SliceAppendRange(a, zero, UntilZero{zero_ended}), 0, 5, 6));
  CHECK(Is(SliceAppendRange(a, zero, std::vector<bool>{true, false}), 0, 1, 0));
}

TEST_CASE("input ranges") {
  arena::MonotonicArena a;
  Slice<int> zero = arena::SliceAppend(a, Slice<int>(), 0);
  Countdown three(3);
  CHECK(Is(SliceAppendRange(a, zero, three), 0, 3, 2, 1));
  CHECK(Is(SliceAppendRange(a, std::move(zero), Countdown(2)), 0, 2, 1));
  std::istringstream stream("10 20 30");
  struct Numbers {
    std::istream* stream;
    std::istream_iterator<int> begin() const { return std::istream_iterator<int>(*stream); }
    std::istream_iterator<int> end() const { return {}; }
  };
  CHECK(Is(SliceAppendRange(a, Slice<int>(), Numbers{&stream}), 10, 20, 30));
  const Slice<std::string> words = SliceAppendRange(
      a, Slice<std::string>(), [] { return std::vector<const char*>{"a", "b"}; }());
  CHECK(words[1] == "b");
}

TEST_CASE("long input ranges grow as often as it takes") {
  arena::MonotonicArena a;
  const auto numbers = SliceAppendRange(a, Slice<int>(), Countdown(1000));
  CHECK(numbers.size() == 1000);
  CHECK(numbers[999] == 1);
  const auto strings = [&a] {
    struct AsString {
      int number;
      operator std::string() const { return std::to_string(number); }
    };
    std::list<AsString> list;
    for (int i = 0; i < 500; ++i) list.push_back({i});
    return SliceAppendRange(a, Slice<std::string>(), list);
  }();
  CHECK(strings.size() == 500);
  CHECK(strings.capacity() == 500);  // one growth, for what was counted
  CHECK(strings[499] == "499");
}

TEST_CASE("empty ranges change nothing") {
  arena::MonotonicArena a;
  const Slice<int> none;
  CHECK(SliceAppendRange(a, none, std::vector<int>()).data() == nullptr);
  CHECK(SliceAppendRange(a, Slice<std::string>(), std::list<std::string>()).empty());
  CHECK(SliceAppendRange(a, none, Countdown(0)).empty());
  CHECK(a.Len() == 0);
  const auto some = arena::SliceAppend(a, none, 1, 2);
  const auto same = SliceAppendRange(a, some, std::vector<int>());
  CHECK((same.data() == some.data() && same.size() == 2 && same.capacity() == some.capacity()));
}

TEST_CASE("elements convert implicitly on the way") {
  arena::MonotonicArena a;
  const std::map<std::string, int> map = {{"one", 1}, {"two", 2}};
  const auto entries = SliceAppendRange(a, Slice<std::pair<std::string, int>>(), map);
  CHECK(entries[0].first == "one");
  const auto views = SliceAppendRange(a, Slice<std::string_view>(), std::vector<std::string>{"x"});
  CHECK(views.size() == 1);
  std::vector<std::shared_ptr<int>> pointers = {std::make_shared<int>(3)};
  const auto consts = SliceAppendRange(a, Slice<std::shared_ptr<const int>>(), pointers);
  CHECK(*consts[0] == 3);
  CHECK(pointers[0].use_count() == 2);
  a.Reset();
  CHECK(pointers[0].use_count() == 1);
}

TEST_CASE("volatile elements are read one by one") {
  arena::MonotonicArena a;
  volatile int numbers[] = {1, 2, 3};
  Slice<int> slice = SliceAppendRange(a, Slice<int>(), numbers);
  slice = SliceAppendRange(a, slice, std::span<const volatile int>(numbers, 2));
  CHECK(slice.size() == 5);
  CHECK(slice[2] == 3);
  CHECK(slice[4] == 2);
}
