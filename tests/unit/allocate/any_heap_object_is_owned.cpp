// SPDX-License-Identifier: Apache-2.0
//
// Own takes what a std::unique_ptr can hold: an interface, a void* with its deleter, a function.
#include <arena/arena.hpp>
#include <cstdlib>
#include <memory>

#include "support/catch.hpp"

namespace {

struct OwnedShape {
  virtual int Area() const = 0;
  virtual ~OwnedShape() = default;
};
struct OwnedSquare final : OwnedShape {
  explicit OwnedSquare(int* n) : died(n) {}
  ~OwnedSquare() override { ++*died; }
  int Area() const override { return 4; }
  int* died;
};

int handles_freed = 0;
struct FreeHandle {
  void operator()(void* block) const noexcept {
    ++handles_freed;
    std::free(block);
  }
};
void FreeHandleBlock(void* block) noexcept { FreeHandle()(block); }

struct CountFunction {
  void operator()(void (*)()) const noexcept { ++handles_freed; }
};

}  // namespace

TEST_CASE("an interface, handles and a function are owned") {
  arena::MonotonicArena a;
  int died = 0;
  handles_freed = 0;
  std::unique_ptr<OwnedShape> shape = std::make_unique<OwnedSquare>(&died);
  CHECK(arena::Own(a, std::move(shape))->Area() == 4);
  CHECK(arena::Own(a, std::unique_ptr<void, FreeHandle>(std::malloc(10))) != nullptr);
  CHECK(arena::Own(a, std::unique_ptr<void, void (*)(void*) noexcept>(
                          std::malloc(10), &FreeHandleBlock)) != nullptr);
  CHECK(arena::Own(a, std::unique_ptr<void(), CountFunction>([] {})) != nullptr);
  CHECK(arena::Own(a, std::make_unique<int[]>(3))[2] == 0);
  a.Reset();
  CHECK(died == 1);
  CHECK(handles_freed == 3);
}
