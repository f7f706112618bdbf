// SPDX-License-Identifier: Apache-2.0
//
// An arena without a window keeps its records in blocks of 16. A cleanup that registers more while
// an older block is being emptied must not make the records of that block reach in front of it.
#include <arena/arena.hpp>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "support/catch.hpp"

namespace {

// Hands out its own bytes one block behind the other, so that a block's neighbour is known.
class ArenaInARow final : public arena::Arena {
 public:
  ~ArenaInARow() override { Release(); }

  std::size_t Len() const noexcept override { return used_; }
  std::size_t Cap() const noexcept override { return sizeof(storage_); }
  std::size_t Peak() const noexcept override { return used_; }

 protected:
  void* DoAlloc(std::size_t size, std::size_t alignment) noexcept override {
    const std::size_t start = (used_ + alignment - 1) / alignment * alignment;
    if (alignment > 64 || start + size > sizeof(storage_)) return nullptr;
    used_ = start + size;
    return storage_ + start;
  }
  void DoReset() noexcept override { used_ = 0; }
  void DoRelease() noexcept override { used_ = 0; }

 private:
  alignas(64) std::byte storage_[16 * 1024];
  std::size_t used_ = 0;
};

}  // namespace

TEST_CASE(
    "cleanups registered while an older block of records is emptied leave its neighbour alone") {
  constexpr std::size_t kNeighbour = 512;
  std::vector<int> order;
  bool intact = true;
  ArenaInARow a;
  auto* const neighbour = static_cast<unsigned char*>(a.Alloc(kNeighbour, 64));
  std::memset(neighbour, 0x5A, kNeighbour);
  const auto check = [&] {
    for (std::size_t i = 0; i < kNeighbour; ++i) intact = intact && neighbour[i] == 0x5A;
  };
  // One more than a block of records holds: the newest lies in a second block with 15 free places.
  static constexpr int kRecords = 17;
  for (int i = 0; i < kRecords; ++i) {
    arena::Defer(a, [&, i] {
      order.push_back(i);
      if (i == kRecords - 2) {  // the first one from the older block
        for (int more = 0; more < 12; ++more) {
          arena::Defer(a, [&order, &check, more] {
            check();
            order.push_back(100 + more);
          });
        }
        check();
      }
    });
  }
  a.Reset();
  CHECK(intact);
  std::vector<int> expected{kRecords - 1, kRecords - 2};
  for (int more = 11; more >= 0; --more) expected.push_back(100 + more);
  for (int i = kRecords - 3; i >= 0; --i) expected.push_back(i);
  CHECK(order == expected);
}
