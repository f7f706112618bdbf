// SPDX-License-Identifier: Apache-2.0
//
// class ArenaBuffer: bytes are written at one end and read at the other, in one piece of an arena.
// The picture of its storage is in detail/bytes/byte_queue.hpp.
#ifndef ARENA_BUFFER_HPP
#define ARENA_BUFFER_HPP

#include <cstddef>
#include <cstring>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>

#include "config.hpp"
#include "detail/bytes/byte_queue.hpp"
#include "detail/bytes/byte_transfer.hpp"
#include "detail/core/align.hpp"
#include "detail/core/assert.hpp"
#include "fwd.hpp"

ARENA_BEGIN_NAMESPACE

/// A stream of bytes in an arena: Write appends, Read takes from the front. The unread bytes are
/// one contiguous piece.
///
/// Reading never moves bytes and costs O(bytes read). Writing is O(bytes written), amortised: when
/// the storage is full, it grows in place if it is the arena's newest allocation; otherwise the
/// unread bytes are copied to new storage of twice their size (of four times from 1 MiB on: pages
/// not yet written to cost nothing, copies do). Storage that was read and never shown in a view is
/// used again: a buffer that is filled and drained in turn stays within a few times the maximum of
/// its unread bytes.
///
/// Views (from Bytes, View and Next) show the buffer's own memory. Reads, writes and the end of the
/// buffer neither move nor change the bytes that a view shows: a view lives as long as the arena's
/// memory. Only bytes that Truncate or Reset discards may be overwritten by the next write, also in
/// views. Writing a view of the buffer into itself works.
///
/// If a write throws std::bad_alloc, the buffer is as before. Sizes and counts are in bytes. Calls
/// with a length of 0 change nothing.
///
/// Move-only; a moved-from buffer is empty, holds no storage and writes into the same arena as
/// before. Destroying or assigning a buffer frees no memory. After Reset or Release of the arena,
/// or the end of a scope in which it grew, a buffer may only be destroyed or assigned to.
///
/// Thread safety: const functions may run at the same time, others alone.
class ArenaBuffer {
 public:
  using value_type = char;  ///< for std::back_inserter and the like

  /// An empty buffer, which allocates at the first write. The arena must outlive it.
  explicit ArenaBuffer(Arena& arena ARENA_LIFETIMEBOUND) noexcept : bytes_(arena) {}

  /// @{
  /// Takes over contents, storage and arena; `other` is empty and usable afterwards. O(1).
  ArenaBuffer(ArenaBuffer&& other) noexcept = default;
  ArenaBuffer& operator=(ArenaBuffer&& other) noexcept = default;
  /// @}
  ArenaBuffer(const ArenaBuffer&) = ARENA_DELETE("arena: a buffer is moved, not copied");
  ArenaBuffer& operator=(const ArenaBuffer&) = ARENA_DELETE("arena: a buffer is moved, not copied");

  // ---- Writing ---------------------------------------------------------------------------------

  /// @{
  /// Appends `size` bytes, which may be a view of this buffer; returns `size`. Throws
  /// std::bad_alloc.
  std::size_t Write(const void* data, std::size_t size) {
    if (size > bytes_.Room()) [[unlikely]]
      bytes_.Grow(size);
    // memmove, because the caller may have put the bytes into the free part, through Prepare.
    if (size != 0) std::memmove(bytes_.write(), data, size);
    bytes_.Appended(size);
    return size;
  }
  std::size_t Write(std::span<const std::byte> bytes) { return Write(bytes.data(), bytes.size()); }
  std::size_t Write(std::string_view text) { return Write(text.data(), text.size()); }
  std::size_t WriteString(std::string_view text) { return Write(text.data(), text.size()); }
  /// @}

  /// @{
  /// Appends one byte; returns 1. Throws std::bad_alloc.
  ARENA_ALWAYS_INLINE std::size_t WriteByte(char value) {
    if (bytes_.write() == bytes_.limit()) [[unlikely]]
      bytes_.Grow(1);
    bytes_.AppendByte(value);
    return 1;
  }
  ARENA_ALWAYS_INLINE std::size_t WriteByte(unsigned char value) {
    return WriteByte(static_cast<char>(value));
  }
  ARENA_ALWAYS_INLINE std::size_t WriteByte(std::byte value) {
    return WriteByte(static_cast<char>(value));
  }
  /// @}

  /// WriteByte by the name that std::back_inserter, std::format_to and fmt::format_to call.
  ARENA_ALWAYS_INLINE void push_back(char value) { WriteByte(value); }

  /// Returns `size` uninitialised bytes behind the unread ones, for read(2), recv and the like to
  /// fill. Commit appends them.
  ///
  /// The span is valid until the next write or Prepare; reads do not end it. Throws std::bad_alloc.
  std::span<std::byte> Prepare(std::size_t size) {
    if (size == 0) return {};
    if (size > bytes_.Room()) bytes_.Grow(size);
    bytes_.Prepare(size);
    return {AsBytes(bytes_.write()), size};
  }

  /// Appends the first `size` prepared bytes; the rest stays prepared.
  ///
  /// Committing more than was prepared, or after another write, ends the program with a message.
  /// O(1).
  void Commit(std::size_t size) noexcept {
    if (size != 0) bytes_.Commit(size);
  }

  /// Appends everything that `source` has; returns the number of bytes.
  ///
  /// A source is
  /// - a std::istream, or anything with its read(char*, n) and gcount(). It is read to the end; its
  ///   state tells why it ended;
  /// - or a callable that takes a std::span<std::byte>, a std::span<char> or (char*, std::size_t),
  ///   or the last two with unsigned char; the first of these that it takes is used. It fills the
  ///   front of that memory and returns the number of bytes. 0 means the end, and a negative number
  ///   means a failure, which also ends the reading (as with a non-blocking read(2)). It must not
  ///   touch the buffer. Returning more than there was room for ends the program with a message.
  ///
  /// Bytes that were read stay in the buffer, also when the source throws or fails, or when memory
  /// is short (std::bad_alloc). A call of a callable that throws appends nothing.
  template <class Source>
  std::size_t ReadFrom(Source&& source) {
    std::size_t total = 0;
    for (;;) {
      MakeRoomToRead();
      const std::size_t room = bytes_.Room();
      std::size_t count;
      if constexpr (detail::ReadableStream<std::remove_reference_t<Source>>) {
        count = ReadFromStream(source, room);
      } else {
        Prepare(room);
        count = detail::CallSource(source, bytes_.write(), room);
        Commit(count);
      }
      total += count;
      // A stream that reads fewer bytes has ended; a callable may have more later.
      if (count == 0 || (count < room && detail::ReadableStream<std::remove_reference_t<Source>>))
        return total;
    }
  }

  // ---- Reading ---------------------------------------------------------------------------------

  /// Unread bytes.
  std::size_t Len() const noexcept { return bytes_.Unread(); }

  /// Bytes of storage: read ones that still take room, unread and free ones.
  std::size_t Cap() const noexcept { return bytes_.Capacity(); }

  /// @{
  /// Moves the next `size` bytes, or all if there are fewer, to `target`; returns how many, 0 at
  /// the end.
  std::size_t Read(void* target, std::size_t size) noexcept {
    if (size > Len()) [[unlikely]]
      return ReadRest(target);
    // Here `size` may be a constant, with which the copy needs no call.
    if (size != 0) std::memcpy(target, bytes_.read(), size);
    bytes_.Skip(size);
    return size;
  }
  std::size_t Read(std::span<std::byte> target) noexcept {
    return Read(target.data(), target.size());
  }
  std::size_t Read(std::span<char> target) noexcept { return Read(target.data(), target.size()); }
  std::size_t Read(std::span<unsigned char> target) noexcept {
    return Read(target.data(), target.size());
  }
  /// @}

  /// The next byte, or std::nullopt at the end.
  std::optional<std::byte> ReadByte() noexcept {
    if (bytes_.IsEmpty()) return std::nullopt;
    const auto next = static_cast<std::byte>(*bytes_.read());
    bytes_.Skip(1);
    return next;
  }

  /// The next `size` bytes, or all if there are fewer, without a copy; they count as read. The view
  /// lives as long as the arena's memory. O(1).
  std::span<const std::byte> Next(std::size_t size) noexcept {
    const std::size_t count = detail::MinOf(size, Len());
    std::byte* const next = AsBytes(bytes_.read());
    bytes_.Skip(count);
    if (count != 0) bytes_.MarkShown(bytes_.read());
    return {next, count};
  }

  /// @{
  /// The unread bytes, without a copy; they stay unread. The view lives as long as the arena's
  /// memory and does not show what is written later. O(1).
  std::span<const std::byte> Bytes() const noexcept {
    MarkAllShown();
    return {AsBytes(bytes_.read()), Len()};
  }
  std::string_view View() const noexcept {
    MarkAllShown();
    return {Unread(), Len()};
  }
  /// @}

  /// A copy of the unread bytes; they stay unread.
  std::string String() const { return std::string(Unread(), Len()); }

  /// Offers the unread bytes to `sink`, in one call, and counts those that it took as read; returns
  /// how many. An empty buffer does not call the sink.
  ///
  /// A sink is
  /// - a std::ostream: bytes that its stream buffer did not take stay unread, and the stream is
  ///   bad;
  /// - anything else with a write(const char*, n): it returns how many bytes it took, or it took
  ///   all unless the returned bool, or the sink itself, is false;
  /// - or a callable that takes a std::span<const std::byte>, a std::string_view or (const char*,
  ///   std::size_t), or the last with unsigned char; the first of these that it takes is used. It
  ///   returns how many bytes it took, or a negative number on failure; if it returns nothing it
  ///   took all. It must not touch the buffer, and the bytes are valid during the call only.
  ///   Returning more than it was given ends the program with a message.
  ///
  /// If the sink throws, all bytes stay unread.
  template <class Sink>
  std::size_t WriteTo(Sink&& sink) {
    if (bytes_.IsEmpty()) return 0;
    const std::string_view unread(Unread(), Len());
    if constexpr (detail::OutputStream<std::remove_reference_t<Sink>>) {
      const typename std::remove_reference_t<Sink>::sentry ready(sink);
      if (!ready) return 0;
      const std::size_t count = Consume(detail::PutToStream(sink, unread));
      if (count != unread.size()) sink.setstate(std::remove_reference_t<Sink>::badbit);
      return count;
    } else if constexpr (detail::WritableStream<std::remove_reference_t<Sink>>) {
      return Consume(detail::WriteToStreamLike(sink, unread));
    } else {
      return Consume(detail::CallSink(sink, unread));
    }
  }

  // ---- Discarding ------------------------------------------------------------------------------

  /// Discards all but the first `size` unread bytes; throws std::out_of_range when there are fewer.
  /// The next write goes where the discarded bytes were. O(1).
  void Truncate(std::size_t size) {
    if (size > Len()) {
      detail::Throw<std::out_of_range>("arena: ArenaBuffer::Truncate: more bytes than are unread");
    }
    bytes_.Truncate(size);
  }

  /// Empties the buffer and starts again at the front of its storage: the next writes overwrite the
  /// bytes that earlier views show. Cap() stays. O(1).
  ///
  /// To go on using those views, assign a new buffer instead: `b = arena::ArenaBuffer(a);`.
  ARENA_REINITIALIZES void Reset() noexcept { bytes_.Clear(); }

 private:
  friend class ArenaStreambuf;

  static constexpr std::size_t kMinRead = 512;  // offered to a source, if there is the memory

  // The pointer types from which views compile fastest: g++ checks the concepts of each constructor
  // that is viable. With a const char* only one of string_view is, and the checks for one type of
  // pointer are made once for all spans.
  const char* Unread() const noexcept { return bytes_.read(); }
  static std::byte* AsBytes(char* place) noexcept { return reinterpret_cast<std::byte*>(place); }

  void MarkAllShown() const noexcept {
    if (!bytes_.IsEmpty()) bytes_.MarkShown(bytes_.write());
  }

  ARENA_COLD std::size_t ReadRest(void* target) noexcept {
    const std::size_t count = Len();
    if (count != 0) std::memcpy(target, bytes_.read(), count);
    bytes_.Skip(count);
    return count;
  }

  std::size_t Consume(std::size_t count) noexcept {
    if (count > Len()) [[unlikely]] {
      detail::Fail("arena: ArenaBuffer: the sink took more bytes than it was given");
    }
    bytes_.Skip(count);
    return count;
  }

  // Calls read() once and appends the bytes that it read, also when it throws.
  template <class Stream>
  std::size_t ReadFromStream(Stream& stream, std::size_t room) {
    struct CommitAtEnd {
      ArenaBuffer& buffer;
      Stream& source;
      ~CommitAtEnd() { buffer.Commit(static_cast<std::size_t>(source.gcount())); }
    };
    Prepare(room);
    {
      const CommitAtEnd commit{*this, stream};
      stream.read(bytes_.write(), detail::StreamSize{room});
    }
    return static_cast<std::size_t>(stream.gcount());
  }

  void MakeRoomToRead() {
    if (bytes_.Room() >= kMinRead || bytes_.TryGrow(kMinRead)) return;
    if (bytes_.Room() == 0) bytes_.Grow(1);
  }

  detail::ByteQueue bytes_;
};

ARENA_END_NAMESPACE

#endif  // ARENA_BUFFER_HPP
