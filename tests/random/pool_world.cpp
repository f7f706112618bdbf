// SPDX-License-Identifier: Apache-2.0
#include "random/pool_world.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <new>
#include <string>
#include <utility>

#include "support/pools.hpp"
#include "support/replace.hpp"

namespace arena_random {
namespace {

using arena_test::FakeClock;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr std::size_t kMostLeases = 10;
constexpr std::size_t kWorkPerCall = 4;  // arenas that a call gives up for their age
// A delay, or a jump of the clock, counts as this at most.
constexpr std::uint64_t kLongest = std::uint64_t{1} << 56;
constexpr std::size_t kMostLongJumps = 100;

}  // namespace

PoolWorld::PoolWorld(const Program& program, bool trace)
    : Narrator(trace), program_(program), upstream_(UpstreamOptions(program.hostile, &memory_)) {
  Observer::current = this;
  Token::alive = 0;
}

PoolWorld::~PoolWorld() { Observer::current = nullptr; }

void PoolWorld::Run(std::size_t* steps) {
  const PoolSetup& setup = program_.pool;
  options_ = arena_test::WithFakeClock();
  options_.max_idle_bytes = setup.max_idle_bytes;
  options_.max_idle_age = milliseconds(setup.max_idle_age);
  options_.max_arena_bytes = setup.max_arena_bytes;
  options_.max_keys = setup.max_keys;
  options_.quantile = static_cast<double>(setup.percent) / 100;
  options_.history = setup.history;
  options_.offer_after = milliseconds(setup.offer_after);
  options_.reclaim = setup.reclaim_now ? arena::Reclaim::kNow : arena::Reclaim::kUnderPressure;
  options_.upstream = setup.pages ? nullptr : &upstream_;
  options_.max_shards = setup.shards;
  arena_test::PlayThread(0);
  MakePool();
  for (step_ = 0; step_ < program_.steps.size(); ++step_) {
    Do(program_.steps[step_]);
    ++*steps;
  }
  Finish();
}

void PoolWorld::MakePool() {
  const PoolSetup& setup = program_.pool;
  Say("ArenaPool pool%d({.max_idle_bytes = %zu, .max_idle_age = %zums, .max_arena_bytes = %zu, "
      ".max_keys = %zu, .quantile = 0.%02zu, .history = %zu, .offer_after = %zums, .reclaim = %s, "
      ".upstream = %s, .max_shards = %zu, .clock = &FakeClock::Now});",
      ++pool_number_, setup.max_idle_bytes, setup.max_idle_age, setup.max_arena_bytes,
      setup.max_keys, setup.percent, setup.history, setup.offer_after,
      setup.reclaim_now ? "Reclaim::kNow" : "Reclaim::kUnderPressure",
      setup.pages        ? "nullptr"
      : program_.hostile ? "&hostile"
                         : "&upstream",
      setup.shards);
  idle_known_ = !HasSeveralShards();
  pool_.emplace(options_);
  clock_ = FakeClock::Now().count();
}

// Its leases live on.
void PoolWorld::EndPool() {
  Say("// the end of pool%d", pool_number_);
  pool_.reset();
  idle_.clear();
  keys_.clear();
  for (Lease& lease : leases_) lease.key = nullptr;
  time_ = acquired_ = reused_ = returned_ = single_buffer_ = 0;
  long_jumps_ = 0;
  open_ = 0;
}

void PoolWorld::Do(const Step& step) {
  if (HasSeveralShards()) {
    const std::size_t thread = step.c / 4 % program_.pool.shards;
    Say("// thread %zu:", thread);
    arena_test::PlayThread(thread);
  }
  Lease* const lease = leases_.empty() ? nullptr : &leases_[step.target % leases_.size()];
  switch (step.kind) {
    case Kind::kAcquire:
      Acquire(step);
      break;
    case Kind::kLeaseAlloc:
      if (lease != nullptr) AllocStep(*lease, step);
      break;
    case Kind::kLeaseObject:
      if (lease != nullptr) ObjectStep(*lease, step);
      break;
    case Kind::kLeaseForget:
      if (lease != nullptr) ForgetStep(*lease, step.a % 2 == 0);
      break;
    case Kind::kLeaseShape:
      if (lease != nullptr) ShapeStep(*lease, step);
      break;
    case Kind::kLeaseScope:
      if (lease != nullptr) ScopeStep(*lease, step);
      break;
    case Kind::kReturn:
      if (lease != nullptr)
        Return(step.target % leases_.size(), step.a % 2 == 0 ? ".Return();" : nullptr);
      break;
    case Kind::kMoveLease:
      if (lease != nullptr) MoveStep(step);
      break;
    case Kind::kPoolShrinkTo:
      ShrinkToStep(step);
      break;
    case Kind::kClock:
      ClockStep(step);
      break;
    case Kind::kFailPoolUpstream: {
      using arena_test::Failure;
      const Failure failures[] = {Failure::kBadAlloc, Failure::kInt, Failure::kNull};
      const std::size_t n = 1 + step.b % 3;
      Say("upstream.%s(%zu, Failure(%d));",
          step.a % 3 == 0   ? "FailNever"
          : step.a % 3 == 1 ? "FailAt"
                            : "FailFrom",
          n, step.c % 3);
      if (step.a % 3 == 0) upstream_.FailNever();
      if (step.a % 3 == 1) upstream_.FailAt(n, failures[step.c % 3]);
      if (step.a % 3 == 2) upstream_.FailFrom(n, failures[step.c % 3]);
      break;
    }
    case Kind::kEndPool:
      if (step.a % 2 != 0) break;  // rarely, or no history gets long
      EndPool();
      MakePool();
      break;
    default:  // an arena's
      break;
  }
  Check();
}

void PoolWorld::Finish() {
  // Half of the programs: the pool goes first.
  if (program_.steps.size() % 2 == 0) EndPool();
  while (!leases_.empty()) Return(leases_.size() - 1, nullptr);
  if (pool_) {
    Check();
    EndPool();
  }
  if (!upstream_.Check().empty()) Fail("upstream: " + upstream_.TakeProblems());
  Require(lives_.empty(), "an object was never destroyed");
  Require(Token::alive == 0, "a callable was not destroyed exactly once");
  Say("// all is well");
  if (trace_) std::fputs("\n", stderr);
}

// ---- leases -------------------------------------------------------------------------------------

std::shared_ptr<PoolWorld::Key> PoolWorld::UseKey(std::uint64_t name) {
  if (options_.max_keys == 0) return nullptr;
  const auto found =
      std::find_if(keys_.begin(), keys_.end(), [=](const auto& key) { return key->name == name; });
  if (found != keys_.end()) {
    keys_.splice(keys_.begin(), keys_, found);
  } else {
    if (keys_.size() >= options_.max_keys && !HasSeveralShards()) keys_.pop_back();
    keys_.push_front(std::make_shared<Key>());
    keys_.front()->name = name;
  }
  return keys_.front();
}

// The smallest of the needs that at least that share of them does not pass; 1 if there is none yet.
std::size_t PoolWorld::Quantile(const Key& key, std::size_t Need::* bound) const {
  if (HasSeveralShards()) return bound == &Need::least ? 1 : key.most;
  if (key.needs.empty()) return 1;
  std::vector<std::size_t> needs;
  for (const Need& need : key.needs) needs.push_back(need.*bound);
  std::sort(needs.begin(), needs.end());
  const double rank = std::ceil(options_.quantile * static_cast<double>(needs.size()));
  return needs[std::clamp<std::size_t>(static_cast<std::size_t>(rank), 1, needs.size()) - 1];
}

void PoolWorld::Acquire(const Step& step) {
  if (leases_.size() >= kMostLeases) return;
  const std::size_t x = step.b / 8;
  const std::uint64_t name = step.a % 16 == 15 ? UINT64_MAX - step.a / 16 % 64 : step.a % 5;
  std::size_t expected = 0;
  switch (step.b % 8) {
    case 0:
      expected = x % 4000;
      break;
    case 1:
      expected = 4000 + x * 9;
      break;
    case 2:
      expected = x % 4 == 0 ? SIZE_MAX - x : x % 4 == 1 ? SIZE_MAX / 2 - x : 30000 + x;
      break;
    default:
      break;
  }
  const arena::ArenaPoolStats before = pool_->Stats();
  const int id = next_id_++;
  if (expected == 0) {
    Say("ArenaLease l%d = pool%d.Acquire(%llu);", id, pool_number_,
        static_cast<unsigned long long>(name));
  } else {
    Say("ArenaLease l%d = pool%d.Acquire(%llu, %zu);", id, pool_number_,
        static_cast<unsigned long long>(name), expected);
  }
  const std::size_t failures = upstream_.Failures();
  // Nothing idle: the clock is not asked, and no age matters.
  const bool asked = !idle_.empty() || !idle_known_;
  Lease lease;
  lease.id = id;
  lease.pool = pool_number_;
  lease.key = UseKey(name);
  if (asked) PassTime();
  try {
    arena_test::Replace(lease.lease,
                        expected == 0 ? pool_->Acquire(name) : pool_->Acquire(name, expected));
  } catch (const std::bad_alloc&) {
    Answer("std::bad_alloc");
    const std::size_t most =
        std::max({expected, lease.key == nullptr ? 0 : Quantile(*lease.key, &Need::most),
                  std::size_t{4096}});
    Require(upstream_.Failures() != failures || most > SIZE_MAX / 4,
            "a lease was refused although nothing was in the way");
    CheckAge(GiveUp(pool_->Stats(), SIZE_MAX));
    return;
  }
  ++acquired_;
  ++open_;
  if (lease.key != nullptr) ++lease.key->open;
  NoteLease(lease, before, expected);
  leases_.push_back(std::move(lease));
}

void PoolWorld::NoteLease(Lease& lease, const arena::ArenaPoolStats& before, std::size_t expected) {
  Require(static_cast<bool>(lease.lease), "Acquire gave an empty lease");
  const arena::MonotonicArena& arena = *lease.lease;
  const arena::ArenaStats figures = arena.Stats();
  const arena::ArenaPoolStats now = pool_->Stats();
  Require(figures.len == 0 && figures.records == 0 && figures.waste == 0 && figures.buffers == 1,
          "a lease starts with an arena that is not empty, or in pieces");
  for (const Lease& other : leases_)
    Require(&*other.lease != &arena, "two leases have the same arena");

  // Large enough for what is known of it, and not much larger.
  const std::size_t known = expected == 0 ? 1 : expected + 64;
  std::size_t least = 1;
  std::size_t most = 1;
  if (lease.key != nullptr) {
    least = Quantile(*lease.key, &Need::least);
    most = Quantile(*lease.key, &Need::most);
  }
  least = std::max(least, known);
  most = std::max(most, known);
  const std::size_t page = arena::PageResource::PageSize();
  Require(figures.cap >= least, "a lease's arena is smaller than what such leases needed");
  Require(figures.cap <= std::max(2 * most, options_.upstream != nullptr ? page : most + 2 * page),
          "a lease's arena is much larger than what such leases needed");

  const bool reused = now.reused != before.reused;
  if (reused) ++reused_;
  Answer("%s, cap %zu", reused ? "an idle arena" : "a new arena", figures.cap);
  if (!idle_known_) {
    static_cast<void>(GiveUp(now, SIZE_MAX));
    return;
  }
  const auto found = std::find_if(idle_.begin(), idle_.end(),
                                  [&](const Idle& idle) { return idle.arena == &arena; });
  if (reused) {
    Require(found != idle_.end(), "an arena was lent that was not idle");
    Require(found->cap == figures.cap, "an idle arena has changed its size");
    idle_.erase(found);
  } else if (idle_.size() <= 4) {  // it does not look at all of them, if there are many
    Require(
        std::none_of(idle_.begin(), idle_.end(),
                     [&](const Idle& idle) { return idle.cap >= most && idle.cap <= 2 * least; }),
        "an idle arena that fits was not lent");
  }
  CheckAge(GiveUp(now, SIZE_MAX));
}

template <class End>
void PoolWorld::PayCleanups(Lease& lease, std::size_t keep, End end) {
  VerifyBlocks();
  for (const Block& block : lease.blocks) {
    Require(HoldsPattern(block.data, block.size, block.id), "the contents of a block have changed");
  }
  paying_ = &lease;
  paying_arena_ = &*lease.lease;
  end();
  paying_ = nullptr;
  Require(lease.owed.size() == keep, "a cleanup did not run");
}

void PoolWorld::Return(std::size_t index, const char* how) {
  while (!leases_[index].scopes.empty()) CloseScope(leases_[index]);
  Lease lease = std::move(leases_[index]);
  leases_.erase(leases_.begin() + static_cast<std::ptrdiff_t>(index));
  if (how != nullptr) {
    Say("l%d%s", lease.id, how);
  } else {
    Say("// the end of l%d", lease.id);
  }
  const arena::MonotonicArena* const arena = &*lease.lease;
  const arena::ArenaStats figures = arena->Stats();
  const bool vague = lease.released || lease.shaped ||
                     std::any_of(lease.owed.begin(), lease.owed.end(),
                                 [](const Owed& owed) { return owed.action != Action::kNone; });
  const bool of_this_pool = pool_ && lease.pool == pool_number_;
  const arena::ArenaPoolStats before = of_this_pool ? pool_->Stats() : arena::ArenaPoolStats{};
  PayCleanups(lease, 0, [&] {
    if (how != nullptr) {
      lease.lease.Return();
    } else {
      const arena::ArenaLease last = std::move(lease.lease);
    }
  });
  Require(!lease.lease, "a lease that has ended is not empty");
  if (!of_this_pool) return;

  PassTime();
  const arena::ArenaPoolStats now = pool_->Stats();
  const bool one_buffer = now.single_buffer != before.single_buffer;
  Require(vague || one_buffer == (figures.buffers == 1), "a lease's buffers are miscounted");
  ++returned_;
  --open_;
  if (one_buffer) ++single_buffer_;
  if (Key* const key = lease.key.get(); key != nullptr) {
    --key->open;
    ++key->returned;
    if (one_buffer) ++key->single_buffer;
    key->needs.push_back({lease.highest, lease.highest + lease.slack + 64 + 16 * lease.buffers});
    key->most = std::max(key->most, key->needs.back().most);
    while (key->needs.size() > std::max<std::size_t>(options_.history, 1)) key->needs.pop_front();
  }

  // How much the arena has kept is not known if its end has freed buffers.
  if (lease.shaped && one_buffer && figures.buffers != 1) idle_known_ = false;

  // Whether it was kept shows in the bytes, if not in what is promised already.
  const bool must_go = !one_buffer || figures.cap > options_.max_arena_bytes ||
                       figures.cap > options_.max_idle_bytes;
  const auto would_hold = [&](bool kept) {
    const std::size_t count = idle_.size() + (kept ? 1 : 0);
    if (now.idle > count || (kept && now.idle == 0)) return false;
    std::size_t bytes = 0;
    for (std::size_t i = count - now.idle; i < count; ++i)
      bytes += i == idle_.size() ? figures.cap : idle_[i].cap;
    return bytes == now.idle_bytes;
  };
  const bool may_be_kept = !must_go && (!idle_known_ || would_hold(true));
  const bool may_be_gone = !idle_known_ || would_hold(false);
  if (idle_known_) Require(may_be_kept || may_be_gone, "idle_bytes is not what idle arenas hold");
  // An arena of the smallest size is worth keeping whatever its key needs.
  const bool smallest = figures.cap <= arena_test::SmallestArena();
  const std::size_t room =
      options_.max_idle_bytes - std::min(options_.max_idle_bytes, now.idle_bytes);
  if (!must_go && smallest && idle_known_ && idle_.size() < kWorkPerCall &&
      options_.max_idle_age.count() != 0) {
    Require(may_be_kept || room < figures.cap, "an arena was given up that is worth keeping");
  }
  if (may_be_kept && may_be_gone && idle_known_ && !smallest && now.idle != 0) idle_known_ = false;
  const bool kept = may_be_kept;
  Answer("%s", !idle_known_ ? "" : kept ? "kept" : "given up");
  // For itself there had to be so much room.
  const std::size_t most = options_.max_idle_bytes - (must_go ? 0 : figures.cap);
  if (kept) idle_.push_back({arena, figures.cap, time_});
  CheckAge(GiveUp(now, kept ? options_.max_idle_bytes : most));
}

void PoolWorld::MoveStep(const Step& step) {
  Lease& from = leases_[step.target % leases_.size()];
  const int id = next_id_++;
  Say("ArenaLease l%d = std::move(l%d);", id, from.id);
  arena::ArenaLease moved = std::move(from.lease);
  Require(!from.lease && static_cast<bool>(moved), "a move did not take the lease over");
  arena_test::Replace(from.lease, std::move(moved));
  Require(!moved, "a move left something behind");
  from.id = id;
}

// ---- what leases are used for -------------------------------------------------------------------

void PoolWorld::AddBlock(Lease& lease, void* data, std::size_t size, int id) {
  auto* const begin = static_cast<unsigned char*>(data);
  for (const Lease& other : leases_) {
    for (const Block& block : other.blocks) {
      if (begin < block.data + block.size && block.data < begin + size)
        Fail("memory of l" + std::to_string(lease.id) + " is memory of l" +
             std::to_string(other.id));
    }
  }
  Require(lease.lease->Owns(begin) && lease.lease->Owns(begin + size - 1),
          "Owns denies what was handed out");
  if (arena_test::kPlaces && options_.upstream != nullptr)
    Require(upstream_.Holds(data, size), "memory was handed out that is not upstream's");
  FillPattern(data, size, id);
  lease.blocks.push_back({id, begin, size});
}

void PoolWorld::NoteUse(Lease& lease, std::size_t slack) {
  const arena::ArenaStats figures = lease.lease->Stats();
  lease.highest = std::max(lease.highest, figures.len + figures.records);
  lease.slack += slack;
  lease.buffers = std::max(lease.buffers, figures.buffers);
}

void PoolWorld::AllocStep(Lease& lease, const Step& step) {
  const std::size_t x = step.a / 8;
  const std::size_t size = 1 + (step.a % 8 < 4   ? x % 200
                                : step.a % 8 < 7 ? x % 3000
                                                 : x * 4 % 30000);
  const std::size_t alignment = std::size_t{1}
                                << (step.b % 16 == 0 ? step.b / 16 % 14 : step.b % 5);
  const int id = next_id_++;
  Say("auto b%d = l%d->TryAlloc(%zu, %zu);", id, lease.id, size, alignment);
  const std::size_t failures = upstream_.Failures();
  void* const block = lease.lease->TryAlloc(size, alignment);
  if (block == nullptr) {
    Answer("nothing");
    Require(upstream_.Failures() != failures, "a request failed although nothing was in the way");
    return NoteUse(lease, 0);
  }
  Require(reinterpret_cast<std::uintptr_t>(block) % alignment == 0, "not aligned as asked");
  AddBlock(lease, block, size, id);
  NoteUse(lease, 0);
}

void PoolWorld::ObjectStep(Lease& lease, const Step& step) {
  const int id = next_id_++;
  const Action actions[] = {Action::kNone, Action::kNone, Action::kNone, Action::kAlloc,
                            Action::kDefer};
  const Action action = actions[step.b % 5];
  const std::size_t failures = upstream_.Failures();
  try {
    if (step.a % 3 == 0) {
      Say("Defer(*l%d, Call(%d));", lease.id, id);
      arena::Defer(*lease.lease, DeferredCall{id, {}});
      lease.owed.push_back({nullptr, id, Action::kNone});
    } else {
      Say("auto o%d = Allocate<Object<24, 8>>(*l%d, %d);", id, lease.id, id);
      if (action != Action::kNone)
        Answer("its end %s", action == Action::kAlloc ? "allocates" : "defers a call");
      auto* const object = arena::Allocate<Small>(*lease.lease, id);
      AddBlock(lease, object, sizeof(Small), id);
      lease.owed.push_back({object, id, action});
    }
    NoteUse(lease, 0);
  } catch (const std::bad_alloc&) {
    Answer("std::bad_alloc");
    Require(upstream_.Failures() != failures, "a request failed although nothing was in the way");
    NoteUse(lease, 100);
  }
}

void PoolWorld::ForgetStep(Lease& lease, bool release) {
  while (!lease.scopes.empty()) CloseScope(lease);
  Say("l%d->%s();", lease.id, release ? "Release" : "Reset");
  PayCleanups(lease, 0, [&] {
    if (release) {
      lease.lease->Release();
    } else {
      lease.lease->Reset();
    }
  });
  lease.blocks.clear();
  lease.released = lease.released || release;
  Require(lease.lease->Len() == 0 && lease.lease->Stats().records == 0,
          "a reset arena is not empty");
  NoteUse(lease, 0);
}

void PoolWorld::ShapeStep(Lease& lease, const Step& step) {
  arena::MonotonicArena& arena = *lease.lease;
  const arena::ArenaStats before = arena.Stats();
  const std::size_t x = step.b;
  if (step.a % 2 == 0) {
    const std::size_t bytes = x % 3 == 0 ? x % 2000 : x % 3 == 1 ? x % 20000 : x * 2;
    Say("l%d->Reserve(%zu);", lease.id, bytes);
    const std::size_t failures = upstream_.Failures();
    try {
      arena.Reserve(bytes);
      Require(arena.Stats().free >= bytes, "Reserve did not get the bytes");
    } catch (const std::bad_alloc&) {
      Answer("std::bad_alloc");
      Require(upstream_.Failures() != failures, "Reserve failed although nothing was in the way");
    }
  } else {
    const std::size_t caps[] = {0, before.len, before.cap / 2, x};
    const std::size_t bytes = caps[step.c % 4];
    Say("l%d->ShrinkTo(%zu);", lease.id, bytes);
    arena.ShrinkTo(bytes);
    const arena::ArenaStats now = arena.Stats();
    Answer("cap %zu", now.cap);
    Require(now.cap <= before.cap && (before.cap > bytes || now.cap == before.cap),
            "ShrinkTo gave back more than it was asked to");
    const bool empty = now.len == 0 && now.records == 0 && lease.scopes.empty();
    Require(!empty || now.cap <= bytes, "ShrinkTo kept buffers of an empty arena");
  }
  const arena::ArenaStats now = arena.Stats();
  Require(now.len == before.len && now.records == before.records && now.peak == before.peak,
          "Reserve or ShrinkTo changed what is handed out");
  lease.shaped = true;
  NoteUse(lease, 0);
}

void PoolWorld::ScopeStep(Lease& lease, const Step& step) {
  if (!lease.scopes.empty() && step.a % 2 == 0) return CloseScope(lease);
  if (lease.scopes.size() >= 3) return;
  Say("scopes%d.emplace_back(*l%d);", lease.id, lease.id);
  OpenScope open;
  open.stats = lease.lease->Stats();
  open.blocks = lease.blocks.size();
  open.owed = lease.owed.size();
  open.scope = std::make_unique<arena::ArenaScope>(*lease.lease);
  lease.scopes.push_back(std::move(open));
}

void PoolWorld::CloseScope(Lease& lease) {
  OpenScope open = std::move(lease.scopes.back());
  lease.scopes.pop_back();
  Say("scopes%d.pop_back();", lease.id);
  PayCleanups(lease, open.owed, [&] { open.scope.reset(); });
  lease.blocks.resize(open.blocks);
  const arena::ArenaStats now = lease.lease->Stats();
  Require(now.len == open.stats.len && now.records == open.stats.records &&
              now.waste == open.stats.waste,
          "the end of a scope left something");
  NoteUse(lease, 0);
}

// ---- the pool -----------------------------------------------------------------------------------

void PoolWorld::PassTime() {
  const std::int64_t now = FakeClock::Now().count();
  if (now > clock_) {
    time_ +=
        std::min(static_cast<std::uint64_t>(now) - static_cast<std::uint64_t>(clock_), kLongest);
  }
  clock_ = now;
}

bool PoolWorld::TooOld(const Idle& idle) const {
  return time_ - idle.since >= static_cast<std::uint64_t>(options_.max_idle_age.count());
}

std::size_t PoolWorld::GiveUp(const arena::ArenaPoolStats& stats, std::size_t most_bytes) {
  if (!idle_known_) {
    idle_.clear();
    idle_known_ = stats.idle == 0 && !HasSeveralShards();
    return kWorkPerCall;
  }
  std::size_t bytes = 0;
  for (const Idle& idle : idle_) bytes += idle.cap;
  std::size_t given_up = 0;
  for (; idle_.size() > stats.idle; ++given_up) {
    Require(TooOld(idle_.front()) || bytes > most_bytes,
            "an idle arena was given up that was neither too old nor too much");
    bytes -= idle_.front().cap;
    idle_.erase(idle_.begin());
  }
  Require(idle_.size() == stats.idle && bytes == stats.idle_bytes,
          "the idle arenas are others than the youngest");
  return given_up;
}

// After a call that gives up what is too old.
void PoolWorld::CheckAge(std::size_t given_up) const {
  if (!idle_known_ || idle_.empty() || given_up >= kWorkPerCall) return;
  Require(!TooOld(idle_.front()), "an idle arena that is too old was kept");
}

void PoolWorld::ShrinkToStep(const Step& step) {
  const std::size_t bytes = step.a % 4 == 0   ? 0
                            : step.a % 4 == 1 ? SIZE_MAX
                                              : step.b * std::size_t{2};
  Say("pool%d.ShrinkTo(%zu);", pool_number_, bytes);
  pool_->ShrinkTo(bytes);
  PassTime();
  const arena::ArenaPoolStats stats = pool_->Stats();
  Answer("idle %zu", stats.idle);
  Require(stats.idle_bytes <= bytes, "ShrinkTo has left more");
  GiveUp(stats, bytes);
  for (const Idle& idle : idle_) Require(!TooOld(idle), "ShrinkTo has left what is too old");
}

void PoolWorld::ClockStep(const Step& step) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  constexpr std::int64_t ms = 1000000;
  std::int64_t to = FakeClock::Now().count();
  if (to > kMost / 4 || to < -kMost / 4) to = 0;  // where no step can overflow
  switch (step.a % 8) {
    case 0:
    case 1:
      to += step.b % 100 * ms;
      break;
    case 2:
      to += step.b * ms;
      break;
    case 3:  // exactly as long as an arena may be idle, or a bit less
      to += options_.max_idle_age.count() - step.b % 2;
      break;
    case 4:
      to += options_.offer_after.count() - step.b % 2;
      break;
    case 5:
      to -= step.b * ms;
      break;
    default:
      if (step.b % 8 != 0 || ++long_jumps_ > kMostLongJumps) {
        to += step.b % 2000 * ms;
      } else {
        const std::int64_t extremes[] = {kMost, -kMost - 1, 0, kMost / 2};
        to = extremes[step.c % 4];
      }
      break;
  }
  Say("FakeClock::Set(%lldns);", static_cast<long long>(to));
  FakeClock::Set(nanoseconds(to));
}

void PoolWorld::VerifyBlocks() const {
  for (const Lease& lease : leases_) {
    for (const Block& block : lease.blocks) {
      if (!HoldsPattern(block.data, block.size, block.id))
        Fail("the contents of b" + std::to_string(block.id) + " have changed");
    }
  }
}

void PoolWorld::Check() const {
  VerifyBlocks();
  const arena::ArenaPoolStats stats = pool_ ? pool_->Stats() : arena::ArenaPoolStats{};
  std::size_t held = stats.idle_bytes;
  std::size_t buffers = stats.idle;
  for (const Lease& lease : leases_) {
    held += lease.lease->Cap();
    buffers += lease.lease->Stats().buffers;
  }
  if (options_.upstream != nullptr) {
    const std::string errors = upstream_.Errors();
    if (!errors.empty()) Fail("upstream: " + errors);
    Require(upstream_.LiveBlocks() == buffers, "upstream has given other blocks than are in use");
    Require(
        upstream_.LiveBytes() >= held && upstream_.LiveBytes() <= held + kMostOverhead * buffers,
        "upstream has given other bytes than are in use");
  }
  if (!pool_) return;
  Require(stats.leases == acquired_ && stats.returned == returned_ && stats.open == open_ &&
              stats.single_buffer == single_buffer_ && stats.reused == reused_,
          "the leases are miscounted");
  Require(stats.leases - stats.reused == stats.open + stats.idle + stats.evicted,
          "an arena is neither leased nor idle nor given up");
  Require(stats.idle_bytes <= options_.max_idle_bytes, "more is idle than is allowed");
  Require(stats.keys == std::min(keys_.size(), options_.max_keys), "the keys are miscounted");
  if (options_.upstream != nullptr) Require(stats.offered_bytes == 0, "offered what is not a page");
  if (keys_.size() > options_.max_keys) return;  // which ones are known depends
  for (const auto& key : keys_) {
    const auto known = pool_->Stats(key->name);
    Require(known.has_value(), "a key was forgotten that is not the one used least");
    Require(known->returned == key->returned && known->single_buffer == key->single_buffer &&
                known->open == key->open,
            "the leases of a key are miscounted");
    Require(known->prediction >= Quantile(*key, &Need::least) &&
                known->prediction <= Quantile(*key, &Need::most),
            "a key's prediction is not the quantile of its needs");
  }
}

// ---- what objects report ------------------------------------------------------------------------

void PoolWorld::OnBirth(void* object, std::size_t, bool) {
  if (!lives_.emplace(object, 0).second) Fail("an object was constructed over a live one");
}

void PoolWorld::OnTouch(const void* object) noexcept {
  if (!lives_.contains(object)) Fail("an object was used that is not alive");
}

void PoolWorld::OnDeath(void* object) noexcept {
  if (lives_.erase(object) == 0) Fail("an object was destroyed that is not alive");
  if (paying_ != nullptr) return Pay(object, 0);
  // One whose record could not be had is destroyed at once.
  for (const Lease& lease : leases_) {
    for (const Owed& owed : lease.owed) {
      if (owed.object == object) Fail("an object was destroyed before its time");
    }
  }
}

void PoolWorld::OnCall(int id) noexcept {
  if (paying_ == nullptr) Fail("a deferred call ran before its time");
  Pay(nullptr, id);
}

void PoolWorld::Pay(const void* object, int id) noexcept {
  Lease& lease = *paying_;
  if (lease.owed.empty()) Fail("a cleanup ran that is not due");
  const Owed due = lease.owed.back();
  if (due.object != object || (object == nullptr && due.id != id))
    Fail("a cleanup ran out of order; due is number " + std::to_string(due.id));
  lease.owed.pop_back();
  // The cleanup may use what the lease has: it has not been returned.
  if (due.action == Action::kNone) return;
  // The lease is about to be empty: its arena is where the object is.
  lease.slack += 200;
  ++lease.buffers;
  arena::MonotonicArena& arena = *paying_arena_;
  if (due.action == Action::kAlloc) {
    if (void* const block = arena.TryAlloc(40, 8)) FillPattern(block, 40, due.id);
    return;
  }
  const int call = next_id_++;
  try {
    arena::Defer(arena, DeferredCall{call, {}});
    lease.owed.push_back({nullptr, call, Action::kNone});
  } catch (const std::bad_alloc&) {  // upstream has failed
  }
}

}  // namespace arena_random
