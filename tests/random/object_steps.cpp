// SPDX-License-Identifier: Apache-2.0
//
// Steps with single objects, deferred calls and heap objects that an arena takes over.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <memory_resource>
#include <new>
#include <utility>
#include <vector>

#include "random/world.hpp"

namespace arena_random {
namespace {

using HeapObject = Object<40, 8>;

struct Deleter {
  void operator()(HeapObject* object) const noexcept { delete object; }
  int state = 0;  // so that it has to be stored
};

// What constructors allocate, and what one of it costs at most.
constexpr std::size_t kNestedMost = sizeof(Small) + alignof(Small) - 1;

// What a record needs when there is no window for it: the smallest buffer.
constexpr std::size_t kRecordNeed = 64;

}  // namespace

void World::PlainObjectStep(const Via& via, const Step& step) {
  switch (step.a % 6) {
    case 0:
      return AllocatePlainObject<PlainObject<1, 1>>(via, step, "Bytes<1, 1>");
    case 1:
      return AllocatePlainObject<PlainObject<24, 8>>(via, step, "Bytes<24, 8>");
    case 2:
      return AllocatePlainObject<PlainObject<16, 16>>(via, step, "Bytes<16, 16>");
    case 3:
      return AllocatePlainObject<PlainObject<64, 64>>(via, step, "Bytes<64, 64>");
    case 4:
      return AllocatePlainObject<PlainObject<12, 4>>(via, step, "Bytes<12, 4>");
    default:
      return AllocatePlainObject<PlainObject<900, 2>>(via, step, "Bytes<900, 2>");
  }
}

template <class T>
void World::AllocatePlainObject(const Via& via, const Step& step, const char* type) {
  Node& node = *via.node;
  const int id = next_id_++;
  const char* const functions[] = {"Allocate", "TryAllocate", "AllocateForOverwrite"};
  Say("auto b%d = %s<%s>(%s);", id, functions[step.b % 3], type, via.name());
  const std::size_t failures = upstream_.Failures();
  T* object = nullptr;
  try {
    object = step.b % 3 == 0   ? arena::Allocate<T>(*via.arena)
             : step.b % 3 == 1 ? arena::TryAllocate<T>(*via.arena)
                               : arena::AllocateForOverwrite<T>(*via.arena);
  } catch (const std::bad_alloc&) {
    Require(step.b % 3 != 1, "TryAllocate threw std::bad_alloc");
  }
  if (object == nullptr) {
    Answer("nothing");
    constexpr std::size_t kNeed = sizeof(T) + (alignof(T) > 16 ? alignof(T) - 1 : 0);
    Require(MayFail(node, kNeed, failures), "a request failed although nothing was in the way");
    Settle(node, Failed(node));
    return;
  }
  if (step.b % 3 != 2) {
    Require(std::all_of(std::begin(object->bytes), std::end(object->bytes),
                        [](unsigned char byte) { return byte == 0; }),
            "an object was not value-initialised");
  }
  Piece& piece = AddPiece(via, object, sizeof(T), Piece::Kind::kBytes, id);
  piece.in_window = via.arena->TryResize(object, sizeof(T), sizeof(T));
  Settle(node, Place(via, piece, alignof(T)));
  FillPattern(object, sizeof(T), id);
  Answer("ok");
}

void World::ObjectStep(const Via& via, const Step& step) {
  switch (step.a % 6) {
    case 0:
      return AllocateObject<Object<1, 1>>(via, step, "Object<1, 1>");
    case 1:
      return AllocateObject<Object<24, 8>>(via, step, "Object<24, 8>");
    case 2:
      return AllocateObject<Object<64, 64>>(via, step, "Object<64, 64>");
    case 3:
      return AllocateObject<Object<700, 4>>(via, step, "Object<700, 4>");
    case 4:
      return AllocateObject<Object<16, 16, true>>(via, step, "Object<16, 16, true>");
    default:
      return AllocateObject<Object<3000, 8>>(via, step, "Object<3000, 8>");
  }
}

template <class T>
void World::AllocateObject(const Via& via, const Step& step, const char* type) {
  Node& node = *via.node;
  const int id = next_id_++;
  const bool try_form = step.b % 3 == 0;
  plan_.via = via;
  plan_.watch = true;
  plan_.throw_in = step.b / 4 % 4 == 0 ? 1 + step.b / 16 % 2 : 0;
  plan_.nested = step.c % 8 == 0 ? 1 + step.c / 8 % 2 : 0;
  const bool nests = plan_.nested != 0;
  const Action actions[] = {Action::kNone,  Action::kNone,  Action::kNone,  Action::kNone,
                            Action::kAlloc, Action::kDefer, Action::kObject};
  const Action action = actions[step.c / 64 % std::size(actions)];
  Say("auto o%d = %s<%s>(%s, %d);", id, try_form ? "TryAllocate" : "Allocate", type, via.name(),
      id);
  if (trace_ && (plan_.throw_in != 0 || nests)) {
    Answer("construction %zu throws, the first one allocates %zu objects", plan_.throw_in,
           plan_.nested);
  }
  if (action != Action::kNone) {
    Answer("its end %s", action == Action::kAlloc   ? "allocates"
                         : action == Action::kDefer ? "defers a call"
                                                    : "allocates an object");
  }

  const arena::ArenaStats before = node.stats;
  const std::size_t failures = upstream_.Failures();
  T* object = nullptr;
  bool threw = false;
  try {
    object = try_form ? arena::TryAllocate<T>(*via.arena, id) : arena::Allocate<T>(*via.arena, id);
  } catch (const ConstructionError&) {
    threw = true;
  } catch (const std::bad_alloc&) {
    Require(!try_form || nests, "TryAllocate threw std::bad_alloc");
  }
  Require(threw == plan_.thrown, "what a constructor threw was lost");

  if (object != nullptr) {
    Answer("ok");
    Piece& piece = AddPiece(via, object, sizeof(T), Piece::Kind::kObject, id);
    piece.in_window = plan_.in_window;
    Own(via, object, id, action);
    Expected expected = Place(via, piece, alignof(T));
    if (nests) {
      LoseWindow(node);
      expected.len_max += 2 * kNestedMost;
    }
    // The record may need a link, or a buffer.
    if (nests || !RoomIsKnown(node) || before.free < sizeof(T) + alignof(T) + 48)
      expected.cap = Expected::Cap::kMayGrow;
    expected.window_stays = false;
    LookAtWindow(node);
    Settle(node, expected);
    return;
  }

  Answer(threw ? "threw" : "std::bad_alloc or nullptr");
  if (!threw) {
    constexpr std::size_t kNeed = sizeof(T) + (alignof(T) > 16 ? alignof(T) - 1 : 0);
    Require(MayFail(node, std::max(kNeed, kRecordNeed), failures),
            "a request failed although nothing was in the way");
  }
  Expected expected = Failed(node);
  if (plan_.constructed) {
    expected.cap = Expected::Cap::kMayGrow;
    expected.window_stays = false;
    // In the arena's own window the padding goes too, unless something was allocated behind it.
    if (!via.direct() && plan_.in_window && !nests) {
      expected.len_max += alignof(T) - 1;
    } else if (!plan_.in_window || nests) {
      expected.len_max += sizeof(T) + alignof(T) - 1;
      if (nests) expected.len_max += 2 * kNestedMost;
    }
    if (expected.len_max != expected.len_min && node.arena->Len() != before.len) LoseWindow(node);
    LookAtWindow(node);
  }
  Settle(node, expected);
}

// From within a constructor.
void World::AllocateNested() {
  const Via& via = plan_.via;
  const std::size_t count = std::exchange(plan_.nested, 0);
  for (std::size_t i = 0; i < count; ++i) {
    const int id = next_id_++;
    auto* const object = arena::Allocate<Small>(*via.arena, id);
    Piece& piece = AddPiece(via, object, sizeof(Small), Piece::Kind::kObject, id);
    piece.in_window = false;  // not known
    Own(via, object, id, Action::kNone);
  }
}

void World::DeferStep(const Via& via, const Step&) {
  Node& node = *via.node;
  const int id = next_id_++;
  Say("Defer(%s, call %d);", via.name(), id);
  const std::size_t failures = upstream_.Failures();
  bool deferred = false;
  try {
    arena::Defer(*via.arena, DeferredCall{id, {}});
    deferred = true;
  } catch (const std::bad_alloc&) {
    Require(MayFail(node, kRecordNeed, failures),
            "a request failed although nothing was in the way");
  }
  Answer(deferred ? "ok" : "std::bad_alloc");
  Expected expected = Failed(node);
  expected.cap = Expected::Cap::kMayGrow;
  expected.window_stays = false;
  expected.len_max += sizeof(DeferredCall) + alignof(DeferredCall) - 1;
  expected.peak_slack = sizeof(DeferredCall) + alignof(DeferredCall) - 1;
  if (deferred) {
    node.owed.push_back({Owed::Kind::kCall, nullptr, id, nullptr});
    expected.len_min += sizeof(DeferredCall);
  }
  LoseWindow(node);
  Settle(node, expected);
}

void World::OwnStep(const Via& via, const Step& step) {
  Node& node = *via.node;
  const int id = next_id_++;
  const bool stateful = step.a % 3 == 0;
  const bool null = step.a / 4 % 8 == 0;
  Say("auto o%d = Own(%s, %s);", id, via.name(),
      null       ? "std::unique_ptr<HeapObject>()"
      : stateful ? "std::unique_ptr<HeapObject, Deleter>(new HeapObject)"
                 : "std::make_unique<HeapObject>()");
  const std::size_t failures = upstream_.Failures();
  HeapObject* object = nullptr;
  bool owned = false;
  try {
    if (stateful) {
      std::unique_ptr<HeapObject, Deleter> heap(null ? nullptr : new HeapObject(id));
      object = arena::Own(*via.arena, std::move(heap));
    } else {
      std::unique_ptr<HeapObject> heap(null ? nullptr : new HeapObject(id));
      object = arena::Own(*via.arena, std::move(heap));
    }
    owned = !null;
  } catch (const std::bad_alloc&) {
    Require(MayFail(node, kRecordNeed, failures),
            "a request failed although nothing was in the way");
  }
  Answer(owned ? "ok" : "nothing");
  Require(owned == (object != nullptr), "Own returned something else than the object");
  Expected expected = null ? Unchanged(node) : Failed(node);
  if (!null) {
    constexpr std::size_t kMost = sizeof(std::unique_ptr<HeapObject, Deleter>) + 7;
    expected.cap = Expected::Cap::kMayGrow;
    expected.window_stays = false;
    if (stateful) {
      expected.len_max += kMost;
      expected.peak_slack = kMost;
      LoseWindow(node);
    }
  }
  if (owned) {
    if (stateful) expected.len_min += sizeof(std::unique_ptr<HeapObject, Deleter>);
    Own(via, object, id, Action::kNone);
  }
  LookAtWindow(node);
  Settle(node, expected);
}

// A container in the arena, with its elements in the arena: it deallocates among the cleanups.
void World::BagStep(const Via& via, const Step& step) {
  using Bag = std::pmr::vector<int>;
  Node& node = *via.node;
  const int id = next_id_++;
  const std::size_t count = step.a % 50;
  Say("auto bag%d = Allocate<std::pmr::vector<int>>(%s, %zu, %d);", id, via.name(), count, id);
  const std::size_t failures = upstream_.Failures();
  Bag* bag = nullptr;
  try {
    bag = arena::Allocate<Bag>(*via.arena, count, id);
  } catch (const std::bad_alloc&) {
    Require(MayFail(node, std::max<std::size_t>(count * sizeof(int), 64), failures),
            "a request failed although nothing was in the way");
  }
  Answer(bag != nullptr ? "ok" : "std::bad_alloc");
  const std::size_t bytes = sizeof(Bag) + count * sizeof(int);
  Expected expected = Failed(node);
  expected.cap = Expected::Cap::kMayGrow;
  expected.window_stays = false;
  expected.len_max += bytes + 16;
  expected.peak_slack = bytes + 16;
  LoseWindow(node);
  if (bag != nullptr) {
    expected.len_min += bytes;
    AddPiece(via, bag, sizeof(Bag), Piece::Kind::kBag, id);
    if (count != 0)
      AddPiece(via, bag->data(), count * sizeof(int), Piece::Kind::kReserved, next_id_++);
    Require(bag->get_allocator().resource() == via.arena, "a container got another arena");
    node.owed.push_back({});
  }
  Settle(node, expected);
}

}  // namespace arena_random
