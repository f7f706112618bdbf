// SPDX-License-Identifier: Apache-2.0
//
// [mem.res.monotonic.buffer.overview]: buffers grow, so that upstream is asked a logarithmic number
// of times. The library's start to grow after eight of them and stop at max_buffer_size.
#include <cstddef>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/monotonic_resources.hpp"

TEMPLATE_TEST_CASE("conformance: the number of buffers grows with the logarithm of the memory",
                   "[conformance]", arena_test::Ours, arena_test::Standard) {
  arena_test::CheckingResource upstream;
  TestType monotonic(&upstream);
  std::size_t used = 0;
  const auto buffers_after = [&](std::size_t total) {
    for (; used < total; used += 64) static_cast<void>(monotonic.resource().allocate(64, 8));
    return upstream.Allocations();
  };
  const std::size_t small = buffers_after(64 * 1024);
  const std::size_t medium = buffers_after(512 * 1024);
  const std::size_t large = buffers_after(4096 * 1024);
  CHECK(small >= 2);
  // Eight times the memory costs as many buffers each time.
  CHECK(medium - small <= 24);
  CHECK(large - medium <= 24);
}

TEMPLATE_TEST_CASE("conformance: a request larger than the next buffer is served",
                   "[conformance][places]", arena_test::Ours, arena_test::Standard) {
  arena_test::CheckingResource upstream;
  TestType monotonic(&upstream, 64);
  for (std::size_t size = 1; size <= 1024 * 1024; size = size * 3 + 1) {
    void* const block = monotonic.resource().allocate(size, 1);
    CHECK(upstream.Holds(block, size));
  }
}
