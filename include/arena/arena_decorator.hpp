// SPDX-License-Identifier: Apache-2.0
//
// class ArenaDecorator: an arena that passes everything on to another one.
#ifndef ARENA_ARENA_DECORATOR_HPP
#define ARENA_ARENA_DECORATOR_HPP

#include <cstddef>

#include "arena_interface.hpp"
#include "config.hpp"

ARENA_BEGIN_NAMESPACE

/// An Arena that forwards every hook to a base: derive from it and override what you add.
///
///     class CountingArena : public arena::ArenaDecorator {
///      public:
///       using ArenaDecorator::ArenaDecorator;
///       std::size_t allocations = 0;
///
///      protected:
///       void* DoAlloc(std::size_t size, std::size_t alignment) noexcept override {
///         ++allocations;
///         return ArenaDecorator::DoAlloc(size, alignment);
///       }
///     };
///
/// It has no window, so every allocation reaches DoAlloc, and no cleanups: memory and cleanups are
/// the base's and stay when the decorator ends. Its Reset and Release take and run the base's
/// cleanups one after the other and then reset or release the base's memory.
///
/// Thread safety: as the base. Slices, allocators and containers that were given the decorator hold
/// its address, so it outlives them, as the base outlives it.
///
/// clang takes a decorator that is a local variable for the owner of the memory that it hands out,
/// and warns (-Wreturn-stack-address) of a function that returns such memory. The memory is the
/// base's: allocate from base() what you return.
class ArenaDecorator : public Arena {
 public:
  /// Decorates `base`, which outlives the decorator. For a base that is itself of the derived type,
  /// pass `static_cast<Arena&>(base)`: it would be a copy.
  explicit ArenaDecorator(Arena& base ARENA_LIFETIMEBOUND) noexcept : base_(base) {}

  /// The figures of the base.
  std::size_t Len() const noexcept override { return base_.Len(); }
  std::size_t Cap() const noexcept override { return base_.Cap(); }
  std::size_t Peak() const noexcept override { return base_.Peak(); }

  /// The arena behind the decorator.
  Arena& base() const noexcept { return base_; }

 protected:
  void* DoAlloc(std::size_t size, std::size_t alignment) noexcept override {
    return base_.TryAlloc(size, alignment);
  }
  bool DoTryResize(void* block, std::size_t old_size, std::size_t new_size) noexcept override {
    return base_.TryResize(block, old_size, new_size);
  }
  bool DoAddCleanup(Cleanup cleanup) noexcept override { return base_.AddCleanup(cleanup); }
  bool DoTakeCleanup(Cleanup* cleanup, const void* only) noexcept override {
    return base_.DoTakeCleanup(cleanup, only);
  }
  const void* DoScope() const noexcept override { return base_.DoScope(); }
  void DoReset() noexcept override { base_.DoReset(); }
  void DoRelease() noexcept override { base_.DoRelease(); }
  void DoMarkDeallocated(void* block, std::size_t size) noexcept override {
    base_.DoMarkDeallocated(block, size);
  }

 private:
  Arena& base_;
};

ARENA_END_NAMESPACE

#endif  // ARENA_ARENA_DECORATOR_HPP
