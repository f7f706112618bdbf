// SPDX-License-Identifier: Apache-2.0
//
// What the strategies without arenas have in common: the containers of memory.hpp with the Allocator
// that is declared before; no pool, no budget, nothing to show of them.
#ifndef ARENA_BENCH_HTTP_OTHER_MEMORY_HPP
#define ARENA_BENCH_HTTP_OTHER_MEMORY_HPP

#include <boost/json.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory_resource>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "options.hpp"

namespace service {

using String = std::basic_string<char, std::char_traits<char>, Allocator<char>>;
template <class T>
using Vector = std::vector<T, Allocator<T>>;

struct OtherMemory {
  std::pmr::memory_resource& connections() noexcept { return *std::pmr::new_delete_resource(); }
  template <class Add>
  void ForEachFigure(Add) const {}
  void WriteBudgets(std::ostream&) const {}
};

}  // namespace service

#endif  // ARENA_BENCH_HTTP_OTHER_MEMORY_HPP
