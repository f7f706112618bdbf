// SPDX-License-Identifier: Apache-2.0
//
// Len grows by the padding that a request needs in a dedicated buffer, as it does in the window.
#include <arena/arena.hpp>
#include <cstddef>
#include <cstdint>
#include <memory_resource>

#include "support/catch.hpp"

namespace {

// Serves blocks that are aligned to 16 bytes and no more, and remembers the last one.
class BarelyAligned final : public std::pmr::memory_resource {
 public:
  std::uintptr_t last() const noexcept { return last_; }

 private:
  static constexpr std::size_t kShift = 16;

  void* do_allocate(std::size_t size, std::size_t) override {
    void* const block = std::pmr::new_delete_resource()->allocate(size + kShift, 4096);
    auto* const shifted = static_cast<std::byte*>(block) + kShift;
    last_ = reinterpret_cast<std::uintptr_t>(shifted);
    return shifted;
  }
  void do_deallocate(void* block, std::size_t size, std::size_t) override {
    std::pmr::new_delete_resource()->deallocate(static_cast<std::byte*>(block) - kShift,
                                                size + kShift, 4096);
  }
  bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override {
    return this == &other;
  }

  std::uintptr_t last_ = 0;
};

}  // namespace

TEST_CASE("padding in an oversized chunk is in Len", "[places]") {
  BarelyAligned upstream;
  arena::MonotonicArena a({.min_buffer_size = 1024, .upstream = &upstream});
  const std::uintptr_t window = upstream.last();
  void* const block = a.Alloc(5000, 2048);
  REQUIRE(upstream.last() != window);
  const std::size_t padding = reinterpret_cast<std::uintptr_t>(block) -
                              (upstream.last() + sizeof(arena::detail::OversizedChunk));
  REQUIRE(padding > 0);
  REQUIRE(padding < 2048);
  CHECK(a.Len() == padding + 5000);
  const arena::ArenaStats stats = a.Stats();
  CHECK(stats.cap - stats.waste - stats.free == padding + 5000);
}
