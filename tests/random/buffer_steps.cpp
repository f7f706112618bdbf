// SPDX-License-Identifier: Apache-2.0
//
// Steps with an ArenaBuffer, which answers like a std::string. Where it lies is looked up in a way
// that does not count as a view: what was shown may not be used again, and would hide what is.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "random/world.hpp"

namespace arena_random {
namespace {

constexpr std::size_t kMostBuffers = 5;
constexpr std::size_t kMostUnread = 20000;
constexpr std::size_t kMostShown = 200;

std::string_view Text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// The unread bytes, which stay unread and are not shown: a sink that takes nothing.
std::string_view Peek(arena::ArenaBuffer& buffer) {
  std::string_view unread;
  buffer.WriteTo([&unread](std::string_view bytes) {
    unread = bytes;
    return std::size_t{0};
  });
  return unread;
}

}  // namespace

struct World::Growth {
  std::size_t size = 0;  // bytes that need room
  const char* front = nullptr;
  std::size_t room = 0;  // behind the unread bytes; 0 if that is not known
  std::size_t failures = 0;
};

std::string World::TextFrom(std::uint16_t number) {
  const std::size_t x = number >> 3;
  constexpr std::size_t kBounds[] = {1, 8, 40, 40, 200, 600, 600, 3000};
  std::string text(x % (kBounds[number & 7] + 1), '\0');
  FillPattern(text.data(), text.size(), next_id_++);
  return text;
}

Piece* World::StorageOf(const BufferValue& value) {
  if (value.cap == 0) return nullptr;
  for (auto piece = pieces_.rbegin(); piece != pieces_.rend(); ++piece) {
    if (piece->data == value.data && piece->kind == Piece::Kind::kBuffer) return &*piece;
  }
  Fail("the storage of a buffer is not known");
}

void World::VerifyBuffer(const BufferValue& value) const {
  Require(value.buffer->Len() == value.model.size(), "a buffer's Len is not what is unread");
  Require(Peek(*value.buffer) == value.model, "a buffer holds something else than was written");
  Require(value.buffer->Cap() == value.cap, "a buffer's Cap has changed");
}

void World::Show(const BufferValue& value, std::string_view view) {
  if (view.empty() || shown_.size() == kMostShown) return;
  // Of the storage: that may be of an outer scope.
  shown_.push_back({value.node, value.depth, view, std::string(view)});
}

// What is discarded may be overwritten.
void World::ForgetShown(const void* begin, std::size_t size) {
  const auto from = reinterpret_cast<std::uintptr_t>(begin);
  std::erase_if(shown_, [=](const Shown& shown) {
    const auto start = reinterpret_cast<std::uintptr_t>(shown.view.data());
    return start < from + size && from < start + shown.view.size();
  });
}

// ---- growing ------------------------------------------------------------------------------------

World::Growth World::BeforeGrowth(BufferValue& value, std::size_t size) {
  Growth growth;
  growth.size = size;
  growth.failures = upstream_.Failures();
  const std::string_view unread = Peek(*value.buffer);
  if (!unread.empty()) {
    growth.front = unread.data();
    const auto* const limit = reinterpret_cast<const char*>(value.data) + value.cap;
    growth.room = static_cast<std::size_t>(limit - (unread.data() + unread.size()));
  }
  return growth;
}

// After std::bad_alloc.
void World::SettleNoGrowth(BufferValue& value, const Growth& before) {
  Node& node = *value.node;
  Answer("std::bad_alloc");
  const std::size_t unread = value.model.size();
  const std::size_t need = before.size > SIZE_MAX - unread ? SIZE_MAX : before.size + unread;
  Require(MayFail(node, need, before.failures), "a write failed although nothing was in the way");
  Require(!RoomIsKnown(node) || need > node.stats.free, "a write that fits the window failed");
  Require(before.room < before.size, "a write failed that the buffer has room for");
  const Piece* const storage = StorageOf(value);
  if (storage != nullptr && IsLast(*storage) == Answers::kYes && RoomIsKnown(node))
    Require(before.size - before.room > node.stats.free, "a buffer did not grow in place");
  Settle(node, Failed(node));
}

// After a call that may have grown the storage; `front` is where the unread bytes start then. Once:
// it has grown once at most, and by what `before` says.
void World::SettleGrowth(BufferValue& value, const Growth& before, const void* front, bool once) {
  Node& node = *value.node;
  const std::size_t cap = value.buffer->Cap();
  auto* const start = static_cast<unsigned char*>(const_cast<void*>(front));
  const std::size_t len = node.arena->Len();
  const bool inside = start >= value.data && start <= value.data + value.cap;
  const bool was_enough = value.cap != 0 && before.room >= before.size;
  if (once && was_enough)
    Require(cap == value.cap && before.front == front, "a buffer moved although it had room");
  // A request for more may have failed, and have cost a limited arena its unused buffers.
  const Expected unchanged = once ? Unchanged(node) : Failed(node);
  if (cap == value.cap && len == node.stats.len && (inside || start == nullptr))
    return Settle(node, unchanged);

  Piece* const storage = StorageOf(value);
  if (storage != nullptr && inside && len - node.stats.len == cap - value.cap) {
    const Answers last = IsLast(*storage);
    Require(last != Answers::kNo, "a buffer grew in place that is not the last allocation");
    if (RoomIsKnown(node) && node.range == nullptr)
      Require(cap - value.cap <= node.stats.free, "a buffer grew into what is not free");
    const std::size_t old = value.cap;
    CheckNewPiece(node, value.data + old, cap - old);
    storage->size = value.cap = cap;
    if (last == Answers::kEither) storage->stay = node.window.stay = ++next_stay_;
    node.window.known = kPlaces;
    node.window.cursor = reinterpret_cast<std::uintptr_t>(value.data) + cap;
    Answer("in place, to %zu", cap);
    Expected expected = unchanged;
    expected.len_min = expected.len_max = node.stats.len + (cap - old);
    return Settle(node, expected);
  }

  const std::size_t need = value.model.size() + before.size;
  if (once) {
    Require(cap >= need && (cap >= value.cap || cap == need), "new storage that is too small");
    Require(cap <= std::max({2 * need, need + 64, value.cap}), "more than twice the storage");
    if (storage != nullptr && IsLast(*storage) == Answers::kYes && RoomIsKnown(node))
      Require(before.size - before.room > node.stats.free, "a buffer did not grow in place");
  }
  Piece& piece = AddPiece(value.via, start, cap, Piece::Kind::kBuffer, next_id_++);
  piece.in_window = value.via.arena->TryResize(start, cap, cap);
  value.data = start;
  value.cap = cap;
  value.depth = node.depth();
  Answer("new storage of %zu", cap);
  if (once) {
    Expected expected = Place(value.via, piece, 1);
    if (expected.cap == Expected::Cap::kSame) expected.cap = Expected::Cap::kMayFall;
    return Settle(node, expected);
  }
  Expected expected;
  expected.len_min = node.stats.len + cap;
  expected.len_max = SIZE_MAX;
  expected.cap = Expected::Cap::kMayGrow;
  node.window = {piece.in_window && kPlaces, reinterpret_cast<std::uintptr_t>(start) + cap,
                 ++next_stay_};
  piece.stay = node.window.stay;
  Settle(node, expected);
}

// ---- writing ------------------------------------------------------------------------------------

template <class Write>
void World::WriteMore(BufferValue& value, const std::string& text, Write write) {
  const Growth before = BeforeGrowth(value, text.size());
  std::size_t written = 0;
  try {
    written = write();
  } catch (const std::bad_alloc&) {
    return SettleNoGrowth(value, before);
  }
  Require(written == text.size(), "a write did not write everything");
  if (text.empty()) return Settle(*value.node, Unchanged(*value.node));
  SettleGrowth(value, before, Peek(*value.buffer).data(), true);
  value.model += text;
}

void World::WriteStep(BufferValue& value, const Step& step) {
  arena::ArenaBuffer& buffer = *value.buffer;
  const int id = value.id;
  switch (step.b % 16) {
    case 0:
    case 1:
      return PrepareStep(value, step);
    case 2:
      return ReadFromStep(value, step);
    case 3:
    case 4: {  // a view of itself
      if (value.model.size() > kMostUnread) return;
      const std::size_t from = step.c % (value.model.size() + 1);
      const std::size_t size = step.b / 16 % (value.model.size() - from + 1);
      Say("b%d.Write(b%d.View().substr(%zu, %zu));", id, id, from, size);
      const std::string text = value.model.substr(from, size);
      const std::string_view view = buffer.View();
      Show(value, view);
      return WriteMore(value, text, [&] { return buffer.Write(view.substr(from, size)); });
    }
    case 5: {  // what some buffer showed
      if (shown_.empty() || value.model.size() > kMostUnread) return;
      const Shown shown = shown_[step.c % shown_.size()];
      Say("b%d.Write(/* an earlier view of %zu bytes */);", id, shown.view.size());
      return WriteMore(value, shown.copy, [&] { return buffer.Write(shown.view); });
    }
    case 6: {  // lengths that nothing can have
      const std::size_t size = SIZE_MAX - (step.c % 4 == 0 ? SIZE_MAX / 2 : 0) - step.c / 4 % 300;
      Say("b%d.Prepare(%zu);", id, size);
      const Growth before = BeforeGrowth(value, size);
      try {
        buffer.Prepare(size);
      } catch (const std::bad_alloc&) {
        return SettleNoGrowth(value, before);
      }
      Fail("a length was prepared that nothing can have");
    }
    default:
      break;
  }
  if (value.model.size() > kMostUnread) return;
  const std::string text = TextFrom(step.c);
  const int number = next_id_ - 1;
  const char* const forms[] = {"Write(Text(%d, %zu))", "Write(Text(%d, %zu).data(), %zu)",
                               "Write(Bytes(%d, %zu))", "WriteString(Text(%d, %zu))"};
  const unsigned form = step.b / 16 % 6;
  if (form >= 4) {
    Say("for (char c : Text(%d, %zu)) b%d.%s(c);", number, text.size(), id,
        form == 4 ? "WriteByte" : "push_back");
    for (std::size_t i = 0; i < std::min<std::size_t>(text.size(), 80); ++i) {
      const char c = text[i];
      WriteMore(value, std::string(1, c), [&]() -> std::size_t {
        if (form == 5) {
          *std::back_inserter(buffer) = c;
          return 1;
        }
        return i % 3 == 0   ? buffer.WriteByte(c)
               : i % 3 == 1 ? buffer.WriteByte(static_cast<unsigned char>(c))
                            : buffer.WriteByte(static_cast<std::byte>(c));
      });
    }
    return;
  }
  if (trace_) {
    char call[80];
    std::snprintf(call, sizeof(call), form == 1 ? "Write(Text(%d, %zu).data(), %zu)" : forms[form],
                  number, text.size(), text.size());
    Say("b%d.%s;", id, call);
  }
  WriteMore(value, text, [&] {
    switch (form) {
      case 0:
        return buffer.Write(text);
      case 1:
        return buffer.Write(text.data(), text.size());
      case 2:
        return buffer.Write(std::as_bytes(std::span<const char>(text)));
      default:
        return buffer.WriteString(text);
    }
  });
}

// Prepared, filled and committed in two parts, perhaps with a read between them.
void World::PrepareStep(BufferValue& value, const Step& step) {
  if (value.model.size() > kMostUnread) return;
  arena::ArenaBuffer& buffer = *value.buffer;
  const std::string text = TextFrom(step.c);
  const std::size_t first = step.b / 16 % (text.size() + 1);
  const std::size_t left_out = step.b / 512 % 2 == 0 ? 0 : (text.size() - first) / 2;
  Say("auto room = b%d.Prepare(%zu);", value.id, text.size());
  const Growth before = BeforeGrowth(value, text.size());
  std::span<std::byte> room;
  try {
    room = buffer.Prepare(text.size());
  } catch (const std::bad_alloc&) {
    return SettleNoGrowth(value, before);
  }
  Require(room.size() == text.size(), "another size was prepared than was asked for");
  if (text.empty()) return Settle(*value.node, Unchanged(*value.node));
  SettleGrowth(value, before, room.data() - value.model.size(), true);
  std::memcpy(room.data(), text.data(), text.size());
  Say("std::memcpy(room.data(), Text(%d, %zu).data(), %zu);", next_id_ - 1, text.size(),
      text.size());
  Say("b%d.Commit(%zu);", value.id, first);
  buffer.Commit(first);
  value.model += text.substr(0, first);
  VerifyBuffer(value);
  if (step.b / 1024 % 4 == 0) ReadStep(value, step);
  Say("b%d.Commit(%zu);", value.id, text.size() - first - left_out);
  buffer.Commit(text.size() - first - left_out);
  value.model += text.substr(first, text.size() - first - left_out);
  Settle(*value.node, Unchanged(*value.node));
}

void World::ReadFromStep(BufferValue& value, const Step& step) {
  if (value.model.size() > kMostUnread) return;
  arena::ArenaBuffer& buffer = *value.buffer;
  const std::string text = TextFrom(step.c);
  // Room for a source is made before anything comes of it.
  const Growth before = BeforeGrowth(value, 512);
  const bool stream = step.b / 16 % 2 == 0;
  const std::size_t portion = 1 + step.b / 32 % 700;
  std::size_t given = 0;
  std::size_t read = 0;
  bool failed = false;
  const void* tail = nullptr;  // where the source was last asked to write
  try {
    if (stream) {
      Say("b%d.ReadFrom(std::istringstream(Text(%d, %zu)));", value.id, next_id_ - 1, text.size());
      std::istringstream source(text);
      read = buffer.ReadFrom(source);
    } else {
      Say("b%d.ReadFrom(/* Text(%d, %zu), at most %zu bytes at a time */);", value.id, next_id_ - 1,
          text.size(), portion);
      read = buffer.ReadFrom([&](std::span<char> room) {
        Require(!room.empty(), "a source was given no room");
        tail = room.data();
        const std::size_t count = std::min({portion, room.size(), text.size() - given});
        if (count != 0) std::memcpy(room.data(), text.data() + given, count);
        given += count;
        return count;
      });
    }
  } catch (const std::bad_alloc&) {
    Answer("std::bad_alloc");
    failed = true;
    read = buffer.Len() - value.model.size();
    Require(MayFail(*value.node, buffer.Len() + 1, before.failures),
            "ReadFrom failed although nothing was in the way");
  }
  if (!stream) Require(read == given, "ReadFrom lost something");
  Require(read <= text.size(), "ReadFrom has read more than there was");
  Require(failed || read == text.size(), "ReadFrom stopped before the end");
  const std::size_t unread = value.model.size() + read;
  const void* front = Peek(buffer).data();
  if (unread == 0) front = stream || tail == nullptr ? nullptr : tail;
  // An empty stream's room is nowhere to be seen.
  if (front == nullptr) {
    const bool grown =
        buffer.Cap() != value.cap || value.node->arena->Len() != value.node->stats.len;
    front = grown ? static_cast<const void*>(buffer.Prepare(1).data()) : value.data;
  }
  value.model += text.substr(0, read);
  SettleGrowth(value, before, front, false);
}

// ---- reading and discarding ---------------------------------------------------------------------

// `bytes` were read, of so many asked for.
void World::Took(BufferValue& value, std::string_view bytes, std::size_t asked) {
  Require(bytes.size() == std::min(asked, value.model.size()),
          "a read gave too few bytes, or more");
  Require(bytes == value.model.substr(0, bytes.size()),
          "a read gave other bytes than were written");
  value.model.erase(0, bytes.size());
}

void World::ReadStep(BufferValue& value, const Step& step) {
  arena::ArenaBuffer& buffer = *value.buffer;
  const std::size_t x = step.c / 8;
  const std::size_t all = value.model.size();
  const std::size_t size = step.c % 8 == 0 ? all : step.c % 8 < 5 ? x % 100 : x % (all + 10);
  switch (step.a % 5) {
    case 0:
    case 1: {
      Say("b%d.Read(/* %zu bytes */);", value.id, size);
      std::string target(size, '\1');
      const std::size_t count = step.a % 2 == 0
                                    ? buffer.Read(std::span<char>(target))
                                    : buffer.Read(std::as_writable_bytes(std::span<char>(target)));
      Took(value, std::string_view(target).substr(0, count), size);
      break;
    }
    case 2: {
      Say("b%d.ReadByte();", value.id);
      const std::optional<std::byte> byte = buffer.ReadByte();
      const char c = byte ? static_cast<char>(*byte) : '\0';
      Took(value, std::string_view(&c, byte ? 1 : 0), 1);
      break;
    }
    case 3: {
      Say("b%d.Next(%zu);", value.id, size);
      const std::string_view bytes = Text(buffer.Next(size));
      Took(value, bytes, size);
      Show(value, bytes);
      break;
    }
    default: {
      Say("b%d.WriteTo(/* takes %zu bytes */);", value.id, size);
      std::string taken;
      std::size_t count = 0;
      if (step.b % 4 == 0) {
        std::ostringstream sink;
        count = buffer.WriteTo(sink);
        taken = sink.str();
        Took(value, taken, SIZE_MAX);
      } else {
        count = buffer.WriteTo([&](std::span<const std::byte> bytes) {
          taken = Text(bytes).substr(0, size);
          return taken.size();
        });
        Took(value, taken, size);
      }
      Require(count == taken.size(), "WriteTo said another number than the sink");
      break;
    }
  }
  Settle(*value.node, Unchanged(*value.node));
}

void World::ShowStep(BufferValue& value, const Step& step) {
  Say("b%d.%s();", value.id, step.a % 3 == 0 ? "View" : step.a % 3 == 1 ? "Bytes" : "String");
  if (step.a % 3 == 2) {
    Require(value.buffer->String() == value.model, "String is not what is unread");
  } else {
    Show(value, step.a % 3 == 0 ? value.buffer->View() : Text(value.buffer->Bytes()));
  }
  Settle(*value.node, Unchanged(*value.node));
}

void World::DiscardStep(BufferValue& value, const Step& step) {
  if (step.a % 4 == 0) {
    Say("b%d.Reset();", value.id);
    ForgetShown(value.data, value.cap);
    value.buffer->Reset();
    value.model.clear();
  } else {
    const std::size_t size = step.c % (value.model.size() + 2);
    Say("b%d.Truncate(%zu);", value.id, size);
    bool thrown = false;
    try {
      if (size <= value.model.size())
        ForgetShown(Peek(*value.buffer).data() + size, value.model.size() - size);
      value.buffer->Truncate(size);
      value.model.resize(size);
    } catch (const std::out_of_range&) {
      Answer("std::out_of_range");
      thrown = true;
    }
    Require(thrown == (size > value.model.size()), "Truncate beyond the end, or not to the end");
  }
  Settle(*value.node, Unchanged(*value.node));
}

// ---- whole buffers ------------------------------------------------------------------------------

void World::MakeBuffer(const Via& via, const Step& step) {
  Node& node = *via.node;
  BufferValue value;
  value.id = next_id_++;
  value.via = via;
  value.node = &node;
  value.depth = node.depth();
  value.buffer = std::make_unique<arena::ArenaBuffer>(*via.arena);
  Say("ArenaBuffer b%d(%s);", value.id, via.name());
  if (buffers_.size() < kMostBuffers) {
    buffers_.push_back(std::move(value));
  } else {
    BufferValue& old = buffers_[step.b % kMostBuffers];
    Say("// the end of b%d", old.id);
    old = std::move(value);
  }
  Settle(node, Unchanged(node));
}

void World::MoveBufferStep(const Via& via, BufferValue& value, const Step& step) {
  const auto take = [&](BufferValue& to, BufferValue& from) {
    to.via = from.via;
    to.node = from.node;
    to.depth = from.depth;
    to.model = std::exchange(from.model, std::string());
    to.data = std::exchange(from.data, nullptr);
    to.cap = std::exchange(from.cap, 0u);
  };
  BufferValue& other = buffers_[step.b % buffers_.size()];
  switch (step.a % 4) {
    case 0: {  // into a new one, which takes the place of the other
      BufferValue moved;
      moved.id = next_id_++;
      Say("ArenaBuffer b%d(std::move(b%d));", moved.id, value.id);
      moved.buffer = std::make_unique<arena::ArenaBuffer>(std::move(*value.buffer));
      take(moved, value);
      VerifyBuffer(value);
      if (buffers_.size() < kMostBuffers) {
        buffers_.push_back(std::move(moved));
      } else {
        Say("// the end of b%d", value.id);
        value = std::move(moved);
      }
      break;
    }
    case 1:  // from whatever arena, perhaps from itself
      Say("b%d = std::move(b%d);", value.id, other.id);
      *value.buffer = std::move(*other.buffer);
      if (&value != &other) take(value, other);
      break;
    case 2: {
      Say("b%d = ArenaBuffer(%s);", value.id, via.name());
      *value.buffer = arena::ArenaBuffer(*via.arena);
      BufferValue fresh;
      fresh.via = via;
      fresh.node = via.node;
      fresh.depth = via.node->depth();
      take(value, fresh);
      break;
    }
    default:
      Say("std::swap(b%d, b%d);", value.id, other.id);
      std::swap(*value.buffer, *other.buffer);
      if (&value != &other) {
        BufferValue between;
        take(between, value);
        take(value, other);
        take(other, between);
      }
      break;
  }
  Settle(*via.node, Unchanged(*via.node));
}

void World::BufferStep(const Via& via, const Step& step) {
  std::vector<std::size_t> own;
  for (std::size_t i = 0; i < buffers_.size(); ++i) {
    if (buffers_[i].node == via.node) own.push_back(i);
  }
  if (step.kind == Kind::kMakeBuffer || own.empty()) return MakeBuffer(via, step);
  BufferValue& value = buffers_[own[step.a / 8 % own.size()]];
  switch (step.kind) {
    case Kind::kBufferWrite:
      return WriteStep(value, step);
    case Kind::kBufferRead:
      return ReadStep(value, step);
    case Kind::kBufferShow:
      return ShowStep(value, step);
    case Kind::kBufferDiscard:
      return DiscardStep(value, step);
    default:
      return MoveBufferStep(via, value, step);
  }
}

}  // namespace arena_random
