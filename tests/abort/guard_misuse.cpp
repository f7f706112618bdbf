// SPDX-License-Identifier: Apache-2.0
//
// Guards that end too early, and blocks that are given back wrongly.
// expect(twice): ^arena: the guard "requests" was given back a block that is not in use, or of another size; bytes: 100$
// expect(other_size): ^arena: the guard "requests" was given back a block that is not in use, or of another size; bytes: 99$
// expect(inside): ^arena: the guard "requests" was given back a block that is not in use, or of another size; bytes: 100$
// expect(never_taken): ^arena: the guard "requests" was given back a block that is not in use, or of another size; bytes: 100$
// expect(destroyed): ^arena: the guard "requests" was destroyed while blocks of it are in use: 2$
// expect(arena): ^arena: the guard "requests" was destroyed while blocks of it are in use: 1$
#include <arena/arena.hpp>
#include <arena/guard.hpp>
#include <cstddef>
#include <optional>
#include <string_view>

int main(int, char** arguments) {
  const std::string_view which = arguments[1];
  std::optional<arena::GuardResource> guard(
      arena::GuardResourceOptions{.name = "requests", .max_block_size = std::size_t{1} << 20});
  auto* const block = static_cast<std::byte*>(guard->allocate(100));
  if (which == "twice") {
    guard->deallocate(block, 100);
    guard->deallocate(block, 100);
  }
  if (which == "other_size") guard->deallocate(block, 99);
  if (which == "inside") guard->deallocate(block - 16, 100);
  if (which == "never_taken") guard->deallocate(block + (std::size_t{2} << 20), 100);
  if (which == "arena") {
    guard->deallocate(block, 100);
    arena::MonotonicArena a({.upstream = &*guard});
    guard.reset();
  }
  static_cast<void>(guard->allocate(1));
  guard.reset();
}
