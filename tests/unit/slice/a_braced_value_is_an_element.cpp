// SPDX-License-Identifier: Apache-2.0
//
// A single value may be braced, and a range may be a braced list.
#include <arena/arena.hpp>
#include <string>
#include <utility>

#include "support/catch.hpp"

using arena::Slice;
using arena::SliceAppend;
using arena::SliceAppendRange;

namespace {

struct User {
  int id;
  std::string name;
};
struct Braced {
  int x = 0;
  int y = 0;
};

}  // namespace

TEST_CASE("a braced value is an element") {
  arena::MonotonicArena a;
  Slice<User> users;
  users = SliceAppend(a, users, {1, "Ada"});
  users = SliceAppend(a, std::move(users), {2, "Grace"});
  users = SliceAppend(a, users, {});
  CHECK(users[0].name == "Ada");
  CHECK(users[1].id == 2);
  CHECK(users[2].name.empty());
  Slice<Braced> points;
  points = SliceAppend(a, points, {1, 2});
  points = SliceAppend(a, points, {.x = 3});
  points = SliceAppend(a, std::move(points), {});
  CHECK((points[0].y == 2 && points[1].x == 3 && points[2].x == 0));
}

TEST_CASE("a braced list is a range") {
  arena::MonotonicArena a;
  Slice<User> users;
  users = SliceAppendRange(a, users, {{1, "Ada"}, {2, "Grace"}});
  users = SliceAppendRange(a, std::move(users), {User{3, "Edsger"}});
  CHECK(users.size() == 3);
  CHECK(users[1].name == "Grace");
  CHECK(users[2].id == 3);
  const auto numbers = SliceAppendRange(a, Slice<int>(), {1, 2, 3});
  CHECK(numbers[2] == 3);
  const auto words = SliceAppendRange(a, Slice<std::string>(), {"a", "b"});
  CHECK(words[1] == "b");
  const auto none = SliceAppendRange(a, Slice<int>(), {});
  CHECK(none.empty());
}
