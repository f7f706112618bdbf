// SPDX-License-Identifier: Apache-2.0
//
// A type may hold a slice of itself.
#include <arena/arena.hpp>
#include <cstddef>
#include <string>
#include <utility>

#include "support/catch.hpp"
#include "support/lifetime.hpp"

namespace {

struct Node {
  std::string name;
  arena::Slice<Node> kids;
};

struct PlainNode {
  int number = 0;
  arena::Slice<PlainNode> kids;
};

struct CountedNode {
  arena_test::Tracked id;
  arena::Slice<CountedNode> kids;
};

Node Tree(arena::Arena& a, int depth) {
  Node node{"a node with a name of some length at depth " + std::to_string(depth), {}};
  for (int i = 0; i < depth; ++i) node.kids = arena::SliceAppend(a, node.kids, Tree(a, depth - 1));
  return node;
}

std::size_t Count(const Node& node) {
  std::size_t count = 1;
  for (const Node& kid : node.kids) count += Count(kid);
  return count;
}

}  // namespace

TEST_CASE("a tree of nodes with slices of nodes") {
  arena::MonotonicArena a;
  const Node* const root = arena::Allocate<Node>(a, Tree(a, 5));
  CHECK(root->kids.size() == 5);
  CHECK(root->kids[0].kids[0].name == "a node with a name of some length at depth 3");
  CHECK(Count(*root) == 326);
}

TEST_CASE("a plain node stays plain") {
  STATIC_REQUIRE(std::is_trivially_copyable_v<PlainNode>);
  arena::MonotonicArena a;
  PlainNode root;
  for (int i = 0; i < 10; ++i) root.kids = arena::SliceAppend(a, root.kids, {i, {}});
  root.kids[3].kids = arena::SliceAppend(a, root.kids[3].kids, {33, {}});
  CHECK(root.kids[3].kids[0].number == 33);
  CHECK(a.Stats().records == 0);
}

TEST_CASE("a slice can be appended to an element of itself") {
  arena_test::LifetimeLog log;
  arena::MonotonicArena a;
  arena::Slice<CountedNode> nodes;
  for (int id = 0; id < 10; ++id) {
    nodes = arena::SliceAppend(a, std::move(nodes), {id, {}});
    nodes[0].kids = arena::SliceAppend(a, nodes[0].kids, nodes[static_cast<std::size_t>(id)]);
  }
  CHECK(nodes[0].kids.size() == 10);
  CHECK(nodes[0].kids[9].id.Id() == 9);
  nodes = arena::SliceAppendRange(a, nodes, nodes[0].kids);
  CHECK(nodes.size() == 20);
  a.Reset();
  CHECK(log.Check() == "");
}
