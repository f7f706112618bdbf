// SPDX-License-Identifier: Apache-2.0
//
// The adapter for Boost.JSON: a document is parsed and changed without the heap, and not walked through
// when it ends.
#include <boost/container/flat_map.hpp>
#include <boost/json/src.hpp>
#include <functional>
#include <new>
#include <string>
#include <string_view>
#include <utility>

#include "adapters/heap.hpp"
#include "arena_boost_json.hpp"

namespace json = boost::json;
using adapters::BoostJsonMemory;
using arena_test::Check;

namespace {

arena_test::Storage storage;

void NothingUsesTheHeap(arena::MonotonicArena& a) {
  std::string text = "[0";
  for (int i = 0; i < 1000; ++i) text += R"(, {"name": "a string that does not fit inside"})";
  text += "]";
  const std::size_t calls = arena_test::HeapCalls([&] {
    BoostJsonMemory memory(a);
    json::value& value = adapters::ParseBoostJson(memory, text);
    json::array& list = value.as_array();
    Check(list.size() == 1001 && a.Owns(&list[1]), "all of it is there, in the arena");
    for (int i = 0; i < 1000; ++i) list.push_back(i);
    list.emplace_back(json::string("another string that does not fit", memory.storage()));
    Check(a.Owns(list.back().as_string().data()), "what is added lies in the arena, too");
    const json::value copy(value, memory.storage());
    Check(copy == value && a.Owns(&copy.as_array()[1]), "a copy that is told so, too");
  });
  Check(calls == 0, "no call of the heap");
}

void BadTextIsRefused(arena::Arena& a) {
  BoostJsonMemory memory(a);
  for (const std::string_view text : {"", "[1, 2", "[1] 2", "{\"a\" 1}"}) {
    bool refused = false;
    try {
      adapters::ParseBoostJson(memory, text);
    } catch (const boost::system::system_error&) {
      refused = true;
    }
    Check(refused, "bad text is refused");
  }
}

// As examples/adapters/README.md says.
void BoostsContainersNeedNoAdapter(arena::MonotonicArena& a) {
  const std::size_t calls = arena_test::HeapCalls([&a] {
    using Pair = std::pair<int, int>;
    boost::container::flat_map<int, int, std::less<>, arena::Allocator<Pair>> squares(
        arena::Allocator<Pair>{a});
    for (int i = 0; i < 1000; ++i) squares.emplace(i, i * i);
    Check(squares.at(999) == 998'001 && a.Owns(&squares.at(1)), "a flat map lies in the arena");
  });
  Check(calls == 0, "no call of the heap");
}

void AFullArenaThrows() {
  arena::MonotonicArena small({.limit = 32 * 1024});
  BoostJsonMemory memory(small);
  bool full = false;
  json::array list(memory.storage());
  try {
    while (true) list.emplace_back(1);
  } catch (const std::bad_alloc&) {
    full = true;
  }
  Check(full && list.size() > 100, "a full arena throws, and the value stays as it was");
}

}  // namespace

int main() {
  arena::MonotonicArena a(storage.options());
  NothingUsesTheHeap(a);
  BadTextIsRefused(a);
  BoostsContainersNeedNoAdapter(a);
  AFullArenaThrows();
  static_assert(json::is_deallocate_trivial<BoostJsonMemory>::value);
  return arena_test::Verdict();
}
