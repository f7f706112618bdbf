// SPDX-License-Identifier: Apache-2.0
//
// Steps with the containers of containers.hpp, each next to one of the standard's that gets the
// same calls.
#include <algorithm>
#include <arena/containers.hpp>
#include <cstddef>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <new>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "random/world.hpp"

namespace arena_random {
namespace {

constexpr std::size_t kMostContainers = 6;
constexpr std::size_t kMostElements = 120;

// A container of that many elements needs no more at a time, one more element included. The blocks
// of libc++'s deque have 4 KiB.
constexpr std::size_t MostBytes(std::size_t elements) { return 2 * 4096 + 200 * (elements + 10); }

// Some fit into a string itself, others do not.
std::string WordFor(int value) {
  return std::string(static_cast<std::size_t>(value) % 40, static_cast<char>('a' + value % 26));
}

template <class T>
inline constexpr bool kIsText = std::is_convertible_v<const T&, std::string_view>;

template <class T>
auto Argument(int value) {
  if constexpr (kIsText<T>) {
    return WordFor(value);
  } else {
    return value;
  }
}

template <class Ours, class Theirs>
bool SameElement(const Ours& ours, const Theirs& theirs) {
  if constexpr (kIsText<Ours>) {
    return std::string_view(ours) == theirs;
  } else if constexpr (requires { ours.first; }) {
    return SameElement(ours.first, theirs.first) && SameElement(ours.second, theirs.second);
  } else if constexpr (std::is_same_v<Ours, int> || std::is_same_v<Ours, char>) {
    return ours == theirs;
  } else {
    return ValueOf(ours) == theirs;
  }
}

template <std::size_t kKind, class Ours, class Theirs>
class Both final : public ContainerValue {
 public:
  using Element = typename Ours::value_type;
  static constexpr bool kIsMap = requires { typename Ours::mapped_type; };
  static constexpr bool kHasKeys = requires { typename Ours::key_type; };
  static constexpr bool kIsHashed = requires { typename Ours::hasher; };
  static constexpr bool kIsContiguous = requires(Ours c) { c.data(), c.reserve(1); };

  Both(Ours&& our, Theirs&& their) : ours_(std::move(our)), theirs_(std::move(their)) {}

  static std::unique_ptr<ContainerValue> Make(arena::Arena& arena) {
    return std::make_unique<Both>(Ours(arena), Theirs());
  }

  std::size_t kind() const override { return kKind; }
  const char* type() const override {
    constexpr const char* kTypes[] = {
        "Vector<int>",     "String",           "Deque<int>",
        "List<Movable>",   "Map<int, String>", "UnorderedMap<String, int>",
        "Vector<Movable>", "Set<String>",      "Vector<String>"};
    return kTypes[kKind];
  }
  std::size_t size() const override { return theirs_.size(); }

  void Add(int value) override {
    AddTo(ours_, value);
    AddTo(theirs_, value);
  }
  void Erase(int value) override {
    if (theirs_.empty()) return;
    if constexpr (kHasKeys) {
      const auto key = Argument<typename Theirs::key_type>(value);
      const auto found = ours_.find(key);
      if (found != ours_.end()) ours_.erase(found);
      theirs_.erase(key);
    } else {
      ours_.pop_back();
      theirs_.pop_back();
    }
  }
  void Clear() override {
    ours_.clear();
    theirs_.clear();
  }
  void Swap(ContainerValue& other) override {
    using std::swap;
    auto& both = static_cast<Both&>(other);
    swap(ours_, both.ours_);
    swap(theirs_, both.theirs_);
  }
  void Assign(ContainerValue& other) override {
    auto& both = static_cast<Both&>(other);
    ours_ = both.ours_;
    theirs_ = both.theirs_;
  }
  void Move(ContainerValue& other) override {
    if (this == &other) return;  // what becomes of it then is unspecified
    auto& both = static_cast<Both&>(other);
    ours_ = std::move(both.ours_);
    theirs_ = std::move(both.theirs_);
    both.Clear();  // valid, but unspecified, says the standard
  }
  std::unique_ptr<ContainerValue> MovedTo() override {
    auto moved = std::make_unique<Both>(std::move(ours_), std::move(theirs_));
    Clear();
    return moved;
  }
  std::unique_ptr<ContainerValue> CopyIn(arena::Arena& arena) const override {
    return std::make_unique<Both>(Ours(ours_, arena), Theirs(theirs_));
  }

  bool Agrees() const override {
    if (ours_.size() != theirs_.size()) return false;
    if constexpr (kIsHashed) {
      return std::all_of(ours_.begin(), ours_.end(), [this](const Element& element) {
        const auto found = theirs_.find(std::string(element.first));
        return found != theirs_.end() && SameElement(element, *found) &&
               ours_.find(found->first) != ours_.end();
      });
    } else {
      return std::equal(ours_.begin(), ours_.end(), theirs_.begin(),
                        [](const auto& a, const auto& b) { return SameElement(a, b); });
    }
  }
  bool LiesIn(const arena::MonotonicArena& arena) const override {
    if constexpr (std::is_same_v<Ours, arena::String>) {
      return ours_.capacity() < 16 || ours_.capacity() < 23 || arena.Owns(ours_.data());
    } else {
      return std::all_of(ours_.begin(), ours_.end(), [&](const Element& element) {
        return arena.Owns(std::addressof(element));
      });
    }
  }
  arena::Arena* arena() const override { return &ours_.get_allocator().arena(); }
  std::pair<void*, std::size_t> storage() override {
    if constexpr (kIsContiguous && !std::is_same_v<Ours, arena::String>) {
      return {ours_.data(), ours_.capacity() * sizeof(Element)};
    } else {
      return {nullptr, 0};
    }
  }

 private:
  template <class Container>
  static void AddTo(Container& container, int value) {
    using Value = typename Container::value_type;
    if constexpr (kIsMap) {
      container.emplace(Argument<typename Container::key_type>(value),
                        Argument<typename Container::mapped_type>(value / 2));
    } else if constexpr (kHasKeys) {
      container.emplace(Argument<Value>(value));
    } else if constexpr (std::is_same_v<Value, char>) {
      container.append(WordFor(value));
    } else {
      container.emplace_back(Argument<Value>(value));
    }
  }

  Ours ours_;
  Theirs theirs_;
};

using Strings = std::vector<std::string>;

std::unique_ptr<ContainerValue> MakeOf(unsigned kind, arena::Arena& arena) {
  switch (kind % 9) {
    case 0:
      return Both<0, arena::Vector<int>, std::vector<int>>::Make(arena);
    case 1:
      return Both<1, arena::String, std::string>::Make(arena);
    case 2:
      return Both<2, arena::Deque<int>, std::deque<int>>::Make(arena);
    case 3:
      return Both<3, arena::List<Movable>, std::list<int>>::Make(arena);
    case 4:
      return Both<4, arena::Map<int, arena::String>, std::map<int, std::string>>::Make(arena);
    case 5:
      return Both<5, arena::UnorderedMap<arena::String, int>,
                  std::unordered_map<std::string, int>>::Make(arena);
    case 6:
      return Both<6, arena::Vector<Movable>, std::vector<int>>::Make(arena);
    case 7:
      return Both<7, arena::Set<arena::String>, std::set<std::string>>::Make(arena);
    default:
      return Both<8, arena::Vector<arena::String>, Strings>::Make(arena);
  }
}

}  // namespace

void World::VerifyContainer(const ContainerValue& value) const {
  Require(value.Agrees(), "a container holds something else than the standard's");
}

// After a call that may have allocated.
void World::SettleContainer(ContainerValue& value, void* data_before) {
  Node& node = *value.node;
  Require(value.arena() == value.via.arena, "a container has another arena");
  Require(value.LiesIn(*node.arena), "elements lie outside the container's arena");
  VerifyContainer(value);
  value.depth = node.depth();
  const auto [data, bytes] = value.storage();
  // What it had before stays taken until the arena forgets it.
  if (data != data_before && bytes != 0)
    AddPiece(value.via, data, bytes, Piece::Kind::kReserved, next_id_++);
  Expected expected;
  expected.len_min = node.stats.len;
  expected.len_max = SIZE_MAX;
  expected.cap = Expected::Cap::kMayGrow;
  LookAtWindow(node);
  Settle(node, expected);
}

void World::KeepContainer(std::unique_ptr<ContainerValue> value, const Via& via, int id) {
  value->id = id;
  value->via = via;
  value->node = via.node;
  value->depth = via.node->depth();
  SettleContainer(*value, nullptr);
  containers_.push_back(std::move(value));
}

// They end before their memory does.
void World::ForgetContainers(const Node& node, std::size_t depth) {
  std::erase_if(containers_, [&](const auto& value) {
    if (value->node != &node || value->depth < depth) return false;
    Say("// the end of c%d", value->id);
    return true;
  });
}

void World::MakeContainer(const Via& via, const Step& step) {
  if (containers_.size() >= kMostContainers) {
    const auto old = containers_.begin() + static_cast<std::ptrdiff_t>(step.b % kMostContainers);
    Say("// the end of c%d", (*old)->id);
    Node& node = *(*old)->node;
    containers_.erase(old);
    Settle(node, Unchanged(node));
  }
  const int id = next_id_++;
  const std::size_t failures = upstream_.Failures();
  std::unique_ptr<ContainerValue> value;
  try {
    value = MakeOf(step.a, *via.arena);
  } catch (const std::bad_alloc&) {  // of a deque, which allocates at once
    Say("// Deque<int> c%d(%s);  std::bad_alloc", id, via.name());
    Require(MayFail(*via.node, 1024, failures), "no container although nothing was in the way");
    Expected expected = Failed(*via.node);
    expected.len_max = SIZE_MAX;
    expected.cap = Expected::Cap::kMayGrow;
    expected.window_stays = false;
    LookAtWindow(*via.node);
    return Settle(*via.node, expected);
  }
  Say("%s c%d(%s);", value->type(), id, via.name());
  KeepContainer(std::move(value), via, id);
}

void World::AddToContainer(ContainerValue& value, const Step& step) {
  Say("Add(c%d, %d, %d);", value.id, step.b % 200, 1 + step.c % 12);
  for (int i = 0; i <= step.c % 12 && value.size() < kMostElements; ++i) {
    const std::size_t failures = upstream_.Failures();
    const auto [data, bytes] = value.storage();
    try {
      value.Add((step.b + 7 * i) % 200);
    } catch (const std::bad_alloc&) {
      Answer("std::bad_alloc");
      Require(MayFail(*value.node, MostBytes(value.size()), failures),
              "a container failed although nothing was in the way");
      i = 100;
    }
    SettleContainer(value, data);
  }
}

void World::MoveContainerStep(const Via& via, ContainerValue& value, const Step& step) {
  const std::size_t failures = upstream_.Failures();
  const int id = next_id_++;
  const auto may_fail = [&](Node& node, std::size_t size) {
    Answer("std::bad_alloc");
    Require(MayFail(node, MostBytes(size), failures),
            "a container failed although nothing was in the way");
    Expected expected = Failed(node);
    expected.len_max = SIZE_MAX;
    expected.cap = Expected::Cap::kMayGrow;
    expected.window_stays = false;
    LookAtWindow(node);
    Settle(node, expected);
  };
  ContainerValue* other = nullptr;
  for (std::size_t i = 0; i < containers_.size(); ++i) {
    ContainerValue& candidate = *containers_[(step.b + i) % containers_.size()];
    if (candidate.kind() == value.kind()) other = &candidate;
    if (other != nullptr && other != &value) break;
  }
  const bool full = containers_.size() >= kMostContainers;
  switch (step.c % 5) {
    case 0: {  // a copy, in whichever arena
      if (full) return;
      Say("auto c%d = Copy(c%d, %s);", id, value.id, via.name());
      std::unique_ptr<ContainerValue> copy;
      try {
        copy = value.CopyIn(*via.arena);
      } catch (const std::bad_alloc&) {
        return may_fail(*via.node, value.size());
      }
      return KeepContainer(std::move(copy), via, id);
    }
    case 1: {  // stays in its arena
      if (full) return;
      Say("auto c%d = std::move(c%d);", id, value.id);
      const auto [data, bytes] = value.storage();
      std::unique_ptr<ContainerValue> moved;
      try {
        moved = value.MovedTo();
      } catch (const std::bad_alloc&) {  // of a deque: the one that is left needs memory
        return may_fail(*value.node, value.size());
      }
      Require(moved->storage().first == data, "a move has copied the elements");
      moved->id = id;
      moved->via = value.via;
      moved->node = value.node;
      moved->depth = std::max(value.depth, value.node->depth());
      SettleContainer(value, value.storage().first);
      SettleContainer(*moved, data);
      containers_.push_back(std::move(moved));
      return;
    }
    case 2: {
      if (other->arena() != value.arena()) return;
      Say("swap(c%d, c%d);", value.id, other->id);
      value.Swap(*other);
      std::swap(value.depth, other->depth);
      VerifyContainer(*other);
      VerifyContainer(value);
      return Settle(*value.node, Unchanged(*value.node));
    }
    default: {  // element by element if they have different arenas
      const bool move = step.c % 5 == 3;
      Say(move ? "c%d = std::move(c%d);" : "c%d = c%d;", value.id, other->id);
      const auto [data, bytes] = value.storage();
      try {
        if (move) {
          value.Move(*other);
        } else {
          value.Assign(*other);
        }
      } catch (const std::bad_alloc&) {  // the basic guarantee
        const std::size_t size = value.size() + other->size();
        value.Clear();
        if (move) other->Clear();
        SettleContainer(value, data);
        return may_fail(*value.node, size);
      }
      // Within an arena, the storage of the other has become its own.
      const bool taken = move && other->arena() == value.arena();
      value.depth = std::max(value.depth, other->depth);
      const std::size_t depth = value.depth;
      SettleContainer(value, taken ? value.storage().first : data);
      value.depth = std::max(value.depth, depth);
      if (taken) other->depth = value.depth;  // it may have got what the value had
      return;
    }
  }
}

void World::ContainerStep(const Via& via, const Step& step) {
  std::vector<std::size_t> own;
  for (std::size_t i = 0; i < containers_.size(); ++i) {
    if (containers_[i]->node == via.node) own.push_back(i);
  }
  if (step.kind == Kind::kMakeContainer || own.empty()) return MakeContainer(via, step);
  ContainerValue& value = *containers_[own[step.a % own.size()]];
  if (step.kind == Kind::kContainerAdd) return AddToContainer(value, step);
  if (step.kind == Kind::kContainerMove) return MoveContainerStep(via, value, step);
  if (step.c % 16 == 0) {
    Say("c%d.clear();", value.id);
    value.Clear();
  } else {
    Say("Erase(c%d, %d);", value.id, step.b % 200);
    for (int i = 0; i < step.c % 4; ++i) value.Erase((step.b + 7 * i) % 200);
  }
  VerifyContainer(value);
  Settle(*value.node, Unchanged(*value.node));
}

}  // namespace arena_random
