// SPDX-License-Identifier: Apache-2.0
//
// A MonotonicArena as a small text picture: one row for each buffer, in the order of their use.
//
//     len 101632, cap 155648, peak 101632, buffers 4, records 848, tails 8048, free 45120
//     [################################################~c]     32768  full
//     [#############{###############-------------------cc]     32768  window
//     [--------------------------------------------------]     32768  spare
//     (##################################################)     57344  aside
//     # handed out  - free  ~ tail  c cleanup records  { scope
//
// "Aside" is a dedicated buffer, which serves one large request; what it has to spare counts as a
// tail. A tail is what was left behind when the window moved on: it comes back at Reset, or at the
// end of the scope. `{` is where an open scope started. Not part of arena.hpp.
#ifndef ARENA_PICTURE_HPP
#define ARENA_PICTURE_HPP

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <iterator>
#include <ostream>

#include "config.hpp"
#include "detail/chunks/chunk.hpp"
#include "detail/chunks/oversized.hpp"
#include "detail/core/text_line.hpp"
#include "fwd.hpp"
#include "iostream.hpp"
#include "monotonic_arena.hpp"

ARENA_BEGIN_NAMESPACE
namespace detail {

// A row of the picture: a bar of cells, each for an equal share of the buffer.
class PictureRow {
 public:
  PictureRow(const char* brackets, std::size_t size) : brackets_(brackets), size_(size) {
    std::memset(cells_, '-', kWidth);
  }

  // Fills the bytes [from, to) of the buffer.
  void Fill(std::size_t from, std::size_t to, char kind) noexcept {
    if (from >= to) return;
    const std::size_t first = CellOf(from);
    std::memset(cells_ + first, kind, CellOf(to - 1) - first + 1);
  }

  void Write(std::ostream& stream, const char* label) const {
    TextLine line;
    line.Append(brackets_, 1).Append(cells_, kWidth).Append(brackets_ + 1, 1) << " ";
    line.Number(size_, 9) << "  " << label << "\n";
    stream.write(line.c_str(), static_cast<std::streamsize>(line.size()));
  }

  static void WriteMore(std::ostream& stream, std::size_t count, std::size_t bytes,
                        const char* label) {
    if (count == 0) return;
    TextLine line;
    line << "  ... " << count << " " << label << ", " << bytes << " bytes in all\n";
    stream.write(line.c_str(), static_cast<std::streamsize>(line.size()));
  }

 private:
  static constexpr std::size_t kWidth = 50;

  std::size_t CellOf(std::size_t byte) const noexcept {
    const auto cell = static_cast<std::size_t>(
        static_cast<double>(byte) / static_cast<double>(size_) * static_cast<double>(kWidth));
    return detail::MinOf(cell, kWidth - 1);
  }

  const char* brackets_;
  std::size_t size_;
  char cells_[kWidth];
};

struct PictureAccess {
  // As many rows of a kind are written in full.
  static constexpr std::size_t kRows = 5;

  static void WriteBuffers(std::ostream& stream, const MonotonicArena& arena) {
    const BufferStore& store = arena.store_;
    std::size_t left = 0;
    for (auto* buffer = arena.current_; buffer != nullptr; buffer = buffer->prev) ++left;
    // The last ones are of interest: they are next to the window.
    std::size_t skipped = 0, skipped_bytes = 0;
    bool behind = arena.current_ == nullptr;
    std::size_t spares = 0, more = 0, more_bytes = 0;
    for (const WindowBuffer* buffer = store.chain().first(); buffer != nullptr;
         buffer = buffer->next) {
      if (behind) {
        if (++spares <= kRows) {
          PictureRow("[]", buffer->size()).Write(stream, Label(store, buffer, "spare"));
        } else {
          ++more;
          more_bytes += buffer->size();
        }
        continue;
      }
      behind = buffer == arena.current_;
      if (left-- > kRows) {
        ++skipped;
        skipped_bytes += buffer->size();
        continue;
      }
      PictureRow::WriteMore(stream, skipped, skipped_bytes, "more full");
      skipped = 0;
      WriteUsed(stream, arena, buffer);
    }
    PictureRow::WriteMore(stream, more, more_bytes, "more spare");
    WriteAside(stream, store.dedicated());
  }

 private:
  static std::size_t Offset(const WindowBuffer* buffer, const void* address) noexcept {
    return static_cast<std::size_t>(static_cast<const std::byte*>(address) - buffer->begin);
  }

  static const char* Label(const BufferStore& store, const WindowBuffer* buffer,
                           const char* label) noexcept {
    if (!store.IsCallers(buffer)) return label;
    switch (label[0]) {
      case 'f':
        return "full, the caller's";
      case 'w':
        return "window, the caller's";
      default:
        return "spare, the caller's";
    }
  }

  // A buffer that the window is in or has left.
  static void WriteUsed(std::ostream& stream, const MonotonicArena& arena,
                        const WindowBuffer* buffer) {
    const bool window = buffer == arena.current_ && arena.HasWindow();
    const std::size_t size = buffer->size();
    const std::size_t cursor = Offset(buffer, window ? arena.WindowCursor() : buffer->left_cursor);
    const std::size_t limit = Offset(buffer, window ? arena.window().limit() : buffer->left_limit);
    struct Span {
      std::size_t from, to;
      char kind;
    } spans[] = {{0, cursor, '#'}, {cursor, limit, window ? '-' : '~'}, {limit, size, 'c'}};
    // Of kinds that share a cell, the smallest is shown: the others have cells of their own.
    std::sort(std::begin(spans), std::end(spans),
              [](const Span& a, const Span& b) { return a.to - a.from > b.to - b.from; });
    PictureRow row("[]", size);
    for (const Span& span : spans) row.Fill(span.from, span.to, span.kind);
    for (const ScopeMark* mark = arena.innermost_; mark != nullptr; mark = mark->outer) {
      if (mark->buffer != buffer) continue;
      const std::size_t start = Offset(buffer, mark->window.cursor());
      // A scope that starts where the buffer ends is shown in its last byte.
      const std::size_t shown = start < size ? start : size - 1;
      row.Fill(shown, shown + 1, '{');
    }
    row.Write(stream, Label(arena.store_, buffer, window ? "window" : "full"));
  }

  static void WriteAside(std::ostream& stream, const DedicatedBuffers& dedicated) {
    std::size_t taken = 0, taken_bytes = 0, more = 0, more_bytes = 0;
    for (DedicatedBuffer* buffer = dedicated.last_taken(); buffer != nullptr;
         buffer = buffer->taken_before) {
      taken_bytes += buffer->size;
      if (++taken <= kRows) {
        PictureRow row("()", buffer->size);
        row.Fill(0, buffer->size, '#');
        row.Write(stream, "aside");
      } else {
        ++more;
        more_bytes += buffer->size;
      }
    }
    PictureRow::WriteMore(stream, more, more_bytes, "more aside");
    std::size_t bytes = 0;
    dedicated.ForEach([&bytes](DedicatedBuffer* buffer) { bytes += buffer->size; });
    PictureRow::WriteMore(stream, dedicated.count() - taken, bytes - taken_bytes, "unused aside");
  }
};

}  // namespace detail

/// Writes the arena's statistics and buffers as a text picture of about ten lines; see the top of
/// this header.
///
/// Bars are scaled to the size of their buffer, which stands behind them, in bytes. Of many buffers
/// of a kind only some have a row. For people: the format may change. Allocates nothing. O(buffers
/// * open scopes).
inline std::ostream& WritePicture(std::ostream& stream, const MonotonicArena& arena) {
  stream << arena.Stats() << '\n';
  detail::PictureAccess::WriteBuffers(stream, arena);
  return stream << "# handed out  - free  ~ tail  c cleanup records  { scope\n";
}

ARENA_END_NAMESPACE

#endif  // ARENA_PICTURE_HPP
