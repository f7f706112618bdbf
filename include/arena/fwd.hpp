// SPDX-License-Identifier: Apache-2.0
//
// Declares the library's types without defining them, for headers that only name an arena.
//
// Include this instead of writing `namespace arena { class Arena; }` by hand: the types lie in an
// inline namespace whose name depends on the build (config.hpp). The alias `ConcurrentArena` of
// `BasicConcurrentArena<std::mutex>` is in concurrent_arena.hpp, because std::mutex cannot be
// declared without its header; likewise `ThreadCachedArena` in thread_cached_arena.hpp.
#ifndef ARENA_FWD_HPP
#define ARENA_FWD_HPP

#include <cstddef>

#include "config.hpp"

ARENA_BEGIN_NAMESPACE

class Arena;
class ArenaDecorator;
class ArenaBuffer;
class ArenaLease;
class ArenaPool;
class ArenaScope;
class ArenaStream;
class ArenaStreambuf;
class Budget;
class CoroutineFrame;
class GuardLabel;
class GuardResource;
class MonotonicArena;
class NothrowCoroutineFrame;
class PageResource;
class VirtualArena;
struct ArenaPoolKeyStats;
struct ArenaPoolOptions;
struct ArenaPoolStats;
struct ArenaStats;
struct BudgetOptions;
struct Cleanup;
struct GuardResourceOptions;
struct GuardStats;
struct MonotonicArenaOptions;
struct ThreadCachedArenaOptions;
struct VirtualArenaOptions;

template <class T>
class Allocator;
template <class Mutex>
class BasicConcurrentArena;
template <class Mutex>
class BasicThreadCachedArena;
template <std::size_t N>
class InlineArena;
template <class T>
class Slice;

namespace detail {
struct PictureAccess;
}  // namespace detail

ARENA_END_NAMESPACE

#endif  // ARENA_FWD_HPP
