// SPDX-License-Identifier: Apache-2.0
//
// The model's checks, and what objects report from their lives.
#include "random/world.hpp"

#include <algorithm>
#include <arena/guard.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <memory_resource>
#include <new>
#include <string>
#include <utility>
#include <vector>

#if ARENA_ASAN
#include <sanitizer/asan_interface.h>
#endif

namespace arena_random {
namespace {

constexpr std::size_t kGuard = 64;
constexpr std::byte kGuardByte{0xA7};
[[maybe_unused]] constexpr int kDeadByte = 0xDE;
constexpr std::size_t kInObject = 200;
constexpr std::size_t kInUpstream = 208;  // its last usable byte is the last but one

#if ARENA_HAS_GUARD
// One for all programs: what one of them freed stays inaccessible for some of the next.
arena::GuardResource& Guard() {
  static arena::GuardResource guard({.name = "arena_random"});
  arena::GuardResource::InstallFaultHandler();
  return guard;
}
#endif

std::pmr::memory_resource* MemoryFor([[maybe_unused]] const Program& program,
                                     std::pmr::memory_resource* placed) {
#if ARENA_HAS_GUARD
  if (program.subject == Subject::kGuarded) return &Guard();
#endif
  return placed;
}

std::string Figures(const arena::ArenaStats& stats) {
  return "len " + std::to_string(stats.len) + ", cap " + std::to_string(stats.cap) + ", peak " +
         std::to_string(stats.peak) + ", buffers " + std::to_string(stats.buffers) + ", records " +
         std::to_string(stats.records) + ", waste " + std::to_string(stats.waste) + ", free " +
         std::to_string(stats.free);
}

bool Same(const arena::ArenaStats& a, const arena::ArenaStats& b) {
  return a.len == b.len && a.cap == b.cap && a.peak == b.peak && a.buffers == b.buffers &&
         a.records == b.records && a.waste == b.waste && a.free == b.free;
}

std::uintptr_t AlignUp(std::uintptr_t value, std::size_t alignment) {
  return (value + alignment - 1) / alignment * alignment;
}

}  // namespace

// ---- the course of a program --------------------------------------------------------------------

World::World(const Program& program, bool trace)
    : Narrator(trace),
      program_(program),
      upstream_(UpstreamOptions(program.hostile, MemoryFor(program, &memory_))) {
  Observer::current = this;
  Token::alive = 0;
}

World::~World() { Observer::current = nullptr; }

void World::Run(std::size_t* steps) {
  Setup setup = program_.setup;
  Made made = Made::kPlain;
  if (program_.in_object) {
    made = Made::kInline;
    setup.callers_size = kInObject;
  } else if (program_.in_range) {
    made = Made::kInRange;
    setup = {.initial_buffer_count = 0, .limit = setup.limit, .retain = setup.retain};
  } else if (setup.callers_size != 0) {
    const std::size_t bytes = kGuard + setup.callers_offset + setup.callers_size + kGuard;
    auto* const memory = static_cast<std::byte*>(memory_.allocate(bytes, 64));
    std::fill(memory, memory + bytes, kGuardByte);
    callers_begin_ = memory + kGuard + setup.callers_offset;
  }
  if (MakeNode("base", nullptr, setup, made, &upstream_,
               program_.hostile ? "hostile" : "upstream")) {
    for (step_ = 0; step_ < program_.steps.size(); ++step_) {
      Do(program_.steps[step_]);
      ++*steps;
    }
  }
  Finish();
}

bool World::MakeNode(const std::string& name, Node* parent, const Setup& given, Made made,
                     std::pmr::memory_resource* upstream, const char* upstream_name) {
  Setup setup = given;
  if (made == Made::kInlineInUpstream) setup.callers_size = kInUpstream;
  auto node = std::make_unique<Node>();
  node->name = name;
  node->parent = parent;
  node->parent_depth = parent != nullptr ? parent->depth() : 0;
  node->setup = setup;

  arena::MonotonicArenaOptions options;
  options.min_buffer_size = setup.min_buffer_size;
  options.initial_buffer_count = setup.initial_buffer_count;
  options.max_buffer_size = setup.max_buffer_size;
  options.limit = setup.limit;
  options.retain = setup.retain;
  options.upstream = upstream;
  const std::size_t held = setup.callers_size != 0 ? 1 : 0;
  const std::size_t taken =
      setup.min_buffer_size == 0 ? 0 : std::max(setup.initial_buffer_count, held) - held;
  const std::size_t cap = setup.callers_size + taken * setup.min_buffer_size;
  if (setup.callers_size != 0 && made == Made::kPlain) {
    node->callers_begin = callers_begin_;
    options.initial_buffer = {callers_begin_, setup.callers_size};
    Say("alignas(64) std::byte memory[%zu];", setup.callers_offset + setup.callers_size);
  }
  Say("%s %s({.min_buffer_size = %zu, .initial_buffer_count = %zu, .max_buffer_size = %zu, "
      ".limit = %s",
      made == Made::kPlain     ? "MonotonicArena"
      : made == Made::kInRange ? "VirtualArena"
      : made == Made::kInline  ? "InlineArena<200>"
                               : "// in upstream's memory\n  InlineArena<208>",
      name.c_str(), setup.min_buffer_size, setup.initial_buffer_count, setup.max_buffer_size,
      setup.limit == SIZE_MAX ? "SIZE_MAX" : std::to_string(setup.limit).c_str());
  if (trace_ && setup.retain != SIZE_MAX) std::fprintf(stderr, ", .retain = %zu", setup.retain);
  if (trace_ && made == Made::kInRange) {
    std::fprintf(stderr, ", .address_space = %zu, .commit = %zu", program_.address_space,
                 program_.commit);
  }
  if (trace_ && setup.callers_size != 0 && made == Made::kPlain) {
    std::fprintf(stderr, ", .initial_buffer = {memory + %zu, %zu}", setup.callers_offset,
                 setup.callers_size);
  }
  if (trace_) std::fprintf(stderr, ", .upstream = &%s});", upstream_name);

  const std::size_t failures = upstream_.Failures();
  try {
    if (made == Made::kInline) {
      using InObject = arena::InlineArena<kInObject>;
      node->arena = ::new (memory_.allocate(sizeof(InObject), 64)) InObject(options);
      node->callers_begin = reinterpret_cast<std::byte*>(node->arena);
    } else if (made == Made::kInRange) {
      node->range = ::new (memory_.allocate(sizeof(arena::VirtualArena), 64))
          arena::VirtualArena({.address_space = program_.address_space,
                               .commit = program_.commit,
                               .retain = setup.retain,
                               .limit = setup.limit,
                               .upstream = upstream});
      node->arena = node->range;
    } else if (made == Made::kInlineInUpstream) {
      using InObject = arena::InlineArena<kInUpstream>;
      node->arena =
          ::new (upstream->allocate(sizeof(InObject), alignof(InObject))) InObject(options);
      node->callers_begin = reinterpret_cast<std::byte*>(node->arena);
    } else {
      node->arena = ::new (memory_.allocate(sizeof(arena::MonotonicArena), 64))
          arena::MonotonicArena(options);
    }
  } catch (const std::bad_alloc&) {
    Answer("std::bad_alloc");
    Require(cap > setup.limit || upstream_.Failures() != failures || parent != nullptr,
            "an arena could not be made although nothing was in the way");
    SettleOthers(*node);
    return false;
  }
  Require(cap <= setup.limit, "an arena was made that holds more than its limit");
  Require(node->arena->Cap() == cap, "Cap of a new arena is not what its options say");
  Adopt(std::move(node));
  return true;
}

// An arena that was leased from a pool over the parent.
bool World::LeaseNode(const std::string& name, Node* parent, const Step& step, const Via& via) {
  auto node = std::make_unique<Node>();
  node->name = name;
  node->parent = parent;
  node->parent_depth = parent->depth();
  const std::size_t bytes = step.b % 2 == 0 ? 0 : step.b % 5000;
  Say("ArenaPool pool_of_%s({.upstream = &%s});", name.c_str(), via.name());
  Say("ArenaLease %s = pool_of_%s.Acquire(1, %zu);", name.c_str(), name.c_str(), bytes);
  arena::ArenaPoolOptions options;
  options.upstream = via.arena;
  node->pool.emplace(options);
  const std::size_t failures = upstream_.Failures();
  try {
    node->lease.emplace(bytes == 0 ? node->pool->Acquire(1) : node->pool->Acquire(1, bytes));
  } catch (const std::bad_alloc&) {
    Answer("std::bad_alloc");
    const bool limited = parent->setup.limit != SIZE_MAX || parent->parent != nullptr;
    Require(limited || upstream_.Failures() != failures,
            "a lease was refused although nothing was in the way");
    SettleOthers(*node);
    return false;
  }
  node->arena = &**node->lease;
  Adopt(std::move(node));
  return true;
}

void World::Adopt(std::unique_ptr<Node> node) {
  node->shared_name = node->name + "_shared";
  node->shared_twice_name = node->name + "_shared_twice";
  node->shared = std::make_unique<arena::ConcurrentArena>(*node->arena);
  node->shared_twice =
      std::make_unique<arena::ConcurrentArena>(static_cast<arena::Arena&>(*node->shared));
  node->stats = node->arena->Stats();
  Answer("cap %zu", node->stats.cap);
  Require(node->stats.len == 0 && node->stats.peak == 0, "Len of a new arena is not 0");
  nodes_.push_back(std::move(node));
  Settle(*nodes_.back(), Unchanged(*nodes_.back()));
  SettleOthers(*nodes_.back());
}

bool World::Usable(const Node& node) const {
  return node.parent == nullptr ||
         (node.parent->depth() == node.parent_depth && Usable(*node.parent));
}

Via World::Pick(std::uint8_t target) const {
  // A child lives inside the scope it was made in; its parent's inner scopes are none of its.
  Node* node = nodes_[(target >> 2) % nodes_.size()].get();
  while (!Usable(*node)) node = node->parent;
  Via via{node, node->arena};
  if ((target & 3) == 0) via.arena = node->shared.get();
  if ((target & 0xC3) == 0) via.arena = node->shared_twice.get();
  return via;
}

void World::Do(const Step& step) {
  const Via via = Pick(step.target);
  plan_ = {};
  switch (step.kind) {
    case Kind::kAlloc:
      AllocBytes(via, SizeFrom(step.a, *via.node), AlignmentFrom(step.b), step.c);
      break;
    case Kind::kResize:
      ResizeStep(via, step);
      break;
    case Kind::kFillWindow:
      FillWindowStep(via, step);
      break;
    case Kind::kPlainObject:
      PlainObjectStep(via, step);
      break;
    case Kind::kObject:
      ObjectStep(via, step);
      break;
    case Kind::kDefer:
      DeferStep(via, step);
      break;
    case Kind::kOwn:
      OwnStep(via, step);
      break;
    case Kind::kBag:
      BagStep(via, step);
      break;
    case Kind::kMakeSlice:
    case Kind::kAppend:
    case Kind::kAppendRange:
    case Kind::kDeriveSlice:
      SliceStep(via, step);
      break;
    case Kind::kOpenScope:
      OpenScopeStep(via);
      break;
    case Kind::kCloseScope:
      CloseScopeStep(via);
      break;
    case Kind::kReserve:
      ReserveStep(via, step);
      break;
    case Kind::kShrinkTo:
      ShrinkToStep(via, step);
      break;
    case Kind::kReset:
      ForgetStep(via, false);
      break;
    case Kind::kRelease:
      ForgetStep(via, true);
      break;
    case Kind::kFailUpstream:
      FailUpstreamStep(step);
      break;
    case Kind::kOpenChild:
      OpenChildStep(via, step);
      break;
    case Kind::kCloseChild:
      if (nodes_.size() > 1) CloseChild(*nodes_.back());
      break;
    case Kind::kDeallocate:
      DeallocateStep(via, step);
      break;
    case Kind::kCycle:
      CycleStep(via, step);
      break;
    case Kind::kEqualRequests:
      EqualRequestsStep(via, step);
      break;
    case Kind::kMakeBuffer:
    case Kind::kBufferWrite:
    case Kind::kBufferRead:
    case Kind::kBufferShow:
    case Kind::kBufferDiscard:
    case Kind::kBufferMove:
      BufferStep(via, step);
      break;
    case Kind::kMakeContainer:
    case Kind::kContainerAdd:
    case Kind::kContainerErase:
    case Kind::kContainerMove:
      ContainerStep(via, step);
      break;
    default:  // a pool's
      break;
  }
  plan_ = {};
  // A child that the step closed is no node any more; its parent, an ancestor, still is.
  const bool gone = std::none_of(nodes_.begin(), nodes_.end(),
                                 [&](const auto& node) { return node.get() == via.node; });
  if (!gone) SettleOthers(*via.node);
  VerifyContents(step_ % 16 == 0);
  CheckUpstream();
  CheckOthersRefuse();
}

void World::Finish() {
  if (!nodes_.empty()) {
    upstream_.FailNever();
    while (nodes_.size() > 1) CloseChild(*nodes_.back());
    Node& base = *nodes_.front();
    const Via via{&base, base.arena};
    while (base.depth() != 0) CloseScopeStep(via);
    Say("// the end of base");
    DestroyArena(base);
    pieces_.clear();
    slices_ = {};
    buffers_.clear();
    shown_.clear();
    nodes_.clear();
  }
  const std::string problem = upstream_.Check();
  if (!problem.empty()) Fail("upstream: " + upstream_.TakeProblems());
  Require(lives_.empty(), "an object was never destroyed");
  Require(Token::alive == 0, "a callable was not destroyed exactly once");
  if (callers_begin_ != nullptr) {
    const std::byte* const end = callers_begin_ + program_.setup.callers_size;
    const auto intact = [](std::byte byte) { return byte == kGuardByte; };
    Require(std::all_of(callers_begin_ - kGuard, callers_begin_, intact) &&
                std::all_of(end, end + kGuard, intact),
            "somebody wrote beside the caller's buffer");
  }
  Say("// all is well");
  if (trace_) std::fputs("\n", stderr);
}

void World::DestroyArena(Node& node) {
  ForgetContainers(node, 0);
  PayCleanups(node, 0, [&node] {
    if (node.lease) {
      node.lease.reset();
    } else {
      node.arena->~MonotonicArena();  // its cleanups still find it in the node
    }
    node.pool.reset();
    node.arena = nullptr;
  });
  node.shared_twice.reset();  // their end touches nothing
  node.shared.reset();
}

// ---- what the numbers of a step mean ------------------------------------------------------------

std::size_t World::SizeFrom(std::uint16_t number, const Node& node) const {
  const std::size_t x = number >> 4;
  switch (number & 15) {
    case 0:
      return x % 4 == 0 ? 0 : x % 100;
    case 1:
    case 2:
    case 3:
    case 4:
      return 1 + x % 64;
    case 5:
    case 6:
    case 7:
    case 8:
      return 1 + x % 600;
    case 9:
    case 10:
      return 1 + x;
    case 11:
      return (std::size_t{1} << (x % 13)) + (x >> 4) % 3 - 1;
    case 12:  // about what is left
      return node.stats.free + x % 5 - std::min<std::size_t>(node.stats.free, 2);
    case 13:
      return x % 4 == 0 ? 1 + x * 13 : 1 + x % 200;
    case 14:
      return 16 * (1 + x % 40);
    default:
      break;
  }
  constexpr std::size_t kMost = static_cast<std::size_t>(PTRDIFF_MAX);
  constexpr std::size_t kHuge[] = {
      kMost,    kMost - 1,     kMost - 15,   kMost - 63,           kMost - 64, kMost - 200,
      SIZE_MAX, SIZE_MAX - 15, SIZE_MAX / 4, std::size_t{1} << 25, kMost + 1,  SIZE_MAX - 4096};
  return x % 3 == 0 ? kHuge[(x / 3) % std::size(kHuge)] : 1 + x % 32;
}

std::size_t World::AlignmentFrom(std::uint16_t number) {
  const std::size_t x = number >> 4;
  switch (number & 15) {
    case 0:
    case 1:
    case 2:
    case 3:
      return 1;
    case 4:
      return 2;
    case 5:
      return 4;
    case 6:
    case 7:
    case 8:
      return 8;
    case 9:
    case 10:
      return 16;
    case 11:
      return 32;
    case 12:
      return 64;
    case 13:
      return std::size_t{128} << (x % 6);
    case 14:
      return x % 4 == 0 ? std::size_t{8192} << (x / 4 % 4) : 8;
    default:
      break;
  }
  constexpr std::size_t kTop = SIZE_MAX / 2 + 1;
  constexpr std::size_t kOdd[] = {0, 3, 12, 24, kTop >> 23, kTop, SIZE_MAX, 48};
  return x % 2 == 0 ? kOdd[x / 2 % std::size(kOdd)] : 1;
}

// ---- figures ------------------------------------------------------------------------------------

Expected World::Unchanged(const Node& node) const {
  Expected expected;
  expected.len_min = expected.len_max = node.stats.len;
  expected.window_stays = true;
  return expected;
}

Expected World::Failed(const Node& node) const {
  Expected expected = Unchanged(node);
  expected.cap = Expected::Cap::kMayFall;
  return expected;
}

void World::NoteLen(Node& node) const { node.peak = std::max(node.peak, node.arena->Len()); }

void World::Settle(Node& node, const Expected& expected) {
  const arena::ArenaStats stats = node.arena->Stats();
  const auto fail = [&](const std::string& what) {
    Fail(node.name + ": " + what + "; before: " + Figures(node.stats) + "; now: " + Figures(stats));
  };
  if (stats.len != node.arena->Len() || stats.cap != node.arena->Cap() ||
      stats.peak != node.arena->Peak()) {
    fail("Stats and the figures differ");
  }
  if (stats.len != node.shared->Len() || stats.cap != node.shared->Cap() ||
      stats.peak != node.shared->Peak()) {
    fail("the decorator's figures differ");
  }
  if (stats.len < expected.len_min || stats.len > expected.len_max) {
    fail("Len should be from " + std::to_string(expected.len_min) + " to " +
         std::to_string(expected.len_max));
  }

  const bool limited = node.setup.limit != SIZE_MAX;
  if (stats.cap > node.setup.limit) fail("Cap is over the limit");
  // A range grows wherever a window of another arena would have been full.
  const bool grows = expected.cap == Expected::Cap::kMayGrow || node.range != nullptr;
  if (stats.cap > node.stats.cap && !grows) fail("Cap has grown");
  if (stats.cap < node.stats.cap && (!limited || expected.cap == Expected::Cap::kSame))
    fail("Cap has fallen");

  if (stats.len > stats.cap || stats.records > stats.cap || stats.waste > stats.cap ||
      stats.free > stats.cap || stats.len + stats.records + stats.waste + stats.free != stats.cap) {
    fail("the parts do not add up to Cap");
  }
  if (expected.window_stays &&
      (stats.records != node.stats.records || stats.waste != node.stats.waste)) {
    fail("records or waste have changed");
  }
  // One link in each window, at most.
  constexpr std::size_t kRecord = 16;
  const auto doubtful = static_cast<std::size_t>(
      std::count_if(node.owed.begin(), node.owed.end(),
                    [](const Owed& owed) { return owed.kind == Owed::Kind::kMaybe; }));
  // Objects of one type that lie side by side share a record.
  constexpr std::size_t kLargestObject = 512;
  std::size_t sharing = 0;
  for (std::size_t i = 1; i < node.owed.size(); ++i) {
    const Owed& older = node.owed[i - 1];
    const Owed& owed = node.owed[i];
    const auto distance = reinterpret_cast<std::uintptr_t>(owed.object) -
                          reinterpret_cast<std::uintptr_t>(older.object);
    if (older.kind == Owed::Kind::kObject && owed.kind == Owed::Kind::kObject &&
        distance <= kLargestObject) {
      ++sharing;
    }
  }
  if (stats.records < kRecord * (node.owed.size() - doubtful - sharing) ||
      stats.records > kRecord * (node.owed.size() + stats.buffers))
    fail(std::to_string(node.owed.size()) + " cleanups do not take that many bytes of records");

  node.peak = std::max(node.peak, stats.len);
  if (stats.peak < node.peak || stats.peak > node.peak + expected.peak_slack)
    fail("Peak should be " + std::to_string(node.peak));
  node.peak = stats.peak;
  if (stats.len != 0 || stats.records != 0 || stats.cap < node.stats.cap) node.kept = 0;
  node.stats = stats;
}

// The arenas that a step was not about: those that served it as upstream may have grown, the others
// are as they were.
void World::SettleOthers(const Node& acting) {
  for (const auto& node : nodes_) {
    bool upstream = false;
    for (const Node* child = acting.parent; child != nullptr; child = child->parent)
      upstream = upstream || child == node.get();
    if (!upstream) {
      const arena::ArenaStats now = node->arena->Stats();
      if (!Same(node->stats, now)) {
        Fail(node->name + ": changed by a step that was over or about another arena; before: " +
             Figures(node->stats) + "; now: " + Figures(now));
      }
      continue;
    }
    Expected expected;
    expected.len_min = node->stats.len;
    expected.len_max = SIZE_MAX;
    expected.cap = Expected::Cap::kMayGrow;
    const std::size_t before = node->stats.len;
    Settle(*node, expected);
    if (node->stats.len != before) LookAtWindow(*node);
  }
}

void World::CheckUpstream() const {
  const std::string errors = upstream_.Errors();
  if (!errors.empty()) Fail("upstream: " + errors);
  const Node& base = *nodes_.front();
  const std::size_t callers = base.setup.callers_size;
  const bool in_range = base.range != nullptr && base.range->Reserved() != 0;
  const std::size_t taken = base.stats.cap - callers;
  const std::size_t buffers = base.stats.buffers - (callers != 0 || in_range ? 1 : 0);
  if (upstream_.LiveBlocks() != buffers || (upstream_.LiveBytes() < taken && !in_range) ||
      upstream_.LiveBytes() > taken + kMostOverhead * buffers) {
    Fail("upstream has given " + std::to_string(upstream_.LiveBlocks()) + " blocks of " +
         std::to_string(upstream_.LiveBytes()) + " bytes to an arena with " + Figures(base.stats));
  }
}

// No arena takes another one's memory for its own last allocation, wherever that ends.
void World::CheckOthersRefuse() const {
  if (nodes_.size() == 1) return;
  for (const Piece& piece : pieces_) {
    for (const auto& node : nodes_) {
      if (node.get() == piece.node || !node->arena->TryResize(piece.data, piece.size, piece.size))
        continue;
      Fail(node->name + " takes number " + std::to_string(piece.id) + " of " + piece.node->name +
           " for its own");
    }
  }
}

// Whether there was a reason why a request that needs so many bytes at most failed.
bool World::MayFail(const Node& node, std::size_t need, std::size_t failures_before) const {
  // More than there is anywhere, or than an address space of 32 bits has room for.
  constexpr std::size_t kTooMuch = SIZE_MAX >> (sizeof(std::size_t) > 4 ? 24 : 2);
  if (upstream_.Failures() != failures_before || need > kTooMuch) return true;
  if (need > node.setup.limit - node.arena->Cap()) return true;
  for (const Node* parent = node.parent; parent != nullptr; parent = parent->parent) {
    if (parent->setup.limit != SIZE_MAX) return true;
  }
  return false;
}

// ---- bytes --------------------------------------------------------------------------------------

bool World::InCallersBuffer(const Node& node, const void* start, std::size_t size) const {
  if (node.range != nullptr && node.range->InRange(start)) {
    return size <= node.range->Reserved() - node.range->OffsetOf(start);
  }
  std::size_t bytes = node.setup.callers_size;
  if (bytes == 0) return false;
  // In the object it lies somewhere.
  if (bytes == kInObject && program_.in_object) bytes = sizeof(arena::InlineArena<kInObject>);
  if (node.parent != nullptr) bytes = sizeof(arena::InlineArena<kInUpstream>);
  const auto distance = reinterpret_cast<std::uintptr_t>(start) -
                        reinterpret_cast<std::uintptr_t>(node.callers_begin);
  return distance <= bytes && size <= bytes - distance;
}

bool World::SameBuffer(const Node& node, std::uintptr_t from, std::uintptr_t to) const {
  const auto* const start = reinterpret_cast<const void*>(from);
  if (InCallersBuffer(node, start, to - from)) return true;
  return node.parent == nullptr && upstream_.Holds(start, to - from);
}

void World::CheckNewPiece(const Node& node, const void* start, std::size_t size) const {
  const auto begin = reinterpret_cast<std::uintptr_t>(start);
  for (const Piece& other : pieces_) {
    const auto other_begin = reinterpret_cast<std::uintptr_t>(other.data);
    if (begin < other_begin + other.size && other_begin < begin + size) {
      Fail("[" + std::to_string(begin) + ", +" + std::to_string(size) + ") overlaps number " +
           std::to_string(other.id) + " of " + other.node->name);
    }
  }
  const auto* const bytes = static_cast<const std::byte*>(start);
  Require(node.arena->Owns(bytes) && node.arena->Owns(bytes + size - 1),
          "Owns denies what was handed out");
  if constexpr (!kPlaces) {
    // It is the heap's.
  } else if (node.parent != nullptr) {
    Require(node.parent->arena->Owns(bytes), "a child's memory is not its upstream's");
  } else if (!upstream_.Holds(start, size) && !InCallersBuffer(node, start, size)) {
    Fail("memory was handed out that is not the arena's");
  }
}

Piece& World::AddPiece(const Via& via, void* start, std::size_t size, Piece::Kind kind, int id) {
  CheckNewPiece(*via.node, start, size);
  Piece piece;
  piece.id = id;
  piece.node = via.node;
  piece.depth = via.node->depth();
  piece.data = static_cast<unsigned char*>(start);
  piece.size = size;
  piece.kind = kind;
  pieces_.push_back(piece);
  return pieces_.back();
}

// Notes where a piece that was just handed out lies, and says what that has to have cost. Expects
// the answer to "did it come from the window?" in it.
Expected World::Place(const Via& via, Piece& piece, std::size_t alignment) {
  Node& node = *via.node;
  Window& window = node.window;
  const auto start = reinterpret_cast<std::uintptr_t>(piece.data);
  Require(start % alignment == 0, "not aligned as asked");
  Expected expected;
  expected.len_min = node.stats.len + piece.size;
  expected.len_max = node.stats.len + piece.size + (alignment - 1);
  expected.cap = Expected::Cap::kMayGrow;
  const std::uintptr_t next = AlignUp(window.cursor, alignment);
  const bool fits = RoomIsKnown(node) && next - window.cursor <= node.stats.free &&
                    piece.size <= node.stats.free - (next - window.cursor);
  // No two buffers lie closer together than 16 bytes.
  if (window.known && piece.in_window && start == next &&
      (fits || start - window.cursor < 16 || SameBuffer(node, window.cursor, start + piece.size))) {
    expected.len_min = expected.len_max = node.stats.len + (start - window.cursor) + piece.size;
    expected.cap = Expected::Cap::kSame;
    expected.window_stays = true;
    window.cursor = start + piece.size;
  } else {
    if (fits) Fail("a request that fits the window was served elsewhere; " + Figures(node.stats));
    if (piece.in_window) window = {kPlaces, start + piece.size, ++next_stay_};
  }
  piece.stay = window.stay;
  return expected;
}

// Whether the arena has to take the piece for the last allocation of its window.
World::Answers World::IsLast(const Piece& piece) const {
  const Window& window = piece.node->window;
  const bool in_doubt = piece.kind == Piece::Kind::kStorage && !piece.storage->plain;
  const bool may_be_in_window = piece.in_window || in_doubt;
  if (!may_be_in_window || piece.depth != piece.node->depth()) return Answers::kNo;
  if (!window.known) return Answers::kEither;
  const auto end = reinterpret_cast<std::uintptr_t>(piece.data) + piece.size;
  if (end != window.cursor) return Answers::kNo;
  return piece.in_window && piece.stay == window.stay ? Answers::kYes : Answers::kEither;
}

// Whether what is free is what the window has left.
bool World::RoomIsKnown(const Node& node) const {
  return node.window.known && node.stats.buffers == 1;
}

Piece* World::PieceAtCursor(const Node& node) {
  for (auto piece = pieces_.rbegin(); piece != pieces_.rend(); ++piece) {
    if (piece->node == &node && IsLast(*piece) == Answers::kYes) return &*piece;
  }
  return nullptr;
}

// After something that may have moved the window: a record, a child's request.
void World::LookAtWindow(Node& node) {
  if (!node.window.known) return;
  const Piece* const last = PieceAtCursor(node);
  if (last == nullptr || !node.arena->TryResize(last->data, last->size, last->size))
    LoseWindow(node);
}

void World::LoseWindow(Node& node) { node.window = {false, 0, ++next_stay_}; }

void World::VerifyPiece(const Piece& piece, bool all) const {
  bool intact = true;
  switch (piece.kind) {
    case Piece::Kind::kBytes:
    case Piece::Kind::kObject:
      intact = HoldsPattern(piece.data, all ? piece.size : std::min<std::size_t>(piece.size, 64),
                            piece.id);
      break;
    case Piece::Kind::kBag: {
      const auto& bag = *reinterpret_cast<const std::pmr::vector<int>*>(piece.data);
      intact = std::all_of(bag.begin(), bag.end(), [&](int value) { return value == piece.id; });
      break;
    }
    case Piece::Kind::kReserved:
    case Piece::Kind::kBuffer:
      break;
    case Piece::Kind::kStorage: {
      const Storage& storage = *piece.storage;
      for (std::size_t i = 0; i < storage.values.size() && intact; ++i) {
        intact = storage.values[i] == kNeverWritten ||
                 storage.value_at(storage.data, i) == storage.values[i];
      }
      break;
    }
  }
  if (!intact) {
    Fail("the contents of number " + std::to_string(piece.id) + " of " + piece.node->name +
         " have changed");
  }
}

void World::VerifyContents(bool all) const {
  std::size_t bytes = 0;
  for (const Piece& piece : pieces_) bytes += piece.size;
  for (const Piece& piece : pieces_) {
    const bool dying = paying_ == piece.node && piece.kind != Piece::Kind::kBytes &&
                       !(piece.kind == Piece::Kind::kStorage && piece.storage->plain);
    if (!dying) VerifyPiece(piece, all || bytes < 100000);
  }
  for (const BufferValue& value : buffers_) VerifyBuffer(value);
  for (const Shown& shown : shown_)
    Require(shown.view == shown.copy, "what a view of a buffer shows has changed");
  for (const auto& value : containers_) VerifyContainer(*value);
}

// ---- what objects report ------------------------------------------------------------------------

void World::OnBirth(void* object, std::size_t size, bool may_throw) {
  if (lives_.contains(object)) Fail("an object was constructed over a live one");
  Node* const node = plan_.via.node;
  if (node != nullptr) {
    NoteLen(*node);
    if (plan_.watch && !plan_.constructed)
      plan_.in_window = plan_.via.arena->TryResize(object, size, size);
    plan_.constructed = true;
    // Temporaries do not: they may come before or after what the arena notes for the step itself.
    if (may_throw && plan_.nested != 0 && node->arena->Owns(object)) AllocateNested();
    NoteLen(*node);
    if (may_throw && plan_.throw_in != 0 && --plan_.throw_in == 0) {
      plan_.thrown = true;
      throw ConstructionError{};
    }
  }
  lives_.emplace(object, Life{});
}

void World::OnTouch(const void* object) noexcept {
  if (!lives_.contains(object)) Fail("an object was used that is not alive");
}

void World::OnDeath(void* object) noexcept {
  const auto found = lives_.find(object);
  if (found == lives_.end()) Fail("an object was destroyed that is not alive");
  const Life life = found->second;
  lives_.erase(found);
  if (!life.owned) return;
  if (paying_ == nullptr) Fail("an object was destroyed before its time");
  DropSilent(*paying_, paying_keep_);
  std::vector<Owed>& owed = paying_->owed;
  if (owed.size() <= paying_keep_) Fail("an object was destroyed that is not due");
  Owed& due = owed.back();
  if (due.kind == Owed::Kind::kSlices) {
    Storage& storage = *due.storage;
    if (object != storage.data + (storage.live - 1) * storage.element_size)
      Fail("an element of a slice was destroyed out of order");
    --storage.live;
    return;
  }
  if (due.kind != Owed::Kind::kObject || due.object != object)
    Fail("an object was destroyed out of order; due is number " + std::to_string(due.id));
  owed.pop_back();
  Act(life.via, life.action);
}

void World::OnCall(int id) noexcept {
  if (paying_ == nullptr) Fail("a deferred call ran before its time");
  DropSilent(*paying_, paying_keep_);
  std::vector<Owed>& owed = paying_->owed;
  if (owed.size() <= paying_keep_ || owed.back().kind != Owed::Kind::kCall || owed.back().id != id)
    Fail("a deferred call ran out of order");
  owed.pop_back();
}

// What a cleanup does with the arena that is about to forget everything.
void World::Act(const Via& via, Action action) noexcept {
  if (action == Action::kNone) return;
  paid_with_memory_ = true;
  plan_.via = via;  // so that Len is noted in the constructor
  const int id = next_id_++;
  if (action == Action::kAlloc) {
    if (void* const block = via.arena->TryAlloc(40, 8)) {
      AddPiece(via, block, 40, Piece::Kind::kBytes, id);
      FillPattern(block, 40, id);
      VerifyContents(true);
    }
  } else if (action == Action::kDefer) {
    try {
      arena::Defer(*via.arena, DeferredCall{id, {}});
      via.node->owed.push_back({Owed::Kind::kCall, nullptr, id, nullptr});
    } catch (const std::bad_alloc&) {
      paid_slack_ = sizeof(DeferredCall) + alignof(DeferredCall) - 1;
    }
  } else {
    if (auto* const object = arena::TryAllocate<Small>(*via.arena, id)) {
      AddPiece(via, object, sizeof(Small), Piece::Kind::kObject, id);
      Own(via, object, id, Action::kAlloc);
    }
  }
  NoteLen(*via.node);
  plan_.via = {};
}

void World::DropSilent(Node& node, std::size_t keep) {
  while (node.owed.size() > keep) {
    const Owed& due = node.owed.back();
    const bool silent = due.kind == Owed::Kind::kSilent || due.kind == Owed::Kind::kMaybe ||
                        (due.kind == Owed::Kind::kSlices && due.storage->live == 0);
    if (!silent) return;
    node.owed.pop_back();
  }
}

// From now on the arena owes the object's destruction.
void World::Own(const Via& via, const void* object, int id, Action action) {
  const auto found = lives_.find(object);
  if (found == lives_.end()) Fail("an object that was just constructed is not alive");
  found->second = {true, via, id, action};
  via.node->owed.push_back({Owed::Kind::kObject, object, id, nullptr});
}

// What was handed out at that depth of scopes, or deeper, is no more.
void World::ForgetPieces(const Node& node, std::size_t depth, bool poisoned) {
  const auto dead = [&node, depth](const auto& value) {
    return value.node == &node && value.depth >= depth;
  };
  // A range that frees its end moves its records there before: they may lie where a piece did.
  [[maybe_unused]] const bool reused = node.range != nullptr && node.setup.retain != SIZE_MAX;
  // What a guard has back is not poisoned: any access traps.
  poisoned = poisoned && program_.subject != Subject::kGuarded;
#if ARENA_ASAN
  for (const Piece& piece : pieces_) {
    if (!poisoned || reused || !dead(piece) || piece.size < 16) continue;
    if (__asan_address_is_poisoned(piece.data + piece.size / 2) == 0)
      Fail("memory that was freed is not poisoned");
  }
#else
  // Giving back what was forgotten marks it as free, whoever has it now, where memory is marked.
  static_cast<void>(poisoned);
  for (const Piece& piece : pieces_) {
    if (!arena::detail::kInstrumented && dead(piece) && piece.kind == Piece::Kind::kBytes &&
        stale_.size() < 100)
      stale_.push_back({piece.node, piece.data, piece.size});
  }
  // Nobody reads any more what was freed: what is still the arena's is overwritten, where no
  // sanitizer would notice.
  if constexpr (!arena::detail::kInstrumented) {
    for (const Piece& piece : pieces_) {
      if (!dead(piece) || reused || node.arena == nullptr || piece.size == 0) continue;
      if (node.arena->Owns(piece.data) && node.arena->Owns(piece.data + piece.size - 1))
        std::memset(piece.data, kDeadByte, piece.size);
    }
  }
#endif
  std::erase_if(pieces_, dead);
  std::apply([&](auto&... values) { (std::erase_if(values, dead), ...); }, slices_);
  std::erase_if(buffers_, dead);
  std::erase_if(shown_, dead);
}

}  // namespace arena_random
