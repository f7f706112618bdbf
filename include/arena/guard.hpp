// SPDX-License-Identifier: Apache-2.0
//
// class GuardResource: an upstream whose freed blocks become inaccessible, so that a stale pointer
// into an arena traps where it is used, and a report that says who freed the memory.
//
//   arena::GuardResource guard({.name = "parser"});
//   arena::GuardResource::InstallFaultHandler();
//   arena::MonotonicArena a({.retain = 0, .upstream = &guard});
//
// For debug runs without a sanitizer, and, through ArenaPoolOptions::guard_one_in, for production.
// Needs POSIX. The header may be included anywhere; ARENA_HAS_GUARD is 1 where the class works.
#ifndef ARENA_GUARD_HPP
#define ARENA_GUARD_HPP

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <new>
#include <string_view>

#include "config.hpp"
#include "detail/core/align.hpp"
#include "detail/core/assert.hpp"
#include "detail/core/text_line.hpp"
#include "detail/os/faults.hpp"
#include "detail/os/guard_report.hpp"
#include "detail/os/guard_slots.hpp"
#include "detail/os/stack.hpp"

#if defined(_WIN32)
#define ARENA_HAS_GUARD 0
#else
#define ARENA_HAS_GUARD 1
#endif

ARENA_BEGIN_NAMESPACE

/// How a GuardResource guards.
struct GuardResourceOptions {
  /// What reports call it. Copied; of a name that takes more than 63 bytes, the start is kept.
  std::string_view name = "GuardResource";
  /// How many blocks are guarded at once, those in use and those in quarantine together. Each slot
  /// costs 700 bytes and a page table's page from its first use on.
  std::size_t slot_count = 1024;
  /// The size of a slot in bytes; larger blocks are not guarded. The resource reserves addresses
  /// for `slot_count` blocks of this size, which is not memory. Where addresses are short
  /// (RLIMIT_AS), slots are smaller.
  std::size_t max_block_size = sizeof(void*) > 4 ? std::size_t{64} << 20 : std::size_t{256} << 10;
};

/// The figures of a GuardResource at one moment.
struct GuardStats {
  std::uint64_t guarded = 0;    ///< blocks that were guarded, so far
  std::uint64_t unguarded = 0;  ///< blocks that could not be
  std::size_t live = 0;         ///< guarded blocks that are in use
  std::size_t quarantined = 0;  ///< blocks that were freed and are still inaccessible
};

#if ARENA_HAS_GUARD

/// A memory resource that finds uses of memory after it was freed, and beyond its end.
///
/// Each block ends at an inaccessible page. A freed block becomes inaccessible as a whole and stays
/// so, in quarantine, until its slot serves another block, for which all other free slots come
/// first. Any access until then is a fault (SIGSEGV) at the instruction that is wrong, in release
/// builds, too. The memory of a freed block goes back to the system at once.
///
/// In an arena over it, it finds uses of what was freed upstream. With `retain = 0`, Reset,
/// Release, the end of a scope and of the arena free their chunks, so that a stale pointer into any
/// of them traps. Not found: a use within a chunk that is still in use (an overrun into the next
/// allocation, memory that TryResize took back), and a use by the kernel: a system call on freed
/// memory fails with EFAULT. In a build with `ARENA_HEAP=1`, `SetHeapResource(&guard)` guards each
/// allocation, which finds nearly all of that.
///
/// A block that cannot be guarded comes from operator new and is as good as any other. That happens
/// when all slots are in use, when it is larger than `max_block_size`, or when the system has no
/// more mappings (Linux allows 65,530, and a guarded block in use takes two).
///
/// allocate and deallocate together cost four system calls, fresh pages, and two stacks: about 10
/// us for small blocks. A block of more than a page and of up to 128 KiB gets all of its pages by a
/// fifth call. When memory is short, allocate throws std::bad_alloc; where exceptions are off, it
/// returns null, which arenas understand and std::pmr containers do not.
///
/// A block that is returned twice, or with another size, and a resource that is destroyed while a
/// guarded block is in use, end the program with a message that names it.
///
/// Thread safety: all members may be called from any thread. After fork in a process with threads,
/// the child does not allocate from it; a fault in the child is reported.
class GuardResource : public std::pmr::memory_resource {
 public:
  /// Reserves addresses, and no memory: O(1), some microseconds.
  explicit GuardResource(const GuardResourceOptions& options = {}) noexcept
      : slots_(options.name, options.slot_count, options.max_block_size), registration_(slots_) {}

  /// Ends the program with a message while a guarded block is in use. Uses of freed blocks still
  /// trap afterwards, until the addresses serve something else, but are not reported.
  ~GuardResource() override {
    const std::size_t live = slots_.figures().live;
    if (live != 0) FailWith("was destroyed while blocks of it are in use: ", live);
  }

  GuardResource(const GuardResource&) = ARENA_DELETE("arena: a guard is shared by reference");
  GuardResource& operator=(const GuardResource&) =
      ARENA_DELETE("arena: a guard is shared by reference");

  /// Prints a report to standard error when memory of any GuardResource is used that may not be.
  ///
  /// Call it once, after the program has installed its own handlers of SIGSEGV and SIGBUS; later
  /// calls do nothing. The report says what the access was, which resource it concerns, when the
  /// memory was freed, and the stacks of the use, of the free and of the allocation. A program that
  /// is linked with -rdynamic shows the names of functions, any other one their offsets, for
  /// addr2line. Then the handler that was installed before runs, with the same arguments; where
  /// there was none, the instruction faults again, so that the core file shows it.
  ///
  /// There is one report in the life of a program: threads that fault meanwhile wait for it. Faults
  /// elsewhere and signals that were sent (raise, kill) are not reported. The handler runs on the
  /// thread's alternate stack if it has one (8 KiB suffice) and takes no memory.
  static void InstallFaultHandler() noexcept {
    detail::PrepareToPrintStacks();
    detail::InstallFaultHandler(&detail::ReportGuardFault);
  }

  /// The name it was given. Lives as long as the resource. O(1).
  std::string_view Name() const noexcept { return slots_.name(); }

  /// What it has done so far. O(1).
  GuardStats Stats() const noexcept {
    const auto figures = slots_.figures();
    return {figures.taken, unguarded_.load(std::memory_order_relaxed), figures.live,
            figures.quarantined};
  }

 private:
  friend class GuardLabel;

  void* do_allocate(std::size_t bytes, std::size_t alignment) override {
    return Take(bytes, alignment, {});
  }

  void* Take(std::size_t bytes, std::size_t alignment, const detail::GuardName& label) {
    std::size_t need;
    if (detail::IsPowerOfTwo(alignment) && detail::AddSizes(bytes, alignment, &need)) {
      bytes = detail::MaxOf(bytes, 1);
      if (void* const block = slots_.Take(bytes, alignment, label)) return block;
      if (void* const block = ::operator new(bytes, std::align_val_t{alignment}, std::nothrow)) {
        unguarded_.fetch_add(1, std::memory_order_relaxed);
        return block;
      }
    }
#if ARENA_EXCEPTIONS
    detail::ThrowBadAlloc();
#else
    return nullptr;
#endif
  }

  void do_deallocate(void* block, std::size_t bytes, std::size_t alignment) noexcept override {
    bytes = detail::MaxOf(bytes, 1);
    if (!slots_.Owns(block)) {
      ::operator delete(block, std::align_val_t{alignment});
    } else if (!slots_.Free(block, bytes)) {
      FailWith("was given back a block that is not in use, or of another size; bytes: ", bytes);
    }
  }

  bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override {
    return this == &other;
  }

  // Ends the program with a message about this resource.
  ARENA_NORETURN ARENA_COLD void FailWith(const char* what, std::size_t number) const noexcept {
    detail::TextLine line;
    line << "arena: the guard \"" << slots_.name() << "\" " << what << number;
    detail::Fail(line.c_str());
  }

  detail::GuardSlots slots_;
  detail::GuardRegistration registration_;
  std::atomic<std::uint64_t> unguarded_{0};
};

/// Memory of a GuardResource under a name of its own, which reports show behind that of the guard:
/// for many arenas that share a guard.
///
/// The guard outlives it. It may end before the memory that it served, if that is freed through the
/// guard. Thread safety: as the guard's.
class GuardLabel : public std::pmr::memory_resource {
 public:
  /// Copies the label; of one that takes more than 63 bytes, the start is kept.
  GuardLabel(GuardResource& guard, std::string_view label) noexcept
      : guard_(&guard), label_(label) {}
  GuardLabel(const GuardLabel&) = ARENA_DELETE("arena: a label is shared by reference");
  GuardLabel& operator=(const GuardLabel&) = ARENA_DELETE("arena: a label is shared by reference");

 private:
  void* do_allocate(std::size_t bytes, std::size_t alignment) override {
    return guard_->Take(bytes, alignment, label_);
  }
  void do_deallocate(void* block, std::size_t bytes, std::size_t alignment) noexcept override {
    guard_->deallocate(block, bytes, alignment);
  }
  bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override {
    return this == &other;
  }

  GuardResource* guard_;
  detail::GuardName label_;
};

#else

class GuardResource {
 public:
  explicit GuardResource(const GuardResourceOptions& options = {}) =
      ARENA_DELETE("arena: GuardResource needs POSIX; on Windows, use AddressSanitizer or gflags");
};

#endif

ARENA_END_NAMESPACE

#endif  // ARENA_GUARD_HPP
