// SPDX-License-Identifier: Apache-2.0
//
// class Budget: a tree of bounds on the memory that arenas and pools take from upstream.
//
//     arena::Budget process({.name = "process", .limit = std::size_t{4} << 30});
//     arena::Budget tenant(
//         {.name = "tenant 7", .limit = std::size_t{256} << 20, .parent = &process});
//     arena::MonotonicArena a({.upstream = &tenant});
//     arena::ArenaPool pool({.upstream = &tenant});
//
// Not part of arena.hpp.
#ifndef ARENA_BUDGET_HPP
#define ARENA_BUDGET_HPP

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <memory_resource>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "config.hpp"
#include "detail/budget/budget_text.hpp"
#include "detail/budget/pressure.hpp"
#include "detail/core/assert.hpp"
#include "detail/core/printable.hpp"
#include "detail/core/text_line.hpp"
#include "fwd.hpp"

ARENA_BEGIN_NAMESPACE

/// Is asked to free memory of a budget that runs short; see BudgetOptions::on_pressure.
using BudgetPressureCallback = std::function<bool(Budget& budget, std::size_t wanted)>;

/// What a Budget allows and where its memory comes from. Sizes are in bytes.
struct BudgetOptions {
  /// Names the budget in messages, trees and metrics. Copied. Any bytes will do; characters that
  /// cannot be printed are replaced there. Siblings better have different names.
  std::string_view name = "budget";
  /// Used() never passes this. SIZE_MAX: no limit of its own.
  std::size_t limit = SIZE_MAX;
  /// A charge that would take Used() above this asks `on_pressure` first, and is then made whatever
  /// the answer. SIZE_MAX: none.
  std::size_t soft_limit = SIZE_MAX;
  /// Asked to free memory, for a charge of `wanted` bytes, before the charge passes the soft limit
  /// and before the limit refuses it. Returns whether the charge should be tried again; see Budget
  /// for what it may do. An exception counts as false. Empty: nobody is asked.
  BudgetPressureCallback on_pressure = {};
  /// How long a charge that does not fit waits for a call of `on_pressure` that another thread is
  /// making, before it is refused. 0: it is refused at once. At most a day.
  std::chrono::milliseconds pressure_wait = std::chrono::milliseconds(100);
  /// The budget that this one is part of; outlives it. nullptr: a root.
  Budget* parent = nullptr;
  /// Where the memory comes from; outlives the budget, and is thread-safe where threads share the
  /// budget. nullptr: the parent's upstream, or std::pmr::get_default_resource() for a root.
  std::pmr::memory_resource* upstream = nullptr;
};

/// A named bound on memory: an upstream for arenas and pools, which counts what they take.
///
/// Budgets form a tree. Each block is charged to its budget and to all budgets above, or it is
/// refused by the first one that it does not fit in, and then nothing is charged anywhere. No
/// budget ever passes its limit, not by a byte, whatever the number of threads: a block is charged
/// before it is taken from upstream, and its charge is taken back after it was returned. A block
/// counts with the size that was asked for, the header of an arena's chunk included.
///
/// A charge costs one atomic operation for each level, O(depth). Arenas take whole chunks, so an
/// allocation in an arena costs nothing more.
///
/// **Pressure.** A charge that would take a budget above its soft limit, or that does not fit below
/// its limit, asks the budget's `on_pressure` to free something (`pool.ShrinkTo(0)`). It runs on
/// the charging thread, with no lock of the budget's held and with nothing of the charge counted; it
/// may allocate and deallocate within the budget and read every figure. (The mutex of a
/// ConcurrentArena or a ThreadCachedArena that asks is held.) Each budget makes one call at a time:
/// within that call its own charges ask nobody, those of other threads do not wait to pass the soft
/// limit, and those that do not fit wait, at most `pressure_wait`, for the call to end. After an
/// answer of true that freed something the charge is tried again, and asks again if it still does
/// not fit; otherwise it is refused. A charge above the whole limit is refused without asking.
///
/// A refused allocation throws std::bad_alloc; where exceptions are off it answers nullptr, which
/// arenas understand and std::pmr containers do not. What upstream throws is passed on, with
/// nothing charged.
///
/// Lifetime: a budget outlives the memory it counts and its children. A budget that is destroyed
/// while anything is charged to it, or before a child, ends the program with a message that names
/// it: a leak detector.
///
/// Thread safety: every member may be called from any thread. While one thread's charge is being
/// refused by a budget further up, the levels below count it for a moment, so that another charge
/// may be refused that would have fit an instant later; never the other way round. After fork in a
/// process with threads, the child does not use it.
class Budget : public std::pmr::memory_resource {
 public:
  /// Without a limit. Throws std::bad_alloc.
  Budget() : Budget(BudgetOptions{}) {}

  /// Throws std::bad_alloc when there is no memory for the name or the callback.
  explicit Budget(BudgetOptions options)
      : limit_(options.limit),
        soft_limit_(options.soft_limit),
        parent_(options.parent),
        upstream_(UpstreamFor(options)),
        name_(options.name),
        pressure_(std::move(options.on_pressure), options.pressure_wait) {
    if (parent_ != nullptr) parent_->Link(this);
  }

  /// Ends the program with a message when bytes are still charged or a child still exists.
  ~Budget() override {
    if (first_child_ != nullptr) {
      FailWith("was destroyed before its child \"", first_child_->Name(), "\"");
    }
    if (const std::size_t used = Used(); used != 0) {
      detail::TextLine bytes;
      bytes << used;
      FailWith("was destroyed with memory charged to it: ", bytes.c_str(), " bytes");
    }
    if (parent_ != nullptr) parent_->Unlink(this);
  }

  Budget(const Budget&) = ARENA_DELETE("arena: a budget is shared by reference");
  Budget& operator=(const Budget&) = ARENA_DELETE("arena: a budget is shared by reference");

  /// The name it was given. The view lives as long as the budget. O(1).
  std::string_view Name() const noexcept { return name_; }

  /// The budget above; nullptr for a root. O(1).
  const Budget* Parent() const noexcept { return parent_; }

  /// The most bytes that may be charged at once; SIZE_MAX when there is no limit. O(1).
  std::size_t Limit() const noexcept { return limit_; }

  /// The bytes above which a charge asks for memory first; SIZE_MAX when there are none. O(1).
  std::size_t SoftLimit() const noexcept { return soft_limit_; }

  /// The bytes that are charged now, those of the budgets below included. O(1).
  std::size_t Used() const noexcept { return used_.load(std::memory_order_acquire); }

  /// The most bytes that were charged at once. Charges that were refused do not count, nor do those
  /// for which upstream had no memory, unless another thread charges before that is known. O(1).
  std::size_t Peak() const noexcept { return peak_.load(std::memory_order_relaxed); }

  /// How many charges this budget refused, those of budgets below included, because they did not
  /// fit below its own limit. An arena that is refused a chunk tries a smaller one, so that this is
  /// not the number of allocations that failed. O(1).
  std::uint64_t Refused() const noexcept { return refused_.load(std::memory_order_relaxed); }

  /// Replaces `on_pressure`; empty: nobody is asked any more. When it returns, the callback before
  /// it does not run and is not called again, so that what it used (a pool, say) may be destroyed.
  ///
  /// Waits for a call that another thread is making. Called from the callback itself it does not
  /// wait: that call goes on to its end. Throws std::bad_alloc.
  void SetPressureCallback(BudgetPressureCallback on_pressure) {
    pressure_.SetCallback(std::move(on_pressure));
  }

  /// Calls function(const Budget&) for each child, the oldest first.
  ///
  /// A lock is held meanwhile, so that no child ends: the function may read budgets, but neither
  /// create nor destroy a child of this one. O(children).
  template <class Function>
  void ForEachChild(Function&& function) const {
    const std::lock_guard lock(children_mutex_);
    for (const Budget* child = first_child_; child != nullptr; child = child->next_sibling_) {
      function(*child);
    }
  }

 private:
  // Why a charge was not made.
  enum class Outcome { kCharged, kFull, kAboveSoftLimit, kUpstreamFailed };
  struct Attempt {
    Outcome outcome;
    Budget* budget;  // that said so
    void* block;
  };

  // The charge of one level, which is taken back unless it is kept.
  class Charge {
   public:
    Charge(Budget& budget, std::size_t bytes, std::size_t after) noexcept
        : budget_(budget), bytes_(bytes), after_(after) {}
    Charge(const Charge&) = delete;
    Charge& operator=(const Charge&) = delete;
    ~Charge() {
      if (!is_kept_) budget_.used_.fetch_sub(bytes_, std::memory_order_release);
    }
    void Keep() noexcept {
      is_kept_ = true;
      std::size_t peak = budget_.peak_.load(std::memory_order_relaxed);
      while (peak < after_ &&
             !budget_.peak_.compare_exchange_weak(peak, after_, std::memory_order_relaxed)) {
      }
    }

   private:
    Budget& budget_;
    std::size_t bytes_;
    std::size_t after_;  // what is charged with it
    bool is_kept_ = false;
  };

  static std::pmr::memory_resource* UpstreamFor(const BudgetOptions& options) noexcept {
    if (options.upstream != nullptr) return options.upstream;
    return options.parent != nullptr ? options.parent->upstream_ : std::pmr::get_default_resource();
  }

  void* do_allocate(std::size_t bytes, std::size_t alignment) override {
    const Budget* asked = nullptr;
    std::chrono::steady_clock::time_point deadline{};
    for (;;) {
      const Attempt attempt = Take(bytes, alignment, *upstream_, asked);
      Budget* const budget = attempt.budget;
      if (attempt.outcome == Outcome::kAboveSoftLimit) {
        static_cast<void>(budget->Ask(bytes, nullptr));
        asked = budget;
      } else if (attempt.outcome != Outcome::kFull) {
        return attempt.block;
      } else if (bytes > budget->limit_ || !budget->Ask(bytes, &deadline)) {
        budget->refused_.fetch_add(1, std::memory_order_relaxed);
#if ARENA_EXCEPTIONS
        detail::ThrowBadAlloc();
#else
        return nullptr;
#endif
      }
    }
  }

  void do_deallocate(void* block, std::size_t bytes, std::size_t alignment) override {
    upstream_->deallocate(block, bytes, alignment);
    for (Budget* budget = this; budget != nullptr;) {
      // Read first: once nothing is charged, another thread may destroy the budget.
      Budget* const parent = budget->parent_;
      if (budget->used_.fetch_sub(bytes, std::memory_order_release) < bytes) [[unlikely]]
        budget->FailWith("was given back more bytes than were charged to it", "", "");
      budget = parent;
    }
  }

  bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override {
    return this == &other;
  }

  // Charges this level and those above, then takes the block: the levels below keep their charges
  // only when all of that succeeded. `asked` is the highest level whose soft limit may be passed
  // because its callback was asked; those below it may be passed, too.
  // NOLINTNEXTLINE(misc-no-recursion): as deep as the tree
  Attempt Take(std::size_t bytes, std::size_t alignment, std::pmr::memory_resource& upstream,
               const Budget* asked) {
    std::size_t used = used_.load(std::memory_order_relaxed);
    do {
      if (bytes > limit_ - used) return {Outcome::kFull, this, nullptr};
      if (asked == nullptr && used + bytes > soft_limit_) {
        return {Outcome::kAboveSoftLimit, this, nullptr};
      }
      // Acquires: what the charges that it counts on gave back has reached upstream.
    } while (!used_.compare_exchange_weak(used, used + bytes, std::memory_order_acq_rel,
                                          std::memory_order_relaxed));
    Charge charge(*this, bytes, used + bytes);
    Attempt attempt{Outcome::kCharged, this, nullptr};
    if (parent_ != nullptr) {
      attempt = parent_->Take(bytes, alignment, upstream, asked == this ? nullptr : asked);
    } else {
      // Volatile, because allocate is declared never to return null: without exceptions it does.
      void* volatile block = upstream.allocate(bytes, alignment);
      attempt.block = block;
      if (attempt.block == nullptr) attempt.outcome = Outcome::kUpstreamFailed;
    }
    if (attempt.outcome == Outcome::kCharged) charge.Keep();
    return attempt;
  }

  // Whether a charge of `wanted` bytes should be tried again, because the callback freed something
  // or another thread's call of it ended. Waits for such a call only with a deadline, which the
  // first wait of a charge sets.
  bool Ask(std::size_t wanted, std::chrono::steady_clock::time_point* deadline) {
    return pressure_.Ask(deadline, [this, wanted](const BudgetPressureCallback& callback) {
      const std::size_t before = Used();
      const bool again = callback(*this, wanted);
      const std::size_t after = Used();
      // Else the callback could keep the charge asking for ever.
      return again && (after < before || wanted <= limit_ - after);
    });
  }

  void Link(Budget* child) noexcept {
    const std::lock_guard lock(children_mutex_);
    child->prev_sibling_ = last_child_;
    (last_child_ != nullptr ? last_child_->next_sibling_ : first_child_) = child;
    last_child_ = child;
  }

  void Unlink(Budget* child) noexcept {
    const std::lock_guard lock(children_mutex_);
    Budget* const prev = child->prev_sibling_;
    Budget* const next = child->next_sibling_;
    (prev != nullptr ? prev->next_sibling_ : first_child_) = next;
    (next != nullptr ? next->prev_sibling_ : last_child_) = prev;
  }

  // Ends the program with a message about this budget.
  ARENA_NORETURN ARENA_COLD void FailWith(const char* what, std::string_view name,
                                          const char* end) const noexcept {
    detail::TextLine line;
    const auto append = [&line](std::string_view text) { line.Append(text.data(), text.size()); };
    // As much of each name as leaves room for the sentence.
    line << "arena: the budget \"";
    detail::ForPrintable(std::string_view(name_).substr(0, 40), append);
    line << "\" " << what;
    detail::ForPrintable(name.substr(0, 40), append);
    line << end;
    detail::Fail(line.c_str());
  }

  std::atomic<std::size_t> used_{0};       // <= limit_
  std::atomic<std::size_t> peak_{0};       // <= limit_
  std::atomic<std::uint64_t> refused_{0};  // by this level
  const std::size_t limit_;
  const std::size_t soft_limit_;
  Budget* const parent_;
  std::pmr::memory_resource* const upstream_;
  const std::string name_;
  detail::BudgetPressure pressure_;

  // Guards the list of children, whose links are in the children.
  mutable std::mutex children_mutex_{};
  Budget* first_child_ = nullptr;
  Budget* last_child_ = nullptr;
  Budget* next_sibling_ = nullptr;  // guarded by the parent's mutex
  Budget* prev_sibling_ = nullptr;
};

/// Prints a budget and those below it as a tree, a line each: `"process": used 4096, peak 8192,
/// limit 1048576, refused 0`, with two spaces in front for each level.
///
/// While other threads charge, each figure is right at a moment of its own. Control characters and
/// invalid UTF-8 in names are replaced; flags and locale of the stream do not matter. Takes memory
/// from the global heap; throws std::bad_alloc. O(budgets).
template <class Traits>
std::basic_ostream<char, Traits>& operator<<(std::basic_ostream<char, Traits>& stream,
                                             const Budget& budget) {
  // Not straight into the stream, which may be slow, or charge a budget, while children are locked.
  std::string text;
  detail::AppendBudgetTree(text, budget, 0);
  stream.write(text.data(), static_cast<std::streamsize>(text.size()));
  return stream;
}

/// Writes the figures of a budget and those below it as OpenMetrics text, which Prometheus reads:
/// arena_budget_used_bytes, _peak_bytes, _limit_bytes, _soft_limit_bytes (gauges, +Inf for no
/// limit) and arena_budget_refused_total (a counter).
///
/// The label `budget` has the names from `root` to the budget, "process/tenant 7"; a name that is
/// there already gets " (2)" behind it. The text lacks the closing line "# EOF", so that a program
/// can add metrics of its own; one exposition shows one tree. While other threads charge, each
/// figure is right at a moment of its own. Takes memory from the global heap; throws
/// std::bad_alloc. O(budgets).
template <class Traits>
std::basic_ostream<char, Traits>& WriteOpenMetrics(std::basic_ostream<char, Traits>& stream,
                                                   const Budget& root) {
  const detail::BudgetMetrics metrics(root);
  const std::string& text = metrics.text();
  stream.write(text.data(), static_cast<std::streamsize>(text.size()));
  return stream;
}

ARENA_END_NAMESPACE

#endif  // ARENA_BUDGET_HPP
