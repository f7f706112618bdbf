// SPDX-License-Identifier: Apache-2.0
//
// class ThreadCachedArena: a decorator that lets many threads share an arena, each with a window of
// its own.
#ifndef ARENA_THREAD_CACHED_ARENA_HPP
#define ARENA_THREAD_CACHED_ARENA_HPP

#include <cstddef>
#include <mutex>

#include "arena_interface.hpp"
#include "config.hpp"
#include "detail/threads/thread_parts.hpp"
#include "fwd.hpp"
#include "thread_cached_options.hpp"

ARENA_BEGIN_NAMESPACE

/// Shares an arena between many threads. Each has a part: a window of the base's memory, taken
/// under a mutex, in which it allocates and registers cleanups alone.
///
/// Any thread may allocate, resize, register cleanups and read the figures at any time; the calls
/// of different threads do not wait for each other unless one needs a new window, or asks for more
/// than half of one. The base is not used directly meanwhile, and both outlive what is allocated.
/// The decorator owns no memory and no cleanups, and its end touches nothing. A `Local` makes it as
/// fast as an arena of one's own. The base's upstream is called under the mutex, and with it the
/// `on_pressure` of a Budget: neither uses the decorator, not even for its figures.
///
/// Reset, Release and the decorator's end are exclusive: no other thread is inside a call, and what
/// threads did happens before. (A call that waits for memory is noticed and ends the program with a
/// message; a debug build, one without optimisation, may notice any.) A Reset or Release of the
/// base, or the end of a scope on it that was opened before the first allocation of the round, ends
/// the parts as the decorator's own Reset does. A scope of the base that is opened later ends the
/// program with a message when a thread needs memory in it.
///
/// Cleanups run on the thread that resets, without the mutex: of one thread newest first, the
/// threads one after the other. A destructor does not use objects of another thread, which may be
/// gone. The cleanups may allocate and register through the arena, on that thread.
///
/// Nobody else gets what a thread has not used of its window. When the base's limit is reached,
/// threads take smaller windows, then only what they need, then fail. A thread that ends leaves its
/// part to the arena, and a later thread may go on with it. Only the thread that allocated the last
/// block resizes it in place. Fibers may move between threads, but not while they have a `Local`.
///
/// Len() and Cap() are exact while no thread is in a call and none holds a Local: a Local's
/// allocations are counted when it ends, or when its thread next calls the arena. Peak() is never
/// too low while the base is not used directly. It may be too high if several threads shrank blocks
/// (TryResize), or if cleanups used the arena while the base's Reset, or the end of a scope, ran
/// them; Len() may be, too, until these are done. O(threads). Only Cap() counts the bytes of a
/// window that nothing is allocated in.
///
/// After fork in a process with threads, the child does not use it. A Mutex blocks the thread that
/// waits for it: one that lets another fiber of the thread run would not do.
template <class Mutex = std::mutex>
class BasicThreadCachedArena : public detail::ThreadParts<Mutex> {
  using Parts = detail::ThreadParts<Mutex>;
  using typename Parts::Part;

 public:
  /// Shares `base`, which outlives the decorator. For a base that is itself of this type, pass
  /// `static_cast<Arena&>(base)`: it would be a copy.
  explicit BasicThreadCachedArena(Arena& base ARENA_LIFETIMEBOUND,
                                  const ThreadCachedArenaOptions& options = {})
      : Parts(base, {options.first_window, options.window, options.max_window, Part::MinSize()}) {}

  /// Ends the program with a message while a Local is held. The memory, and the cleanups that are
  /// owed, stay with the base.
  ~BasicThreadCachedArena() override { this->LoseParts(); }

  /// The calling thread's part, as an arena whose allocation is inlined: nothing is looked up and
  /// no other thread is told.
  ///
  /// For the thread that made it, which may use the shared arena as well, and may have several.
  /// Everything that works on an Arena works on `*local`. It is gone before the shared arena is
  /// reset, and before the thread ends. When there is no memory for a part it is the shared arena
  /// itself.
  class ARENA_NODISCARD Local {
   public:
    /// The calling thread's part of `shared`, which outlives it. O(1), or a window's cost where the
    /// thread has no part yet.
    ARENA_NODISCARD explicit Local(BasicThreadCachedArena& shared) noexcept
        : part_(shared.DoFindPart()),
          arena_(part_ != nullptr ? static_cast<Arena&>(*part_) : shared) {
      if (part_ != nullptr) part_->Hold();
    }
    ~Local() {
      if (part_ != nullptr) part_->LetGo();
    }

    Local(const Local&) = ARENA_DELETE("arena: a Local stays where it is: pass Arena&");
    Local& operator=(const Local&) = ARENA_DELETE("arena: a Local stays where it is: pass Arena&");

    /// The part. It is this thread's alone.
    Arena& operator*() const& noexcept { return arena_; }
    Arena& operator*() const&& =
        ARENA_DELETE("arena: name the Local: a temporary one ends at once");
    /// @{
    /// As `*local`.
    Arena* operator->() const noexcept { return &arena_; }
    operator Arena&() const& noexcept { return arena_; }  // NOLINT: a Local is an arena
    /// @}
    operator Arena&() const&& = ARENA_DELETE("arena: name the Local: a temporary one ends at once");

   private:
    Part* part_;
    Arena& arena_;
  };

 protected:
  /// @{
  /// The hooks of an ArenaDecorator, in the calling thread's part.
  ARENA_NOINLINE void* DoAlloc(std::size_t size, std::size_t alignment) noexcept override {
    Part* part;
    if (this->Recall(&part)) [[likely]] {
      if (void* const block = part->Bump(size, alignment)) [[likely]]
        return block;
    }
    return AllocSlowly(*this, size, alignment);
  }

  ARENA_NOINLINE bool DoTryResize(void* block, std::size_t old_size,
                                  std::size_t new_size) noexcept override {
    Part* const part = this->ExistingPart();
    if (part != nullptr) return part->Resize(block, old_size, new_size);
    return false;
  }

  ARENA_NOINLINE bool DoAddCleanup(Cleanup cleanup) noexcept override {
    Part* part;
    if (this->Recall(&part)) [[likely]] {
      if (part->PushCleanup(cleanup)) [[likely]]
        return true;
    }
    return AddCleanupSlowly(*this, cleanup);
  }

  ARENA_NOINLINE bool DoAddDestructor(const detail::Destructor& type,
                                      void* object) noexcept override {
    Part* part;
    if (this->Recall(&part)) [[likely]] {
      if (part->PushObject(type, object)) [[likely]]
        return true;
    }
    return AddDestructorSlowly(*this, type, object);
  }
  /// @}

  /// The calling thread's part; null when there is no memory for one.
  // Virtual like everything else that looks into the thread's cache: that has to be the cache which
  // the shared object that made this arena has. And not inlined, where a compiler knows the type:
  // it could keep the address of the cache over a call that switches fibers.
  ARENA_NOINLINE virtual Part* DoFindPart() noexcept {
    Part* part;
    return this->Recall(&part) ? part : this->FindOrAddPart();
  }

 private:
  ARENA_NOINLINE static void* AllocSlowly(BasicThreadCachedArena& self, std::size_t size,
                                          std::size_t alignment) noexcept {
    Part* const part = self.DoFindPart();
    if (part != nullptr) return part->AllocSlowly(size, alignment);
    return self.AllocWithoutPart(size, alignment);
  }

  ARENA_NOINLINE static bool AddCleanupSlowly(BasicThreadCachedArena& self,
                                              Cleanup cleanup) noexcept {
    Part* const part = self.DoFindPart();
    if (part != nullptr) return part->AddCleanupSlowly(cleanup);
    return self.AddCleanupWithoutPart(cleanup);
  }

  ARENA_NOINLINE static bool AddDestructorSlowly(BasicThreadCachedArena& self,
                                                 const detail::Destructor& type,
                                                 void* object) noexcept {
    Part* const part = self.DoFindPart();
    if (part != nullptr) return part->AddDestructorSlowly(type, object);
    return AddCleanupSlowly(self, {type.one, object});
  }
};

/// A BasicThreadCachedArena with the standard library's mutex.
using ThreadCachedArena = BasicThreadCachedArena<std::mutex>;

ARENA_END_NAMESPACE

#endif  // ARENA_THREAD_CACHED_ARENA_HPP
