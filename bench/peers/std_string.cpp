// SPDX-License-Identifier: Apache-2.0
//
// std::string as a byte buffer: append, and copies from an offset. With ARENA_BENCH_PMR a
// std::pmr::string over a monotonic_buffer_resource.
#include <cstddef>
#include <memory_resource>
#include <string>

#include "../workloads/bytes.hpp"

namespace {

class ByteBuffer {
 public:
  void Write(const char* data, std::size_t size) { bytes_.append(data, size); }
  std::size_t Read(char* target, std::size_t size) {
    const std::size_t count = bytes_.copy(target, size, read_);
    read_ += count;
    return count;
  }
  void Clear() {
    bytes_.clear();
    read_ = 0;
  }
  void Expect(std::size_t bytes) { bytes_.reserve(bytes); }

 private:
#ifdef ARENA_BENCH_PMR
  std::pmr::monotonic_buffer_resource memory_;
  std::pmr::string bytes_{&memory_};
#else
  std::string bytes_;
#endif
  std::size_t read_ = 0;
};

}  // namespace

void bench::RegisterPeer() { bench::RegisterBytes<ByteBuffer>(); }
