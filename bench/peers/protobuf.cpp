// SPDX-License-Identifier: Apache-2.0
//
// google::protobuf::Arena as it is by default; with ARENA_BENCH_BLOCK in blocks of up to that many
// bytes; with ARENA_BENCH_BUFFER over one buffer of the size that is needed, reused.
#include <google/protobuf/arena.h>
#include <google/protobuf/repeated_field.h>

#include <cstddef>
#include <utility>

#include "../support/owned_buffer.hpp"
#include "../workloads/all.hpp"

namespace {

class Peer {
 public:
  static constexpr bool kThreadSafe = true;
#ifdef ARENA_BENCH_BUFFER
  static constexpr bool kToldSize = true;
  explicit Peer(std::size_t expected) : buffer_(expected + 1024), arena_(Over(buffer_)) {}
#else
  explicit Peer(std::size_t) : arena_(Blocks(0)) {}
  explicit Peer(bench::KnownSize known) : arena_(Blocks(known.bytes + 1024)) {}
#endif

  void* Alloc(std::size_t size, std::size_t alignment) {
    return arena_.AllocateAligned((size + 7) & ~std::size_t{7}, alignment < 8 ? 8 : alignment);
  }
  void Reset() { arena_.Reset(); }
  std::size_t Reserved() const { return arena_.SpaceAllocated(); }

  template <class T>
  T* New() {
    return google::protobuf::Arena::CreateArray<T>(&arena_, 1);
  }
  template <class T, class... Args>
  T* Create(Args&&... args) {
    return google::protobuf::Arena::Create<T>(&arena_, std::forward<Args>(args)...);
  }

  class IntArray {
   public:
    explicit IntArray(Peer& peer) : ints_(&peer.arena_) {}
    void Append(int value) { ints_.Add(value); }
    int* data() { return ints_.mutable_data(); }

   private:
    google::protobuf::RepeatedField<int> ints_;
  };

 private:
  using Options = google::protobuf::ArenaOptions;

#ifdef ARENA_BENCH_BUFFER
  static Options Over(const bench::OwnedBuffer& buffer) {
    Options options;
    options.initial_block = reinterpret_cast<char*>(buffer.data());
    options.initial_block_size = buffer.size();
    return options;
  }
  bench::OwnedBuffer buffer_;
#else
  static Options Blocks(std::size_t first) {
    Options options;
#ifdef ARENA_BENCH_BLOCK
    options.start_block_size = std::size_t{64} << 10;
    options.max_block_size = ARENA_BENCH_BLOCK;
#endif
    if (first != 0) {
      options.start_block_size = first;
      options.max_block_size = first;
    }
    return options;
  }
#endif

  google::protobuf::Arena arena_;
};

}  // namespace

void bench::RegisterPeer() { bench::RegisterAll<Peer>(); }
