// SPDX-License-Identifier: Apache-2.0
//
// Includes headers of the library and imports the module, which are one and the same; module.sh builds it.
#include <arena/arena.hpp>
#include <arena/pool.hpp>
#include <type_traits>

static_assert(ARENA_VERSION > 0, "a macro, which only the headers have");
using ArenaOfTheHeaders = arena::Arena;

import arena;

static_assert(std::is_same_v<ArenaOfTheHeaders, arena::Arena>);

int FromOneThatIncludes(arena::Arena& a) { return *arena::Allocate<int>(a, 6); }
