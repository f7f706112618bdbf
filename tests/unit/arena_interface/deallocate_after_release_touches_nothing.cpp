// SPDX-License-Identifier: Apache-2.0
//
// A container that outlived the Release of its arena gives back a block which is no longer the
// arena's: whoever owns that memory now may go on to use it, under AddressSanitizer too.
#include <arena/arena.hpp>
#include <cstddef>
#include <cstring>
#include <memory_resource>
#include <optional>
#include <vector>

#include "support/catch.hpp"

namespace {

// Lends the same bytes again and again, like an upstream that reuses what it got back.
class OneBlockAtATime final : public std::pmr::memory_resource {
 public:
  unsigned char* bytes() noexcept { return bytes_; }
  std::size_t size() const noexcept { return sizeof(bytes_); }

 private:
  void* do_allocate(std::size_t size, std::size_t) override {
    REQUIRE(size <= sizeof(bytes_));
    return bytes_;
  }
  void do_deallocate(void*, std::size_t, std::size_t) override {}
  bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override {
    return this == &other;
  }

  alignas(64) unsigned char bytes_[4096];
};

}  // namespace

TEST_CASE("deallocate of a block that the arena gave back leaves it to its new owner") {
  OneBlockAtATime upstream;
  arena::MonotonicArena a({.min_buffer_size = 2048, .upstream = &upstream});
  std::optional<std::pmr::vector<int>> late(std::in_place, 100, 7, &a);
  CHECK(a.Owns(late->data()));
  a.Release();
  std::memset(upstream.bytes(), 0x5A, upstream.size());  // the new owner's
  late.reset();
  bool intact = true;
  for (std::size_t i = 0; i < upstream.size(); ++i) intact = intact && upstream.bytes()[i] == 0x5A;
  CHECK(intact);
}
