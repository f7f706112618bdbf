// SPDX-License-Identifier: Apache-2.0
//
// The interpreter of random programs. It does every step to real arenas and, at the same time, to a
// model: which bytes are handed out to whom, what they hold, which destructors are owed in which
// order, and what the figures have to be. Where they differ, the program ends with a message.
//
// The model knows the promises, not the algorithm. Where a promise leaves a choice (whether a
// request gets a buffer of its own, say), the model takes note of what was chosen.
#ifndef ARENA_TESTS_RANDOM_WORLD_HPP
#define ARENA_TESTS_RANDOM_WORLD_HPP

#include <arena/arena.hpp>
#include <arena/pool.hpp>
#include <arena/virtual_arena.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <memory_resource>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "random/narrator.hpp"
#include "random/objects.hpp"
#include "random/placed_memory.hpp"
#include "random/program.hpp"
#include "random/upstream.hpp"
#include "support/checking_resource.hpp"
#include "support/raw_memory.hpp"

namespace arena_random {

using arena_test::kPlaces;

static_assert(ARENA_REDZONE == 0,
              "red zones count in Len: the figures of the model would be wrong");

struct Node;

// How a step reaches an arena: as it is, or through a decorator.
struct Via {
  Node* node = nullptr;
  arena::Arena* arena = nullptr;
  bool direct() const;
  const char* name() const;
};

// ---- what the model knows -----------------------------------------------------------------------

// Where the cursor of an arena's window is: never known where places mean nothing. `stay` differs whenever the window may have moved.
struct Window {
  bool known = false;
  std::uintptr_t cursor = 0;
  std::uint64_t stay = 0;
};

// The elements that several slice values may share.
struct Storage {
  unsigned char* data = nullptr;
  std::size_t element_size = 0;
  std::size_t capacity = 0;
  std::vector<int> values;  // of each slot; kNeverWritten where there is none
  bool plain = true;        // trivially copyable elements: Go's semantics
  std::size_t live = 0;     // if not plain: slots [0, live) hold objects
  int (*value_at)(const void* data, std::size_t index) = nullptr;
};

inline constexpr int kNeverWritten = -3;

// A slice value that the program holds.
template <class T>
struct SliceValue {
  int id = 0;
  Node* node = nullptr;  // of its storage
  std::size_t depth = 0;
  arena::Slice<T> slice;
  std::shared_ptr<Storage> storage;  // null: the empty slice
  std::size_t offset = 0;            // of its first element
  bool shared = false;               // another value may name its elements: growing it copies
};

// Bytes of an arena that are handed out.
struct Piece {
  enum class Kind {
    kBytes,     // holds the pattern of its id
    kObject,    // too, but may not be resized
    kBag,       // a std::pmr::vector<int>
    kReserved,  // somebody else's business
    kStorage,   // of slices
    kBuffer,    // of an ArenaBuffer, which knows what it holds
  };
  int id = 0;
  Node* node = nullptr;
  std::size_t depth = 0;  // open scopes when it was made
  unsigned char* data = nullptr;
  std::size_t size = 0;
  Kind kind = Kind::kBytes;
  bool in_window = false;  // known to have come from the window, ...
  std::uint64_t stay = 0;  // ... during this stay
  std::shared_ptr<Storage> storage;
};

// An ArenaBuffer that the program holds, and what is unread in it.
struct BufferValue {
  int id = 0;
  Via via;
  Node* node = nullptr;   // as in via
  std::size_t depth = 0;  // of the scopes: of its storage, or where it was made
  std::unique_ptr<arena::ArenaBuffer> buffer;
  std::string model;
  unsigned char* data = nullptr;  // of its storage
  std::size_t cap = 0;
};

// What a view of a buffer showed: it stays that way for as long as the memory does.
struct Shown {
  Node* node = nullptr;
  std::size_t depth = 0;
  std::string_view view;
  std::string copy;
};

// A container that the program holds, side by side with one of the standard's.
class ContainerValue {
 public:
  virtual ~ContainerValue() = default;

  int id = 0;
  Via via;
  Node* node = nullptr;   // as in via
  std::size_t depth = 0;  // the deepest one in which it may have allocated

  virtual std::size_t kind() const = 0;
  virtual const char* type() const = 0;
  virtual std::size_t size() const = 0;
  virtual void Add(int value) = 0;  // as before if it throws
  virtual void Erase(int value) = 0;
  virtual void Clear() = 0;
  virtual void Swap(ContainerValue& other) = 0;    // of the same kind and arena
  virtual void Assign(ContainerValue& other) = 0;  // of the same kind
  virtual void Move(ContainerValue& other) = 0;    // as Assign
  virtual std::unique_ptr<ContainerValue> MovedTo() = 0;
  virtual std::unique_ptr<ContainerValue> CopyIn(arena::Arena& arena) const = 0;
  virtual bool Agrees() const = 0;
  virtual bool LiesIn(const arena::MonotonicArena& arena) const = 0;
  virtual arena::Arena* arena() const = 0;
  // Where its elements lie, if they do in one piece: the bytes for which there is room.
  virtual std::pair<void*, std::size_t> storage() = 0;
};

// A cleanup that an arena owes.
struct Owed {
  enum class Kind {
    kObject,
    kCall,
    kSlices,
    kSilent,  // does nothing that the model hears of
    kMaybe    // may be there, and does nothing
  };
  Kind kind = Kind::kSilent;
  const void* object = nullptr;
  int id = 0;
  std::shared_ptr<Storage> storage;  // kSlices: whose elements it destroys
};

struct OpenScope {
  std::unique_ptr<arena::ArenaScope> scope;
  int id = 0;
  arena::ArenaStats stats;
  Window window;
  std::size_t owed = 0;
};

// An arena, what is known of it, and its decorators.
struct Node {
  std::string name;
  Node* parent = nullptr;        // whose arena is this one's upstream
  std::size_t parent_depth = 0;  // open scopes of the parent when this one was made
  Setup setup;
  arena::MonotonicArena* arena = nullptr;
  arena::VirtualArena* range = nullptr;  // the same, if it is one
  std::byte* callers_begin = nullptr;    // of the buffer of setup.callers_size bytes
  std::optional<arena::ArenaPool> pool;  // of a leased arena
  std::optional<arena::ArenaLease> lease;
  std::unique_ptr<arena::ConcurrentArena> shared;
  std::unique_ptr<arena::ConcurrentArena> shared_twice;  // a decorator of the decorator
  std::string shared_name;
  std::string shared_twice_name;

  arena::ArenaStats stats;  // after the last step
  std::size_t peak = 0;     // the highest Len seen
  Window window;
  std::size_t kept = 0;  // since a Reset, some buffer has held so many bytes in one piece
  std::vector<Owed> owed;
  std::vector<OpenScope> scopes;

  std::size_t depth() const { return scopes.size(); }
};

// What an operation may do to the figures of its arena.
struct Expected {
  enum class Cap {
    kSame,
    kMayFall,  // if there is a limit
    kMayGrow,  // or fall, if there is a limit
  };
  std::size_t len_min = 0;
  std::size_t len_max = 0;
  Cap cap = Cap::kSame;
  bool window_stays = false;   // nothing goes into records or waste
  std::size_t peak_slack = 0;  // Len may have been higher for a moment
};

// What objects do when their cleanup comes.
enum class Action : std::uint8_t { kNone, kAlloc, kDefer, kObject };

struct Life {
  bool owned = false;  // an arena owes its destruction
  Via via;
  int id = 0;
  Action action = Action::kNone;
};

// What is to happen in constructors during a step, and what was seen there.
struct Plan {
  Via via;
  std::size_t throw_in = 0;  // the n-th construction throws; 0: none
  std::size_t nested = 0;    // objects that the first construction allocates
  bool watch = false;        // look at the window when an object is constructed

  bool constructed = false;
  bool thrown = false;
  bool in_window = false;
};

// ---- the interpreter ----------------------------------------------------------------------------

class World final : public Observer, private Narrator {
 public:
  // With `trace`, every step is printed to standard error before it is done.
  World(const Program& program, bool trace);
  World(const World&) = delete;
  World& operator=(const World&) = delete;
  ~World() override;

  // Runs the program to its end; `steps` counts as it goes.
  void Run(std::size_t* steps);

 private:
  // How an arena is made: with options, as an InlineArena, or as one of those in its upstream's memory.
  enum class Made { kPlain, kInline, kInlineInUpstream, kInRange };

  // -- world.cpp: the model and its checks
  bool MakeNode(const std::string& name, Node* parent, const Setup& setup, Made made,
                std::pmr::memory_resource* upstream, const char* upstream_name);
  void Adopt(std::unique_ptr<Node> node);
  bool LeaseNode(const std::string& name, Node* parent, const Step& step, const Via& via);
  bool Usable(const Node& node) const;
  Via Pick(std::uint8_t target) const;
  void Do(const Step& step);
  void Finish();
  void DestroyArena(Node& node);

  std::size_t SizeFrom(std::uint16_t number, const Node& node) const;
  static std::size_t AlignmentFrom(std::uint16_t number);

  void Settle(Node& node, const Expected& expected);
  void SettleOthers(const Node& acting);
  Expected Unchanged(const Node& node) const;
  Expected Failed(const Node& node) const;
  void NoteLen(Node& node) const;
  bool MayFail(const Node& node, std::size_t need, std::size_t failures_before) const;
  void CheckUpstream() const;
  void CheckOthersRefuse() const;

  void CheckNewPiece(const Node& node, const void* start, std::size_t size) const;
  Piece& AddPiece(const Via& via, void* start, std::size_t size, Piece::Kind kind, int id);
  Expected Place(const Via& via, Piece& piece, std::size_t alignment);
  Piece* PieceAtCursor(const Node& node);
  enum class Answers { kNo, kYes, kEither };
  Answers IsLast(const Piece& piece) const;
  bool RoomIsKnown(const Node& node) const;
  void LookAtWindow(Node& node);
  void LoseWindow(Node& node);
  bool SameBuffer(const Node& node, std::uintptr_t from, std::uintptr_t to) const;
  void VerifyContents(bool all) const;
  void VerifyPiece(const Piece& piece, bool all) const;
  bool InCallersBuffer(const Node& node, const void* start, std::size_t size) const;

  void OnBirth(void* object, std::size_t size, bool may_throw) override;
  void OnTouch(const void* object) noexcept override;
  void OnDeath(void* object) noexcept override;
  void OnCall(int id) noexcept override;
  void Act(const Via& via, Action action) noexcept;
  void DropSilent(Node& node, std::size_t keep);
  void Own(const Via& via, const void* object, int id, Action action);

  // Runs what makes the arena pay its cleanups, down to `keep` of them.
  template <class Forget>
  void PayCleanups(Node& node, std::size_t keep, Forget forget);
  void ForgetPieces(const Node& node, std::size_t depth, bool poisoned);

  // -- memory_steps.cpp
  Piece* AllocBytes(const Via& via, std::size_t size, std::size_t alignment, unsigned how);
  void ResizeStep(const Via& via, const Step& step);
  bool ResizePiece(const Via& via, std::size_t index, std::size_t new_size);
  void FillWindowStep(const Via& via, const Step& step);
  void DeallocateStep(const Via& via, const Step& step);
  void CycleStep(const Via& via, const Step& step);
  void EqualRequestsStep(const Via& via, const Step& step);

  // -- object_steps.cpp
  void PlainObjectStep(const Via& via, const Step& step);
  template <class T>
  void AllocatePlainObject(const Via& via, const Step& step, const char* type);
  void ObjectStep(const Via& via, const Step& step);
  template <class T>
  void AllocateObject(const Via& via, const Step& step, const char* type);
  void AllocateNested();
  void DeferStep(const Via& via, const Step& step);
  void OwnStep(const Via& via, const Step& step);
  void BagStep(const Via& via, const Step& step);

  // -- slice_steps.cpp
  template <class T>
  struct SliceOperations;
  void SliceStep(const Via& via, const Step& step);

  // -- buffer_steps.cpp
  void BufferStep(const Via& via, const Step& step);
  void MakeBuffer(const Via& via, const Step& step);
  void WriteStep(BufferValue& value, const Step& step);
  template <class Write>
  void WriteMore(BufferValue& value, const std::string& text, Write write);
  void PrepareStep(BufferValue& value, const Step& step);
  void ReadFromStep(BufferValue& value, const Step& step);
  void ReadStep(BufferValue& value, const Step& step);
  void ShowStep(BufferValue& value, const Step& step);
  void DiscardStep(BufferValue& value, const Step& step);
  void MoveBufferStep(const Via& via, BufferValue& value, const Step& step);
  std::string TextFrom(std::uint16_t number);
  void Took(BufferValue& value, std::string_view bytes, std::size_t asked);
  void Show(const BufferValue& value, std::string_view view);
  void ForgetShown(const void* begin, std::size_t size);
  Piece* StorageOf(const BufferValue& value);
  struct Growth;
  Growth BeforeGrowth(BufferValue& value, std::size_t size);
  void SettleGrowth(BufferValue& value, const Growth& before, const void* front, bool once);
  void SettleNoGrowth(BufferValue& value, const Growth& before);
  void VerifyBuffer(const BufferValue& value) const;

  // -- container_steps.cpp
  void ContainerStep(const Via& via, const Step& step);
  void MakeContainer(const Via& via, const Step& step);
  void AddToContainer(ContainerValue& value, const Step& step);
  void MoveContainerStep(const Via& via, ContainerValue& value, const Step& step);
  void KeepContainer(std::unique_ptr<ContainerValue> value, const Via& via, int id);
  void ForgetContainers(const Node& node, std::size_t depth);
  void SettleContainer(ContainerValue& value, void* data_before);
  void VerifyContainer(const ContainerValue& value) const;

  // -- arena_steps.cpp
  void OpenScopeStep(const Via& via);
  void CloseScopeStep(const Via& via);
  void ReserveStep(const Via& via, const Step& step);
  void ShrinkToStep(const Via& via, const Step& step);
  void ForgetStep(const Via& via, bool release);
  void FailUpstreamStep(const Step& step);
  void OpenChildStep(const Via& via, const Step& step);
  void CloseChildren(const Node& parent, std::size_t depth);
  void LeaveInnerScopes(const Node& node);
  void CloseChild(Node& node);

  const Program& program_;
  PlacedMemory memory_;
  arena_test::CheckingResource upstream_;
  std::byte* callers_begin_ = nullptr;  // of the base's buffer, between two guards

  std::vector<std::unique_ptr<Node>> nodes_;
  std::vector<Piece> pieces_;
  std::unordered_map<const void*, Life> lives_;
  std::tuple<std::vector<SliceValue<std::uint8_t>>, std::vector<SliceValue<Wide>>,
             std::vector<SliceValue<WideAligned>>, std::vector<SliceValue<Movable>>,
             std::vector<SliceValue<ThrowingMove>>, std::vector<SliceValue<OverAligned>>,
             std::vector<SliceValue<MoveOnly>>>
      slices_;
  std::vector<BufferValue> buffers_;
  std::vector<Shown> shown_;
  std::vector<std::unique_ptr<ContainerValue>> containers_;

  Plan plan_;
  Node* paying_ = nullptr;  // the arena whose cleanups run
  std::size_t paying_keep_ = 0;
  bool paid_with_memory_ = false;  // a cleanup has allocated
  std::size_t paid_slack_ = 0;     // a cleanup could not: Len was so much higher, for a moment
  int next_id_ = 0;
  std::uint64_t next_stay_ = 0;
  struct Stale {
    Node* node;
    void* data;
    std::size_t size;
  };
  std::vector<Stale> stale_;  // handed out before the last Reset
};

inline bool Via::direct() const { return arena == node->arena; }
inline const char* Via::name() const {
  if (direct()) return node->name.c_str();
  return arena == node->shared.get() ? node->shared_name.c_str() : node->shared_twice_name.c_str();
}

template <class Forget>
void World::PayCleanups(Node& node, std::size_t keep, Forget forget) {
  VerifyContents(true);
  paying_ = &node;
  paying_keep_ = keep;
  paid_with_memory_ = false;
  paid_slack_ = 0;
  forget();
  paying_ = nullptr;
  DropSilent(node, keep);
  Require(node.owed.size() == keep, "a cleanup did not run");
}

}  // namespace arena_random

#endif  // ARENA_TESTS_RANDOM_WORLD_HPP
