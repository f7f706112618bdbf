// SPDX-License-Identifier: Apache-2.0
//
// Nobody is there to give a deferred callable arguments, or to convert an odd pointer.
// expect: arena: Defer needs a callable that takes no arguments
// expect(2): arena: Own needs a deleter whose pointer type is T\*
// expect(3): arena: Own needs a deleter whose pointer type is T\*
#include <arena/arena.hpp>
#include <cstdint>
#include <memory>

struct CloseHandle {
  struct pointer {
    std::intptr_t value = 0;
    pointer(std::nullptr_t = nullptr) {}
    explicit operator bool() const { return value != 0; }
    friend bool operator==(pointer, pointer) = default;
  };
  void operator()(pointer) const {}
};

struct Base {
  int number = 1;
};
struct Derived : Base {};
struct DeleteDerived {
  using pointer = Derived*;
  void operator()(Derived* object) const { delete object; }
  void operator()(Base*) const {}
};

void Use(arena::Arena& a) {
#if ARENA_MISUSE == 1
  arena::Defer(a, [](int) {});
#elif ARENA_MISUSE == 2
  arena::Own(a, std::unique_ptr<int, CloseHandle>());
#elif ARENA_MISUSE == 3
  arena::Own(a, std::unique_ptr<Base, DeleteDerived>(new Derived));
#else
  arena::Defer(a, [] {});
  arena::Own(a, std::unique_ptr<Derived, DeleteDerived>(new Derived));
  arena::Own(a, std::make_unique<int>(3));
#endif
}
