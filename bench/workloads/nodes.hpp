// SPDX-License-Identifier: Apache-2.0
//
// A list and a balanced tree: built, walked once, dropped.
#ifndef ARENA_BENCH_WORKLOADS_NODES_HPP
#define ARENA_BENCH_WORKLOADS_NODES_HPP

#include <cstddef>
#include <cstdint>

#include "../support/cases.hpp"

namespace bench {

struct ListNode {
  ListNode* next;
  std::int64_t value;
};

template <class P>
class List {
 public:
  explicit List(std::size_t count) : count_(count) {}

  std::size_t ops() const { return count_; }
  std::size_t requested() const { return count_ * sizeof(ListNode); }
  std::size_t expected() const { return requested() + 64; }

  [[gnu::noinline]] void Fill(P& peer) {
    ListNode** tail = &head_;
    for (std::size_t i = 0; i < count_; ++i) {
      auto* const node = New<ListNode>(peer);
      node->value = static_cast<std::int64_t>(i);
      Escape(node);
      *tail = node;
      tail = &node->next;
    }
    *tail = nullptr;
    std::int64_t sum = 0;
    for (const ListNode* node = head_; node != nullptr; node = node->next) sum += node->value;
    benchmark::DoNotOptimize(sum);
  }

  [[gnu::noinline]] void Drop(P& peer) {
    if constexpr (Frees<P>) {
      for (ListNode* node = head_; node != nullptr;) {
        ListNode* const next = node->next;
        Delete(peer, node);
        node = next;
      }
    } else {
      peer.Reset();
    }
  }

  template <class F>
  void ForEach(F f) const {
    for (ListNode* node = head_; node != nullptr; node = node->next) f(node);
  }

 private:
  std::size_t count_;
  ListNode* head_ = nullptr;
};

struct TreeNode {
  TreeNode* left;
  TreeNode* right;
  std::int64_t value;
};

template <class P>
class Tree {
 public:
  explicit Tree(std::size_t count) : count_(count) {}

  std::size_t ops() const { return count_; }
  std::size_t requested() const { return count_ * sizeof(TreeNode); }
  std::size_t expected() const { return requested() + 64; }

  [[gnu::noinline]] void Fill(P& peer) {
    root_ = Build(peer, count_);
    benchmark::DoNotOptimize(Sum(root_));
  }

  [[gnu::noinline]] void Drop(P& peer) {
    if constexpr (Frees<P>) {
      DeleteAll(peer, root_);
    } else {
      peer.Reset();
    }
  }

  template <class F>
  void ForEach(F f) const {
    Visit(root_, f);
  }

 private:
  static TreeNode* Build(P& peer, std::size_t count) {
    if (count == 0) return nullptr;
    auto* const node = New<TreeNode>(peer);
    node->value = static_cast<std::int64_t>(count);
    Escape(node);
    node->left = Build(peer, count / 2);
    node->right = Build(peer, count - 1 - count / 2);
    return node;
  }

  static std::int64_t Sum(const TreeNode* node) {
    return node == nullptr ? 0 : Sum(node->left) + node->value + Sum(node->right);
  }

  template <class F>
  static void Visit(TreeNode* node, F f) {
    if (node == nullptr) return;
    f(node);
    Visit(node->left, f);
    Visit(node->right, f);
  }

  static void DeleteAll(P& peer, TreeNode* node) {
    if (node == nullptr) return;
    DeleteAll(peer, node->left);
    DeleteAll(peer, node->right);
    Delete(peer, node);
  }

  std::size_t count_;
  TreeNode* root_ = nullptr;
};

template <class P>
void RegisterNodes() {
  WarmCase<P, List<P>>("list/1M", std::size_t{1'000'000});
  WarmCase<P, Tree<P>>("tree/1M", std::size_t{1'000'000});
}

}  // namespace bench

#endif  // ARENA_BENCH_WORKLOADS_NODES_HPP
