// SPDX-License-Identifier: Apache-2.0
//
// The state of Asio's asynchronous operations in an arena: the allocator that is associated with the
// handler of an operation.
//
//     socket.async_read_some(buffer, adapters::InArena(a, [](error_code error, size_t n) { ... }));
//
// Asio frees the state of an operation before it calls the handler. If it is the arena's last
// allocation by then, the arena takes it back, so a handler that starts the next operation first of
// all uses the same memory again. Beware:
// - The arena outlives every operation: it is reset when none is pending and no handler is running.
// - What was allocated behind a pending operation keeps its memory from being taken back: a connection
//   with several operations at once makes the arena grow until its reset, so give each request one.
// - An arena is used by one thread at a time. Where several threads run the io_context, the handlers
//   of one arena share a strand.
// - Asio's own recycling is as fast for the one or two operations that a thread has at hand: what is
//   won is that they lie with the request, and that nothing calls operator new.
#pragma once

#include <arena/arena.hpp>
#include <asio/bind_allocator.hpp>
#include <cstddef>
#include <utility>

namespace adapters {

template <class T>
class AsioAllocator {
 public:
  using value_type = T;

  AsioAllocator(arena::Arena& arena) noexcept : arena_(&arena) {}
  template <class U>
  AsioAllocator(const AsioAllocator<U>& other) noexcept : arena_(&other.arena()) {}

  T* allocate(std::size_t count) { return arena::Allocator<T>(*arena_).allocate(count); }
  void deallocate(T* block, std::size_t count) noexcept {
    if (arena_->TryResize(block, count * sizeof(T), 0)) return;
    arena::Allocator<T>(*arena_).deallocate(block, count);  // for sanitizers only
  }

  arena::Arena& arena() const noexcept { return *arena_; }
  template <class U>
  bool operator==(const AsioAllocator<U>& other) const noexcept {
    return arena_ == &other.arena();
  }

 private:
  arena::Arena* arena_;
};

/// The handler, or other completion token, with its operation's state in `a`. A handler type of one's
/// own that has this allocator_type and get_allocator() costs Asio less.
template <class Token>
auto InArena(arena::Arena& a, Token&& token) {
  return asio::bind_allocator(AsioAllocator<std::byte>(a), std::forward<Token>(token));
}

}  // namespace adapters
