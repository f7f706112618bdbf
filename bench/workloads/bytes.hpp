// SPDX-License-Identifier: Apache-2.0
//
// A byte buffer: a million chunks of 1 to 64 bytes written, then read back in pieces of 4 KiB.
#ifndef ARENA_BENCH_WORKLOADS_BYTES_HPP
#define ARENA_BENCH_WORKLOADS_BYTES_HPP

#include <cstddef>
#include <cstdint>
#include <vector>

#include "../support/cases.hpp"
#include "../support/sizes.hpp"

namespace bench {

/// Buffer: Write(const char*, n), Read(char*, n), which returns how many bytes were left to read,
/// and Clear(), which keeps the memory.
template <class Buffer>
class Chunks {
 public:
  explicit Chunks(std::size_t count) : sizes_(count) {
    Random random(20250612);
    for (std::uint8_t& size : sizes_) {
      size = static_cast<std::uint8_t>(random.Between(1, sizeof(source_)));
      bytes_ += size;
    }
  }

  std::size_t ops() const { return sizes_.size(); }
  std::size_t requested() const { return bytes_; }

  [[gnu::noinline]] void Write(Buffer& buffer) {
    for (const std::uint8_t size : sizes_) {
      buffer.Write(source_, size);
      Escape(&buffer);
    }
  }

  /// False when not all came back.
  [[gnu::noinline]] bool Read(Buffer& buffer) {
    char piece[4096];
    std::size_t bytes = 0;
    while (const std::size_t read = buffer.Read(piece, sizeof(piece))) {
      Escape(piece);
      bytes += read;
    }
    return bytes == bytes_;
  }

 private:
  std::vector<std::uint8_t> sizes_;
  std::size_t bytes_ = 0;
  char source_[64] = "some bytes, always the same";
};

template <class Buffer>
void RegisterBytes() {
  constexpr std::size_t kCount = 1'000'000;
  Case("bytes/reused", Memory::kWarm, [](benchmark::State& state) {
    Chunks<Buffer> work(kCount);
    Buffer buffer;
    bool complete = true;
    work.Write(buffer);
    complete = work.Read(buffer) && complete;
    for (auto _ : state) {
      buffer.Clear();
      work.Write(buffer);
      complete = work.Read(buffer) && complete;
    }
    if (!complete) state.SkipWithError("bytes are missing");
    return Figures{work.ops(), work.requested()};
  });
  Case("bytes/fresh", Memory::kCold, [](benchmark::State& state) {
    Chunks<Buffer> work(kCount);
    bool complete = true;
    for (auto _ : state) {
      Buffer buffer;
      work.Write(buffer);
      complete = work.Read(buffer) && complete;
    }
    if (!complete) state.SkipWithError("bytes are missing");
    return Figures{work.ops(), work.requested()};
  });
}

}  // namespace bench

#endif  // ARENA_BENCH_WORKLOADS_BYTES_HPP
