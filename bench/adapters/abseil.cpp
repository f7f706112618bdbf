// SPDX-License-Identifier: Apache-2.0
//
// A hash table of Abseil's on the heap and in an arena: how often each word of the document occurs.
#include <absl/container/flat_hash_map.h>

#include <algorithm>
#include <arena/arena.hpp>
#include <cstdint>
#include <optional>
#include <string_view>

#include "../../examples/adapters/arena_abseil.hpp"
#include "document.hpp"
#include "measure.hpp"

namespace {

template <class Map>
void Count(Map& words, std::string_view text) {
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find_first_of(" \n\"", begin), text.size());
    ++words[text.substr(begin, end - begin)];
    begin = end + 1;
  }
}

template <class Map>
std::uint64_t Sum(const Map& words) {
  std::uint64_t sum = 0;
  for (const auto& [word, count] : words) sum += word.size() * count;
  return sum;
}

struct Default {
  static constexpr const char* kName = "`absl::flat_hash_map`";
  void Make(std::string_view text) { Count(words.emplace(), text); }
  std::uint64_t Read() const { return Sum(*words); }
  void Drop() { words.reset(); }
  std::optional<absl::flat_hash_map<std::string_view, std::uint64_t>> words;
};

struct InArena {
  static constexpr const char* kName = "`adapters::FlatHashMap`, then `Reset`";
  void Make(std::string_view text) { Count(words.emplace(memory), text); }
  std::uint64_t Read() const { return Sum(*words); }
  void Drop() {
    words.reset();
    memory.Reset();
  }
  arena::MonotonicArena memory;
  std::optional<adapters::FlatHashMap<std::string_view, std::uint64_t>> words;
};

}  // namespace

int main(int argc, char** argv) {
  return bench::Compare<Default, InArena>("Abseil", bench::Orders(), bench::Rounds(argc, argv));
}
