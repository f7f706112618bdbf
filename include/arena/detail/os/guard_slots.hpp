// SPDX-License-Identifier: Apache-2.0
//
// Blocks between inaccessible pages. One range of addresses is divided into slots of equal size;
// a slot holds one block at a time, and remembers the last one after that was freed:
//
//     +---- slot ------------------------------------+---- slot -------- ...
//     | inaccessible            | pages with  block  | guard page |
//     +-------------------------+--------------------+------------+----- ...
//                                 its end lies here --^
//
// A freed block's pages are inaccessible until its slot is taken again. The slot that was freed
// first is taken first, so that every freed block stays so for as long as there are other slots.
// Empty on Windows.
#ifndef ARENA_DETAIL_OS_GUARD_SLOTS_HPP
#define ARENA_DETAIL_OS_GUARD_SLOTS_HPP

#include "../../config.hpp"
#include "../core/align.hpp"
#include "../core/assert.hpp"
#include "../core/printable.hpp"
#include "pages.hpp"
#include "stack.hpp"

#if !defined(_WIN32)

#include <sys/mman.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <new>
#include <string_view>

ARENA_BEGIN_NAMESPACE
namespace detail {

// A name that can be printed, in memory of its own: a signal handler may read it.
class GuardName {
 public:
  GuardName() noexcept = default;
  // Keeps what there is room for.
  explicit GuardName(std::string_view name) noexcept {
    std::size_t size = 0;
    bool is_full = false;
    detail::ForPrintable(name, [&](std::string_view part) {
      is_full = is_full || part.size() >= sizeof(text_) - size;
      if (is_full) return;
      std::memcpy(text_ + size, part.data(), part.size());
      size += part.size();
    });
  }
  const char* c_str() const noexcept { return text_; }

 private:
  char text_[64] = {};  // ends with a zero
};

// When, where and by whom a block was taken or freed.
struct GuardEvent {
  std::uint64_t thread = 0;
  std::chrono::steady_clock::time_point time{};
  Stack stack{};

  void Record() noexcept {
    thread = detail::ThreadNumber();
    time = std::chrono::steady_clock::now();
    detail::TakeStack(stack);
  }
};

enum class GuardState : std::uint8_t {
  kChanging,  // no fields but the state may be read
  kLive,
  kFreed,
};

struct GuardSlot {
  // Every other field is written before the state that says so is stored, and read after it was
  // loaded. A signal handler reads them without a lock: of a slot that another thread takes again at
  // that moment it may print a mixture.
  std::atomic<GuardState> state{GuardState::kChanging};
  GuardSlot* next_free = nullptr;  // guarded by the slots' mutex
  std::byte* block = nullptr;
  std::size_t bytes = 0;
  GuardName label{};
  GuardEvent taken{};
  GuardEvent freed{};  // of a live block: that of the block before
};

class GuardSlots {
 public:
  // Where addresses are short, slots are smaller; where they cannot be had, there are none.
  GuardSlots(std::string_view name, std::size_t count, std::size_t max_block) noexcept
      : name_(name) {
    if (count == 0 || !MultiplySizes(count, sizeof(GuardSlot), &record_bytes_)) return;
    void* const records = detail::MapPages(record_bytes_, page_);
    if (records == nullptr) return;
    records_ = static_cast<GuardSlot*>(records);
    count_ = count;
    slot_bytes_ = AlignUp(MinOf(max_block, kMaxSize / 2), page_) + page_;
    if (Reserve()) return;
    do {
      slot_bytes_ = AlignDown(slot_bytes_ / 2, page_);
    } while (slot_bytes_ >= 8 * page_ && !Reserve());
    // The program needs addresses, too.
    Unreserve();
    slot_bytes_ = AlignDown(slot_bytes_ / 4, page_);
    if (slot_bytes_ >= 2 * page_) static_cast<void>(Reserve());
  }

  ~GuardSlots() {
    Unreserve();
    if (records_ != nullptr) detail::UnmapPages(records_, record_bytes_);
  }

  GuardSlots(const GuardSlots&) = delete;
  GuardSlots& operator=(const GuardSlots&) = delete;

  // Returns a block that ends at an inaccessible page, but for what its alignment costs. Returns
  // nullptr when all slots are live, the block is too large, or the system refuses: it then has as
  // many mappings as it allows, mostly.
  void* Take(std::size_t bytes, std::size_t alignment, const GuardName& label) noexcept {
    std::size_t need;
    if (begin_ == nullptr || !AddSizes(bytes, alignment - 1, &need)) return nullptr;
    // The end of a page suits these alignments: only the size decides.
    if (alignment <= page_) need = AlignUp(bytes, alignment);
    if (need > slot_bytes_ - page_) return nullptr;
    GuardSlot* const slot = TakeSlot();
    if (slot == nullptr) return nullptr;
    std::byte* const end = Begin(*slot) + slot_bytes_ - page_;
    std::byte* const block = Down(end - bytes, alignment);
    std::byte* const first = Down(block, page_);
    const auto size = static_cast<std::size_t>(end - first);
    if (::mprotect(first, size, PROT_READ | PROT_WRITE) != 0) {
      // In case it was done to some of the pages.
      MakeInaccessible(first, size);
      ReturnSlot(slot);
      const std::lock_guard lock(mutex_);
      --figures_.taken;
      return nullptr;
    }
    FaultIn(first, size);
    detail::TrackPages(first, size, true);
    slot->state.store(GuardState::kChanging, std::memory_order_relaxed);
    slot->block = block;
    slot->bytes = bytes;
    slot->label = label;
    slot->taken.Record();
    slot->state.store(GuardState::kLive, std::memory_order_release);
    return block;
  }

  // The range of the slots' addresses, with the page before the first one. Empty: there are none.
  std::uintptr_t begin() const noexcept {
    return begin_ != nullptr ? reinterpret_cast<std::uintptr_t>(begin_ - page_) : 0;
  }
  std::uintptr_t end() const noexcept {
    return begin_ != nullptr ? reinterpret_cast<std::uintptr_t>(begin_) + count_ * slot_bytes_ : 0;
  }
  bool Owns(const void* pointer) const noexcept {
    const auto address = reinterpret_cast<std::uintptr_t>(pointer);
    return address >= begin() && address < end();
  }

  // Frees a block that Owns(); false if it is not live, or was not of that size.
  ARENA_NODISCARD bool Free(void* block, std::size_t bytes) noexcept {
    GuardSlot* const slot = SlotAt(reinterpret_cast<std::uintptr_t>(block));
    if (slot == nullptr || slot->block != block || slot->bytes != bytes) return false;
    GuardState live = GuardState::kLive;
    if (!slot->state.compare_exchange_strong(live, GuardState::kChanging,
                                             std::memory_order_acquire)) {
      return false;
    }
    slot->freed.Record();
    // Before the memory goes: who faults then finds the record complete.
    slot->state.store(GuardState::kFreed, std::memory_order_release);
    std::byte* const first = Down(slot->block, page_);
    const auto size = static_cast<std::size_t>(Begin(*slot) + slot_bytes_ - page_ - first);
    detail::TrackPages(first, size, false);
    MakeInaccessible(first, size);
    ReturnSlot(slot);
    return true;
  }

  // The slot whose block is nearest to an address that Owns(); null if no slot there was ever used.
  const GuardSlot* Nearest(const void* pointer) const noexcept {
    const auto address = reinterpret_cast<std::uintptr_t>(pointer);
    const GuardSlot* const slot = SlotAt(MaxOf(address, reinterpret_cast<std::uintptr_t>(begin_)));
    const GuardSlot* const before = SlotAt(address - slot_bytes_);
    if (slot == nullptr || before == nullptr) return slot == nullptr ? before : slot;
    static_cast<void>(slot->state.load(std::memory_order_acquire));
    static_cast<void>(before->state.load(std::memory_order_acquire));
    const auto begin = reinterpret_cast<std::uintptr_t>(slot->block);
    const std::uintptr_t end_before =
        reinterpret_cast<std::uintptr_t>(before->block) + before->bytes;
    return address < begin && address - end_before < begin - address ? before : slot;
  }

  const char* name() const noexcept { return name_.c_str(); }

  struct Figures {
    std::uint64_t taken = 0;      // blocks so far
    std::size_t live = 0;         // of these, not freed
    std::size_t quarantined = 0;  // slots whose last block was freed and is inaccessible
  };
  Figures figures() const noexcept {
    const std::lock_guard lock(mutex_);
    return figures_;
  }

 private:
  static constexpr std::size_t kMaxFaultedIn = std::size_t{128} << 10;

  static std::byte* Down(std::byte* pointer, std::size_t alignment) noexcept {
    return pointer - (reinterpret_cast<std::uintptr_t>(pointer) & (alignment - 1));
  }

  static void* MapInaccessible(void* place, std::size_t bytes, int flags) noexcept {
    return ::mmap(place, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANON | flags, -1, 0);
  }

  // Frees the memory and keeps the addresses. Not by mprotect, which would keep the pages and the
  // memory that is committed to them, and leave a mapping of its own instead of one with its
  // neighbours.
  static void MakeInaccessible(std::byte* first, std::size_t bytes) noexcept {
    if (MapInaccessible(first, bytes, MAP_FIXED) != MAP_FAILED) return;
    // Too many mappings.
    ::mprotect(first, bytes, PROT_NONE);
#if defined(MADV_DONTNEED)
    ::madvise(first, bytes, MADV_DONTNEED);
#endif
  }

  // Faults the pages in with one call: for a block of a few, most of which will be used, that takes a
  // fraction of the time. A single page takes less by itself.
  void FaultIn(ARENA_MAYBE_UNUSED std::byte* first,
               ARENA_MAYBE_UNUSED std::size_t bytes) const noexcept {
#if defined(MADV_POPULATE_WRITE)
    if (bytes > page_ && bytes <= kMaxFaultedIn) ::madvise(first, bytes, MADV_POPULATE_WRITE);
#endif
  }

  // A page lies before the first slot, so that nothing else is right before it.
  ARENA_NODISCARD bool Reserve() noexcept {
    std::size_t bytes;
    if (!MultiplySizes(count_, slot_bytes_, &bytes) || !AddSizes(bytes, page_, &bytes)) {
      return false;
    }
    void* const range = MapInaccessible(nullptr, bytes, 0);
    if (range == MAP_FAILED) return false;
    begin_ = static_cast<std::byte*>(range) + page_;
    return true;
  }

  void Unreserve() noexcept {
    if (begin_ != nullptr) ::munmap(begin_ - page_, count_ * slot_bytes_ + page_);
    begin_ = nullptr;
  }

  std::byte* Begin(const GuardSlot& slot) const noexcept {
    return begin_ + static_cast<std::size_t>(&slot - records_) * slot_bytes_;
  }

  // Null if the address is in no slot, or in one that was never used.
  ARENA_WRAPS GuardSlot* SlotAt(std::uintptr_t address) const noexcept {
    const std::size_t index = (address - reinterpret_cast<std::uintptr_t>(begin_)) / slot_bytes_;
    return index < used_.load(std::memory_order_acquire) ? &records_[index] : nullptr;
  }

  // One that was never used, or else the one that was freed first; null if all are live.
  GuardSlot* TakeSlot() noexcept {
    const std::lock_guard lock(mutex_);
    GuardSlot* slot = first_free_;
    if (const std::size_t used = used_.load(std::memory_order_relaxed); used < count_) {
      slot = ::new (static_cast<void*>(&records_[used])) GuardSlot;
      used_.store(used + 1, std::memory_order_release);
    } else if (slot != nullptr) {
      first_free_ = slot->next_free;
      if (IsQuarantined(*slot)) --figures_.quarantined;
    } else {
      return nullptr;
    }
    ++figures_.live;
    ++figures_.taken;
    return slot;
  }

  void ReturnSlot(GuardSlot* slot) noexcept {
    const std::lock_guard lock(mutex_);
    --figures_.live;
    if (IsQuarantined(*slot)) ++figures_.quarantined;
    slot->next_free = nullptr;
    (first_free_ != nullptr ? last_free_->next_free : first_free_) = slot;
    last_free_ = slot;
  }

  static bool IsQuarantined(const GuardSlot& slot) noexcept {
    return slot.state.load(std::memory_order_relaxed) == GuardState::kFreed;
  }

  const GuardName name_;
  const std::size_t page_ = detail::PageSize();
  std::size_t count_ = 0;
  std::size_t slot_bytes_ = 0;    // a multiple of the page size
  std::byte* begin_ = nullptr;    // of the first slot; null: there are none
  GuardSlot* records_ = nullptr;  // count_ of them, of which used_ exist
  std::size_t record_bytes_ = 0;
  std::atomic<std::size_t> used_{0};

  mutable std::mutex mutex_{};       // guards all below
  GuardSlot* first_free_ = nullptr;  // the one that was freed first
  GuardSlot* last_free_ = nullptr;   // null or stale while the first is null
  Figures figures_{};
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // !defined(_WIN32)

#endif  // ARENA_DETAIL_OS_GUARD_SLOTS_HPP
