// SPDX-License-Identifier: Apache-2.0
//
// Threads that do what they are told, one at a time: what several threads do is then in an order
// that the test chooses, and the same in each run.
#ifndef ARENA_TESTS_SUPPORT_CREW_HPP
#define ARENA_TESTS_SUPPORT_CREW_HPP

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace arena_test {

class Crew {
 public:
  explicit Crew(std::size_t threads) : threads_(threads) {
    for (std::size_t i = 0; i < threads; ++i) Start(i);
  }
  ~Crew() {
    for (std::size_t i = 0; i < threads_.size(); ++i) End(i);
  }
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

  std::size_t size() const { return threads_.size(); }

  // Returns when the thread has done it.
  void Do(std::size_t thread, const std::function<void()>& work) {
    std::unique_lock lock(mutex_);
    turn_ = thread;
    work_ = &work;
    changed_.notify_all();
    changed_.wait(lock, [&] { return work_ == nullptr; });
  }

  // A thread ends, and a new one has its place.
  void Exchange(std::size_t thread) {
    End(thread);
    Start(thread);
  }

 private:
  void Start(std::size_t thread) {
    threads_[thread] = std::thread([this, thread] {
      std::unique_lock lock(mutex_);
      for (bool ends = false; !ends;) {
        changed_.wait(lock, [&] { return work_ != nullptr && turn_ == thread; });
        ends = !*work_;
        if (!ends) (*work_)();
        work_ = nullptr;
        changed_.notify_all();
      }
    });
  }
  void End(std::size_t thread) {
    Do(thread, nullptr);
    threads_[thread].join();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t turn_ = 0;
  const std::function<void()>* work_ =
      nullptr;  // of the thread whose turn it is; an empty one: end
  std::vector<std::thread> threads_;
};

}  // namespace arena_test

#endif  // ARENA_TESTS_SUPPORT_CREW_HPP
