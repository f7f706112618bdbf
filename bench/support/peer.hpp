// SPDX-License-Identifier: Apache-2.0
//
// What a workload may ask of a peer. To add a peer, write a file like this one in bench/peers and
// name it in bench/CMakeLists.txt:
//
//     #include "../workloads/all.hpp"
//
//     class Obstack {
//      public:
//       explicit Obstack(std::size_t expected);               // bytes between two drops, for those
//                                                             // who profit from knowing
//       void* Alloc(std::size_t size, std::size_t alignment); // alignment: a power of two
//       void Reset();                                         // drops everything; or instead
//       // void Free(void* block, std::size_t size, std::size_t alignment);   // drops one block
//     };
//
//     void bench::RegisterPeer() { bench::RegisterAll<Obstack>(); }
//
// Everything else is optional. A case whose requirements a peer does not meet is not registered.
//
//     static constexpr std::size_t kMaxAlignment         the largest that it serves, else any
//     static constexpr bool kThreadSafe                  Alloc may be called from several threads
//     static constexpr bool kToldSize                    it relies on `expected`
//     explicit Peer(KnownSize)                           it can be made for a known size
//     static constexpr bool kAnySize = false             a single request can be too large for it
//     std::size_t Reserved() const                       bytes held from upstream, or
//     static std::size_t HeldBy(void* block)             bytes that one block takes
//     T* New<T>()                                        its own way to get memory for one T
//     T* Create<T>(args...)                              an object that Reset destroys
//     Allocator<T>()                                     its own allocator for containers
//     class IntArray { IntArray(Peer&); Append; data; }  its own growing array
//     class Shared { class Local { ... }; ... }          its own way to serve several threads:
//                                                        see workloads/threads.hpp
//     class Pool { class Lease { ... }; ... }            its own way to keep memory between
//                                                        requests, with Lease(Pool&, key)
//     class Coroutines { Task; memory; Run; Reset; }    its own way to get frames for coroutines
//     class ByteBuffer { Write; Read; Clear; }           its own byte buffer
#ifndef ARENA_BENCH_SUPPORT_PEER_HPP
#define ARENA_BENCH_SUPPORT_PEER_HPP

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>

namespace bench {

/// Registers the cases of the one peer that a program measures. Each peer's file defines it.
void RegisterPeer();

/// How many bytes the user of a fresh peer knows that will be asked for.
struct KnownSize {
  std::size_t bytes;
};

/// The object leaves the compiler's sight, and all memory may have changed.
template <class T>
inline void Escape(T* object) {
  asm volatile("" : : "r"(object) : "memory");
}

template <class P>
concept Frees = requires(P& peer, void* block, std::size_t n) { peer.Free(block, n, n); };

template <class P>
concept Resets = requires(P& peer) { peer.Reset(); };

template <class P>
concept ToldSize = P::kToldSize;

template <class P>
concept ThreadSafe = P::kThreadSafe;

template <class P>
concept MadeForSize = ToldSize<P> || std::constructible_from<P, KnownSize>;

template <class P>
constexpr bool ServesAnySize() {
  if constexpr (requires { P::kAnySize; }) {
    return P::kAnySize;
  } else {
    return true;
  }
}

template <class P>
constexpr std::size_t MaxAlignment() {
  if constexpr (requires { P::kMaxAlignment; }) {
    return P::kMaxAlignment;
  } else {
    return SIZE_MAX;
  }
}

/// Memory for one T, uninitialised, in the way of the peer's users.
template <class T, class P>
inline T* New(P& peer) {
  if constexpr (requires { peer.template New<T>(); }) {
    return peer.template New<T>();
  } else {
    return static_cast<T*>(peer.Alloc(sizeof(T), alignof(T)));
  }
}

template <class T, class P>
inline void Delete(P& peer, T* object) {
  peer.Free(object, sizeof(T), alignof(T));
}

/// Any peer as the allocator of a standard container.
template <class T, class P>
class StdAllocator {
 public:
  using value_type = T;

  explicit StdAllocator(P& peer) noexcept : peer_(&peer) {}
  template <class U>
  StdAllocator(const StdAllocator<U, P>& other) noexcept : peer_(other.peer()) {}

  T* allocate(std::size_t n) { return static_cast<T*>(peer_->Alloc(n * sizeof(T), alignof(T))); }
  void deallocate([[maybe_unused]] T* block, [[maybe_unused]] std::size_t n) noexcept {
    if constexpr (Frees<P>) peer_->Free(block, n * sizeof(T), alignof(T));
  }

  P* peer() const noexcept { return peer_; }
  template <class U>
  bool operator==(const StdAllocator<U, P>& other) const noexcept {
    return peer_ == other.peer();
  }

 private:
  P* peer_;
};

template <class T, class P>
inline auto AllocatorOf(P& peer) {
  if constexpr (requires { peer.template Allocator<T>(); }) {
    return peer.template Allocator<T>();
  } else {
    return StdAllocator<T, P>(peer);
  }
}

}  // namespace bench

#endif  // ARENA_BENCH_SUPPORT_PEER_HPP
