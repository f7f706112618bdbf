// SPDX-License-Identifier: Apache-2.0
//
// A MonotonicArena as a small text picture: a row for each chunk, in the order of their use.
//
//     len 101632, cap 155648, peak 101632, buffers 4, records 848, waste 8048, free 45120
//     [==================================================]     32768  retired
//     [#############{###############-------------------cc]     32768  window
//     [--------------------------------------------------]     32768  spare
//     (==================================================)     57344  oversized
//     # handed out  - free  c cleanup records  = used  { scope
//
// `=` stands for bytes of a retired or an oversized chunk: handed out, in cleanup records or
// wasted. The arena knows only the sums of these, which the first line shows. `{` stands where an
// open scope started. Not part of arena.hpp.
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

// A row of the picture: a bar of cells, each of which stands for an equal share of the chunk.
class PictureRow {
 public:
  PictureRow(const char* brackets, std::size_t size) : brackets_(brackets), size_(size) {
    std::memset(cells_, '-', kWidth);
  }

  // Fills the bytes [from, to) of the chunk.
  void Fill(std::size_t from, std::size_t to, char kind) noexcept {
    if (from >= to) return;
    const std::size_t first = CellOf(from);
    std::memset(cells_ + first, kind, CellOf(to - 1) - first + 1);
  }

  void Write(std::ostream& stream, const char* label, bool is_initial = false) const {
    TextLine line;
    line.Append(brackets_, 1).Append(cells_, kWidth).Append(brackets_ + 1, 1) << " ";
    line.Number(size_, 9) << "  " << label << (is_initial ? ", initial\n" : "\n");
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
  static void WriteChunks(std::ostream& stream, const MonotonicArena& arena) {
    const ChunkStore& store = arena.chunks_.walk().store();
    std::size_t used = 0;  // chunks up to the current one that have no row yet
    for (auto* chunk = arena.chunks_.walk().current_chunk(); chunk != nullptr; chunk = chunk->prev)
      ++used;
    const Chunk* chunk = store.list().first();
    // Of the retired chunks only those next to the window have a row.
    std::size_t bytes = 0, count = 0;
    for (; used > kRows; --used, ++count, chunk = chunk->next) bytes += chunk->size();
    PictureRow::WriteMore(stream, count, bytes, "more retired");
    for (; used > 0; --used, chunk = chunk->next) WriteUsed(stream, arena, chunk);
    std::size_t rows = 0;
    for (; chunk != nullptr && rows < kRows; ++rows, chunk = chunk->next) {
      PictureRow("[]", chunk->size()).Write(stream, "spare", store.IsInitial(chunk));
    }
    for (count = bytes = 0; chunk != nullptr; ++count, chunk = chunk->next) bytes += chunk->size();
    PictureRow::WriteMore(stream, count, bytes, "more spare");
    WriteOversized(stream, store.oversized());
  }

 private:
  static constexpr std::size_t kRows = 5;  // so many chunks of a kind have a row

  static std::size_t Offset(const Chunk* chunk, const void* address) noexcept {
    return static_cast<std::size_t>(static_cast<const std::byte*>(address) - chunk->begin);
  }

  // Writes the row of the current chunk or of a retired one.
  static void WriteUsed(std::ostream& stream, const MonotonicArena& arena, const Chunk* chunk) {
    const ChunkWalk& walk = arena.chunks_.walk();
    const bool window = chunk == walk.current_chunk() && walk.HasWindow();
    const std::size_t size = chunk->size();
    PictureRow row("[]", size);
    if (window) {
      FillWindow(row, size, Offset(chunk, arena.WindowCursor()),
                 Offset(chunk, arena.WindowLimit()));
    } else {
      row.Fill(0, size, '=');
    }
    for (const ScopeMark* mark = walk.innermost(); mark != nullptr; mark = mark->outer) {
      if (mark->chunk != chunk) continue;
      // A scope that starts at the end of the chunk, or without a window, is shown in the last
      // byte.
      const std::size_t start =
          mark->window_begin != nullptr ? Offset(chunk, mark->window.cursor()) : size;
      const std::size_t shown = start < size ? start : size - 1;
      row.Fill(shown, shown + 1, '{');
    }
    row.Write(stream, window ? "window" : "retired", walk.store().IsInitial(chunk));
  }

  static void FillWindow(PictureRow& row, std::size_t size, std::size_t cursor, std::size_t limit) {
    struct Span {
      std::size_t from, to;
      char kind;
    } spans[] = {{0, cursor, '#'}, {cursor, limit, '-'}, {limit, size, 'c'}};
    // Where kinds share a cell it shows the smallest: the others have further cells.
    std::sort(std::begin(spans), std::end(spans),
              [](const Span& a, const Span& b) { return a.to - a.from > b.to - b.from; });
    for (const Span& span : spans) row.Fill(span.from, span.to, span.kind);
  }

  static void WriteOversized(std::ostream& stream, const OversizedChunks& oversized) {
    std::size_t taken = 0, more = 0, more_bytes = 0;
    for (OversizedChunk* chunk = oversized.taken(); chunk != nullptr; chunk = chunk->next) {
      if (++taken <= kRows) {
        PictureRow row("()", chunk->size);
        row.Fill(0, chunk->size, '=');
        row.Write(stream, "oversized");
      } else {
        ++more;
        more_bytes += chunk->size;
      }
    }
    PictureRow::WriteMore(stream, more, more_bytes, "more oversized");
    PictureRow::WriteMore(stream, oversized.count() - taken, oversized.spare_bytes(),
                          "spare oversized");
  }
};

}  // namespace detail

/// Writes the arena's statistics and chunks as a text picture of about ten lines; see the top of
/// this header.
///
/// Each bar spans its whole chunk, whose size in bytes follows. Of many chunks of a kind only five
/// have a row. The format is meant for people and may change. Allocates nothing. O(chunks * open
/// scopes).
inline std::ostream& WritePicture(std::ostream& stream, const MonotonicArena& arena) {
  stream << arena.Stats() << '\n';
  detail::PictureAccess::WriteChunks(stream, arena);
  return stream << "# handed out  - free  c cleanup records  = used  { scope\n";
}

ARENA_END_NAMESPACE

#endif  // ARENA_PICTURE_HPP
