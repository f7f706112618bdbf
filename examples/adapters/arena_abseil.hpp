// SPDX-License-Identifier: Apache-2.0
//
// Abseil's hash tables in an arena.
//
//     adapters::FlatHashMap<std::string_view, int> counts(a);
//
// A table that grows leaves its former memory, half of what it takes then, in the arena until the
// reset: reserve() what is coming, where that is known. Beware:
// - A table is destroyed, or never touched again, before its arena is reset. One that is copied stays
//   in the same arena; swapping tables of different arenas is undefined, as with any container.
// - Keys of a map that are std::string_view point to text that lives as long: arena::CopyString.
// - An element that takes an arena's allocator (arena::String, arena::Vector) is given it by you:
//   Abseil's tables do not pass their own on. table.try_emplace(key, a)
// - The order in which a table is walked differs from run to run.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include <arena/arena.hpp>
#include <utility>

namespace adapters {

template <class Key, class Value>
class FlatHashMap
    : public absl::flat_hash_map<Key, Value, typename absl::flat_hash_map<Key, Value>::hasher,
                                 typename absl::flat_hash_map<Key, Value>::key_equal,
                                 arena::Allocator<std::pair<const Key, Value>>> {
 public:
  explicit FlatHashMap(arena::Arena& a) : FlatHashMap::flat_hash_map(arena::Allocator<Key>(a)) {}
};

template <class Key>
class FlatHashSet : public absl::flat_hash_set<Key, typename absl::flat_hash_set<Key>::hasher,
                                               typename absl::flat_hash_set<Key>::key_equal,
                                               arena::Allocator<Key>> {
 public:
  explicit FlatHashSet(arena::Arena& a) : FlatHashSet::flat_hash_set(arena::Allocator<Key>(a)) {}
};

}  // namespace adapters
