// SPDX-License-Identifier: Apache-2.0
//
// The rule that the library's ancestor packs by, as a measure to compare with: buffers in a list
// and a cursor that only moves forward. A request that does not fit the buffer at the cursor moves
// the cursor on for good; behind the last buffer a new one is made, as large as the request if need
// be. It counts bytes and holds none.
#ifndef ARENA_TESTS_SUPPORT_FORWARD_ONLY_CURSOR_HPP
#define ARENA_TESTS_SUPPORT_FORWARD_ONLY_CURSOR_HPP

#include <cstddef>
#include <vector>

namespace arena_test {

class ForwardOnlyCursor {
 public:
  explicit ForwardOnlyCursor(std::size_t min_buffer_size = 32 * 1024)
      : min_buffer_size_(min_buffer_size), buffers_(1, Buffer{min_buffer_size, 0}) {}

  void Alloc(std::size_t size, std::size_t alignment) {
    for (; cursor_ < buffers_.size(); ++cursor_) {
      Buffer& buffer = buffers_[cursor_];
      const std::size_t start = (buffer.used + alignment - 1) / alignment * alignment;
      if (start > buffer.size || size > buffer.size - start) continue;
      buffer.used = start + size;
      return;
    }
    buffers_.push_back({size > min_buffer_size_ ? size : min_buffer_size_, size});
  }

  void Reset() {
    for (Buffer& buffer : buffers_) buffer.used = 0;
    cursor_ = 0;
  }

  std::size_t Len() const {
    std::size_t len = 0;
    for (const Buffer& buffer : buffers_) len += buffer.used;
    return len;
  }
  std::size_t Cap() const {
    std::size_t cap = 0;
    for (const Buffer& buffer : buffers_) cap += buffer.size;
    return cap;
  }
  // What the cursor left behind at the ends of buffers.
  std::size_t Tails() const {
    std::size_t tails = 0;
    for (std::size_t i = 0; i < cursor_; ++i) tails += buffers_[i].size - buffers_[i].used;
    return tails;
  }

 private:
  struct Buffer {
    std::size_t size;
    std::size_t used;
  };

  std::size_t min_buffer_size_;
  std::vector<Buffer> buffers_;
  std::size_t cursor_ = 0;
};

}  // namespace arena_test

#endif  // ARENA_TESTS_SUPPORT_FORWARD_ONLY_CURSOR_HPP
