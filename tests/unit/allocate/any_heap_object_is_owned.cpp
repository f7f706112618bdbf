// SPDX-License-Identifier: Apache-2.0
//
// Own takes what a std::unique_ptr can hold: an interface, a void* with its deleter, a function.
#include <arena/arena.hpp>
#include <cstdlib>
#include <memory>

#include "support/catch.hpp"

namespace {

struct Shape {
  virtual int Area() const = 0;
  virtual ~Shape() = default;
};
struct Square final : Shape {
  explicit Square(int* n) : died(n) {}
  ~Square() override { ++*died; }
  int Area() const override { return 4; }
  int* died;
};

int freed = 0;
struct Free {
  void operator()(void* block) const noexcept {
    ++freed;
    std::free(block);
  }
};
void FreeBlock(void* block) noexcept { Free()(block); }

struct CountCall {
  void operator()(void (*)()) const noexcept { ++freed; }
};

}  // namespace

TEST_CASE("an interface, handles and a function are owned") {
  arena::MonotonicArena a;
  int died = 0;
  freed = 0;
  std::unique_ptr<Shape> shape = std::make_unique<Square>(&died);
  CHECK(arena::Own(a, std::move(shape))->Area() == 4);
  CHECK(arena::Own(a, std::unique_ptr<void, Free>(std::malloc(10))) != nullptr);
  CHECK(arena::Own(a, std::unique_ptr<void, void (*)(void*) noexcept>(std::malloc(10),
                                                                      &FreeBlock)) != nullptr);
  CHECK(arena::Own(a, std::unique_ptr<void(), CountCall>([] {})) != nullptr);
  CHECK(arena::Own(a, std::make_unique<int[]>(3))[2] == 0);
  a.Reset();
  CHECK(died == 1);
  CHECK(freed == 3);
}
