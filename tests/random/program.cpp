// SPDX-License-Identifier: Apache-2.0
#include "random/program.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "random/decisions.hpp"
#include "random/pool_world.hpp"
#include "random/thread_world.hpp"
#include "random/world.hpp"

namespace arena_random {
namespace {

struct Weight {
  Kind kind;
  int times;
};

constexpr Weight kOfArenas[] = {
    {Kind::kAlloc, 24},        {Kind::kResize, 14},       {Kind::kFillWindow, 4},
    {Kind::kBag, 2},           {Kind::kPlainObject, 5},   {Kind::kObject, 12},
    {Kind::kDefer, 4},         {Kind::kOwn, 3},           {Kind::kMakeSlice, 6},
    {Kind::kAppend, 14},       {Kind::kAppendRange, 6},   {Kind::kDeriveSlice, 6},
    {Kind::kReserve, 3},       {Kind::kOpenScope, 6},     {Kind::kCloseScope, 5},
    {Kind::kShrinkTo, 4},      {Kind::kReset, 2},         {Kind::kRelease, 1},
    {Kind::kOpenChild, 2},     {Kind::kFailUpstream, 3},  {Kind::kCloseChild, 1},
    {Kind::kCycle, 1},         {Kind::kDeallocate, 2},    {Kind::kEqualRequests, 1},

    {Kind::kMakeBuffer, 2},    {Kind::kBufferWrite, 9},   {Kind::kBufferRead, 5},
    {Kind::kBufferShow, 2},    {Kind::kBufferDiscard, 2}, {Kind::kBufferMove, 2},
    {Kind::kMakeContainer, 3}, {Kind::kContainerAdd, 10}, {Kind::kContainerErase, 2},
    {Kind::kContainerMove, 4},
};

constexpr Weight kOfBuffers[] = {
    {Kind::kBufferWrite, 30}, {Kind::kBufferRead, 16},   {Kind::kBufferShow, 6},
    {Kind::kBufferMove, 4},   {Kind::kBufferDiscard, 6}, {Kind::kMakeBuffer, 4},
    {Kind::kAlloc, 3},        {Kind::kResize, 1},        {Kind::kObject, 1},
    {Kind::kOpenScope, 1},    {Kind::kCloseScope, 1},    {Kind::kReset, 1},
    {Kind::kFailUpstream, 2}, {Kind::kShrinkTo, 1},      {Kind::kOpenChild, 1},
};

constexpr Weight kOfPools[] = {
    {Kind::kAcquire, 14},     {Kind::kLeaseAlloc, 20}, {Kind::kLeaseObject, 8},
    {Kind::kLeaseForget, 1},  {Kind::kReturn, 12},     {Kind::kMoveLease, 2},
    {Kind::kPoolShrinkTo, 2}, {Kind::kClock, 6},       {Kind::kFailPoolUpstream, 2},
    {Kind::kEndPool, 1},      {Kind::kLeaseShape, 5},  {Kind::kLeaseScope, 5},
};

constexpr Weight kOfThreads[] = {
    {Kind::kAlloc, 24},       {Kind::kObject, 14},   {Kind::kResize, 12},
    {Kind::kDefer, 4},        {Kind::kLocal, 6},     {Kind::kReset, 2},
    {Kind::kFailUpstream, 3}, {Kind::kEndShared, 1}, {Kind::kExchangeThread, 2},
};

std::span<const Weight> WeightsOf(Subject subject) {
  if (subject == Subject::kThreads) return kOfThreads;
  if (subject == Subject::kPool) return kOfPools;
  if (subject == Subject::kBuffers) return kOfBuffers;
  return kOfArenas;
}

PoolSetup DecodePoolSetup(Decisions& decisions) {
  PoolSetup setup;
  constexpr std::size_t kIdle[] = {0, 5000, 20000, 60000, 200000, std::size_t{64} << 20};
  constexpr std::size_t kArena[] = {0, 4096, 10000, 80000, std::size_t{16} << 20, SIZE_MAX};
  constexpr std::size_t kAges[] = {0, 1, 100, 5000, 60000, 60000};
  constexpr std::size_t kKeys[] = {0, 1, 2, 5, 1024, 1024};
  constexpr std::size_t kPercents[] = {0, 50, 95, 95, 100, 33};
  constexpr std::size_t kHistories[] = {0, 1, 2, 5, 64, 64};
  setup.max_idle_bytes = kIdle[decisions.Next(6)];
  setup.max_arena_bytes = kArena[decisions.Next(6)];
  setup.max_idle_age = kAges[decisions.Next(6)];
  setup.max_keys = kKeys[decisions.Next(6)];
  setup.percent = kPercents[decisions.Next(6)];
  setup.history = kHistories[decisions.Next(6)];
  setup.offer_after = kAges[decisions.Next(6)];
  setup.pages = decisions.Next(4) == 0;
  setup.reclaim_now = decisions.Next(2) == 0;
  constexpr std::size_t kShards[] = {1, 1, 1, 2, 5, 16};
  setup.shards = kShards[decisions.Next(6)];
  return setup;
}

}  // namespace

Setup DecodeSetup(Decisions& decisions) {
  Setup setup;
  switch (decisions.Next(10)) {
    case 0:
      setup.min_buffer_size = 0;
      break;
    case 1:
      setup.min_buffer_size = 1 + decisions.Next(63);
      break;
    case 2:
    case 3:
      setup.min_buffer_size = 64 + decisions.Next(200);
      break;
    case 4:
      setup.min_buffer_size = std::size_t{16} << decisions.Next(10);
      break;
    case 5:
    case 6:
    case 7:
      setup.min_buffer_size = 200 + decisions.Next(5000);
      break;
    default:
      break;
  }
  setup.initial_buffer_count = decisions.Next(4);
  switch (decisions.Next(6)) {
    case 0:
      setup.max_buffer_size = decisions.Next(300);
      break;
    case 1:
      setup.max_buffer_size = 1000 + decisions.Next(10000);
      break;
    default:
      break;
  }
  switch (decisions.Next(8)) {
    case 0:
      setup.limit = decisions.Next(3000);
      break;
    case 1:
      setup.limit = 2000 + decisions.Next(30000);
      break;
    case 2:
      setup.limit =
          setup.min_buffer_size * setup.initial_buffer_count + decisions.Next(8) * 500 + 64;
      break;
    default:
      break;
  }
  switch (decisions.Next(6)) {
    case 0:
      setup.callers_size = 1 + decisions.Next(40);
      setup.callers_offset = decisions.Next(64);
      break;
    case 1:
      setup.callers_size = 1 + decisions.Next(4000);
      setup.callers_offset = decisions.Next(64);
      break;
    default:
      break;
  }
  switch (decisions.Next(6)) {
    case 0:
      setup.retain = 0;
      break;
    case 1:
      setup.retain = decisions.Next(20000);
      break;
    default:
      break;
  }
  return setup;
}

Program Decode(Subject subject, Decisions& decisions) {
  Program program;
  program.subject = subject;
  if (subject == Subject::kPool) {
    program.pool = DecodePoolSetup(decisions);
  } else {
    program.setup = DecodeSetup(decisions);
    if (subject == Subject::kGuarded) program.setup.retain = 0;
    program.in_object = decisions.Next(12) == 0;
    program.in_range = decisions.Next(4) == 0 && !program.in_object;
    constexpr std::size_t kAddresses[] = {0, 1, 10'000, 100'000, std::size_t{1} << 25};
    constexpr std::size_t kSteps[] = {0, 1, 5000, 32 * 1024, SIZE_MAX};
    program.address_space = kAddresses[decisions.Next(5)];
    program.commit = kSteps[decisions.Next(5)];
  }
  program.hostile = decisions.Next(2) == 0;

  // Half of the programs go without some kinds of steps: what the others do to each other is then
  // seen more often.
  static_assert(static_cast<unsigned>(Kind::kCount) <= 64);
  std::uint64_t allowed = UINT64_MAX;
  if (decisions.Next(2) == 0) {
    const auto some = [&] {
      const std::uint64_t high = decisions.Next(1u << 24);
      return high << 24 | decisions.Next(1u << 24);
    };
    allowed = some();
    allowed |= some();
    allowed |= UINT64_MAX << 48;  // those of the last numbers are always there
  }
  const std::span<const Weight> weights = WeightsOf(subject);
  allowed |= std::uint64_t{1} << static_cast<unsigned>(weights[0].kind);
  std::vector<Kind> kinds;
  for (const Weight& weight : weights) {
    if ((allowed >> static_cast<unsigned>(weight.kind) & 1) == 0) continue;
    kinds.insert(kinds.end(), static_cast<std::size_t>(weight.times), weight.kind);
  }

  constexpr std::size_t kLengths[] = {12, 40, 120, 400};
  const std::size_t length = kLengths[decisions.Next(4)];
  while (program.steps.size() < length && !decisions.Done()) {
    Step step;
    step.kind = kinds[decisions.Next(static_cast<std::uint32_t>(kinds.size()))];
    step.target = static_cast<std::uint8_t>(decisions.Next(0x100));
    step.a = static_cast<std::uint16_t>(decisions.Next(0x10000));
    step.b = static_cast<std::uint16_t>(decisions.Next(0x10000));
    step.c = static_cast<std::uint16_t>(decisions.Next(0x10000));
    program.steps.push_back(step);
  }
  return program;
}

void RunProgram(const Program& program, bool trace, std::size_t* steps) {
  if (program.subject == Subject::kPool) {
    PoolWorld world(program, trace);
    world.Run(steps);
  } else if (program.subject == Subject::kThreads) {
    ThreadWorld world(program, trace);
    world.Run(steps);
  } else {
    World world(program, trace);
    world.Run(steps);
  }
}

}  // namespace arena_random
