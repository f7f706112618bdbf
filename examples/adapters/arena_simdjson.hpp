// SPDX-License-Identifier: Apache-2.0
//
// What simdjson reads, as objects of the program in an arena.
//
// simdjson's parser keeps memory of its own from one document to the next; keep the parser, one for a
// thread. What it answers is tied to it: a string of simdjson's On Demand lies in the parser until
// its next document, an array or object is read once, in order. These functions bring the answers
// into an arena, where they live until its reset. Beware:
// - Read before the next call of iterate(), and before the text is gone.
// - Errors are exceptions (simdjson::simdjson_error); what was read so far stays in the arena.
#pragma once

#include <simdjson.h>

#include <arena/arena.hpp>
#include <cstddef>
#include <string_view>
#include <utility>

namespace adapters {

/// A string, without its escapes, in `a`. A value of another type is an error.
inline std::string_view ReadString(arena::Arena& a,
                                   simdjson::simdjson_result<simdjson::ondemand::value> value) {
  const std::string_view text = value.get_string();
  return arena::CopyString(a, text);
}

/// The elements of an array, each made by `read(element)`, in one slice of exactly their number. They
/// are counted first, which is cheap beside reading them.
template <class T, class Read>
arena::Slice<T> ReadArray(arena::Arena& a,
                          simdjson::simdjson_result<simdjson::ondemand::value> value, Read read) {
  simdjson::ondemand::array array = value.get_array();
  const std::size_t size = array.count_elements();
  arena::Slice<T> elements = arena::AllocateSlice<T>(a, 0, size);
  for (auto element : array) {
    elements = arena::SliceAppend(a, std::move(elements), read(element));
  }
  return elements;
}

}  // namespace adapters
