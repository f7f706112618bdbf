// SPDX-License-Identifier: Apache-2.0
//
// Coroutines whose frames lie in an arena.
//
//     struct Task {
//       struct promise_type : arena::CoroutineFrame {
//         ...
//       };
//     };
//     Task Handle(arena::Arena& a, Request& request);  // its frame lies in `a`
//
// Not part of arena.hpp.
#ifndef ARENA_COROUTINE_HPP
#define ARENA_COROUTINE_HPP

#include <cstddef>
#include <new>
#include <type_traits>

#include "allocator.hpp"
#include "arena_interface.hpp"
#include "config.hpp"
#include "detail/core/align.hpp"
#include "detail/core/sanitizer.hpp"
#include "fwd.hpp"

ARENA_BEGIN_NAMESPACE
namespace detail {

template <class T>
inline constexpr bool kIsAllocator = false;
template <class T>
inline constexpr bool kIsAllocator<Allocator<T>> = true;

// Whether a frame can lie in what a parameter of type T names.
template <class T>
inline constexpr bool kIsArena = std::is_convertible_v<T*, Arena*>;
template <class T>
inline constexpr bool kNamesArena = kIsArena<T> || kIsAllocator<std::remove_cv_t<T>>;

// The arena that the first such parameter names; there is one.
template <class First, class... Rest>
ARENA_ALWAYS_INLINE Arena& FirstArena(First& first, Rest&... rest) noexcept {
  if constexpr (kIsArena<First>) {
    return first;
  } else if constexpr (kIsAllocator<std::remove_cv_t<First>>) {
    return first.arena();
  } else {
    return detail::FirstArena(rest...);
  }
}

// Never defined: a program that calls it does not compile.
Arena& NoArena() noexcept;

// The arena that the frame of a coroutine with these parameters lies in.
template <class... Parameters>
ARENA_ALWAYS_INLINE Arena& ArenaOfFrame(Parameters&... parameters) noexcept {
  constexpr bool kFound = (kNamesArena<Parameters> || ...);
  static_assert(kFound,
                "arena: no parameter of this coroutine says where its frame lies: add an "
                "arena::Arena& (not const, not a pointer, not a lease) or an arena::Allocator");
  if constexpr (kFound) {
    return detail::FirstArena(parameters...);
  } else {
    return detail::NoArena();
  }
}

// A coroutine's frame, followed by the arena that it lies in: a promise's operator delete learns
// nothing but the size.
class FrameInArena {
 public:
  // The block for a frame of `size` bytes. A multiple of the alignment, because padding between
  // frames could not be given back.
  static constexpr std::size_t BlockSize(std::size_t size) noexcept {
    return AlignUp(size + sizeof(Arena*), kAlignment);
  }

  ARENA_ALWAYS_INLINE static void* Allocate(Arena& arena, std::size_t size) {
    return Mark(arena.Alloc(BlockSize(size), kAlignment), size, arena);
  }

  ARENA_ALWAYS_INLINE static void* TryAllocate(Arena& arena, std::size_t size) noexcept {
    void* const frame = arena.TryAlloc(BlockSize(size), kAlignment);
    return frame != nullptr ? Mark(frame, size, arena) : nullptr;
  }

  ARENA_ALWAYS_INLINE static void Deallocate(void* frame, std::size_t size) noexcept {
    Arena& arena = **Owner(frame, size);
    if (arena.TryResize(frame, BlockSize(size), 0)) return;
    if constexpr (kInstrumented) arena.deallocate(frame, BlockSize(size), kAlignment);
  }

 private:
  static constexpr std::size_t kAlignment = alignof(std::max_align_t);

  ARENA_ALWAYS_INLINE static Arena** Owner(void* frame, std::size_t size) noexcept {
    std::byte* const end = static_cast<std::byte*>(frame) + BlockSize(size);
    // NOLINTNEXTLINE(bugprone-casting-through-void): a plain cast warns of the alignment
    return static_cast<Arena**>(static_cast<void*>(end - sizeof(Arena*)));
  }

  ARENA_ALWAYS_INLINE static void* Mark(void* frame, std::size_t size, Arena& arena) noexcept {
    ::new (static_cast<void*>(Owner(frame, size))) Arena*(&arena);
    return frame;
  }
};

}  // namespace detail

/// A base class for promise types: it puts the coroutine's frame into an arena.
///
/// The arena is that of the first parameter of the coroutine that is an Arena& (or a reference to a
/// class derived from Arena, not const) or an arena::Allocator, wherever it stands among the
/// parameters. For a member function the object itself is the first parameter: in a class derived
/// from Arena, the frame lies in that object. For a lambda it is the closure, whose captures are
/// not looked at. A coroutine without such a parameter does not compile.
///
/// The frame is given back when the coroutine is destroyed, if it is the last allocation of the
/// arena by then, as it is for a coroutine that is awaited at once and leaves nothing else behind:
/// awaiting a thousand of them one after the other takes the memory of one. Otherwise its memory
/// goes with the arena's. O(1); a pointer more than the frame itself, and up to 15 bytes to a
/// multiple of 16.
///
/// Lifetime: the coroutine is destroyed before Reset, Release or the end of the arena, and before
/// the end of a scope that was open when it was called: after that its frame is gone, as any object
/// of the arena is. What owns the coroutine (a task object, a queue) goes first. The arena outlives
/// the frame, so it is not a parameter that the frame itself holds: pass `*lease`, not the lease.
///
/// Failure: calling the coroutine throws std::bad_alloc, or calls the failure handler where
/// exceptions are off. Local variables with an alignment above that of std::max_align_t need not be
/// aligned: compilers do not say what a frame needs.
///
/// Thread safety: that of the arena, when the coroutine is called and when it is destroyed.
/// Compilers may leave out the allocation of a frame that ends within its caller's.
class CoroutineFrame {
 public:
  /// Called by the compiler with the frame's size in bytes and the coroutine's parameters.
  // Not constrained: clang 14 would take the global operator new and then call our delete.
  template <class... Parameters>
  ARENA_ALWAYS_INLINE static void* operator new(std::size_t size, Parameters&... parameters) {
    return detail::FrameInArena::Allocate(detail::ArenaOfFrame(parameters...), size);
  }

  /// Called by the compiler when the coroutine is destroyed.
  // NOLINTNEXTLINE(cert-dcl54-cpp,misc-new-delete-overloads): it belongs to the template
  ARENA_ALWAYS_INLINE static void operator delete(void* frame, std::size_t size) noexcept {
    detail::FrameInArena::Deallocate(frame, size);
  }
};

/// CoroutineFrame for coroutines that do not throw when there is no memory: calling one then
/// answers what the promise's `static get_return_object_on_allocation_failure()` returns, which the
/// promise type has to have. The parameters are not copied into a frame then.
class NothrowCoroutineFrame {
 public:
  /// Called by the compiler with the frame's size in bytes and the coroutine's parameters. nullptr
  /// when the arena has no memory.
  template <class... Parameters>
  ARENA_ALWAYS_INLINE static void* operator new(std::size_t size,
                                                Parameters&... parameters) noexcept {
    return detail::FrameInArena::TryAllocate(detail::ArenaOfFrame(parameters...), size);
  }

  /// Called by the compiler when the coroutine is destroyed.
  // NOLINTNEXTLINE(cert-dcl54-cpp,misc-new-delete-overloads): it belongs to the template
  ARENA_ALWAYS_INLINE static void operator delete(void* frame, std::size_t size) noexcept {
    detail::FrameInArena::Deallocate(frame, size);
  }
};

ARENA_END_NAMESPACE

#endif  // ARENA_COROUTINE_HPP
