// SPDX-License-Identifier: Apache-2.0
//
// A byte buffer: a million chunks of 1 to 64 bytes written, then read back in pieces of 4 KiB.
#ifndef ARENA_BENCH_WORKLOADS_BYTES_HPP
#define ARENA_BENCH_WORKLOADS_BYTES_HPP

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "../support/cases.hpp"
#include "../support/sizes.hpp"

namespace bench {

/// Buffer: Write(const char*, n), Read(char*, n), which returns how many bytes were left to read,
/// and Clear(), which keeps the memory. Optional: Renew(), a new buffer in the memory that the old
/// one had from somewhere, and Expect(n), which announces how much will be written.
template <class Buffer>
class Chunks {
 public:
  explicit Chunks(std::size_t count) : sizes_(count) {
    Random random(20250612);
    for (std::uint32_t& size : sizes_) {
      size = static_cast<std::uint32_t>(random.Between(1, sizeof(source_)));
      bytes_ += size;
    }
  }

  std::size_t ops() const { return sizes_.size(); }
  std::size_t requested() const { return bytes_; }

  [[gnu::noinline]] void Write(Buffer& buffer) {
    for (const std::uint32_t size : sizes_) {
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
  std::vector<std::uint32_t> sizes_;  // of a type whose range tells the compiler nothing
  std::size_t bytes_ = 0;
  alignas(64) char source_[64] = "some bytes, always the same";
};

/// Registers rounds of `prepare(buffer)`, write, read. With `anew`, each round has a buffer of its
/// own.
template <class Buffer, class Prepare>
void BytesCase(const char* name, Memory memory, bool anew, Prepare prepare) {
  Case(name, memory, [anew, prepare](benchmark::State& state) {
    Chunks<Buffer> work(1'000'000);
    bool complete = true;
    std::optional<Buffer> buffer(std::in_place);
    if (!anew) {
      work.Write(*buffer);
      complete = work.Read(*buffer);
    }
    for (auto _ : state) {
      if (anew) buffer.emplace();
      prepare(*buffer, work.requested());
      work.Write(*buffer);
      complete = work.Read(*buffer) && complete;
      if (anew) buffer.reset();
    }
    if (!complete) state.SkipWithError("bytes are missing");
    return Figures{work.ops(), work.requested()};
  });
}

template <class Buffer>
void RegisterBytes() {
  BytesCase<Buffer>("bytes/reused", Memory::kWarm, false,
                    [](Buffer& buffer, std::size_t) { buffer.Clear(); });
  BytesCase<Buffer>("bytes/fresh", Memory::kCold, true, [](Buffer&, std::size_t) {});
  if constexpr (requires(Buffer& buffer) { buffer.Renew(); }) {
    BytesCase<Buffer>("bytes/renewed", Memory::kWarm, false,
                      [](Buffer& buffer, std::size_t) { buffer.Renew(); });
  }
  if constexpr (requires(Buffer& buffer) { buffer.Expect(1); }) {
    BytesCase<Buffer>("bytes/expected", Memory::kCold, true,
                      [](Buffer& buffer, std::size_t bytes) { buffer.Expect(bytes); });
  }
}

}  // namespace bench

#endif  // ARENA_BENCH_WORKLOADS_BYTES_HPP
