// SPDX-License-Identifier: Apache-2.0
//
// A pointer that several threads may read and write, by the compiler's own operations where it has
// them: the few that the library needs are no reason for every user to compile <atomic>.
#ifndef ARENA_DETAIL_CORE_ATOMIC_POINTER_HPP
#define ARENA_DETAIL_CORE_ATOMIC_POINTER_HPP

#include "../../config.hpp"

#if !defined(__GNUC__)
#include <atomic>
#endif

ARENA_BEGIN_NAMESPACE
namespace detail {

// Pointer is a pointer to an object or to a function, or an address as an integer.
template <class Pointer>
class AtomicPointer {
 public:
  constexpr explicit AtomicPointer(Pointer value) noexcept : value_(value) {}
  AtomicPointer(const AtomicPointer&) = delete;
  AtomicPointer& operator=(const AtomicPointer&) = delete;

#if defined(__GNUC__)
  Pointer LoadRelaxed() const noexcept { return __atomic_load_n(&value_, __ATOMIC_RELAXED); }
  Pointer LoadAcquire() const noexcept { return __atomic_load_n(&value_, __ATOMIC_ACQUIRE); }
  void StoreRelaxed(Pointer value) noexcept { __atomic_store_n(&value_, value, __ATOMIC_RELAXED); }
  void StoreRelease(Pointer value) noexcept { __atomic_store_n(&value_, value, __ATOMIC_RELEASE); }

  // Acquires and releases; returns the value before.
  Pointer Exchange(Pointer value) noexcept {
    return __atomic_exchange_n(&value_, value, __ATOMIC_ACQ_REL);
  }

 private:
  Pointer value_;
#else
  Pointer LoadRelaxed() const noexcept { return value_.load(std::memory_order_relaxed); }
  Pointer LoadAcquire() const noexcept { return value_.load(std::memory_order_acquire); }
  void StoreRelaxed(Pointer value) noexcept { value_.store(value, std::memory_order_relaxed); }
  void StoreRelease(Pointer value) noexcept { value_.store(value, std::memory_order_release); }

  // Acquires and releases; returns the value before.
  Pointer Exchange(Pointer value) noexcept {
    return value_.exchange(value, std::memory_order_acq_rel);
  }

 private:
  std::atomic<Pointer> value_;
#endif
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_CORE_ATOMIC_POINTER_HPP
