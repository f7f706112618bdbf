// SPDX-License-Identifier: Apache-2.0
//
// The storage of an ArenaBuffer: bytes go in at one end and out at the other, in one piece of an
// arena that grows and moves.
//
//         read, or shown      read         unread          free
//     +-------------------+-----------+--------------+------------+
//     |xxxxxxxxxxxxxxxxxxx|           |xxxxxxxxxxxxxx|            |
//     +-------------------+-----------+--------------+------------+
//     ^ begin             ^ shown     ^ read         ^ write      ^ limit
//
// Views may show the bytes before `shown`: they are not written to again unless they are discarded.
// If a view shows unread bytes, `shown` lies behind `read`.
#ifndef ARENA_DETAIL_BYTES_BYTE_QUEUE_HPP
#define ARENA_DETAIL_BYTES_BYTE_QUEUE_HPP

#include <cstddef>
#include <cstring>
#include <initializer_list>

#include "../../arena_interface.hpp"
#include "../../config.hpp"
#include "../core/align.hpp"
#include "../core/assert.hpp"
#include "../core/atomic_pointer.hpp"

ARENA_BEGIN_NAMESPACE
namespace detail {

class ByteQueue {
 public:
  explicit ByteQueue(Arena& arena) noexcept : arena_(&arena) {}

  // `other` is empty afterwards and holds no storage.
  ByteQueue(ByteQueue&& other) noexcept : arena_(other.arena_) { TakeStorage(other); }
  ByteQueue& operator=(ByteQueue&& other) noexcept {
    if (this != &other) {
      arena_ = other.arena_;
      TakeStorage(other);
    }
    return *this;
  }

  char* read() const noexcept { return read_; }
  char* write() const noexcept { return write_; }
  char* limit() const noexcept { return limit_; }
  bool IsEmpty() const noexcept { return read_ == write_; }
  std::size_t Unread() const noexcept { return static_cast<std::size_t>(write_ - read_); }
  std::size_t Room() const noexcept { return static_cast<std::size_t>(limit_ - write_); }
  std::size_t Capacity() const noexcept { return static_cast<std::size_t>(limit_ - begin_); }

  // Appends `size` bytes that the caller has written to write(). Requires size <= Room().
  void Appended(std::size_t size) noexcept { write_ += size; }

  // Requires Room() > 0.
  ARENA_ALWAYS_INLINE void AppendByte(char value) noexcept { *write_++ = value; }

  // Requires size <= Unread().
  void Skip(std::size_t size) noexcept { read_ += size; }

  // Remembers that a view shows bytes up to `end`.
  void MarkShown(char* end) const noexcept {
    if (shown_.LoadRelaxed() < end) shown_.StoreRelaxed(end);
  }

  // Discards all but the first `size` unread bytes. Requires size <= Unread().
  void Truncate(std::size_t size) noexcept { write_ = read_ + size; }

  // Discards everything, views included, and starts again at the front of the storage.
  void Clear() noexcept { SetContents(begin_, begin_); }

  // Lets the caller fill the next `size` bytes, as many of which as Commit says are then appended.
  void Prepare(std::size_t size) noexcept {
    prepared_at_ = write_;
    prepared_size_ = size;
  }
  void Commit(std::size_t size) noexcept {
    if (write_ != prepared_at_ || size > prepared_size_) [[unlikely]] {
      Fail("arena: ArenaBuffer: more bytes were committed than prepared");
    }
    write_ += size;
    prepared_at_ = write_;
    prepared_size_ -= size;
  }

  // Makes room for `size` bytes; throws std::bad_alloc with nothing changed.
  ARENA_COLD void Grow(std::size_t size) {
    if (!TryGrow(size)) ThrowBadAlloc();
  }

  // Makes room for `size` bytes; returns false, with nothing changed, when memory is short.
  ARENA_COLD bool TryGrow(std::size_t size) noexcept {
    const std::size_t unread = Unread();
    std::size_t need;
    if (!AddSizes(unread, size, &need)) return false;
    if (MoveDown(unread, size)) return true;
    const std::size_t growth = MaxOf(size, MaxOf(unread, kMinGrowth));
    return GrowInPlace(size, growth) || MoveToNewStorage(unread, need, growth);
  }

 private:
  static constexpr std::size_t kMinGrowth = 64;
  // From this size on copies cost more than room that is not written to, so storage grows fourfold.
  static constexpr std::size_t kLarge = std::size_t{1} << 20;

  // Makes [begin, end) the unread bytes, none of which a view shows.
  void SetContents(char* begin, char* end) noexcept {
    read_ = begin;
    shown_.StoreRelaxed(begin);
    write_ = end;
    prepared_at_ = nullptr;
    prepared_size_ = 0;
  }

  void TakeStorage(ByteQueue& other) noexcept {
    begin_ = other.begin_;
    read_ = other.read_;
    write_ = other.write_;
    limit_ = other.limit_;
    prepared_at_ = other.prepared_at_;
    prepared_size_ = other.prepared_size_;
    shown_.StoreRelaxed(other.shown_.LoadRelaxed());
    other.begin_ = other.limit_ = nullptr;
    other.SetContents(nullptr, nullptr);
  }

  // Moves the unread bytes down to shown_, if that makes room for `size` bytes. It moves at most as
  // many bytes as were read since the last move, so the reads pay for the moves.
  bool MoveDown(std::size_t unread, std::size_t size) noexcept {
    char* const front = shown_.LoadRelaxed();
    if (front >= read_ || static_cast<std::size_t>(read_ - front) < unread) return false;
    if (static_cast<std::size_t>(limit_ - front) - unread < size) return false;
    std::memcpy(front, read_, unread);
    SetContents(front, front + unread);
    return true;
  }

  // Extends the storage so that `growth` bytes are free, or fewer, at least `size`, where there is
  // less room.
  bool GrowInPlace(std::size_t size, std::size_t growth) noexcept {
    const auto used = static_cast<std::size_t>(write_ - begin_);
    const std::size_t capacity =
        detail::ExtendInPlace(*arena_, begin_, 0, 1, Capacity(), used + size, used + growth);
    if (capacity != 0) limit_ = begin_ + capacity;
    return capacity != 0;
  }

  // Copies the unread bytes to new storage, which has `need` bytes at least, and more if there is
  // the memory. The old storage stays as it is, for views that show it.
  bool MoveToNewStorage(std::size_t unread, std::size_t need, std::size_t growth) noexcept {
    const std::size_t twice = MinOf(unread + growth, kMaxSize);
    const std::size_t max = unread < kLarge ? twice : MinOf(2 * twice, kMaxSize);
    std::size_t capacity = ~std::size_t{0};
    char* storage = nullptr;
    for (const std::size_t wanted : {MaxOf(max, Capacity()), MaxOf(twice, Capacity()), need}) {
      if (storage != nullptr || wanted >= capacity) continue;
      capacity = wanted;
      storage = static_cast<char*>(arena_->TryAlloc(capacity, 1));
    }
    if (storage == nullptr) return false;
    if (unread != 0) std::memcpy(storage, read_, unread);
    begin_ = storage;
    limit_ = storage + capacity;
    SetContents(storage, storage + unread);
    return true;
  }

  Arena* arena_;
  char* begin_ = nullptr;  // begin_ <= read_ <= write_ <= limit_
  char* read_ = nullptr;
  char* write_ = nullptr;
  char* limit_ = nullptr;
  char* prepared_at_ = nullptr;  // where write_ stood at Prepare
  std::size_t prepared_size_ = 0;
  // begin_ <= shown_ <= limit_. Atomic, because const functions of the buffer raise it.
  mutable AtomicPointer<char*> shown_{nullptr};
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_BYTES_BYTE_QUEUE_HPP
