// SPDX-License-Identifier: Apache-2.0
//
// The buffer of peers that are given one of the right size beforehand.
#ifndef ARENA_BENCH_SUPPORT_OWNED_BUFFER_HPP
#define ARENA_BENCH_SUPPORT_OWNED_BUFFER_HPP

#include <cstddef>
#include <memory>

namespace bench {

class OwnedBuffer {
 public:
  explicit OwnedBuffer(std::size_t size) : memory_(new std::byte[size]), size_(size) {}

  std::byte* data() const { return memory_.get(); }
  std::size_t size() const { return size_; }

 private:
  std::unique_ptr<std::byte[]> memory_;  // uninitialised
  std::size_t size_;
};

}  // namespace bench

#endif  // ARENA_BENCH_SUPPORT_OWNED_BUFFER_HPP
