// SPDX-License-Identifier: Apache-2.0
//
// Streams over an arena, and printing of its statistics. Not part of arena.hpp.
#ifndef ARENA_IOSTREAM_HPP
#define ARENA_IOSTREAM_HPP

#include <cstddef>
#include <cstring>
#include <istream>
#include <limits>
#include <ostream>
#include <streambuf>
#include <string_view>

#include "arena_interface.hpp"
#include "buffer.hpp"
#include "config.hpp"
#include "detail/core/text_line.hpp"
#include "fwd.hpp"
#include "monotonic_options.hpp"

ARENA_BEGIN_NAMESPACE

/// A stream buffer whose characters lie in an arena: characters are put at the end and got from the
/// front, as with std::stringbuf. It grows and shows views as an ArenaBuffer does.
///
/// It does not seek. As many characters can be put back as were got since the last write or View.
/// Writing throws std::bad_alloc, which a stream turns into its badbit; the characters put before
/// stay.
///
/// Not copyable, not movable. After Reset or Release of the arena it may only be destroyed. Thread
/// safety: none.
class ArenaStreambuf : public std::streambuf {
 public:
  /// An empty stream buffer, which allocates at the first write. The arena must outlive it.
  explicit ArenaStreambuf(Arena& arena ARENA_LIFETIMEBOUND) noexcept : buffer_(arena) {}
  ArenaStreambuf(const ArenaStreambuf&) =
      ARENA_DELETE("arena: a stream buffer stays where it is: pass a reference");
  ArenaStreambuf& operator=(const ArenaStreambuf&) =
      ARENA_DELETE("arena: a stream buffer stays where it is: pass a reference");

  /// The characters that were put and not yet got. The view lives as long as the arena's memory, or
  /// until a Reset() of this stream buffer; neither writes nor the destructor end it. O(1).
  std::string_view View() noexcept {
    Settle();
    return buffer_.View();
  }

  /// Discards all characters and starts again at the front of the storage, which overwrites earlier
  /// views. O(1).
  void Reset() noexcept {
    setp(nullptr, nullptr);
    setg(nullptr, nullptr, nullptr);
    buffer_.Reset();
  }

 protected:
  /// @{
  /// What std::basic_streambuf asks of a buffer. Throws std::bad_alloc.
  int_type overflow(int_type character) override {
    if (traits_type::eq_int_type(character, traits_type::eof())) {
      return traits_type::not_eof(character);
    }
    Settle();
    if (buffer_.bytes_.Room() == 0) {
      buffer_.bytes_.Grow(1);
      setg(nullptr, nullptr, nullptr);  // The characters may have moved.
    }
    OfferRoom();
    return sputc(traits_type::to_char_type(character));
  }

  std::streamsize xsputn(const char* text, std::streamsize size) override {
    if (size <= 0) return 0;
    const auto count = static_cast<std::size_t>(size);
    if (size <= epptr() - pptr() && size <= (std::numeric_limits<int>::max)()) {
      std::memmove(pptr(), text, count);
      pbump(static_cast<int>(size));
      return size;
    }
    Settle();
    buffer_.Write(text, count);
    setg(nullptr, nullptr, nullptr);
    OfferRoom();
    return size;
  }

  int_type underflow() override {
    OfferUnread();
    return gptr() != egptr() ? traits_type::to_int_type(*gptr()) : traits_type::eof();
  }

  std::streamsize showmanyc() override {
    OfferUnread();
    return egptr() - gptr();
  }
  /// @}

 private:
  // Tells the buffer what was put and got since the last call, which only the base class knows.
  void Settle() noexcept {
    SettlePut();
    buffer_.Consume(static_cast<std::size_t>(gptr() - eback()));
    setg(gptr(), gptr(), egptr());
  }

  void SettlePut() noexcept {
    buffer_.Commit(static_cast<std::size_t>(pptr() - pbase()));
    setp(pptr(), epptr());
  }

  // Makes what was put part of the get area, which otherwise stays as it is: what was got can be put
  // back.
  void OfferUnread() noexcept {
    SettlePut();
    const auto& bytes = buffer_.bytes_;
    setg(bytes.read(), gptr() != nullptr ? gptr() : bytes.read(), bytes.write());
  }

  // Makes the free part of the buffer the put area.
  void OfferRoom() {
    buffer_.Prepare(buffer_.bytes_.Room());
    setp(buffer_.bytes_.write(), buffer_.bytes_.limit());
  }

  ArenaBuffer buffer_;
};

/// A std::iostream over an arena, in place of std::stringstream: `arena::ArenaStream text(a);`.
///
/// Read with `>>` and the like, or look at everything unread with View(). Not movable. After Reset
/// or Release of the arena it may only be destroyed. Thread safety: none.
class ArenaStream : public std::iostream {
 public:
  /// An empty stream, which allocates at the first write. The arena must outlive it.
  explicit ArenaStream(Arena& arena ARENA_LIFETIMEBOUND)
      : std::iostream(nullptr), streambuf_(arena) {
    rdbuf(&streambuf_);
  }
  ArenaStream(const ArenaStream&) =
      ARENA_DELETE("arena: a stream stays where it is: pass a reference");
  ArenaStream& operator=(const ArenaStream&) =
      ARENA_DELETE("arena: a stream stays where it is: pass a reference");

  /// A stream that holds a copy of `text`. Throws std::bad_alloc. O(size of the text).
  ArenaStream(Arena& arena ARENA_LIFETIMEBOUND, std::string_view text) : ArenaStream(arena) {
    streambuf_.sputn(text.data(), static_cast<std::streamsize>(text.size()));
  }

  using std::iostream::rdbuf;
  /// The stream's own buffer.
  ArenaStreambuf* rdbuf() noexcept { return &streambuf_; }

  /// The unread text, without a copy. The view outlives the stream: see ArenaStreambuf::View.
  std::string_view View() noexcept { return streambuf_.View(); }

  /// Discards the text, and clears errors and the end of the stream. See ArenaStreambuf::Reset.
  void Reset() noexcept {
    streambuf_.Reset();
    clear();
  }

 private:
  ArenaStreambuf streambuf_;
};

/// Prints the statistics as one line, `len 300, cap 32768, peak 300, buffers 1, records 0, waste 0,
/// free 32468`: bytes, except for the number of buffers. The stream's flags and locale do not
/// matter; its width applies to the whole line.
inline std::ostream& operator<<(std::ostream& stream, const ArenaStats& stats) {
  detail::TextLine line;
  line << "len " << stats.len << ", cap " << stats.cap << ", peak " << stats.peak << ", buffers "
       << stats.buffers << ", records " << stats.records << ", waste " << stats.waste << ", free "
       << stats.free;
  return stream << line.c_str();
}

ARENA_END_NAMESPACE

#endif  // ARENA_IOSTREAM_HPP
