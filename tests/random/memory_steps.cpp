// SPDX-License-Identifier: Apache-2.0
//
// Steps with raw memory.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <new>
#include <vector>

#include "random/decisions.hpp"
#include "random/world.hpp"

namespace arena_random {

Piece* World::AllocBytes(const Via& via, std::size_t size, std::size_t alignment, unsigned how) {
  Node& node = *via.node;
  const int id = next_id_++;
  const char* const functions[] = {"Alloc", "Alloc", "TryAlloc", "allocate"};
  const bool as_resource = how % 4 == 3;
  Say("auto b%d = %s.%s(%zu, %zu);", id, via.name(), functions[how % 4], size, alignment);

  const std::size_t failures = upstream_.Failures();
  void* block = nullptr;
  try {
    if (as_resource) {
      block = via.arena->allocate(size, alignment);
    } else {
      block =
          how % 4 == 2 ? via.arena->TryAlloc(size, alignment) : via.arena->Alloc(size, alignment);
    }
  } catch (const std::bad_alloc&) {
    Require(how % 4 != 2, "TryAlloc threw");
  }

  constexpr std::size_t kMost = static_cast<std::size_t>(PTRDIFF_MAX);
  const bool valid = alignment != 0 && (alignment & (alignment - 1)) == 0 && size <= kMost &&
                     alignment - 1 <= kMost - size;
  if (!valid || (size == 0 && !as_resource)) {
    if (valid) {
      Require(block != nullptr, "Alloc(0) failed");
      Require(reinterpret_cast<std::uintptr_t>(block) % alignment == 0, "Alloc(0) is not aligned");
    } else {
      Require(block == nullptr, "a request that cannot be met was met");
    }
    Answer("%s", valid ? "no bytes" : "refused");
    Settle(node, Unchanged(node));
    return nullptr;
  }
  size = std::max<std::size_t>(size, 1);
  if (block == nullptr) {
    Answer("nothing");
    const std::size_t need = alignment > 16 ? size + (alignment - 1) : size;
    if (!MayFail(node, need, failures)) Fail("a request failed although nothing was in the way");
    if (RoomIsKnown(node)) {
      const std::size_t padding = (alignment - node.window.cursor % alignment) % alignment;
      Require(padding > node.stats.free || size > node.stats.free - padding,
              "a request that fits the window failed");
    }
    // Where the limit was in the way, it may have been freed to make room before upstream failed.
    const bool freed = node.setup.limit != SIZE_MAX && upstream_.Failures() != failures;
    Require(alignment != 1 || size > node.kept || freed,
            "a request failed that a kept buffer would hold");
    Settle(node, Failed(node));
    // Unused buffers are given back before a limit makes a request fail: this does not help then.
    const bool limited = node.parent == nullptr && node.setup.limit != SIZE_MAX;
    if (limited && upstream_.Failures() == failures) {
      Say("%s.ShrinkTo(0);", node.name.c_str());
      node.arena->ShrinkTo(0);
      Settle(node, Failed(node));
      block = node.arena->TryAlloc(size, alignment);
      Require(block == nullptr || upstream_.Failures() != failures,
              "a request failed, and unused buffers were in its way");
      Settle(node, Failed(node));
      if (node.window.known && PieceAtCursor(node) == nullptr) LoseWindow(node);
    }
    return nullptr;
  }
  Piece& piece = AddPiece(via, block, size, Piece::Kind::kBytes, id);
  piece.in_window = via.arena->TryResize(block, size, size);
  const Expected expected = Place(via, piece, alignment);
  Answer("%s", !piece.in_window ? "beside the window" : expected.window_stays ? "ok" : "moved on");
  Settle(node, expected);
  FillPattern(block, size, id);
  return &piece;
}

// Resizes the piece, which must be possible exactly if it is the last one and there is room.
bool World::ResizePiece(const Via& via, std::size_t index, std::size_t new_size) {
  Node& node = *via.node;
  Piece& piece = pieces_[index];
  const std::size_t old_size = piece.size;
  const Answers last = IsLast(piece);
  Say("%s.TryResize(b%d, %zu, %zu);", via.name(), piece.id, old_size, new_size);
  const bool resized = via.arena->TryResize(piece.data, old_size, new_size);
  Answer(resized ? "true" : "false");
  if (!resized) {
    if (last == Answers::kYes) {
      Require(new_size > old_size, "the last block of the window did not shrink");
      if (RoomIsKnown(node))
        Require(new_size - old_size > node.stats.free,
                "there was room to grow, and it was not used");
    }
    Settle(node, Unchanged(node));
    return false;
  }
  Require(last != Answers::kNo, "a block was resized that is not the last one");
  if (RoomIsKnown(node) && new_size > old_size && node.range == nullptr)
    Require(new_size - old_size <= node.stats.free, "a block grew into what is not free");
  Expected expected = Unchanged(node);
  expected.len_min = expected.len_max = node.stats.len - old_size + new_size;
  Settle(node, expected);
  // If it was in doubt, it is not any more.
  if (last == Answers::kEither) piece.stay = node.window.stay = ++next_stay_;
  node.window.known = kPlaces;
  node.window.cursor = reinterpret_cast<std::uintptr_t>(piece.data) + new_size;
  if (new_size == 0) {
    pieces_.erase(pieces_.begin() + static_cast<std::ptrdiff_t>(index));
    return true;
  }
  Require(HoldsPattern(piece.data, std::min(old_size, new_size), piece.id),
          "resizing changed the contents");
  if (new_size > old_size) {
    piece.size = 0;  // so that it does not overlap itself
    CheckNewPiece(node, piece.data, new_size);
  }
  piece.size = new_size;
  FillPattern(piece.data, new_size, piece.id);
  return true;
}

void World::ResizeStep(const Via& via, const Step& step) {
  // Most often the last one, or one of the newest: others are refused.
  std::size_t index = pieces_.size();
  std::size_t skip = step.b % 4 != 0 ? step.b / 4 % 2 : step.b / 4 % (pieces_.size() + 1);
  const Piece* const last = step.b / 8 % 2 == 0 ? PieceAtCursor(*via.node) : nullptr;
  for (std::size_t i = pieces_.size(); i-- > 0;) {
    if (pieces_[i].node != via.node || pieces_[i].kind != Piece::Kind::kBytes) continue;
    index = i;
    if (&pieces_[i] == last || (last == nullptr && skip-- == 0)) break;
  }
  if (index == pieces_.size()) return;
  const std::size_t old_size = pieces_[index].size;
  std::size_t new_size = 0;
  switch (step.c % 8) {
    case 0:
      break;
    case 1:
      new_size = old_size / 2;
      break;
    case 2:
      new_size = old_size - 1;
      break;
    case 3:
    case 4:
      new_size = old_size + 1 + step.a % 64;
      break;
    case 5:  // about as far as there is room
      new_size = old_size + via.node->stats.free + step.a % 3 - 1;
      break;
    case 6:
      new_size = SizeFrom(step.a, *via.node);
      break;
    default:
      new_size = old_size + step.a % 1000;
      break;
  }
  ResizePiece(via, index, new_size);
}

// Measures what the window has left, and allocates exactly that, or one byte less or more.
void World::FillWindowStep(const Via& via, const Step& step) {
  Node& node = *via.node;
  const Piece* const last = PieceAtCursor(node);
  if (last == nullptr || last->kind != Piece::Kind::kBytes) return;
  const auto index = static_cast<std::size_t>(last - pieces_.data());
  const std::size_t size = last->size;
  // No spare and no unused dedicated buffer is left then.
  const bool shrunk = step.b % 2 == 0;
  if (shrunk) {
    Say("%s.ShrinkTo(0);", node.name.c_str());
    node.arena->ShrinkTo(0);
    node.stats = node.arena->Stats();
    Require(node.stats.peak == node.peak, "ShrinkTo changed Peak");
  }
  Say("// how far can b%d grow?", last->id);
  std::size_t room = 0;
  for (std::size_t unknown = node.stats.free; unknown != 0;) {
    const std::size_t half = (unknown + 1) / 2;
    if (via.arena->TryResize(last->data, size, size + room + half)) {
      NoteLen(node);
      Require(via.arena->TryResize(last->data, size + room + half, size),
              "the last block of the window did not shrink");
      room += half;
      unknown -= half;
    } else {
      unknown = half - 1;
    }
  }
  Answer("by %zu", room);
  FillPattern(last->data, size, last->id);
  Settle(node, Unchanged(node));
  if ((shrunk && node.setup.callers_size == 0) || RoomIsKnown(node))
    Require(node.stats.free == room, "free is not what the window has left");
  if (step.a % 8 == 7) {
    ResizePiece(via, index, size + room + step.c / 8 % 2);
    return;
  }
  // Tail by tail: what is asked for fits exactly, or by one byte not.
  const std::size_t wanted = room + (step.a % 4 == 3 ? 1 : 0) - (step.a % 4 == 2 && room > 1);
  if (wanted == 0) return;
  const std::uintptr_t cursor = node.window.cursor;
  const std::size_t alignment = step.a % 4 == 1 ? std::size_t{1} << (step.a / 8 % 5) : 1;
  const std::size_t padding = (alignment - cursor % alignment) % alignment;
  const Piece* const filled = AllocBytes(via, wanted, alignment, step.c);
  const bool fits = padding + wanted <= room;
  Require(!fits || filled != nullptr, "a request that fits the window failed");
  if (filled == nullptr) return;
  const bool there = reinterpret_cast<std::uintptr_t>(filled->data) == cursor + padding;
  if (there && node.range != nullptr) return;  // it grew
  Require(there == fits, fits ? "a request that fits the window was served elsewhere"
                              : "the window served more than it had");
}

// A container gives memory back, perhaps after it was forgotten: neither changes a figure.
void World::DeallocateStep(const Via& via, const Step& step) {
  Node& node = *via.node;
  std::erase_if(stale_, [&](const Stale& stale) {
    if (stale.node != &node) return false;
    via.arena->deallocate(stale.data, stale.size, 1);
    return true;
  });
  std::vector<std::size_t> own;
  for (std::size_t i = 0; i < pieces_.size(); ++i) {
    if (pieces_[i].node == &node && pieces_[i].kind == Piece::Kind::kBytes) own.push_back(i);
  }
  if (!own.empty()) {
    const std::size_t index = own[step.a % own.size()];
    const Piece& piece = pieces_[index];
    Say("%s.deallocate(b%d, %zu, 1);", via.name(), piece.id, piece.size);
    via.arena->deallocate(piece.data, piece.size, 1);
    pieces_.erase(pieces_.begin() + static_cast<std::ptrdiff_t>(index));
  }
  Settle(node, Unchanged(node));
}

// Repeating the same requests after Reset never calls upstream again, gives the same first address
// and keeps Cap.
void World::CycleStep(const Via& via, const Step& step) {
  Node& node = *via.node;
  for (const Node* arena = &node; arena != nullptr; arena = arena->parent) {
    if (arena->setup.limit != SIZE_MAX) return;
  }
  if (node.depth() != 0 || node.setup.retain != SIZE_MAX) return;
  upstream_.FailNever();
  Say("upstream.FailNever();");
  void* first = nullptr;
  std::size_t cap = 0;
  std::size_t upstream_len = 0;
  std::size_t calls = 0;
  for (int round = 0; round < 4; ++round) {
    ForgetStep(via, false);
    const bool measured = round >= 2;
    const bool first_buffer = node.stats.buffers != 0;
    SeededDecisions decisions(step.a);
    const std::uint32_t count = 1 + decisions.Next(12);
    for (std::uint32_t i = 0; i < count; ++i) {
      const std::size_t size = 1 + decisions.Next(decisions.Next(4) == 0 ? 9000 : 300);
      const std::size_t alignment = std::size_t{1} << decisions.Next(8);
      const Piece* const piece = AllocBytes(via, size, alignment, step.c);
      Require(piece != nullptr, "a request failed although nothing was in the way");
      if (i != 0) continue;
      if (measured && piece->in_window && first_buffer)
        Require(arena_test::LiesAt(piece->data, first),
                "equal cycles start at different addresses");
      first = piece->data;
    }
    const std::size_t now = node.parent != nullptr ? node.parent->arena->Len() : 0;
    if (measured) {
      // What larger rounds before these used may still be freed.
      Require(node.stats.cap <= cap, "equal cycles raise Cap");
      Require(upstream_.Allocations() == calls && now == upstream_len,
              "equal cycles call upstream");
    }
    cap = node.stats.cap;
    upstream_len = now;
    calls = upstream_.Allocations();
  }
}

// Many requests of one size take few chunks, whatever spares are in front of them.
void World::EqualRequestsStep(const Via& via, const Step& step) {
  Node& node = *via.node;
  for (const Node* arena = &node; arena != nullptr; arena = arena->parent) {
    if (arena->setup.limit != SIZE_MAX) return;
  }
  constexpr std::size_t kCount = 2000;
  // Until chunks are much larger than the requests, a chunk of their own for some of them. With
  // chunks from then on that grow by an eighth, fewer than these are taken.
  constexpr std::size_t kMostChunks = 400;
  if (node.setup.max_buffer_size < 16384) return;
  const std::size_t size = 1 + step.a % 256;
  upstream_.FailNever();
  Say("{ ArenaScope scope(%s); for (int i = 0; i < %zu; ++i) %s.Alloc(%zu, 1); }  "
      "// upstream never fails",
      node.name.c_str(), kCount, via.name(), size);
  const std::size_t calls = upstream_.Allocations();
  const std::size_t buffers = node.stats.buffers;
  std::vector<void*> blocks;
  std::size_t taken = 0;
  {
    const arena::ArenaScope scope(*node.arena);
    const int id = next_id_;
    for (std::size_t i = 0; i < kCount; ++i) {
      blocks.push_back(via.arena->TryAlloc(size, 1));
      Require(blocks.back() != nullptr, "a request failed although nothing was in the way");
      FillPattern(blocks.back(), size, id + static_cast<int>(i));
    }
    next_id_ += static_cast<int>(kCount);
    NoteLen(node);
    taken = node.arena->Stats().buffers - buffers;
    for (std::size_t i = 0; i < kCount; ++i) {
      Require(HoldsPattern(blocks[i], size, id + static_cast<int>(i)),
              "the contents of a block have changed");
    }
  }
  Answer("%zu calls of upstream", upstream_.Allocations() - calls);
  Require(upstream_.Allocations() - calls <= kMostChunks && taken <= kMostChunks,
          "a small spare keeps the window from moving on");
  const std::size_t cap = node.arena->Cap();
  if (node.setup.retain != SIZE_MAX && cap < node.stats.cap) node.stats.cap = cap;
  Expected expected = Unchanged(node);
  expected.cap = Expected::Cap::kMayGrow;
  Settle(node, expected);
}

}  // namespace arena_random
