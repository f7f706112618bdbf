// SPDX-License-Identifier: Apache-2.0
//
// Types that tell on whoever mistreats them. A LifetimeLog counts what happens to every Tracked
// object while it is the innermost log, in which order, and can make the n-th construction throw.
//
//   LifetimeLog log;
//   log.ThrowAt(3);
//   ... Tracked objects ...
//   CHECK(log.Check() == "");   // every one destroyed exactly once, none touched while dead
#ifndef ARENA_TESTS_SUPPORT_LIFETIME_HPP
#define ARENA_TESTS_SUPPORT_LIFETIME_HPP

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace arena_test {

// What a construction throws when the log says so.
struct ConstructionError {};

class LifetimeLog {
 public:
  LifetimeLog() : outer_(innermost_.exchange(this)) {}
  ~LifetimeLog() { innermost_.store(outer_); }
  LifetimeLog(const LifetimeLog&) = delete;
  LifetimeLog& operator=(const LifetimeLog&) = delete;

  // Makes the n-th construction counted from now (1: the next one) throw ConstructionError, once.
  // Constructions that are noexcept are not counted.
  void ThrowAt(std::size_t n) {
    const std::lock_guard lock(mutex_);
    throw_in_ = n;
  }
  void ThrowNever() { ThrowAt(0); }

  // Successful constructions of every kind; Copies and Moves are among them.
  std::size_t Constructions() const { return Read(constructions_); }
  std::size_t Copies() const { return Read(copies_); }
  std::size_t Moves() const { return Read(moves_); }
  std::size_t Assignments() const { return Read(assignments_); }
  std::size_t Destructions() const { return Read(destructions_); }
  std::size_t Live() const {
    const std::lock_guard lock(mutex_);
    return live_.size();
  }

  // The ids in the order of construction and of destruction.
  std::vector<int> Births() const { return Read(births_); }
  std::vector<int> Deaths() const { return Read(deaths_); }
  // Anything else that a test wants to see in order with the deaths: a deferred call, for instance.
  void Note(int id) {
    const std::lock_guard lock(mutex_);
    deaths_.push_back(id);
  }
  void ForgetOrder() {
    const std::lock_guard lock(mutex_);
    births_.clear();
    deaths_.clear();
  }

  // Mistreatment so far: destroyed twice, constructed over a live object, read while dead.
  std::string Errors() const { return Read(errors_); }
  // Errors() and objects still alive; empty when all is well.
  std::string Check() const {
    const std::lock_guard lock(mutex_);
    std::string problem = errors_;
    if (!live_.empty()) problem += std::to_string(live_.size()) + " objects are still alive; ";
    return problem;
  }

  // For the tracked types.
  enum class Birth { kPlain, kCopy, kMove };
  static void OnConstruct(const void* object, std::size_t alignment, int id, Birth birth,
                          bool may_throw) {
    LifetimeLog* log = innermost_.load();
    if (log == nullptr) return;
    const std::lock_guard lock(log->mutex_);
    if (may_throw && log->throw_in_ != 0 && --log->throw_in_ == 0) throw ConstructionError{};
    if (reinterpret_cast<std::uintptr_t>(object) % alignment != 0) {
      log->errors_ += "object " + std::to_string(id) + " is not aligned; ";
    }
    if (!log->live_.insert(object).second) {
      log->errors_ += "object " + std::to_string(id) + " was constructed over a live one; ";
    }
    ++log->constructions_;
    if (birth == Birth::kCopy) ++log->copies_;
    if (birth == Birth::kMove) ++log->moves_;
    log->births_.push_back(id);
  }
  static void OnAssign(const void* object, int id) {
    LifetimeLog* log = innermost_.load();
    if (log == nullptr) return;
    const std::lock_guard lock(log->mutex_);
    ++log->assignments_;
    if (!log->live_.contains(object)) {
      log->errors_ += "object " + std::to_string(id) + " was assigned to while dead; ";
    }
  }
  static void OnRead(const void* object) {
    LifetimeLog* log = innermost_.load();
    if (log == nullptr) return;
    const std::lock_guard lock(log->mutex_);
    if (!log->live_.contains(object)) log->errors_ += "an object was read while dead; ";
  }
  static void OnDestroy(const void* object, int id) {
    LifetimeLog* log = innermost_.load();
    if (log == nullptr) return;
    const std::lock_guard lock(log->mutex_);
    ++log->destructions_;
    if (log->live_.erase(object) == 0) {
      log->errors_ += "object " + std::to_string(id) + " was destroyed while dead; ";
    }
    log->deaths_.push_back(id);
  }

 private:
  template <class Figure>
  Figure Read(const Figure& figure) const {
    const std::lock_guard lock(mutex_);
    return figure;
  }

  static inline std::atomic<LifetimeLog*> innermost_{nullptr};

  mutable std::mutex mutex_;
  LifetimeLog* outer_;
  std::set<const void*> live_;
  std::vector<int> births_;
  std::vector<int> deaths_;
  std::string errors_;
  std::size_t throw_in_ = 0;
  std::size_t constructions_ = 0;
  std::size_t copies_ = 0;
  std::size_t moves_ = 0;
  std::size_t assignments_ = 0;
  std::size_t destructions_ = 0;
};

inline constexpr int kMovedFrom = -1;

// An int with a recorded life. kNoexceptMove: whether moves are noexcept (and then never throw).
// kAlignment: for over-aligned objects.
template <bool kNoexceptMove = true, std::size_t kAlignment = alignof(int)>
class alignas(kAlignment) BasicTracked {
 public:
  BasicTracked() : BasicTracked(0) {}
  BasicTracked(int id) : id_(id) {  // implicit, so that 7 can be appended to a slice of these
    LifetimeLog::OnConstruct(this, kAlignment, id_, LifetimeLog::Birth::kPlain, true);
  }
  BasicTracked(const BasicTracked& other) : id_(other.Id()) {
    LifetimeLog::OnConstruct(this, kAlignment, id_, LifetimeLog::Birth::kCopy, true);
  }
  BasicTracked(BasicTracked&& other) noexcept(kNoexceptMove) : id_(other.Id()) {
    LifetimeLog::OnConstruct(this, kAlignment, id_, LifetimeLog::Birth::kMove, !kNoexceptMove);
    other.id_ = kMovedFrom;
  }
  BasicTracked& operator=(const BasicTracked& other) {
    LifetimeLog::OnAssign(this, id_);
    id_ = other.Id();
    return *this;
  }
  BasicTracked& operator=(BasicTracked&& other) noexcept(kNoexceptMove) {
    LifetimeLog::OnAssign(this, id_);
    const int id = other.Id();
    if (this != &other) other.id_ = kMovedFrom;
    id_ = id;
    return *this;
  }
  ~BasicTracked() { LifetimeLog::OnDestroy(this, id_); }

  int Id() const {
    LifetimeLog::OnRead(this);
    return id_;
  }
  friend bool operator==(const BasicTracked& left, const BasicTracked& right) {
    return left.Id() == right.Id();
  }

 private:
  int id_;
};

using Tracked = BasicTracked<>;
using ThrowingMove = BasicTracked<false>;
using OverAligned = BasicTracked<true, 64>;

class MoveOnly : public Tracked {
 public:
  using Tracked::Tracked;
  MoveOnly(const MoveOnly&) = delete;
  MoveOnly& operator=(const MoveOnly&) = delete;
  MoveOnly(MoveOnly&&) noexcept = default;
  MoveOnly& operator=(MoveOnly&&) noexcept = default;
  ~MoveOnly() = default;
};

// Neither copied nor moved.
class Pinned : public Tracked {
 public:
  using Tracked::Tracked;
  Pinned(const Pinned&) = delete;
  Pinned& operator=(const Pinned&) = delete;
  ~Pinned() = default;
};

}  // namespace arena_test

#endif  // ARENA_TESTS_SUPPORT_LIFETIME_HPP
