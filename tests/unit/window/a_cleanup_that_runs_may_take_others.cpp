// SPDX-License-Identifier: Apache-2.0
//
// While a destructor of a run is running, the window's newest cleanup is the one that is next: an
// older neighbour's, or, for the last of them, what was registered before the run.
#include <arena/detail/core/window.hpp>
#include <cstddef>
#include <memory>
#include <new>
#include <vector>

#include "support/catch.hpp"

namespace {

using arena::detail::Window;

std::vector<int> deaths;
arena::Cleanup taken;

struct Item {
  Window* window;
  int id;
  ~Item() {
    deaths.push_back(id);
    if (id == 0) CHECK(window->TakeCleanup(&taken, nullptr));
  }
};

void RunOldest(void*) noexcept { deaths.push_back(100); }

}  // namespace

TEST_CASE("the last destructor of a run takes what was registered before the run") {
  constexpr std::size_t kBytes = 1024;
  const auto memory = std::make_unique<std::byte[]>(kBytes);
  Window window;
  deaths.clear();
  taken = {};
  window.Set(memory.get(), memory.get() + kBytes);
  REQUIRE(window.OpenSegment({&RunOldest, &window}));
  for (int id = 0; id < 4; ++id) {
    void* place = nullptr;
    REQUIRE(window.BumpFixed<sizeof(Item), alignof(Item)>(&place));
    ::new (place) Item{&window, id};
    constexpr const arena::detail::Destructor& type = arena::detail::kDestructor<Item>;
    REQUIRE((window.PushObject(type, place) || window.StartRun(type, place)));
  }
  window.RunCleanups();
  CHECK(deaths == std::vector<int>{3, 2, 1, 0});
  CHECK(taken.run == &RunOldest);
  CHECK(taken.object == &window);
  CHECK_FALSE(window.HasRecords());
  CHECK(window.limit() == memory.get() + kBytes);
}
