// SPDX-License-Identifier: Apache-2.0
//
// Steps with whole arenas: scopes, reserve, shrink, reset, release, children, a failing upstream.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <string>
#include <utility>

#include "random/decisions.hpp"
#include "random/world.hpp"

namespace arena_random {

void World::OpenScopeStep(const Via& via) {
  Node& node = *via.node;
  if (node.depth() >= 4) return;
  OpenScope open;
  open.id = next_id_++;
  open.stats = node.stats;
  open.window = node.window;
  open.owed = node.owed.size();
  Say("std::optional<ArenaScope> scope%d(%s);", open.id, node.name.c_str());
  open.scope = std::make_unique<arena::ArenaScope>(*node.arena);
  node.scopes.push_back(std::move(open));
  Expected expected = Unchanged(node);
  if (node.setup.retain == 0) {  // the scope begins in a buffer of its own
    expected.window_stays = false;
    LoseWindow(node);
  }
  Settle(node, expected);
}

void World::CloseScopeStep(const Via& via) {
  Node& node = *via.node;
  if (node.depth() == 0) return;
  CloseChildren(node, node.depth());
  ForgetContainers(node, node.depth());
  OpenScope open = std::move(node.scopes.back());
  Say("scope%d.reset();", open.id);
  PayCleanups(node, open.owed, [&open] { open.scope.reset(); });
  ForgetPieces(node, node.depth(), true);
  node.scopes.pop_back();
  node.window = open.window;
  Expected expected;
  expected.len_min = expected.len_max = open.stats.len;
  expected.peak_slack = paid_slack_;
  if (paid_with_memory_) expected.cap = Expected::Cap::kMayGrow;
  const std::size_t cap = node.arena->Cap();
  if (node.setup.retain != SIZE_MAX && cap < node.stats.cap) {
    Require(paid_with_memory_ || node.stats.cap > node.setup.retain,
            "a scope freed what may be retained");
    node.stats.cap = cap;
  }
  Require(node.setup.retain != 0 || cap <= open.stats.cap, "a scope retained memory");
  Settle(node, expected);
  Require(node.stats.records == open.stats.records && node.stats.waste == open.stats.waste,
          "records or waste of a scope are left");
}

void World::ForgetStep(const Via& via, bool release) {
  Node& node = *via.node;
  while (node.depth() != 0) CloseScopeStep(via);
  CloseChildren(node, 0);
  ForgetContainers(node, 0);
  const std::size_t max_waste =
      node.setup.callers_size == 0 ? 0 : node.setup.callers_size % 16 + 15;
  Say("%s.%s();", via.name(), release ? "Release" : "Reset");
  std::size_t largest = 0;
  for (const Piece& piece : pieces_) {
    if (piece.node == &node) largest = std::max(largest, piece.size);
  }
  PayCleanups(node, 0, [&] {
    if (release) {
      via.arena->Release();
    } else {
      via.arena->Reset();
    }
  });
  ForgetPieces(node, 0, !release);
  LoseWindow(node);
  Expected expected;
  expected.peak_slack = paid_slack_;
  if (release) {
    const arena::ArenaStats now = node.arena->Stats();
    Require(now.cap == node.setup.callers_size, "Release kept memory");
    const bool in_range = node.range != nullptr && node.range->Reserved() != 0;
    Require(now.buffers == (node.setup.callers_size != 0 || in_range ? 1u : 0u),
            "Release kept buffers");
    Require(node.parent != nullptr || upstream_.LiveBlocks() == 0,
            "Release did not give everything back");
    node.stats.cap = now.cap;
  } else {
    // Reset frees what recent rounds did not use.
    const std::size_t cap = node.arena->Cap();
    if (cap < node.stats.cap) node.stats.cap = cap;
    Require(cap <= std::max(node.setup.retain, node.setup.callers_size), "Reset retained too much");
    if (paid_with_memory_) expected.cap = Expected::Cap::kMayGrow;
  }
  Settle(node, expected);
  Require(node.stats.records == 0 && node.stats.waste <= max_waste && node.stats.waste < 16,
          "records or waste are left");
  node.kept = release || node.setup.retain != SIZE_MAX ? 0 : largest;
}

void World::ReserveStep(const Via& via, const Step& step) {
  Node& node = *via.node;
  const std::size_t bytes = SizeFrom(step.a, node);
  Say("%s.Reserve(%zu);", node.name.c_str(), bytes);
  const std::size_t failures = upstream_.Failures();
  try {
    node.arena->Reserve(bytes);
  } catch (const std::bad_alloc&) {
    Answer("std::bad_alloc");
    Require(MayFail(node, bytes, failures), "Reserve failed although nothing was in the way");
    Settle(node, Failed(node));
    return;
  }
  Answer("ok");
  const arena::ArenaStats now = node.arena->Stats();
  Require(now.free >= bytes, "Reserve did not get the bytes");
  Require(now.records == node.stats.records, "Reserve changed the records");
  // Reserve of growing sizes frees spares that recent rounds did not use.
  if (now.cap < node.stats.cap) node.stats.cap = now.cap, node.kept = 0;
  Expected expected = Unchanged(node);
  if (!RoomIsKnown(node) || bytes > node.stats.free) {
    expected.cap = Expected::Cap::kMayGrow;
    expected.window_stays = false;
    LookAtWindow(node);
  }
  Settle(node, expected);
  if (step.b % 2 == 0 || bytes == 0) return;
  const std::size_t calls = upstream_.Calls();
  const std::size_t cap = node.stats.cap;
  const Piece* const piece = AllocBytes(via, bytes, 1, step.c);
  Require(piece != nullptr && piece->in_window, "what was reserved is not there");
  Require(upstream_.Calls() == calls && node.stats.cap == cap, "what was reserved was not used");
}

void World::ShrinkToStep(const Via& via, const Step& step) {
  Node& node = *via.node;
  const std::size_t caps[] = {0, node.stats.cap / 2, node.stats.len, node.stats.cap,
                              SizeFrom(step.b, node)};
  const std::size_t bytes = caps[step.a % 5];
  Say("%s.ShrinkTo(%zu);", node.name.c_str(), bytes);
  const std::size_t before = node.stats.cap;
  node.arena->ShrinkTo(bytes);
  const arena::ArenaStats now = node.arena->Stats();
  Answer("cap %zu", now.cap);
  Require(now.cap <= before, "ShrinkTo raised Cap");
  Require(before > bytes || now.cap == before, "ShrinkTo gave back more than it was asked to");
  if (now.cap < before) node.kept = 0;
  node.stats.cap = now.cap;
  Settle(node, Unchanged(node));
  if (now.cap > bytes) {
    node.arena->ShrinkTo(0);
    Require(node.arena->Cap() == now.cap, "ShrinkTo kept buffers that hold nothing");
    const bool empty = now.len == 0 && now.records == 0 && node.depth() == 0;
    Require(!empty || now.cap == node.setup.callers_size,
            "ShrinkTo kept buffers of an empty arena");
  }
  // The current buffer goes too if it holds nothing.
  if (node.window.known && PieceAtCursor(node) == nullptr) LoseWindow(node);
}

void World::FailUpstreamStep(const Step& step) {
  using arena_test::Failure;
  const Failure failures[] = {Failure::kBadAlloc, Failure::kInt, Failure::kNull};
  const char* const names[] = {"kBadAlloc", "kInt", "kNull"};
  const Failure failure = failures[step.c % 3];
  const std::size_t n = 1 + step.b % 4;
  switch (step.a % 5) {
    case 0:
    case 1:
      Say("upstream.FailNever();");
      upstream_.FailNever();
      break;
    case 2:
      Say("upstream.FailFrom(%zu, Failure::%s);", n, names[step.c % 3]);
      upstream_.FailFrom(n, failure);
      break;
    default:
      Say("upstream.FailAt(%zu, Failure::%s);", n, names[step.c % 3]);
      upstream_.FailAt(n, failure);
      break;
  }
}

void World::OpenChildStep(const Via& via, const Step& step) {
  if (nodes_.size() >= 3) return;
  SeededDecisions decisions(step.a);
  Setup setup = DecodeSetup(decisions);
  setup.callers_size = 0;
  const std::string name = "child" + std::to_string(next_id_++);
  if (step.c % 4 == 0) {
    LeaseNode(name, via.node, step, via);
  } else {
    MakeNode(name, via.node, setup, step.c % 4 == 1 ? Made::kInlineInUpstream : Made::kPlain,
             via.arena, via.name());
  }
}

// Those that were made at that depth of scopes, or deeper.
void World::CloseChildren(const Node& parent, std::size_t depth) {
  for (std::size_t i = nodes_.size(); i-- > 1;) {
    Node& node = *nodes_[i];
    if (node.parent == &parent && node.parent_depth >= depth) CloseChild(node);
  }
}

// A child's end may run cleanups that allocate: no scope may be open then that would take away what
// they get.
void World::LeaveInnerScopes(const Node& node) {
  if (node.parent == nullptr) return;
  LeaveInnerScopes(*node.parent);
  while (node.parent->depth() > node.parent_depth)
    CloseScopeStep({node.parent, node.parent->arena});
}

void World::CloseChild(Node& node) {
  LeaveInnerScopes(node);
  CloseChildren(node, 0);
  const Via via{&node, node.arena};
  while (node.depth() != 0) CloseScopeStep(via);
  Say("// the end of %s", node.name.c_str());
  DestroyArena(node);
  ForgetPieces(node, 0, false);
  std::erase_if(stale_, [&node](const Stale& stale) { return stale.node == &node; });
  const auto place = std::find_if(nodes_.begin(), nodes_.end(),
                                  [&node](const auto& other) { return other.get() == &node; });
  const std::unique_ptr<Node> gone = std::move(*place);
  nodes_.erase(place);
  SettleOthers(*gone);
}

}  // namespace arena_random
