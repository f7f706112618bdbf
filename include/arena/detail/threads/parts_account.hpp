// SPDX-License-Identifier: Apache-2.0
//
// What a ThreadCachedArena knows of the base's memory: which parts have taken how much of it, and
// the figures that follow.
#ifndef ARENA_DETAIL_THREADS_PARTS_ACCOUNT_HPP
#define ARENA_DETAIL_THREADS_PARTS_ACCOUNT_HPP

#include <cstddef>
#include <cstdint>

#include "../../arena_interface.hpp"
#include "../../config.hpp"
#include "../core/align.hpp"
#include "../core/cleanup_records.hpp"
#include "part_table.hpp"
#include "window_sizes.hpp"

ARENA_BEGIN_NAMESPACE
namespace detail {

// All of it is guarded by the mutex of the ThreadCachedArena, apart from the visiting of parts
// while no thread is in a call.
template <class Part>
class PartsAccount {
 public:
  // Memory of the base, for a window.
  struct Block {
    std::byte* begin = nullptr;
    std::size_t size = 0;
    std::size_t taken = 0;  // by so much the base's Len() grew
  };

  explicit PartsAccount(Arena& base) noexcept : base_(base), peak_(base.Peak()) {}

  // A block of `size` bytes; if there is no memory for that, of half of it, and so on down to
  // `min_size`.
  Block Take(std::size_t size, std::size_t min_size) noexcept {
    const std::size_t before = base_.Len();
    for (;;) {
      size = MaxOf(size, min_size);
      if (void* const begin = base_.TryAlloc(size, kLine)) {
        const std::size_t taken = base_.Len() - before;
        taken_ += taken;
        return {static_cast<std::byte*>(begin), size, taken};
      }
      if (size == min_size) return {};
      size = AlignDown(size / 2, kLine);
    }
  }

  // Returns a block to the base, if that still can take it. The padding before it stays taken.
  void Return(const Block& block) noexcept {
    const std::size_t before = base_.Len();
    base_.TryResize(block.begin, block.size, 0);
    const std::size_t after = base_.Len();
    taken_ -= before - after;
    stranded_ += block.taken - (before - after);
    stranded_below_ = after;
  }

  // Registers a cleanup with the base, whose Len() may grow by the record: as if the part had taken
  // that.
  bool AddCleanup(Part& part, const Cleanup& cleanup) noexcept {
    const std::size_t before = base_.Len();
    if (!base_.AddCleanup(cleanup)) return false;
    const std::size_t grown = base_.Len() - before;
    part.NoteTaken(grown);
    taken_ += grown;
    return true;
  }

  // ---- the parts --------------------------------------------------------------------------------

  const PartTable<Part>& parts() const noexcept { return parts_; }

  void Add(Part& part) noexcept { parts_.Add(part); }

  // The base is about to forget the memory of this part. If it does so by itself, that is not heard
  // of later: the windows that are then still in its Len() must not get into the peak.
  void Remove(const Part& part) noexcept {
    NotePeak();
    parts_.Remove(part);
    if (forgetting_) {
      used_by_ended_ += part.Used();
    } else {
      taken_ -= part.taken();
      forgets_from_ = MinOf(forgets_from_, base_.Len());
    }
  }

  // ---- figures ----------------------------------------------------------------------------------

  std::size_t Len() const noexcept { return BytesWith(&Part::Used); }

  std::size_t Peak() const noexcept {
    return base_.Len() >= forgets_from_ ? peak_ : MaxOf(peak_, BytesWith(&Part::PeakUsed));
  }

  // Before Len can fall.
  void NotePeak() noexcept { peak_ = Peak(); }

  // Cleanups are taken in order to be run, and then the base is made to forget its memory. Parts
  // that end meanwhile count until it has.
  void NoteForgetting() noexcept {
    if (!forgetting_) NotePeak();
    forgetting_ = true;
  }
  void NoteForgotten() noexcept {
    taken_ = used_by_ended_ = stranded_ = 0;
    forgetting_ = false;
    forgets_from_ = SIZE_MAX;
  }

  // A thread is about to get a part: if the base was forgetting its memory by itself, it has.
  void NoteUse() noexcept {
    forgets_from_ = SIZE_MAX;
    const std::size_t freed = StrandedAndFreed();
    taken_ -= freed;
    stranded_ -= freed;
  }

 private:
  std::size_t StrandedAndFreed() const noexcept {
    return base_.Len() < stranded_below_ ? stranded_ : 0;
  }

  // The base's bytes, with those that `used` says of each part instead of its windows.
  std::size_t BytesWith(std::size_t (Part::*used)() const noexcept) const noexcept {
    const std::size_t len = base_.Len();
    std::size_t bytes = len - MinOf(taken_ - StrandedAndFreed(), len) + used_by_ended_;
    parts_.ForEach([&](const Part& part) { bytes += (part.*used)(); });
    return bytes;
  }

  Arena& base_;
  PartTable<Part> parts_{};
  std::size_t taken_ = 0;     // what the base counts for windows
  std::size_t stranded_ = 0;  // of these, for parts that did not come to be
  // The base's Len() when bytes were last stranded. If it falls below that, the base has forgotten
  // all of them: that is not heard of.
  std::size_t stranded_below_ = 0;
  std::size_t used_by_ended_ = 0;  // what was handed out in windows of parts that have ended
  std::size_t peak_;               // compared where Len can fall, and where Peak is read
  bool forgetting_ = false;
  std::size_t forgets_from_ = SIZE_MAX;  // the base forgets by itself until its Len() is below this
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_THREADS_PARTS_ACCOUNT_HPP
