// SPDX-License-Identifier: Apache-2.0
//
// Swapping containers of different arenas is undefined, and asserted against in debug builds.
// expect(vector): lie in different arenas
// expect(vector_bool): lie in different arenas
// expect(deque): lie in different arenas
// expect(list): lie in different arenas
// expect(forward_list): lie in different arenas
// expect(set): lie in different arenas
// expect(multiset): lie in different arenas
// expect(map): lie in different arenas
// expect(multimap): lie in different arenas
// expect(unordered_set): lie in different arenas
// expect(unordered_multiset): lie in different arenas
// expect(unordered_map): lie in different arenas
// expect(unordered_multimap): lie in different arenas
// expect(string): lie in different arenas
// expect(ranges): lie in different arenas
// expect(algorithm): lie in different arenas
#undef NDEBUG  // an assertion is what is tested
#include <algorithm>
#include <arena/arena.hpp>
#include <arena/containers.hpp>
#include <concepts>
#include <string_view>
#include <utility>

namespace {

arena::MonotonicArena first_arena, second_arena;

template <class Container>
void Swap() {
  Container first(first_arena), second(second_arena);
  using std::swap;
  swap(first, second);
}

}  // namespace

int main(int, char** arguments) {
  const std::string_view which = arguments[1];
  if (which == "vector") Swap<arena::Vector<int>>();
  if (which == "vector_bool") Swap<arena::Vector<bool>>();
  if (which == "deque") Swap<arena::Deque<int>>();
  if (which == "list") Swap<arena::List<int>>();
  if (which == "forward_list") Swap<arena::ForwardList<int>>();
  if (which == "set") Swap<arena::Set<int>>();
  if (which == "multiset") Swap<arena::MultiSet<int>>();
  if (which == "map") Swap<arena::Map<int, int>>();
  if (which == "multimap") Swap<arena::MultiMap<int, int>>();
  if (which == "unordered_set") Swap<arena::UnorderedSet<int>>();
  if (which == "unordered_multiset") Swap<arena::UnorderedMultiSet<int>>();
  if (which == "unordered_map") Swap<arena::UnorderedMap<int, int>>();
  if (which == "unordered_multimap") Swap<arena::UnorderedMultiMap<int, int>>();
  if (which == "string") Swap<arena::String>();
  if (which == "ranges") {
    arena::List<int> first(first_arena), second(second_arena);
    std::ranges::swap(first, second);
  }
  if (which == "algorithm") {
    arena::List<int> first(first_arena), second(second_arena);
    std::iter_swap(&first, &second);
  }
}
