// SPDX-License-Identifier: Apache-2.0
//
// This library, with default options wherever the case does not say otherwise.
#include <arena/arena.hpp>
#include <arena/coroutine.hpp>
#include <arena/pool.hpp>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "../support/counting_resource.hpp"
#include "../workloads/all.hpp"
#include "../workloads/retain.hpp"

namespace {

class Peer {
 public:
  explicit Peer(std::size_t) {}
  explicit Peer(bench::KnownSize known)
      : arena_({.min_buffer_size = known.bytes, .upstream = &bench::counting_upstream}) {}

  explicit Peer(bench::Retain retain)
      : arena_({.retain = retain.bytes, .upstream = &bench::counting_upstream}) {}

  void* Alloc(std::size_t size, std::size_t alignment) { return arena_.Alloc(size, alignment); }
  void Reset() { arena_.Reset(); }
  std::size_t Reserved() const { return bench::counting_upstream.held(); }

  template <class T>
  T* New() {
    return arena::AllocateForOverwrite<T>(arena_);
  }
  template <class T, class... Args>
  T* Create(Args&&... args) {
    return arena::Allocate<T>(arena_, std::forward<Args>(args)...);
  }
  template <class T>
  arena::Allocator<T> Allocator() {
    return arena_;
  }

  class IntArray {
   public:
    explicit IntArray(Peer& peer) : arena_(peer.arena_) {}
    void Append(int value) { ints_ = arena::SliceAppend(arena_, ints_, value); }
    int* data() { return ints_.data(); }

   private:
    arena::Arena& arena_;
    arena::Slice<int> ints_;
  };

  // An arena for each thread, over one that they share.
  class Shared {
   public:
    Shared(std::size_t, std::size_t) {}

    class Local {
     public:
      Local(Shared& shared, std::size_t) : arena_({.upstream = &shared.arena_}) {}
      template <class T>
      T* New() {
        return arena::AllocateForOverwrite<T>(arena_);
      }
      template <class T, class... Args>
      T* Create(Args&&... args) {
        return arena::Allocate<T>(arena_, std::forward<Args>(args)...);
      }

     private:
      arena::MonotonicArena arena_;
    };

    void Reset() { arena_.Reset(); }

   private:
    arena::MonotonicArena memory_;
    arena::ConcurrentArena arena_{memory_};
  };

  class Pool {
   public:
    class Lease {
     public:
      explicit Lease(Pool& pool, std::uint64_t key = 0) : lease_(pool.pool_.Acquire(key)) {}
      void* Alloc(std::size_t size, std::size_t alignment) {
        return lease_->Alloc(size, alignment);
      }

     private:
      arena::ArenaLease lease_;
    };

   private:
    arena::ArenaPool pool_;
  };

  // Frames in an arena that is reset between the rounds.
  class Coroutines {
   public:
    using Task = bench::FrameTask<arena::CoroutineFrame>;
    using Memory = arena::Arena;

    Memory& memory() noexcept { return arena_; }
    template <class Start>
    int Run(Start start) {
      return start().Run();
    }
    void Reset() { arena_.Reset(); }

   private:
    arena::MonotonicArena arena_;
  };

  class ByteBuffer {
   public:
    void Write(const char* data, std::size_t size) { buffer_.Write(data, size); }
    std::size_t Read(char* target, std::size_t size) { return buffer_.Read(target, size); }
    void Clear() { buffer_.Reset(); }
    void Renew() {
      arena_.Reset();
      buffer_ = arena::ArenaBuffer(arena_);
    }
    void Expect(std::size_t bytes) { buffer_.Prepare(bytes); }

   private:
    arena::MonotonicArena arena_;
    arena::ArenaBuffer buffer_{arena_};
  };

 private:
  arena::MonotonicArena arena_{{.upstream = &bench::counting_upstream}};
};

}  // namespace

void bench::RegisterPeer() {
  bench::RegisterAll<Peer>();
  bench::RegisterLargeAppend<Peer>();
  bench::RegisterRetain<Peer>();
}
