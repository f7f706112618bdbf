// SPDX-License-Identifier: Apache-2.0
//
// arena: allocate the many small objects of one request, frame or pass from a few chunks of memory,
// and free them all at once. This header includes the core; what it offers, at a glance:
//
//   class Arena : public std::pmr::memory_resource              arena_interface.hpp
//     Alloc TryAlloc TryResize  Reset Release  Len Cap Peak
//   class ArenaDecorator : public Arena                         arena_decorator.hpp
//   class MonotonicArena : public Arena                         monotonic_arena.hpp
//     Reserve ShrinkTo Owns Stats TakeHighWater   MonotonicArenaOptions ArenaStats
//   class InlineArena<N> : public MonotonicArena                inline_arena.hpp
//   class ArenaScope                                            scope.hpp
//   class ConcurrentArena : public Arena                        concurrent_arena.hpp
//   class ThreadCachedArena : public Arena                      thread_cached_arena.hpp
//     Local   ThreadCachedArenaOptions
//
//   T* Allocate<T>(arena, args...)        TryAllocate<T>        allocate.hpp
//   T* AllocateForOverwrite<T>(arena)     skip_destructor<T>
//   void Defer(arena, callable)           T* Own(arena, unique_ptr)
//
//   Slice<T> AllocateSlice<T>(arena, len, cap)                  slice.hpp
//   Slice<T> SliceAppend(arena, slice, values...)
//   Slice<T> SliceAppendRange(arena, slice, range)
//
//   class Allocator<T>                                          allocator.hpp
//   String   std::string_view CopyString(arena, text)           string.hpp
//
//   class ArenaBuffer                                           buffer.hpp
//     Write WriteByte WriteString ReadFrom  Prepare Commit  push_back
//     Read ReadByte Next WriteTo  Bytes View String  Truncate Reset  Len Cap
//
//   FailureHandler SetFailureHandler(handler)                   detail/assert.hpp
#ifndef ARENA_ARENA_HPP
#define ARENA_ARENA_HPP

// IWYU pragma: begin_exports
#include "allocate.hpp"
#include "allocator.hpp"
#include "arena_decorator.hpp"
#include "arena_interface.hpp"
#include "buffer.hpp"
#include "concurrent_arena.hpp"
#include "config.hpp"
#include "fwd.hpp"
#include "inline_arena.hpp"
#include "monotonic_arena.hpp"
#include "scope.hpp"
#include "slice.hpp"
#include "string.hpp"
#include "thread_cached_arena.hpp"
#include "version.hpp"
// IWYU pragma: end_exports

#endif  // ARENA_ARENA_HPP
