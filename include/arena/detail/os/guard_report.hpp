// SPDX-License-Identifier: Apache-2.0
//
// The report of an access to a guarded block that was freed, or to what lies around a block. It is
// made in a signal handler: without locks and without memory. Empty on Windows.
#ifndef ARENA_DETAIL_OS_GUARD_REPORT_HPP
#define ARENA_DETAIL_OS_GUARD_REPORT_HPP

#include "../../config.hpp"
#include "../core/text_line.hpp"
#include "faults.hpp"
#include "guard_slots.hpp"
#include "stack.hpp"

#if !defined(_WIN32)

#include <time.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <new>

ARENA_BEGIN_NAMESPACE
namespace detail {

// A place in the list of all guards. Places are used again and never freed, so that a signal handler
// can walk over them while guards come and go.
struct GuardPlace {
  std::atomic<const GuardSlots*> guard{nullptr};  // null: free
  // The range of the slots, to find those of an address without a look at others, which may be
  // about to go. Equal while there are none.
  std::atomic<std::uintptr_t> begin{0};
  std::atomic<std::uintptr_t> end{0};
  GuardPlace* next = nullptr;
};

ARENA_ONE_PER_PROGRAM inline constinit std::atomic<GuardPlace*> guard_places{nullptr};
// The thread that prints the program's report; 0 before there is one.
ARENA_ONE_PER_PROGRAM inline constinit std::atomic<std::uint64_t> guard_reporter{0};
ARENA_ONE_PER_PROGRAM inline constinit std::atomic<bool> guard_report_is_done{false};

// Has faults in these slots reported, as long as it lives.
class GuardRegistration {
 public:
  explicit GuardRegistration(const GuardSlots& guard) noexcept : place_(TakePlace(&guard)) {
    if (place_ == nullptr) return;  // they trap without a report
    place_->begin.store(guard.begin(), std::memory_order_relaxed);
    place_->end.store(guard.end(), std::memory_order_release);
  }
  ~GuardRegistration() {
    if (place_ == nullptr) return;
    place_->end.store(0, std::memory_order_relaxed);
    place_->begin.store(0, std::memory_order_relaxed);
    place_->guard.store(nullptr, std::memory_order_release);
  }
  GuardRegistration(const GuardRegistration&) = delete;
  GuardRegistration& operator=(const GuardRegistration&) = delete;

 private:
  static GuardPlace* TakePlace(const GuardSlots* guard) noexcept {
    GuardPlace* place = guard_places.load(std::memory_order_acquire);
    for (; place != nullptr; place = place->next) {
      const GuardSlots* none = nullptr;
      if (place->guard.compare_exchange_strong(none, guard)) return place;
    }
    place = new (std::nothrow) GuardPlace;
    if (place == nullptr) return nullptr;
    place->guard.store(guard, std::memory_order_relaxed);
    place->next = guard_places.load(std::memory_order_relaxed);
    while (!guard_places.compare_exchange_weak(place->next, place, std::memory_order_release,
                                               std::memory_order_relaxed)) {
    }
    return place;
  }

  GuardPlace* const place_;
};

// The guard whose memory this is; null if there is none.
inline const GuardSlots* FindGuard(const void* pointer) noexcept {
  const auto address = reinterpret_cast<std::uintptr_t>(pointer);
  const GuardPlace* place = guard_places.load(std::memory_order_acquire);
  for (; place != nullptr; place = place->next) {
    if (address >= place->end.load(std::memory_order_acquire) ||
        address < place->begin.load(std::memory_order_relaxed)) {
      continue;
    }
    const GuardSlots* const guard = place->guard.load(std::memory_order_acquire);
    if (guard != nullptr && guard->Owns(pointer)) return guard;
  }
  return nullptr;
}

inline void AppendAge(TextLine& line, std::chrono::steady_clock::time_point time) noexcept {
  const auto age = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now() - time);
  const auto microseconds = static_cast<std::uint64_t>(age.count());
  constexpr std::uint64_t kMany = 10'000;
  if (microseconds < kMany) {
    line << microseconds << " us ago";
  } else if (microseconds / 1000 < kMany) {
    line << microseconds / 1000 << " ms ago";
  } else {
    line << microseconds / 1'000'000 << " s ago";
  }
}

inline void AppendPlace(TextLine& line, const void* pointer, const GuardSlot& slot) noexcept {
  const auto address = reinterpret_cast<std::uintptr_t>(pointer);
  const auto begin = reinterpret_cast<std::uintptr_t>(slot.block);
  if (address < begin) {
    line << begin - address << " bytes before the start of";
  } else if (address - begin < slot.bytes) {
    line << "offset " << address - begin << " of";
  } else {
    line << address - begin - slot.bytes << " bytes behind the end of";
  }
  line << " a block of " << slot.bytes << " bytes";
}

// The first line of the report. kChanging: nobody has the memory, or another thread is just getting it.
inline void PrintHeadline(const GuardSlots& guard, const Fault& fault, const GuardSlot* slot,
                          GuardState state) noexcept {
  TextLine line;
  line << "arena: " << fault.access << " at ";
  line.Hex(reinterpret_cast<std::uintptr_t>(fault.address)) << ", ";
  if (state == GuardState::kChanging) {
    line << "in guarded memory of '" << guard.name() << "' that nobody has\n";
  } else {
    detail::AppendPlace(line, fault.address, *slot);
    line << " of '" << guard.name() << "'";
    if (*slot->label.c_str() != '\0') line << ", " << slot->label.c_str();
    line << (state == GuardState::kLive ? ", in use, taken " : ", freed ");
    detail::AppendAge(line, state == GuardState::kLive ? slot->taken.time : slot->freed.time);
    line << "\n";
  }
  detail::WriteError({line.c_str(), line.size()});
}

inline void PrintEvent(const char* what, std::uint64_t thread, const Stack& stack) noexcept {
  {
    TextLine line;
    line << "  " << what << " here, by thread " << thread << ":\n";
    detail::WriteError({line.c_str(), line.size()});
  }
  detail::PrintStack(stack);
}

// Needs less than 4 KiB of stack: the handler may run on a small one.
inline void PrintGuardReport(const GuardSlots& guard, const Fault& fault) noexcept {
  const GuardSlot* const slot = guard.Nearest(fault.address);
  const GuardState state =
      slot != nullptr ? slot->state.load(std::memory_order_acquire) : GuardState::kChanging;
  detail::PrintHeadline(guard, fault, slot, state);
  static constinit Stack used{};
  detail::TakeStack(used, fault.instruction);
  detail::PrintEvent("used", detail::ThreadNumber(), used);
  if (state == GuardState::kFreed) {
    detail::PrintEvent("freed", slot->freed.thread, slot->freed.stack);
  }
  if (state != GuardState::kChanging) {
    detail::PrintEvent("taken", slot->taken.thread, slot->taken.stack);
  }
}

// Prints one report in the life of the program. What other threads do meanwhile can wait: the program
// may end when this returns.
inline void ReportGuardFault(const Fault& fault) noexcept {
  const GuardSlots* const guard = detail::FindGuard(fault.address);
  if (guard == nullptr) return;
  const std::uint64_t thread = detail::ThreadNumber();
  std::uint64_t reporter = 0;
  if (guard_reporter.compare_exchange_strong(reporter, thread)) {
    detail::PrintGuardReport(*guard, fault);
    guard_report_is_done.store(true, std::memory_order_release);
    return;
  }
  if (reporter == thread) return;  // a fault in the report, or a later one
  for (int i = 0; i < 500 && !guard_report_is_done.load(std::memory_order_acquire); ++i) {
    const timespec ten_milliseconds{0, 10'000'000};
    ::nanosleep(&ten_milliseconds, nullptr);
  }
}

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // !defined(_WIN32)

#endif  // ARENA_DETAIL_OS_GUARD_REPORT_HPP
