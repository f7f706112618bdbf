// SPDX-License-Identifier: Apache-2.0
//
// For types that are moved but never assigned to, as leases and what holds one.
#ifndef ARENA_TESTS_SUPPORT_REPLACE_HPP
#define ARENA_TESTS_SUPPORT_REPLACE_HPP

#include <memory>
#include <utility>
#include <vector>

namespace arena_test {

// Ends what is at `place` and moves another one there.
template <class T>
void Replace(T& place, T with) noexcept {
  std::destroy_at(std::addressof(place));
  std::construct_at(std::addressof(place), std::move(with));
}

// Removes an element of the vector by putting the last one in its place.
template <class T>
void RemoveUnordered(std::vector<T>& elements, T& element) noexcept {
  if (std::addressof(element) != std::addressof(elements.back())) {
    Replace(element, std::move(elements.back()));
  }
  elements.pop_back();
}

}  // namespace arena_test

#endif  // ARENA_TESTS_SUPPORT_REPLACE_HPP
