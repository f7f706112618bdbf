// SPDX-License-Identifier: Apache-2.0
//
// An lvalue slice grows by copying, which a move-only element cannot.
// expect: arena: a slice of a move-only type grows by moving: write SliceAppend\(arena, std::move\(slice\)
// expect(2): arena: a slice of a move-only type grows by moving: write SliceAppend\(arena, std::move\(slice\)
// expect(3): arena: a slice of a move-only type grows by moving: write SliceAppend\(arena, std::move\(slice\)
// expect(4): arena: a slice of a move-only type grows by moving: write SliceAppend\(arena, std::move\(slice\)
#include <arena/arena.hpp>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

using Pointer = std::unique_ptr<int>;

struct Moving {
  std::vector<Pointer>& from;
  auto begin() const { return std::make_move_iterator(from.begin()); }
  auto end() const { return std::make_move_iterator(from.end()); }
};

void Use(arena::Arena& a, arena::Slice<Pointer> slice,
         [[maybe_unused]] std::vector<Pointer>& more) {
#if ARENA_MISUSE == 1
  slice = arena::SliceAppend(a, slice, std::make_unique<int>(1));
#elif ARENA_MISUSE == 2
  slice = arena::SliceAppend(a, slice, std::make_unique<int>(1), std::make_unique<int>(2));
#elif ARENA_MISUSE == 3
  slice = arena::SliceAppendRange(a, slice, Moving{more});
#elif ARENA_MISUSE == 4
  arena::Slice<std::vector<Pointer>> vectors;
  vectors = arena::SliceAppend(a, vectors, std::vector<Pointer>());
#else
  slice = arena::SliceAppend(a, std::move(slice), std::make_unique<int>(1));
  slice = arena::SliceAppend(a, std::move(slice), std::make_unique<int>(1), nullptr);
  slice = arena::SliceAppendRange(a, std::move(slice), Moving{more});
#endif
}
