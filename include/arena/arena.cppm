// SPDX-License-Identifier: Apache-2.0
//
// module arena: all public names of the library, those of the headers beside arena.hpp included.
//
//     import arena;
//
//     arena::MonotonicArena a;
//     auto* user = arena::Allocate<User>(a, 1, "Ada");
//
// Everything belongs to the headers, which a program may include as well, before the import. A module
// exports no macro: what configures the library (config.hpp) is given to the compiler, for the module and
// for what imports it alike. Names of arena::detail are not exported.
module;

#include "arena.hpp"
#include "budget.hpp"
#include "containers.hpp"
#include "coroutine.hpp"
#include "format.hpp"
#include "guard.hpp"
#include "iostream.hpp"
#include "page_resource.hpp"
#include "picture.hpp"
#include "pool.hpp"
#include "virtual_arena.hpp"

export module arena;

export namespace arena {

using arena::Arena;
using arena::ArenaDecorator;
using arena::ArenaScope;
using arena::ArenaStats;
using arena::BasicConcurrentArena;
using arena::BasicThreadCachedArena;
using arena::Cleanup;
using arena::ConcurrentArena;
using arena::InlineArena;
using arena::MonotonicArena;
using arena::MonotonicArenaOptions;
using arena::ThreadCachedArena;
using arena::ThreadCachedArenaOptions;

using arena::Allocate;
using arena::AllocateForOverwrite;
using arena::Defer;
using arena::Own;
using arena::skip_destructor;
using arena::TryAllocate;

using arena::AllocateSlice;
using arena::AllocateSliceForOverwrite;
using arena::Slice;
using arena::SliceAppend;
using arena::SliceAppendRange;

using arena::Allocator;
using arena::CopyString;
using arena::String;
using arena::operator==;
using arena::swap;

using arena::ArenaBuffer;

using arena::FailureHandler;
using arena::SetFailureHandler;

// budget.hpp
using arena::Budget;
using arena::BudgetOptions;
using arena::BudgetPressureCallback;
using arena::WriteOpenMetrics;

// containers.hpp
using arena::Deque;
using arena::ForwardList;
using arena::List;
using arena::Map;
using arena::MultiMap;
using arena::MultiSet;
using arena::Set;
using arena::UnorderedMap;
using arena::UnorderedMultiMap;
using arena::UnorderedMultiSet;
using arena::UnorderedSet;
using arena::Vector;

// coroutine.hpp
using arena::CoroutineFrame;
using arena::NothrowCoroutineFrame;

// format.hpp
#if ARENA_HAS_FORMAT
using arena::Format;
#endif

// guard.hpp
using arena::GuardLabel;
using arena::GuardResource;
using arena::GuardResourceOptions;
using arena::GuardStats;

// iostream.hpp
using arena::ArenaStream;
using arena::ArenaStreambuf;
using arena::operator<<;

// page_resource.hpp
using arena::PageResource;
using arena::PageResourceOptions;
using arena::Reclaim;

// picture.hpp
using arena::WritePicture;

// pool.hpp
using arena::ArenaLease;
using arena::ArenaPool;
using arena::ArenaPoolKeyStats;
using arena::ArenaPoolOptions;
using arena::ArenaPoolStats;

// virtual_arena.hpp
using arena::VirtualArena;
using arena::VirtualArenaOptions;

}  // namespace arena
