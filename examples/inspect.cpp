// SPDX-License-Identifier: Apache-2.0
//
// Looking into an arena while it works: one readable line of figures, and a picture of its buffers.
#include <arena/arena.hpp>
#include <arena/picture.hpp>
#include <iostream>
#include <string>

namespace {

void Fill(arena::MonotonicArena& a, int strings) {
  for (int i = 0; i < strings; ++i) {
    arena::Allocate<std::string>(a, "its destructor costs a cleanup record of 16 bytes");
    static_cast<void>(arena::AllocateSlice<char>(a, 100));  // costs its 100 bytes and nothing else
  }
}

void Show(const char* title, const arena::MonotonicArena& a) {
  std::cout << title << ":\n";
  arena::WritePicture(std::cout, a) << '\n';
}

}  // namespace

int main() {
  // Small chunks, so that there is something to see.
  arena::MonotonicArena a({.min_buffer_size = 4096});
  Show("A fresh arena holds one chunk", a);

  Fill(a, 20);
  Show("It fills from the left, cleanup records from the right", a);

  Fill(a, 20);
  Show("The window moved on and retired its chunk; what was too small is wasted", a);

  {
    const arena::ArenaScope scope(a);
    Fill(a, 30);
    Show("A scope was opened, and filled a chunk more", a);

    a.Alloc(20'000);
    Show("A large request got an oversized chunk of its own; the window stays", a);
  }
  Show("The scope is closed: what it allocated is gone, its chunks are spares", a);

  a.Reset();
  Show("After Reset all of the memory is there for the next round", a);

  std::cout << "The same as one line: " << a.Stats() << '\n';
}
