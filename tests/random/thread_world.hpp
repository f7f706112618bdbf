// SPDX-License-Identifier: Apache-2.0
//
// The interpreter of random programs about a ThreadCachedArena. Its threads are real ones that take
// turns, so that a program always takes the same course. The model knows whose memory is whose and
// what it holds, what the figures have to be, which thread may resize which block, and which
// cleanups each part owes in which order.
#ifndef ARENA_TESTS_RANDOM_THREAD_WORLD_HPP
#define ARENA_TESTS_RANDOM_THREAD_WORLD_HPP

#include <arena/arena.hpp>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "random/narrator.hpp"
#include "random/objects.hpp"
#include "random/placed_memory.hpp"
#include "random/program.hpp"
#include "random/upstream.hpp"
#include "support/checking_resource.hpp"
#include "support/crew.hpp"
#include "support/raw_memory.hpp"

namespace arena_random {

class ThreadWorld final : public Observer, private Narrator {
 public:
  ThreadWorld(const Program& program, bool trace);
  ThreadWorld(const ThreadWorld&) = delete;
  ThreadWorld& operator=(const ThreadWorld&) = delete;
  ~ThreadWorld() override;

  // Runs the program to its end; `steps` counts as it goes.
  void Run(std::size_t* steps);

 private:
  static constexpr std::size_t kThreads = 4;

  // What names a thread while it lives: a later one of the same name goes on with its part.
  using Name = const void*;

  struct Thread {
    Name name = nullptr;
    std::optional<arena::ThreadCachedArena::Local> local;  // made and ended on the thread
  };

  struct Block {
    int id = 0;
    Name part = nullptr;  // of the thread that it was handed to
    unsigned char* data = nullptr;
    std::size_t size = 0;
    bool object = false;  // may not be resized
  };

  enum class Action { kNone, kAlloc, kObject };

  // A cleanup that is owed.
  struct Owed {
    int id = 0;
    const void* object = nullptr;  // null: a call
    Action action = Action::kNone;
  };

  void Do(const Step& step);
  void Finish();
  void MakeShared();
  void EndShared();
  void AllocStep(std::size_t thread, const Step& step);
  void ResizeStep(std::size_t thread, const Step& step);
  void ObjectStep(std::size_t thread, const Step& step);
  void DeferStep(std::size_t thread, const Step& step);
  void LocalStep(std::size_t thread);
  void ExchangeStep(std::size_t thread);
  void ForgetStep(const Step& step);
  void FailUpstreamStep(const Step& step);

  // Does it on the thread, with its Local if it has one, and looks at Len from there.
  void On(std::size_t thread, const std::function<void(arena::Arena& a)>& work);
  void EndLocal(std::size_t thread);
  const char* NameOf(std::size_t thread) const;

  // Len has grown by `size` and the padding of an alignment, or not at all.
  void Grown(std::size_t before, std::size_t size, std::size_t alignment, bool happened);
  void MayFail(std::size_t failures_before);
  // A block was taken back: Len was higher for a moment.
  void TookBack();
  void CheckAlone(const unsigned char* data, std::size_t size, int id) const;
  void AddBlock(std::size_t thread, void* data, std::size_t size, int id, bool object);
  void Check() const;
  void Pay(const void* object, int id) noexcept;

  void OnBirth(void* object, std::size_t size, bool may_throw) override;
  void OnTouch(const void*) noexcept override {}
  void OnDeath(void* object) noexcept override;
  void OnCall(int id) noexcept override;

  const Program& program_;
  PlacedMemory memory_;
  arena_test::CheckingResource upstream_;
  std::optional<arena::MonotonicArena> base_;
  std::optional<arena::ThreadCachedArena> shared_;
  std::vector<Thread> threads_ = std::vector<Thread>(kThreads);
  arena_test::Crew crew_{kThreads};

  std::vector<Block> blocks_;
  std::deque<char> ended_;  // their addresses name the parts of arenas that have ended
  std::map<Name, std::vector<Owed>> owed_;  // of each part, the oldest first
  std::size_t len_ = 0;                     // after the last step
  std::size_t highest_ = 0;
  bool shrunk_ = false;         // blocks of several parts may have shrunk: Peak may be too high
  bool smooth_ = true;          // since the last Reset every thread got the part that it needed
  bool making_ = false;         // an object, which dies at once if its record is refused
  bool throws_ = false;         // the next constructor does
  bool paying_ = false;         // cleanups run
  Name paying_part_ = nullptr;  // the part whose turn it is
  int next_id_ = 0;
};

}  // namespace arena_random

#endif  // ARENA_TESTS_RANDOM_THREAD_WORLD_HPP
