// SPDX-License-Identifier: Apache-2.0
//
// Counts the words of a text, once with the containers of namespace std and once with the same ones
// over an arena: the same result, from far fewer pieces of memory.
//
//     containers [FILE]    without FILE: the license of this library
#include <arena/arena.hpp>
#include <arena/containers.hpp>
#include <cctype>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <memory_resource>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

// The heap, with a counter: what both ways get their memory from.
class CountingHeap : public std::pmr::memory_resource {
 public:
  void Print(const char* title) const {
    std::printf("%s %zu allocations of %zu bytes in all\n", title, allocations_, bytes_);
  }

 private:
  void* do_allocate(std::size_t bytes, std::size_t alignment) override {
    ++allocations_;
    bytes_ += bytes;
    return std::pmr::new_delete_resource()->allocate(bytes, alignment);
  }
  void do_deallocate(void* block, std::size_t bytes, std::size_t alignment) override {
    std::pmr::new_delete_resource()->deallocate(block, bytes, alignment);
  }
  bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override {
    return this == &other;
  }

  std::size_t allocations_ = 0;
  std::size_t bytes_ = 0;
};

// Takes the next word off the front of the text; empty at the end.
std::string_view NextWord(std::string_view& text) {
  const auto is_letter = [](char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; };
  while (!text.empty() && !is_letter(text.front())) text.remove_prefix(1);
  std::size_t size = 0;
  while (size < text.size() && is_letter(text[size])) ++size;
  const std::string_view word = text.substr(0, size);
  text.remove_prefix(size);
  return word;
}

// std::pmr, for the sake of the counter only: std::allocator allocates as often, and a pointer less
// for each string and vector.
using StdCounts = std::pmr::unordered_map<std::pmr::string, std::size_t>;
using StdRanking = std::pmr::map<std::size_t, std::pmr::vector<std::pmr::string>, std::greater<>>;

void Count(std::string_view text, StdCounts& counts, StdRanking& ranking) {
  for (auto word = NextWord(text); !word.empty(); word = NextWord(text)) {
    ++counts[std::pmr::string(word, counts.get_allocator())];
  }
  for (const auto& [word, count] : counts) ranking[count].push_back(word);
}

using Counts = arena::UnorderedMap<arena::String, std::size_t>;
using Ranking = arena::Map<std::size_t, arena::Vector<arena::String>, std::greater<>>;

void Count(std::string_view text, Counts& counts, Ranking& ranking) {
  for (auto word = NextWord(text); !word.empty(); word = NextWord(text)) {
    const auto known = counts.find(word);  // no String is made for the question
    if (known != counts.end()) {
      ++known->second;
    } else {
      counts.emplace(word, 1);  // node and characters go into the arena
    }
  }
  // Vectors and their Strings are given the arena of the map.
  for (const auto& [word, count] : counts) ranking[count].push_back(word);
}

bool Same(const StdCounts& counts, const StdRanking& ranking, const Counts& in_arena,
          const Ranking& ranking_in_arena) {
  if (counts.size() != in_arena.size() || ranking.size() != ranking_in_arena.size()) return false;
  for (const auto& [word, count] : counts) {
    const auto found = in_arena.find(word);
    if (found == in_arena.end() || found->second != count) return false;
  }
  for (const auto& [count, words] : ranking) {
    const auto found = ranking_in_arena.find(count);
    if (found == ranking_in_arena.end() || found->second.size() != words.size()) return false;
  }
  return true;
}

int main(int argument_count, char** arguments) {
  const std::filesystem::path here = __FILE__;
  const std::filesystem::path path =
      argument_count > 1 ? arguments[1] : here.parent_path().parent_path() / "LICENSE";
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (text.empty()) {
    std::fprintf(stderr, "cannot read %s\n", path.string().c_str());
    return 1;
  }

  CountingHeap heap;
  StdCounts std_counts(&heap);
  StdRanking std_ranking(&heap);
  Count(text, std_counts, std_ranking);
  heap.Print("std::  ");

  CountingHeap heap_of_arena;
  arena::MonotonicArena a({.upstream = &heap_of_arena});
  Counts counts(a);
  Ranking ranking(a);
  Count(text, counts, ranking);
  heap_of_arena.Print("arena::");

  const auto& [most, words] = *ranking.begin();
  std::printf("%zu different words, most often, %zu times: %s\n", counts.size(), most,
              words.front().c_str());
  const bool same = Same(std_counts, std_ranking, counts, ranking);
  std::printf("the same result: %s\n", same ? "yes" : "no");
  return same ? 0 : 1;
}
