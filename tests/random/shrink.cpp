// SPDX-License-Identifier: Apache-2.0
#include "random/shrink.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>

#include "random/program.hpp"

namespace arena_random {
namespace {

class Shrinker {
 public:
  Shrinker(const Program& program, const std::function<bool(const Program&)>& fails, int budget)
      : best_(program), fails_(fails), budget_(budget) {}

  Program Run() {
    do {
      progress_ = false;
      DropSteps();
      SimplifySetup();
      SimplifySteps();
    } while (progress_ && budget_ > 0);
    return best_;
  }

 private:
  bool Try(const Program& candidate) {
    if (budget_-- <= 0 || !fails_(candidate)) return false;
    best_ = candidate;
    progress_ = true;
    return true;
  }

  template <class Change>
  bool TryWith(Change change) {
    Program candidate = best_;
    change(candidate);
    return Try(candidate);
  }

  void DropSteps() {
    for (std::size_t count = std::max<std::size_t>(best_.steps.size() / 2, 1); count != 0;
         count /= 2) {
      // From the end: what follows the failure goes first.
      for (std::size_t end = best_.steps.size(); end != 0;) {
        const std::size_t begin = end > count ? end - count : 0;
        TryWith([begin, end](Program& program) {
          program.steps.erase(program.steps.begin() + static_cast<std::ptrdiff_t>(begin),
                              program.steps.begin() + static_cast<std::ptrdiff_t>(end));
        });
        end = begin;
      }
    }
  }

  template <class Value>
  void Simplify(Value& (*part)(Program&), Value value) {
    if (part(best_) == value) return;
    TryWith([&](Program& program) { part(program) = value; });
  }

  void SimplifySetup() {
    Simplify(+[](Program& program) -> auto& { return program.in_object; }, false);
    Simplify(+[](Program& program) -> auto& { return program.in_range; }, false);
    Simplify(+[](Program& program) -> auto& { return program.hostile; }, false);
    const Setup usual;
    using Part = std::size_t& (*)(Program&);
    const auto simplify = [&](Part part, std::size_t value) { Simplify(part, value); };
    simplify([](Program& program) -> auto& { return program.setup.limit; }, usual.limit);
    simplify([](Program& program) -> auto& { return program.setup.callers_size; }, 0);
    simplify([](Program& program) -> auto& { return program.setup.callers_offset; }, 0);
    simplify([](Program& program) -> auto& { return program.setup.max_buffer_size; },
             usual.max_buffer_size);
    simplify([](Program& program) -> auto& { return program.setup.initial_buffer_count; },
             usual.initial_buffer_count);
    simplify([](Program& program) -> auto& { return program.setup.min_buffer_size; },
             usual.min_buffer_size);
    const PoolSetup usual_pool;
    simplify([](Program& program) -> auto& { return program.pool.max_idle_bytes; },
             usual_pool.max_idle_bytes);
    simplify([](Program& program) -> auto& { return program.pool.max_idle_age; },
             usual_pool.max_idle_age);
    simplify([](Program& program) -> auto& { return program.pool.max_arena_bytes; },
             usual_pool.max_arena_bytes);
    simplify([](Program& program) -> auto& { return program.pool.max_keys; }, usual_pool.max_keys);
    simplify([](Program& program) -> auto& { return program.pool.percent; }, usual_pool.percent);
    simplify([](Program& program) -> auto& { return program.pool.history; }, usual_pool.history);
    simplify([](Program& program) -> auto& { return program.pool.offer_after; },
             usual_pool.offer_after);
    simplify([](Program& program) -> auto& { return program.pool.shards; }, usual_pool.shards);
    Simplify(+[](Program& program) -> auto& { return program.pool.pages; }, false);
    Simplify(+[](Program& program) -> auto& { return program.pool.reclaim_now; }, false);
  }

  void SimplifySteps() {
    for (std::size_t i = 0; i < best_.steps.size(); ++i) {
      const auto simplify = [&](auto Step::* part, unsigned value) {
        using Number = std::remove_reference_t<decltype(best_.steps[i].*part)>;
        if (best_.steps[i].*part == static_cast<Number>(value)) return;
        TryWith([&](Program& program) { program.steps[i].*part = static_cast<Number>(value); });
      };
      simplify(&Step::target, 1);  // the arena itself
      simplify(&Step::b, 0);
      simplify(&Step::c, 0);
      simplify(&Step::a, 1);
    }
  }

  Program best_;
  const std::function<bool(const Program&)>& fails_;
  int budget_;
  bool progress_ = false;
};

}  // namespace

Program Shrink(const Program& program, const std::function<bool(const Program&)>& fails,
               int budget) {
  return Shrinker(program, fails, budget).Run();
}

}  // namespace arena_random
