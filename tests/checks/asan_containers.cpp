// SPDX-License-Identifier: Apache-2.0
//
// Under AddressSanitizer standard libraries poison parts of their containers' memory themselves
// (libc++ the spare capacity of every vector, deque and string). In an arena that gives no false
// report, however a container's memory goes and comes back.
// fine(rounds)
// fine(scopes)
// fine(never_destroyed)
// fine(destroyed_after_reset)
// fine(destroyed_after_release)
// fine(shared)
// fine(callers_buffer)
// fine(many_buffers)
// expect(stale_vector): use-after-poison|container-overflow
// expect(stale_text): use-after-poison|container-overflow
// expect(stale_vector_after_scope): use-after-poison|container-overflow
#include <arena/arena.hpp>
#include <arena/containers.hpp>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <memory_resource>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

constexpr std::string_view kText =
    "a text that does not fit inside of a string object, wherever it is";

int failures = 0;
void Check(bool ok, const char* what) {
  if (ok) return;
  std::fprintf(stderr, "wrong: %s\n", what);
  ++failures;
}

// Containers that grow, shrink, are moved and leave spare capacity of odd sizes.
void UseContainers(arena::Arena& a, int seed) {
  arena::Vector<char> bytes(a);
  arena::Vector<int> numbers(a);
  arena::Deque<short> queue(a);
  arena::Vector<arena::String> texts(a);
  std::pmr::vector<std::pmr::string> pmr(&a);
  arena::String text(a);
  bytes.reserve(static_cast<std::size_t>(seed % 13 + 1));
  for (int i = 0; i < 100 + seed; ++i) {
    bytes.push_back('x');
    numbers.push_back(i);
    queue.push_back(static_cast<short>(i));
    if (i % 3 == 0) queue.pop_front();
    text.push_back('y');
    if (i % 10 == 0) {
      texts.emplace_back(kText.substr(0, static_cast<std::size_t>(i) % kText.size()));
      pmr.emplace_back(kText);
    }
    arena::Allocate<char>(a);  // the next allocation starts anywhere
  }
  numbers.resize(5);
  numbers.shrink_to_fit();
  bytes.clear();
  text.resize(3);
  text += kText;
  const arena::Vector<arena::String> moved(std::move(texts));
  Check(moved.size() >= 10 && pmr.size() == moved.size() && numbers[4] == 4, "elements");
  Check(std::string_view(text).substr(3) == kText && !queue.empty(), "text");
}

void Rounds() {
  arena::MonotonicArena a({.min_buffer_size = 1000});
  for (int round = 0; round < 300; ++round) {
    UseContainers(a, round % 50);
    round % 7 == 6 ? a.Release() : a.Reset();
    std::memset(a.Alloc(5000, 1), 0, 5000);  // all of it may be used by somebody else
    a.Reset();
  }
}

void Scopes() {
  arena::MonotonicArena a({.min_buffer_size = 1000});
  for (int round = 0; round < 100; ++round) {
    const arena::ArenaScope outer(a);
    UseContainers(a, round % 50);
    {
      const arena::ArenaScope inner(a);
      UseContainers(a, round % 50);
    }
    std::memset(a.Alloc(5000, 1), 0, 5000);
  }
}

// As a type with skip_destructor would be: their memory goes while they have spare capacity.
void NeverDestroyed() {
  arena::MonotonicArena a({.min_buffer_size = 1000});
  for (int round = 0; round < 100; ++round) {
    auto* const numbers = ::new (a.Alloc(sizeof(arena::Vector<int>))) arena::Vector<int>(a);
    numbers->reserve(static_cast<std::size_t>(round) + 1);
    auto* const text = ::new (a.Alloc(sizeof(arena::String))) arena::String(a);
    text->reserve(100);
    auto* const queue = ::new (a.Alloc(sizeof(arena::Deque<int>))) arena::Deque<int>(a);
    queue->push_back(1);
    a.Reset();
    for (int i = 0; i < 20; ++i) std::memset(a.Alloc(97, 1), 0, 97);
    a.Reset();
  }
}

// Touches nothing of what it held: the library lets it die late.
template <class Forget>
void DestroyedAfter(Forget forget) {
  arena::MonotonicArena a({.min_buffer_size = 1000});
  for (int round = 0; round < 50; ++round) {
    std::optional<arena::Vector<int>> numbers(a);
    numbers->reserve(static_cast<std::size_t>(round) + 1);
    numbers->push_back(1);
    forget(a);
    numbers.reset();
    for (int i = 0; i < 20; ++i) std::memset(a.Alloc(97, 1), 0, 97);
    a.Reset();
  }
}

int Read(const int& number) { return number == 7 ? 1 : 0; }

// Erases the nodes of a map in an order that has nothing to do with where they lie. The arena, of
// many small buffers, is asked each time whether the node is its own.
double SecondsToErase(int nodes) {
  arena::MonotonicArena a({.min_buffer_size = 1024, .max_buffer_size = 1024});
  arena::Map<int, int> map(a);
  for (int i = 0; i < nodes; ++i) map.emplace(i, i);
  const auto start = std::chrono::steady_clock::now();
  constexpr long long kStride = 7919;  // a prime, so that every node's turn comes
  for (long long i = 0; i < nodes; ++i) map.erase(static_cast<int>(i * kStride % nodes));
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

int main(int, char** arguments) {
  const std::string_view name = arguments[1];
  arena::MonotonicArena a;
  if (name == "rounds") Rounds();
  if (name == "scopes") Scopes();
  if (name == "never_destroyed") NeverDestroyed();
  if (name == "destroyed_after_reset") DestroyedAfter([](arena::Arena& arena) { arena.Reset(); });
  if (name == "destroyed_after_release") {
    DestroyedAfter([](arena::Arena& arena) { arena.Release(); });
  }
  if (name == "shared") {
    arena::ConcurrentArena shared(a);
    for (int round = 0; round < 20; ++round) {
      UseContainers(shared, round);
      shared.Reset();
    }
  }
  if (name == "many_buffers") {
    const double few = SecondsToErase(30'000);
    const double many = SecondsToErase(120'000);
    Check(many <= 9 * few || many < 0.3, "the time to erase a node does not grow with the arena");
  }
  if (name == "callers_buffer") {
    alignas(16) std::byte storage[20'000];
    for (int round = 0; round < 20; ++round) {
      arena::MonotonicArena with_storage({.initial_buffer = storage});
      UseContainers(with_storage, round);
    }
    std::memset(storage, 0, sizeof(storage));
  }
  if (name == "stale_vector") {
    const arena::Vector<int> numbers({1, 2, 3}, a);
    a.Reset();
    return Read(numbers[0]);
  }
  if (name == "stale_text") {
    const arena::String text(kText, a);
    a.Reset();
    return text[0] == 'b' ? 1 : 0;
  }
  if (name == "stale_vector_after_scope") {
    std::optional<arena::ArenaScope> scope(a);
    const arena::Vector<int> numbers({1, 2, 3}, a);
    scope.reset();
    return Read(numbers[0]);
  }
  return failures == 0 ? 0 : 1;
}
