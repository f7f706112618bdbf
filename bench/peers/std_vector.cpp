// SPDX-License-Identifier: Apache-2.0
//
// std::vector<char> as a byte buffer; with ARENA_BENCH_DEQUE std::deque<char>, which is erased from
// at the front as it is read.
#include <algorithm>
#include <cstddef>
#include <deque>
#include <vector>

#include "../workloads/bytes.hpp"

namespace {

class ByteBuffer {
 public:
  void Write(const char* data, std::size_t size) { bytes_.insert(bytes_.end(), data, data + size); }
#ifdef ARENA_BENCH_DEQUE
  std::size_t Read(char* target, std::size_t size) {
    const std::size_t count = std::min(size, bytes_.size());
    const auto end = bytes_.begin() + static_cast<std::ptrdiff_t>(count);
    std::copy(bytes_.begin(), end, target);
    bytes_.erase(bytes_.begin(), end);
    return count;
  }
  void Clear() { bytes_.clear(); }

 private:
  std::deque<char> bytes_;
#else
  std::size_t Read(char* target, std::size_t size) {
    const std::size_t count = std::min(size, bytes_.size() - read_);
    std::copy_n(bytes_.data() + read_, count, target);
    read_ += count;
    return count;
  }
  void Clear() {
    bytes_.clear();
    read_ = 0;
  }
  void Expect(std::size_t bytes) { bytes_.reserve(bytes); }

 private:
  std::vector<char> bytes_;
  std::size_t read_ = 0;
#endif
};

}  // namespace

void bench::RegisterPeer() { bench::RegisterBytes<ByteBuffer>(); }
