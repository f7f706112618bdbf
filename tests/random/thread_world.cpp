// SPDX-License-Identifier: Apache-2.0
#include "random/thread_world.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace arena_random {

ThreadWorld::ThreadWorld(const Program& program, bool trace)
    : Narrator(trace), program_(program), upstream_(UpstreamOptions(program.hostile, &memory_)) {
  Observer::current = this;
  Token::alive = 0;
}

ThreadWorld::~ThreadWorld() { Observer::current = nullptr; }

void ThreadWorld::Run(std::size_t* steps) {
  // A limit that the first chunks do not fit is the constructor's business, tested elsewhere.
  const Setup& setup = program_.setup;
  const std::size_t first = setup.min_buffer_size * setup.initial_buffer_count;
  const std::size_t limit = std::max(setup.limit, first);
  Say("MonotonicArena base({.min_buffer_size = %zu, .initial_buffer_count = %zu, .max_buffer_size "
      "= %zu, "
      ".limit = %zu, .upstream = &upstream});",
      setup.min_buffer_size, setup.initial_buffer_count, setup.max_buffer_size, limit);
  base_.emplace(arena::MonotonicArenaOptions{.min_buffer_size = setup.min_buffer_size,
                                             .initial_buffer_count = setup.initial_buffer_count,
                                             .max_buffer_size = setup.max_buffer_size,
                                             .limit = limit,
                                             .upstream = &upstream_});
  MakeShared();
  smooth_ = limit == SIZE_MAX;
  for (std::size_t t = 0; t < kThreads; ++t) {
    crew_.Do(t, [this, t] { threads_[t].name = &arena::detail::thread_cache; });
  }
  for (step_ = 0; step_ < program_.steps.size(); ++step_) {
    Do(program_.steps[step_]);
    Check();
    ++*steps;
  }
  Finish();
}

void ThreadWorld::Do(const Step& step) {
  const std::size_t thread = step.target % kThreads;
  switch (step.kind) {
    case Kind::kAlloc:
      return AllocStep(thread, step);
    case Kind::kResize:
      return ResizeStep(thread, step);
    case Kind::kObject:
      return ObjectStep(thread, step);
    case Kind::kDefer:
      return DeferStep(thread, step);
    case Kind::kLocal:
      return LocalStep(thread);
    case Kind::kExchangeThread:
      return ExchangeStep(thread);
    case Kind::kReset:
      return ForgetStep(step);
    case Kind::kFailUpstream:
      return FailUpstreamStep(step);
    case Kind::kEndShared:
      EndShared();
      return MakeShared();
    default:
      return;
  }
}

void ThreadWorld::Finish() {
  Say("// the end");
  upstream_.FailNever();
  ForgetStep({.kind = Kind::kReset});
  shared_.reset();
  base_.reset();
  Require(Token::alive == 0, "a deferred call was not destroyed");
  const std::string problems = upstream_.Check();
  if (!problems.empty()) Fail("upstream: " + problems);
}

// ---- the arena and its threads ------------------------------------------------------------------

void ThreadWorld::MakeShared() {
  // There is no caller's buffer: what a program says of it is said of windows.
  const Setup& setup = program_.setup;
  const arena::ThreadCachedArenaOptions options{.first_window = setup.callers_size,
                                                .window = setup.callers_offset * 128,
                                                .max_window = setup.callers_offset * 512};
  Say("ThreadCachedArena shared(base, {.first_window = %zu, .window = %zu, .max_window = %zu});",
      options.first_window, options.window, options.max_window);
  shared_.emplace(*base_, options);
  len_ = shared_->Len();
  Require(len_ == base_->Len(), "a new arena does not count what its base has");
  highest_ = shared_->Peak();
  // It cannot resize what an earlier one handed out.
  for (Block& block : blocks_) block.part = nullptr;
}

// What was allocated, and the cleanups, stay with the base.
void ThreadWorld::EndShared() {
  for (std::size_t t = 0; t < kThreads; ++t) EndLocal(t);
  Say("// the end of shared");
  shared_.reset();
  smooth_ = false;
  // A thread gets another part of the next arena, beside that one.
  std::map<Name, std::vector<Owed>> owed;
  for (auto& [part, cleanups] : owed_) owed[&ended_.emplace_back()] = std::move(cleanups);
  owed_ = std::move(owed);
}

void ThreadWorld::LocalStep(std::size_t thread) {
  if (threads_[thread].local) return EndLocal(thread);
  Say("Local local%zu(shared);  // on thread %zu", thread, thread);
  const std::size_t failures = upstream_.Failures();
  crew_.Do(thread, [this, thread] {
    threads_[thread].local.emplace(*shared_);
    Require(shared_->Len() == len_, "a Local has changed Len");
    const arena::ThreadCachedArena::Local& local = *threads_[thread].local;
    if (&*local == &*shared_) smooth_ = false;
  });
  if (upstream_.Failures() != failures) smooth_ = false;
}

void ThreadWorld::EndLocal(std::size_t thread) {
  if (!threads_[thread].local) return;
  Say("// the end of local%zu", thread);
  crew_.Do(thread, [this, thread] { threads_[thread].local.reset(); });
  Require(shared_->Len() == len_, "the end of a Local has changed Len");
}

void ThreadWorld::ExchangeStep(std::size_t thread) {
  EndLocal(thread);
  Say("// thread %zu ends, another one begins", thread);
  crew_.Exchange(thread);
  crew_.Do(thread, [this, thread] { threads_[thread].name = &arena::detail::thread_cache; });
  Answer("%s", owed_.count(threads_[thread].name) != 0 ? "with a part" : "");
}

const char* ThreadWorld::NameOf(std::size_t thread) const {
  return threads_[thread].local ? "local" : "shared";
}

void ThreadWorld::On(std::size_t thread, const std::function<void(arena::Arena& a)>& work) {
  const std::size_t failures = upstream_.Failures();
  crew_.Do(thread, [&] {
    Thread& self = threads_[thread];
    Require(self.name == &arena::detail::thread_cache, "a thread has got another name");
    arena::Arena& a = self.local ? **self.local : *shared_;
    work(a);
    len_ = a.Len();
    Require(shared_->Len() == len_, "the figures of the arena and of a Local differ");
  });
  highest_ = std::max(highest_, len_);
  if (upstream_.Failures() != failures) smooth_ = false;
}

// ---- memory -------------------------------------------------------------------------------------

void ThreadWorld::Grown(std::size_t before, std::size_t size, std::size_t alignment,
                        bool happened) {
  if (happened) {
    Require(len_ >= before + size && len_ < before + size + alignment,
            "Len has not grown by the size and the padding");
  } else {
    Require(len_ == before, "a request that failed has changed Len");
  }
}

void ThreadWorld::MayFail(std::size_t failures_before) {
  Require(upstream_.Failures() != failures_before || program_.setup.limit != SIZE_MAX,
          "a request failed although nothing was in the way");
}

void ThreadWorld::TookBack() {
  shrunk_ = true;
  highest_ = std::max(highest_, shared_->Peak());
}

void ThreadWorld::CheckAlone(const unsigned char* data, std::size_t size, int id) const {
  for (const Block& block : blocks_) {
    if (block.id != id && data < block.data + block.size && block.data < data + size)
      Fail("memory was handed out that b" + std::to_string(block.id) + " has");
  }
}

void ThreadWorld::AddBlock(std::size_t thread, void* data, std::size_t size, int id, bool object) {
  auto* const begin = static_cast<unsigned char*>(data);
  CheckAlone(begin, size, id);
  Require(!arena_test::kPlaces || (base_->Owns(begin) && base_->Owns(begin + size - 1)),
          "memory was handed out that is not the base's");
  blocks_.push_back({id, threads_[thread].name, begin, size, object});
}

void ThreadWorld::AllocStep(std::size_t thread, const Step& step) {
  const std::size_t size = 1 + (step.b % 8 == 0   ? step.a % 20000u
                                : step.b % 8 == 1 ? step.a % 2000u
                                                  : step.a % 120u);
  const std::size_t alignment = std::size_t{1}
                                << (step.c % 4 == 0 ? step.c / 4 % 13 : step.c / 4 % 5);
  const int id = next_id_++;
  Say("auto b%d = %s.TryAlloc(%zu, %zu);  // on thread %zu", id, NameOf(thread), size, alignment,
      thread);
  const std::size_t before = len_;
  const std::size_t failures = upstream_.Failures();
  void* block = nullptr;
  On(thread, [&](arena::Arena& a) { block = a.TryAlloc(size, alignment); });
  Grown(before, size, alignment, block != nullptr);
  Answer("%s", block != nullptr ? "" : "nothing");
  if (block == nullptr) return MayFail(failures);
  Require(reinterpret_cast<std::uintptr_t>(block) % alignment == 0, "a block is not aligned");
  AddBlock(thread, block, size, id, false);
  FillPattern(block, size, id);
}

void ThreadWorld::ResizeStep(std::size_t thread, const Step& step) {
  if (blocks_.empty()) return;
  // Often one of the newest, of whichever thread.
  const std::size_t back =
      step.a % (step.b % 2 == 0 ? blocks_.size() : std::min<std::size_t>(blocks_.size(), 3));
  Block& block = blocks_[blocks_.size() - 1 - back];
  if (block.object) return;
  const std::size_t size = step.c % 3 == 0   ? step.c / 3 % (block.size + 1)
                           : step.c % 3 == 1 ? block.size + step.c / 3 % 64u
                                             : block.size + step.c / 3u;
  Say("%s.TryResize(b%d, %zu, %zu);  // on thread %zu", NameOf(thread), block.id, block.size, size,
      thread);
  const std::size_t before = len_;
  bool resized = false;
  On(thread, [&](arena::Arena& a) { resized = a.TryResize(block.data, block.size, size); });
  Answer("%s", resized ? "yes" : "no");
  if (!resized) {
    Require(len_ == before, "a resize that failed has changed Len");
    return;
  }
  Require(block.part == threads_[thread].name, "a thread has resized a block of another one");
  CheckAlone(block.data, size, block.id);
  Require(len_ == before - block.size + size, "a resize has not changed Len by what it did");
  if (size < block.size) shrunk_ = true;
  if (!HoldsPattern(block.data, std::min(block.size, size), block.id))
    Fail("a resize has changed a block");
  block.size = size;
  FillPattern(block.data, size, block.id);
  if (size == 0) {
    TookBack();
    blocks_.erase(blocks_.end() - 1 - static_cast<std::ptrdiff_t>(back));
  }
}

// ---- objects and calls --------------------------------------------------------------------------

void ThreadWorld::ObjectStep(std::size_t thread, const Step& step) {
  const int id = next_id_++;
  const auto action = static_cast<Action>(step.a % 8 == 1 ? 1 : step.a % 8 == 2 ? 2 : 0);
  throws_ = step.b % 16 == 0;
  Say("auto o%d = TryAllocate<Object>(%s, %d);  // on thread %zu%s", id, NameOf(thread), id, thread,
      throws_                   ? ", throws"
      : action == Action::kNone ? ""
                                : ", its destructor allocates");
  const std::size_t before = len_;
  const std::size_t failures = upstream_.Failures();
  Small* object = nullptr;
  bool thrown = false;
  making_ = true;
  On(thread, [&](arena::Arena& a) {
    try {
      object = arena::TryAllocate<Small>(a, id);
    } catch (const ConstructionError&) {
      thrown = true;
    }
  });
  making_ = throws_ = false;
  if (object == nullptr) {
    // The padding may stay, and a block in a chunk of its own.
    Require(len_ >= before && len_ < before + sizeof(Small) + alignof(Small),
            "an object that failed has taken too much");
    Answer("%s", thrown ? "thrown" : "nothing");
    TookBack();
    if (!thrown) MayFail(failures);
    return;
  }
  Grown(before, sizeof(Small), alignof(Small), true);
  AddBlock(thread, object, sizeof(Small), id, true);
  owed_[threads_[thread].name].push_back({id, object, action});
}

void ThreadWorld::DeferStep(std::size_t thread, const Step&) {
  const int id = next_id_++;
  Say("Defer(%s, c%d);  // on thread %zu", NameOf(thread), id, thread);
  const std::size_t failures = upstream_.Failures();
  bool done = false;
  On(thread, [&](arena::Arena& a) {
    try {
      arena::Defer(a, DeferredCall{id, {}});
      done = true;
    } catch (const std::bad_alloc&) {
    }
  });
  if (!done) {
    TookBack();
    return MayFail(failures);
  }
  owed_[threads_[thread].name].push_back({id, nullptr, Action::kNone});
}

void ThreadWorld::OnBirth(void*, std::size_t, bool) {
  if (throws_) throw ConstructionError{};
}

void ThreadWorld::OnDeath(void* object) noexcept { Pay(object, -1); }
void ThreadWorld::OnCall(int id) noexcept { Pay(nullptr, id); }

// It is the newest one of a part, and parts have their turns one after the other.
void ThreadWorld::Pay(const void* object, int id) noexcept {
  if (making_) return;
  Require(paying_, "a cleanup ran before its time");
  const auto is_it = [&](const Owed& owed) {
    return object != nullptr ? owed.object == object : owed.id == id;
  };
  const auto part = std::find_if(owed_.begin(), owed_.end(), [&](const auto& entry) {
    return !entry.second.empty() && is_it(entry.second.back());
  });
  Require(part != owed_.end(), "a cleanup ran that is not the newest of its thread, or ran twice");
  const Owed owed = part->second.back();
  part->second.pop_back();
  if (object != nullptr && !HoldsPattern(object, sizeof(Small), owed.id))
    Fail("an object has changed before its end");
  if (smooth_ && part->first != paying_part_) {
    const auto before = owed_.find(paying_part_);
    Require(before == owed_.end() || before->second.empty(), "cleanups of two threads were mixed");
    paying_part_ = part->first;
  }
  if (owed.action == Action::kNone) return;
  const int made = next_id_++;
  if (owed.action == Action::kAlloc) {
    if (void* const block = shared_->TryAlloc(100, 8)) FillPattern(block, 100, made);
    return;
  }
  // It goes to the part of the thread that resets.
  making_ = true;
  Small* const next = arena::TryAllocate<Small>(*shared_, made);
  making_ = false;
  if (next != nullptr) {
    smooth_ = false;
    owed_[&arena::detail::thread_cache].push_back({made, next, Action::kNone});
  }
}

void ThreadWorld::ForgetStep(const Step& step) {
  for (std::size_t t = 0; t < kThreads; ++t) EndLocal(t);
  const std::size_t thread = step.b % kThreads;
  constexpr const char* kHow[] = {"shared.Reset()", "shared.Release()", "base.Reset()",
                                  "base.Release()"};
  const std::size_t how = step.a % 4;
  Say("%s;  // on thread %zu", kHow[how], thread);
  Check();
  paying_ = true;
  paying_part_ = nullptr;
  crew_.Do(thread, [this, how] {
    how == 0   ? shared_->Reset()
    : how == 1 ? shared_->Release()
    : how == 2 ? base_->Reset()
               : base_->Release();
  });
  paying_ = false;
  for (const auto& [part, owed] : owed_) Require(owed.empty(), "a cleanup did not run");
  Require(shared_->Len() == 0 && base_->Len() == 0, "a Reset has left something");
  // What cleanups allocated.
  if (shared_->Peak() > highest_) shrunk_ = true;
  owed_.clear();
  blocks_.clear();
  len_ = 0;
  smooth_ = program_.setup.limit == SIZE_MAX;
}

void ThreadWorld::FailUpstreamStep(const Step& step) {
  using arena_test::Failure;
  const Failure failures[] = {Failure::kBadAlloc, Failure::kInt, Failure::kNull};
  const std::size_t n = 1 + step.b % 3u;
  Say("upstream.%s(%zu);",
      step.a % 3 == 0   ? "FailNever"
      : step.a % 3 == 1 ? "FailAt"
                        : "FailFrom",
      n);
  if (step.a % 3 == 0) upstream_.FailNever();
  if (step.a % 3 == 1) upstream_.FailAt(n, failures[step.c % 3]);
  if (step.a % 3 == 2) upstream_.FailFrom(n, failures[step.c % 3]);
}

void ThreadWorld::Check() const {
  for (const Block& block : blocks_) {
    if (!HoldsPattern(block.data, block.size, block.id))
      Fail("the contents of b" + std::to_string(block.id) + " have changed");
  }
  const std::size_t peak = shared_->Peak();
  Require(peak >= highest_, "Peak is lower than Len has been");
  Require(shrunk_ || peak == highest_, "Peak is higher than Len has been");
  Require(shared_->Cap() == base_->Cap(), "Cap is not the base's");
  const std::string errors = upstream_.Errors();
  if (!errors.empty()) Fail("upstream: " + errors);
}

}  // namespace arena_random
