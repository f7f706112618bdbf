// SPDX-License-Identifier: Apache-2.0
#include "random/program.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

#include "random/decisions.hpp"

namespace arena_random {
namespace {

struct Weight {
  Kind kind;
  int times;
};

constexpr Weight kWeights[] = {
    {Kind::kAlloc, 24},    {Kind::kResize, 14},      {Kind::kFillWindow, 4},
    {Kind::kBag, 2},       {Kind::kPlainObject, 5},  {Kind::kObject, 12},
    {Kind::kDefer, 4},     {Kind::kOwn, 3},          {Kind::kMakeSlice, 6},
    {Kind::kAppend, 14},   {Kind::kAppendRange, 6},  {Kind::kDeriveSlice, 6},
    {Kind::kReserve, 3},   {Kind::kOpenScope, 6},    {Kind::kCloseScope, 5},
    {Kind::kShrinkTo, 4},  {Kind::kReset, 2},        {Kind::kRelease, 1},
    {Kind::kOpenChild, 2}, {Kind::kFailUpstream, 3}, {Kind::kCloseChild, 1},
    {Kind::kCycle, 1},     {Kind::kDeallocate, 2},
};

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
  return setup;
}

Program Decode(Decisions& decisions) {
  Program program;
  program.setup = DecodeSetup(decisions);
  program.in_object = decisions.Next(12) == 0;
  program.hostile = decisions.Next(2) == 0;

  // Half of the programs go without some kinds of steps: what the others do to each other is then
  // seen more often.
  std::uint32_t allowed = 0xFFFFFFFFu;
  if (decisions.Next(2) == 0) {
    allowed = decisions.Next(1u << 24);
    allowed |= decisions.Next(1u << 24);
  }
  allowed |= 1u << static_cast<unsigned>(Kind::kAlloc);
  std::vector<Kind> kinds;
  for (const Weight& weight : kWeights) {
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

}  // namespace arena_random
