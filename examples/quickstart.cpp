// SPDX-License-Identifier: Apache-2.0
//
// The first steps with arena. From the top of the repository:
//
//   c++ -std=c++20 -Iinclude examples/quickstart.cpp -o quickstart && ./quickstart
#include <arena/arena.hpp>
#include <cstdio>
#include <string_view>

struct User {
  int id = 0;
  std::string_view name;
};

int main() {
  arena::MonotonicArena a;
  User* user = arena::Allocate<User>(a, 1, "Ada");    // like new User{1, "Ada"}
  auto users = arena::AllocateSlice<User>(a, 0, 10);  // length 0, capacity 10
  users = arena::SliceAppend(a, users, *user);
  users = arena::SliceAppend(a, users, {2, "Grace"});
  std::printf("%zu users in %zu of %zu bytes\n", users.size(), a.Len(), a.Cap());
  a.Reset();  // all of it is gone, the memory stays for the next round
}
