// SPDX-License-Identifier: Apache-2.0
//
// Steps with slices: values that share storage, grow, and leave older values as they are.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <new>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "random/world.hpp"

namespace arena_random {
namespace {

constexpr std::size_t kMostValues = 12;     // held at once, of each type
constexpr std::size_t kMostElements = 300;  // of a slice that still grows
// What stands before elements with destructors, alignment included, beside the elements' own.
constexpr std::size_t kMostFront = 64;
constexpr std::size_t kNestedMost = 31;

template <class T>
constexpr bool kIsPlain = std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>;

template <class T>
const char* TypeName() {
  if constexpr (std::is_same_v<T, std::uint8_t>) return "std::uint8_t";
  if constexpr (std::is_same_v<T, Wide>) return "Wide";
  if constexpr (std::is_same_v<T, WideAligned>) return "WideAligned";
  if constexpr (std::is_same_v<T, Movable>) return "Movable";
  if constexpr (std::is_same_v<T, ThrowingMove>) return "ThrowingMove";
  if constexpr (std::is_same_v<T, OverAligned>) return "OverAligned";
  return "MoveOnly";
}

template <class T>
int ValueAt(const void* data, std::size_t index) {
  return ValueOf(static_cast<const T*>(data)[index]);
}

}  // namespace

template <class T>
struct World::SliceOperations {
  using Values = std::vector<SliceValue<T>>;

  World& world;
  const Via& via;
  const Step& step;
  Node& node = *via.node;
  Values& values = std::get<Values>(world.slices_);
  std::size_t failures = world.upstream_.Failures();
  std::size_t owed_before = node.owed.size();
  arena::ArenaStats before = node.stats;

  // ---- helpers ----------------------------------------------------------------------------------

  void Keep(SliceValue<T> value) {
    if (values.size() < kMostValues) {
      values.push_back(std::move(value));
    } else {
      values[step.b % kMostValues] = std::move(value);
    }
  }

  Piece& PieceOf(const Storage& storage) {
    for (Piece& piece : world.pieces_) {
      if (piece.storage.get() == &storage) return piece;
    }
    world.Fail("a storage is not there");
  }

  std::vector<int> ValuesOf(const SliceValue<T>& value, std::size_t from, std::size_t to) const {
    if (from == to) return {};
    const auto first = value.storage->values.begin() + static_cast<std::ptrdiff_t>(value.offset);
    return {first + static_cast<std::ptrdiff_t>(from), first + static_cast<std::ptrdiff_t>(to)};
  }

  // A value looks as the model says.
  void Check(const SliceValue<T>& value, std::size_t size, std::size_t capacity) {
    const arena::Slice<T>& slice = value.slice;
    world.Require(slice.size() == size, "the size of a slice is wrong");
    world.Require(slice.capacity() == capacity, "the capacity of a slice is wrong");
    for (std::size_t i = 0; i < size; ++i) {
      world.Require(ValueOf(slice[i]) == value.storage->values[value.offset + i],
                    "an element of a slice is wrong");
    }
  }

  void PlanConstructors() {
    if constexpr (!kIsPlain<T>) {
      world.plan_.via = via;
      if (step.b / 16 % 4 == 0) world.plan_.throw_in = 1 + step.b / 64 % 8;
      if (step.b / 512 % 8 == 0) world.plan_.nested = 1;
      if (world.trace_ && (world.plan_.throw_in != 0 || world.plan_.nested != 0)) {
        world.Answer("construction %zu throws, the first one allocates %zu objects",
                     world.plan_.throw_in, world.plan_.nested);
      }
    }
  }

  // New storage has been handed out: what did it cost?
  Expected Adopt(SliceValue<T>& value, std::size_t capacity, std::vector<int> contents,
                 bool nested) {
    auto storage = std::make_shared<Storage>();
    const std::size_t live = contents.size();
    storage->data = reinterpret_cast<unsigned char*>(value.slice.data());
    storage->element_size = sizeof(T);
    storage->capacity = capacity;
    storage->values = std::move(contents);
    storage->plain = kIsPlain<T>;
    storage->value_at = &ValueAt<T>;
    value.node = &node;
    value.depth = node.depth();
    value.storage = storage;
    value.offset = 0;
    value.shared = false;
    const std::size_t bytes = capacity * sizeof(T);
    Piece& piece = world.AddPiece(via, value.slice.data(), bytes, Piece::Kind::kStorage, value.id);
    piece.storage = storage;
    if constexpr (kIsPlain<T>) {
      piece.in_window = via.arena->TryResize(value.slice.data(), bytes, bytes);
      return world.Place(via, piece, alignof(T));
    } else {
      world.Require(reinterpret_cast<std::uintptr_t>(storage->data) % alignof(T) == 0,
                    "not aligned as the type wants it");
      storage->live = live;
      for (std::size_t i = 0; i < live; ++i) Take(*storage, i);
      // Below what the elements' constructors have registered.
      Owed owed;
      owed.kind = Owed::Kind::kSlices;
      owed.id = value.id;
      owed.storage = storage;
      node.owed.insert(node.owed.begin() + static_cast<std::ptrdiff_t>(owed_before),
                       std::move(owed));
      world.LoseWindow(node);
      Expected expected;
      expected.len_min = before.len + bytes;
      expected.len_max = before.len + bytes + kMostFront +
                         2 * std::max<std::size_t>(alignof(T), 8) + (nested ? kNestedMost : 0);
      expected.cap = Expected::Cap::kMayGrow;
      return expected;
    }
  }

  // The arena owes the destruction of that element from now on.
  void Take(const Storage& storage, std::size_t index) {
    const auto found = world.lives_.find(storage.data + index * sizeof(T));
    if (found == world.lives_.end()) world.Fail("an element is not alive");
    found->second.owned = true;
  }

  // What storage for so many elements takes at most, its record included.
  static std::size_t Need(std::size_t capacity) {
    const std::size_t bytes = capacity * sizeof(T);
    if constexpr (kIsPlain<T>) return bytes + (alignof(T) > 16 ? alignof(T) - 1 : 0);
    return std::max<std::size_t>(bytes + kMostFront + 2 * alignof(T), 64);
  }

  // A new storage of up to so many bytes could not be made.
  Expected FailedToGrow(std::size_t most_bytes, bool threw, bool nested) {
    Expected expected = world.Failed(node);
    if constexpr (!kIsPlain<T>) {
      const std::size_t most = most_bytes + kMostFront + 2 * std::max<std::size_t>(alignof(T), 8) +
                               (nested ? kNestedMost : 0);
      const bool certain =
          world.RoomIsKnown(node) && via.direct() && !nested && most + 64 <= before.free;
      expected.cap = Expected::Cap::kMayGrow;
      expected.window_stays = false;
      expected.peak_slack = threw ? 0 : most;
      if (!certain) {
        expected.len_max += most;
        if (node.arena->Len() != before.len) world.LoseWindow(node);
      }
      world.LookAtWindow(node);
    }
    return expected;
  }

  // ---- AllocateSlice ----------------------------------------------------------------------------

  void Make() {
    std::size_t length = step.a % 8 == 0 ? 0 : step.a / 8 % 24;
    std::size_t capacity = length + step.c % 3 * (step.c / 4 % 16);
    const bool overwrite = step.b % 4 == 0;
    // All that the window has left, so that the slice ends where its chunk does.
    if (step.c % 8 == 5 && node.stats.free / sizeof(T) < 3000)
      capacity = std::max(length, node.stats.free / sizeof(T));
    if (step.c % 64 == 63) std::swap(length, capacity);
    if (step.c % 256 == 254) capacity = SIZE_MAX / sizeof(T) - step.c / 256 % 4;
    const int id = world.next_id_++;
    world.Say("auto s%d = %s<%s>(%s, %zu, %zu);", id,
              overwrite ? "AllocateSliceForOverwrite" : "AllocateSlice", TypeName<T>(), via.name(),
              length, capacity);
    PlanConstructors();
    const bool plans_nested = world.plan_.nested != 0;
    SliceValue<T> value;
    value.id = id;
    bool threw = false;
    bool failed = false;
    try {
      value.slice = overwrite ? arena::AllocateSliceForOverwrite<T>(*via.arena, length, capacity)
                              : arena::AllocateSlice<T>(*via.arena, length, capacity);
    } catch (const std::length_error&) {
      world.Answer("std::length_error");
      world.Require(length > capacity, "std::length_error without a reason");
      world.Settle(node, world.Unchanged(node));
      return;
    } catch (const ConstructionError&) {
      threw = true;
    } catch (const std::bad_alloc&) {
      failed = true;
    }
    const bool nested = plans_nested && world.plan_.nested == 0;
    world.Answer(threw ? "threw" : failed ? "std::bad_alloc" : "ok");
    world.Require(length <= capacity, "a length above the capacity was accepted");
    world.Require(threw == world.plan_.thrown, "what a constructor threw was lost");
    if (threw || failed) {
      const bool huge = capacity > 100000;
      const std::size_t bytes = huge ? 0 : capacity * sizeof(T);
      if (failed && !huge) {
        world.Require(world.MayFail(node, Need(capacity), failures),
                      "a request failed although nothing was in the way");
      }
      Fell(huge ? world.Unchanged(node) : FailedToGrow(bytes, threw, nested), nested);
      return;
    }
    if (capacity == 0) {
      Check(value, 0, 0);
      world.Settle(node, world.Unchanged(node));
      Keep(std::move(value));
      return;
    }
    if constexpr (kIsPlain<T>) {
      if (overwrite) {
        for (std::size_t i = 0; i < length; ++i) value.slice[i] = T(0);
      }
    }
    const Expected expected = Adopt(value, capacity, std::vector<int>(length, 0), nested);
    world.Settle(node, expected);
    Check(value, length, capacity);
    Keep(std::move(value));
  }

  // ---- SliceAppend, SliceAppendRange ------------------------------------------------------------

  void Append() {
    SliceValue<T>* const from = Choose();
    if (from == nullptr) return;
    SliceValue<T>& old = *from;
    // One element of a slice, or one or three new values.
    const std::size_t form = step.c % 4;
    const int fresh = 1 + step.c / 16 % 200;
    if (form == 0 && !values.empty()) {
      const SliceValue<T> other = values[step.c / 4 % values.size()];
      if (other.slice.size() != 0 && std::is_copy_constructible_v<T>) {
        const std::size_t index = step.c / 64 % other.slice.size();
        Say(old, "s" + std::to_string(other.id) + "[" + std::to_string(index) + "]");
        return Do(old, ValuesOf(other, index, index + 1), [&](auto&& slice) {
          if constexpr (std::is_copy_constructible_v<T>) {
            return arena::SliceAppend(*via.arena, std::forward<decltype(slice)>(slice),
                                      std::as_const(other.slice[index]));
          } else {
            return slice;
          }
        });
      }
    }
    if (form == 1) {
      Say(old, std::to_string(fresh) + ", " + std::to_string(fresh + 1) + ", " +
                   std::to_string(fresh + 2));
      return Do(old, {fresh, fresh + 1, fresh + 2}, [&](auto&& slice) {
        if constexpr (kIsPlain<T>) {
          return arena::SliceAppend(*via.arena, std::forward<decltype(slice)>(slice), T(fresh8(0)),
                                    T(fresh8(1)), T(fresh8(2)));
        } else {
          return arena::SliceAppend(*via.arena, std::forward<decltype(slice)>(slice), fresh,
                                    fresh + 1, fresh + 2);
        }
      });
    }
    Say(old, std::to_string(fresh));
    Do(old, {fresh}, [&](auto&& slice) {
      if constexpr (kIsPlain<T>) {
        return arena::SliceAppend(*via.arena, std::forward<decltype(slice)>(slice), T(fresh8(0)));
      } else {
        return arena::SliceAppend(*via.arena, std::forward<decltype(slice)>(slice), fresh);
      }
    });
  }

  std::uint8_t fresh8(std::size_t more) const {
    return static_cast<std::uint8_t>(1 + step.c / 16 % 200 + more);
  }

  void AppendRange() {
    SliceValue<T>* const from = Choose();
    if (from == nullptr) return;
    SliceValue<T>& old = *from;
    if constexpr (std::is_copy_constructible_v<T>) {
      if (step.c % 4 != 0) {  // a part of a slice, often of this one
        const SliceValue<T> other = step.c % 4 == 1 ? old : values[step.c / 4 % values.size()];
        const std::size_t size = other.slice.size();
        const std::size_t low = step.c / 16 % (size + 1);
        const std::size_t high = low + step.c / 512 % (size - low + 1);
        Say(old, "s" + std::to_string(other.id) + ".Subslice(" + std::to_string(low) + ", " +
                     std::to_string(high) + ")");
        const arena::Slice<T> part = other.slice.Subslice(low, high);
        const bool as_span = step.b % 2 == 0;
        return Do(old, ValuesOf(other, low, high), [&](auto&& slice) {
          if (as_span) {
            return arena::SliceAppendRange(*via.arena, std::forward<decltype(slice)>(slice),
                                           std::span<const T>(part));
          }
          return arena::SliceAppendRange(*via.arena, std::forward<decltype(slice)>(slice), part);
        });
      }
    }
    std::vector<int> numbers(step.c / 4 % 10);
    for (std::size_t i = 0; i < numbers.size(); ++i)
      numbers[i] = 1 + static_cast<int>((step.c / 64 + i) % 250);
    Say(old, "a list of " + std::to_string(numbers.size()));
    if constexpr (kIsPlain<T>) {
      std::list<T> list;
      for (int number : numbers) list.push_back(T(static_cast<std::uint8_t>(number)));
      Do(old, numbers, [&](auto&& slice) {
        return arena::SliceAppendRange(*via.arena, std::forward<decltype(slice)>(slice), list);
      });
    } else {
      Do(old, numbers, [&](auto&& slice) {
        return arena::SliceAppendRange(*via.arena, std::forward<decltype(slice)>(slice), numbers);
      });
    }
  }

  void Say(const SliceValue<T>& old, const std::string& what) {
    const std::string slice = "s" + std::to_string(old.id);
    world.Say("auto s%d = %s(%s, %s, %s);", world.next_id_,
              step.kind == Kind::kAppend ? "SliceAppend" : "SliceAppendRange", via.name(),
              Moving() ? ("std::move(" + slice + ")").c_str() : slice.c_str(), what.c_str());
  }

  bool Moving() const { return !std::is_copy_constructible_v<T> || step.a % 2 == 0; }

  SliceValue<T>* Choose() {
    if (values.empty()) {
      SliceValue<T> empty;
      empty.id = world.next_id_++;
      world.Say("Slice<%s> s%d;", TypeName<T>(), empty.id);
      values.push_back(empty);
    }
    // Most often the newest one.
    SliceValue<T>& value = step.a / 2 % 2 == 0 ? values.back() : values[step.a / 4 % values.size()];
    return value.slice.size() > kMostElements ? nullptr : &value;
  }

  // Appends `added` to `old` by `append`, which gets the slice as an lvalue or an rvalue.
  template <class F>
  void Do(SliceValue<T>& old, const std::vector<int>& added, F append) {
    DoWith(old, added, [&append](arena::Slice<T>& slice, bool moving) {
      if constexpr (std::is_copy_constructible_v<T>) {
        if (!moving) return append(std::as_const(slice));
      }
      return append(std::move(slice));
    });
  }

  // Once for each type, whatever is appended and how.
  void DoWith(SliceValue<T>& old, const std::vector<int>& added,
              const std::function<arena::Slice<T>(arena::Slice<T>&, bool)>& append) {
    const std::size_t size = old.slice.size();
    const std::size_t capacity = old.slice.capacity();
    const std::size_t count = added.size();
    const bool moving = Moving();
    SliceValue<T> value = old;
    value.id = world.next_id_++;
    value.shared = old.shared || !moving;
    PlanConstructors();
    const bool plans_nested = world.plan_.nested != 0;
    bool threw = false;
    bool failed = false;
    try {
      value.slice = append(old.slice, moving);
    } catch (const ConstructionError&) {
      threw = true;
    } catch (const std::bad_alloc&) {
      failed = true;
    }
    const bool nested = plans_nested && world.plan_.nested == 0;
    world.Require(threw == world.plan_.thrown, "what a constructor threw was lost");
    const std::size_t need = size + count;
    const std::size_t wanted = std::max(need, 2 * capacity);

    if (capacity - size >= count)
      return Within(old, std::move(value), added, threw, failed, nested);
    if (threw || failed) {
      world.Answer(threw ? "threw" : "std::bad_alloc");
      if (failed) {
        world.Require(world.MayFail(node, Need(need), failures),
                      "a request failed although nothing was in the way");
      }
      Fell(FailedToGrow(wanted * sizeof(T), threw, nested), nested);
      if (old.storage != nullptr) Check(old, size, capacity);
      return;
    }

    const std::size_t grown = value.slice.capacity();
    world.Require(grown >= need && grown <= wanted, "a slice grew by more or less than it should");
    const bool in_place = capacity != 0 && value.slice.data() == old.slice.data();
    const World::Answers last = CanExtend(old);
    if (in_place) {
      world.Answer("grew in place to %zu", grown);
      world.Require(last != Answers::kNo, "a slice grew in place that is not the last allocation");
      Storage& storage = *old.storage;
      Piece& piece = PieceOf(storage);
      const std::size_t more = (grown - capacity) * sizeof(T);
      const std::size_t bytes = (old.offset + grown) * sizeof(T);
      piece.size = 0;  // so that it does not overlap itself
      world.CheckNewPiece(node, piece.data, bytes);
      piece.size = bytes;
      storage.capacity = old.offset + grown;
      Write(storage, old.offset + size, added);
      node.window.known = kPlaces;
      node.window.cursor = reinterpret_cast<std::uintptr_t>(piece.data) + bytes;
      if (last == Answers::kEither) piece.stay = node.window.stay = ++world.next_stay_;
      Expected expected = world.Unchanged(node);
      expected.len_min += more;
      expected.len_max += more;
      if (nested) {
        expected.len_max += kNestedMost;
        expected.window_stays = false;
        expected.cap = Expected::Cap::kMayGrow;
        world.LoseWindow(node);
      }
      world.Settle(node, expected);
    } else {
      world.Answer("grew to %zu", grown);
      if (last == Answers::kYes && world.RoomIsKnown(node) &&
          (need - capacity) * sizeof(T) <= node.stats.free) {
        world.Fail("a slice at the end of the window did not grow in place");
      }
      world.Require(grown == wanted || world.MayFail(node, Need(wanted), failures),
                    "a slice grew by less than it should");
      std::vector<int> contents = ValuesOf(old, 0, size);
      contents.insert(contents.end(), added.begin(), added.end());
      constexpr bool kCopies = std::is_copy_constructible_v<T>;
      if (!kIsPlain<T> && moving && !(kCopies && old.shared) &&
          (std::is_nothrow_move_constructible_v<T> || !kCopies)) {
        for (std::size_t i = 0; i < size; ++i) old.storage->values[old.offset + i] = kMovedFrom;
      }
      world.Settle(node, Adopt(value, grown, std::move(contents), nested));
    }
    Check(value, need, grown);
    Keep(std::move(value));
  }

  // The append had room: nothing was allocated, by it.
  void Within(const SliceValue<T>& old, SliceValue<T> value, const std::vector<int>& added,
              bool threw, bool failed, bool nested) {
    const std::size_t size = old.slice.size();
    world.Require(!failed || nested, "an append within the capacity ran out of memory");
    Expected expected = world.Unchanged(node);
    if (nested) {
      expected = FailedToGrow(0, threw, nested);
      expected.len_max = before.len + kNestedMost;
      expected.peak_slack = 0;
      world.LoseWindow(node);
    }
    if (threw || failed) {
      world.Answer("threw");
      // Live elements may have been assigned to.
      if (old.storage != nullptr) {
        Storage& storage = *old.storage;
        const std::size_t first = old.offset + size;
        for (std::size_t i = first; i < std::min(storage.values.size(), first + added.size()); ++i)
          storage.values[i] = storage.value_at(storage.data, i);
      }
      Fell(expected, nested);
      return;
    }
    world.Answer("within");
    world.Require(value.slice.data() == old.slice.data(), "a slice with room has moved");
    if (!added.empty()) Write(*old.storage, old.offset + size, added);
    world.Settle(node, expected);
    Check(value, size + added.size(), old.slice.capacity());
    Keep(std::move(value));
  }

  void Write(Storage& storage, std::size_t first, const std::vector<int>& added) {
    if (storage.values.size() < first + added.size())
      storage.values.resize(first + added.size(), kNeverWritten);
    std::copy(added.begin(), added.end(),
              storage.values.begin() + static_cast<std::ptrdiff_t>(first));
    if constexpr (!kIsPlain<T>) {
      for (; storage.live < storage.values.size(); ++storage.live) Take(storage, storage.live);
    }
  }

  // After a step that failed: the record of a slice that came to nothing stays if others were
  // registered behind it, its bytes also if the window has moved on since.
  void Fell(const Expected& expected, bool nested) {
    if (nested) {
      node.owed.insert(node.owed.begin() + static_cast<std::ptrdiff_t>(owed_before), Owed{});
      node.owed[owed_before].kind = Owed::Kind::kMaybe;
    }
    world.Settle(node, expected);
  }

  bool Detached(const SliceValue<T>& value) const {
    return reinterpret_cast<unsigned char*>(value.slice.data()) != value.storage->data;
  }

  // Whether the slice's storage ends where the window's cursor is.
  World::Answers CanExtend(const SliceValue<T>& value) {
    if (value.storage == nullptr || value.slice.capacity() == 0) return Answers::kNo;
    if (value.node != &node) return Answers::kNo;
    const Storage& storage = *value.storage;
    if (value.offset + value.slice.capacity() != storage.capacity) return Answers::kNo;
    if (!kIsPlain<T> && (Detached(value) || storage.live != value.slice.size()))
      return Answers::kNo;
    return world.IsLast(PieceOf(storage));
  }

  // ---- values made from others ------------------------------------------------------------------

  void Derive() {
    if (values.empty()) return;
    SliceValue<T> value = values[step.a % values.size()];
    const std::size_t size = value.slice.size();
    const std::size_t capacity = value.slice.capacity();
    const bool detached = value.storage != nullptr && Detached(value);
    const int id = world.next_id_++;
    if (step.c % 4 == 0) {
      world.Say("auto s%d = s%d;", id, value.id);
      value.shared = true;
      Check(value, size, capacity);
    } else if (step.c % 4 == 1) {
      world.Say("auto s%d = s%d.Clip();", id, value.id);
      value.slice = value.slice.Clip();
      value.shared = true;
      Check(value, size, size);
    } else {
      const std::size_t low = step.c % 4 == 2 ? 0 : step.c / 4 % (size + 1);
      const std::size_t high = low + step.c / 64 % (size - low + 1);
      world.Say("auto s%d = s%d.Subslice(%zu, %zu);", id, value.id, low, high);
      value.slice = value.slice.Subslice(low, high);
      value.shared = true;
      value.offset += low;
      const bool spare = kIsPlain<T> || (low == 0 && !detached);
      Check(value, high - low, spare ? capacity - low : high - low);
    }
    value.id = id;
    world.Settle(node, world.Unchanged(node));
    Keep(std::move(value));
  }
};

void World::SliceStep(const Via& via, const Step& step) {
  const auto run = [&]<class T>(const std::vector<SliceValue<T>>&) {
    if (step.kind == Kind::kMakeSlice) return SliceOperations<T>{*this, via, step}.Make();
    if (step.kind == Kind::kDeriveSlice) return SliceOperations<T>{*this, via, step}.Derive();
    if (step.kind == Kind::kAppendRange) return SliceOperations<T>{*this, via, step}.AppendRange();
    // Sometimes one append after the other, to the newest value each time.
    Step next = step;
    for (unsigned more = step.a >> 11 & 7; more < 8; more += 3) {
      plan_ = {};
      SliceOperations<T>{*this, via, next}.Append();
      SettleOthers(*via.node);
      next.a = static_cast<std::uint16_t>((next.a ^ step.a >> 7) & ~2u);
      next.b = static_cast<std::uint16_t>(next.b + 16);
      next.c = static_cast<std::uint16_t>(next.c + 5);
    }
  };
  switch (step.a >> 8 & 7) {
    case 0:
      return run(std::get<0>(slices_));
    case 1:
      return run(std::get<1>(slices_));
    case 2:
      return run(std::get<2>(slices_));
    case 3:
      return run(std::get<3>(slices_));
    case 4:
      return run(std::get<4>(slices_));
    case 5:
      return run(std::get<5>(slices_));
    default:
      return run(std::get<6>(slices_));
  }
}

}  // namespace arena_random
