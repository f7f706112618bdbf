// SPDX-License-Identifier: Apache-2.0
//
// A destructor gives its object's own bytes back, and another object of the type comes to lie there:
// right behind the run that is being destroyed. It has its own turn, before the older neighbours.
#include <arena/detail/core/window.hpp>
#include <cstddef>
#include <memory>
#include <new>
#include <vector>

#include "support/catch.hpp"

namespace {

using arena::detail::Window;

Window* window = nullptr;
std::vector<const void*> deaths;
int successors = 0;

// Known by its place: a destructor that has given its object's bytes away looks at them no more.
struct Item {
  std::byte bytes[16];
  ~Item();
};

void* Add() {
  void* place = nullptr;
  REQUIRE(window->BumpFixed<sizeof(Item), alignof(Item)>(&place));
  ::new (place) Item;
  constexpr const arena::detail::Destructor& type = arena::detail::kDestructor<Item>;
  REQUIRE((window->PushObject(type, place) || window->StartRun(type, place) ||
           window->OpenSegment({type.one, place})));
  return place;
}

Item::~Item() {
  deaths.push_back(this);
  if (successors == 0) return;
  --successors;
  if (window->Resize(this, sizeof(Item), 0)) Add();
}

}  // namespace

TEST_CASE("an object in the place of one that is being destroyed is destroyed, too", "[places]") {
  constexpr std::size_t kBytes = 1024;
  const auto memory = std::make_unique<std::byte[]>(kBytes);
  Window own;
  window = &own;
  deaths.clear();
  own.Set(memory.get(), memory.get() + kBytes);
  std::vector<const void*> places;
  for (int i = 0; i < 5; ++i) places.push_back(Add());
  successors = 2;
  own.RunCleanups();
  const std::vector<const void*> expected = {places[4], places[4], places[4], places[3],
                                             places[2], places[1], places[0]};
  CHECK(deaths == expected);
  CHECK_FALSE(own.HasRecords());
  CHECK(own.limit() == memory.get() + kBytes);
}
