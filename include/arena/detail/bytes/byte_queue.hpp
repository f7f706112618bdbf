// SPDX-License-Identifier: Apache-2.0
//
// The storage of an ArenaBuffer: bytes go in at one end and out at the other, in one piece of an
// arena that grows and moves.
//
//         read, or shown      read         unread          free
//     +-------------------+-----------+--------------+------------+
//     |xxxxxxxxxxxxxxxxxxx|           |xxxxxxxxxxxxxx|            |
//     +-------------------+-----------+--------------+------------+
//     ^ begin             ^ kept      ^ read         ^ write      ^ limit
//
// What lies before `kept` may have been shown in views: it is not written to again unless it is
// discarded. `kept` is right of `read` when a view shows unread bytes.
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

  // The other one is empty then, and holds no storage.
  ByteQueue(ByteQueue&& other) noexcept : arena_(other.arena_) { TakeStorage(other); }
  ByteQueue& operator=(ByteQueue&& other) noexcept {
    if (this != &other) {
      arena_ = other.arena_;
      TakeStorage(other);
    }
    return *this;
  }
  ByteQueue(const ByteQueue&) = delete;
  ByteQueue& operator=(const ByteQueue&) = delete;
  ~ByteQueue() = default;

  char* read() const noexcept { return read_; }
  char* write() const noexcept { return write_; }
  char* limit() const noexcept { return limit_; }
  bool IsEmpty() const noexcept { return read_ == write_; }
  std::size_t Unread() const noexcept { return static_cast<std::size_t>(write_ - read_); }
  std::size_t Room() const noexcept { return static_cast<std::size_t>(limit_ - write_); }
  std::size_t Capacity() const noexcept { return static_cast<std::size_t>(limit_ - begin_); }

  // Requires size <= Room(): the bytes are there.
  void Appended(std::size_t size) noexcept { write_ += size; }

  // Requires room.
  ARENA_ALWAYS_INLINE void AppendByte(char value) noexcept { *write_++ = value; }

  // Requires size <= Unread().
  void Skip(std::size_t size) noexcept { read_ += size; }

  // A view shows what lies before `end`.
  void KeepUpTo(char* end) const noexcept {
    if (kept_.LoadRelaxed() < end) kept_.StoreRelaxed(end);
  }

  // Keeps the first `size` unread bytes, which are as many at least.
  void Truncate(std::size_t size) noexcept { write_ = read_ + size; }

  // Starts again at the front of the storage, with nothing shown.
  void Clear() noexcept { SetContents(begin_, begin_); }

  // The next `size` bytes of the room may be filled by others, and are then committed.
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

  // The same; false when there is no memory.
  ARENA_COLD bool TryGrow(std::size_t size) noexcept {
    const std::size_t unread = Unread();
    std::size_t need;
    if (!AddSizes(unread, size, &need)) return false;
    if (MoveDown(unread, size)) return true;
    const std::size_t growth = MaxOf(size, MaxOf(unread, kSmallestGrowth));
    return GrowInPlace(size, growth) || MoveToNewStorage(unread, need, growth);
  }

 private:
  static constexpr std::size_t kSmallestGrowth = 64;
  static constexpr std::size_t kLarge = std::size_t{1} << 20;  // to be moved as rarely as can be

  // New contents of the storage, of which nothing has been shown.
  void SetContents(char* begin, char* end) noexcept {
    read_ = begin;
    kept_.StoreRelaxed(begin);
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
    kept_.StoreRelaxed(other.kept_.LoadRelaxed());
    other.begin_ = other.limit_ = nullptr;
    other.SetContents(nullptr, nullptr);
  }

  // Moves the unread bytes to the front of what may be overwritten, where they get the room. At
  // most as many bytes are moved as were read since, so every byte pays for one move.
  bool MoveDown(std::size_t unread, std::size_t size) noexcept {
    char* const front = kept_.LoadRelaxed();
    if (front >= read_ || static_cast<std::size_t>(read_ - front) < unread) return false;
    if (static_cast<std::size_t>(limit_ - front) - unread < size) return false;
    std::memcpy(front, read_, unread);
    SetContents(front, front + unread);
    return true;
  }

  // Extends the storage so that `growth` bytes are free, or as many above `size` as there is room
  // for.
  bool GrowInPlace(std::size_t size, std::size_t growth) noexcept {
    const std::size_t capacity = Capacity();
    const auto used = static_cast<std::size_t>(write_ - begin_);
    if (!arena_->TryResize(begin_, capacity, capacity)) return false;
    for (std::size_t extra = growth;; extra = size + (extra - size) / 2) {
      std::size_t wanted;
      if (AddSizes(used, extra, &wanted) && arena_->TryResize(begin_, capacity, wanted)) {
        limit_ = begin_ + wanted;
        return true;
      }
      if (extra == size) return false;
    }
  }

  // The old storage keeps what its views show.
  bool MoveToNewStorage(std::size_t unread, std::size_t need, std::size_t growth) noexcept {
    const std::size_t twice = MinOf(unread + growth, kMaxSize);
    const std::size_t most = unread < kLarge ? twice : MinOf(2 * twice, kMaxSize);
    std::size_t capacity = MaxOf(most, Capacity());
    auto* storage = static_cast<char*>(arena_->TryAlloc(capacity, 1));
    for (const std::size_t less : {MaxOf(twice, Capacity()), need}) {
      if (storage != nullptr || less >= capacity) continue;
      capacity = less;
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
  // begin_ <= kept_ <= limit_; const functions of the buffer raise it.
  mutable AtomicPointer<char*> kept_{nullptr};
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_BYTES_BYTE_QUEUE_HPP
