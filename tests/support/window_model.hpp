// SPDX-License-Identifier: Apache-2.0
//
// Random programs on a detail::Window, without an arena, against a model of what it promises: blocks
// are aligned, lie side by side in the window and keep their bytes, and cleanups run newest first,
// each once. The same code is a unit test and a fuzz target.
#ifndef ARENA_TESTS_SUPPORT_WINDOW_MODEL_HPP
#define ARENA_TESTS_SUPPORT_WINDOW_MODEL_HPP

#include <arena/detail/core/window.hpp>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "random/decisions.hpp"

namespace arena_test {

class WindowModel {
 public:
  // Runs a program of up to `steps` steps. Empty, or what went wrong first.
  std::string Run(arena_random::Decisions& decisions, std::size_t steps) {
    Enter(decisions);
    for (std::size_t i = 0; i < steps && !decisions.Done() && problem_.empty(); ++i) {
      Step(decisions);
      CheckPlaces();
    }
    while (!scopes_.empty() && problem_.empty()) LeaveScope();
    if (problem_.empty()) Reset();
    return problem_;
  }

 private:
  using Window = arena::detail::Window;

  // An object that tells the model when it dies. The one of two kinds is twice as large.
  template <std::size_t kWords>
  struct Item {
    WindowModel* model;
    std::uint64_t id[kWords];
    ~Item() { model->Died(static_cast<int>(id[kWords - 1])); }
  };

  // A cleanup that is no destructor.
  struct Call {
    WindowModel* model;
    int id;
  };

  struct Block {
    std::byte* begin;
    std::size_t size;
    unsigned char fill;
  };

  struct Scope {
    Window::Mark mark;
    std::size_t blocks;
    std::size_t region;
    std::size_t alive;
    std::byte* bound;
  };

  struct Region {
    std::unique_ptr<std::byte[]> memory;
    std::size_t size;
  };

  void Fail(const char* what) {
    if (problem_.empty()) problem_ = what;
  }

  // ---- cleanups ----------------------------------------------------------------------------------

  void Died(int id) {
    if (alive_.empty() || alive_.back() != id) return Fail("a cleanup ran out of its turn");
    alive_.pop_back();
    // Some register another one, which is then the newest.
    if (id % 5 == 0) AddCall();
  }

  static void RunCall(void* object) noexcept {
    const std::unique_ptr<Call> call(static_cast<Call*>(object));
    call->model->Died(call->id);
  }

  void AddCall() {
    auto call = std::make_unique<Call>(Call{this, next_id_ % 5 == 0 ? next_id_ + 1 : next_id_});
    next_id_ = call->id + 1;
    const arena::Cleanup cleanup{&RunCall, call.get()};
    if (!window_.PushCleanup(cleanup) && !window_.OpenSegment(cleanup)) return;
    alive_.push_back(call->id);
    static_cast<void>(call.release());
  }

  template <std::size_t kWords>
  void AddItem() {
    using T = Item<kWords>;
    const arena::detail::Address before = window_.position();
    void* place = nullptr;
    if (!window_.BumpFixed<sizeof(T), alignof(T)>(&place)) return;
    T* const item = ::new (place) T{this, {}};
    item->id[kWords - 1] = static_cast<std::uint64_t>(next_id_);
    constexpr const arena::detail::Destructor& type = arena::detail::kDestructor<T>;
    if (window_.PushObject(type, item) || window_.StartRun(type, item) ||
        window_.OpenSegment({type.one, item})) {
      Note(place, sizeof(T), false);
      alive_.push_back(next_id_++);
      return;
    }
    if (!window_.Resize(place, sizeof(T), 0)) return Fail("the last block cannot be taken back");
    window_.UndoPadding(before, place);
    if (window_.position() != before) Fail("padding was not taken back");
  }

  void DropCall() {
    Call call{this, 0};
    const arena::Cleanup cleanup{&RunCall, &call};
    arena::Cleanup taken;
    if (window_.PushCleanup(cleanup)) {
      const bool dropped = window_.TakeCleanup(&taken, &call);
      if (!dropped || taken.object != &call) return Fail("the newest cleanup cannot be taken");
    }
    if (window_.TakeCleanup(&taken, &call)) Fail("a cleanup was taken that is not there");
  }

  void TakeOne() {
    if (alive_.empty() || !scopes_.empty()) return;
    arena::Cleanup taken;
    if (!window_.TakeCleanup(&taken, nullptr)) return Fail("a cleanup was lost");
    taken.run(taken.object);
  }

  // ---- memory ------------------------------------------------------------------------------------

  void Note(void* place, std::size_t size, bool fill) {
    auto* const begin = static_cast<std::byte*>(place);
    const Region& region = regions_.back();
    if (begin < region.memory.get() || begin + size > window_.limit() ||
        window_.limit() > region.memory.get() + region.size) {
      return Fail("a block lies outside the window");
    }
    if (!blocks_.empty() && begin < blocks_.back().begin + blocks_.back().size &&
        begin >= blocks_.back().begin) {
      return Fail("two blocks overlap");
    }
    const auto value = static_cast<unsigned char>(blocks_.size() * 7 + 1);
    if (fill) std::memset(place, value, size);
    blocks_.push_back({begin, fill ? size : 0, value});
  }

  void Alloc(std::size_t size, std::size_t alignment) {
    std::byte* const cursor = window_.cursor();
    const std::size_t room = window_.Room();
    const auto address = reinterpret_cast<std::uintptr_t>(cursor);
    const std::size_t padding = (alignment - address % alignment) % alignment;
    void* block = nullptr;
    const bool fits = size != 0 && padding + size + arena::detail::kRedzone <= room;
    if (window_.Bump(size, alignment, &block) != fits)
      return Fail("a request that fits is refused");
    if (!fits) return;
    if (block != cursor + padding)
      return Fail("a block does not start at the next aligned address");
    Note(block, size, true);
  }

  void Resize(std::size_t new_size) {
    if (blocks_.empty() || blocks_.back().size == 0) return;
    Block& last = blocks_.back();
    const bool scope_in_window = !scopes_.empty() && scopes_.back().region == regions_.size();
    std::byte* const bound = scope_in_window ? scopes_.back().bound : regions_.back().memory.get();
    const bool is_last =
        last.begin + last.size + arena::detail::kRedzone == window_.cursor() && last.begin >= bound;
    const auto room = static_cast<std::size_t>(window_.limit() - last.begin);
    const bool fits = is_last && (new_size == 0 || new_size + arena::detail::kRedzone <= room);
    if (window_.Resize(last.begin, last.size, new_size) != fits) {
      return Fail("a resize is answered wrongly");
    }
    if (!fits) return;
    if (new_size == 0) {
      if (window_.cursor() != last.begin) Fail("a block was not taken back");
      blocks_.pop_back();
      return;
    }
    last.size = new_size;
    std::memset(last.begin, last.fill, new_size);
  }

  // A new window; what was registered stays.
  void Enter(arena_random::Decisions& decisions) {
    const std::size_t size = 16 * decisions.Next(40) + decisions.Next(16);
    regions_.push_back({std::make_unique<std::byte[]>(size + 1), size});
    window_.Set(regions_.back().memory.get(), regions_.back().memory.get() + size);
  }

  void OpenScope() {
    scopes_.push_back(
        {window_.MarkHere(), blocks_.size(), regions_.size(), alive_.size(), window_.cursor()});
  }

  void LeaveScope() {
    const Scope scope = scopes_.back();
    scopes_.pop_back();
    window_.RunCleanupsSince(scope.mark);
    if (alive_.size() != scope.alive) return Fail("a scope ran too many or too few cleanups");
    window_.Rewind(scope.mark);
    if (window_.cursor() != scope.bound) return Fail("a scope did not give its memory back");
    blocks_.resize(scope.blocks);
    while (regions_.size() > scope.region) regions_.pop_back();
  }

  void Reset() {
    if (!alive_.empty() && !window_.HasRecords()) return Fail("HasRecords is wrong");
    window_.RunCleanups();
    if (!alive_.empty() || window_.HasRecords()) return Fail("a cleanup did not run");
    blocks_.clear();
    regions_.erase(regions_.begin(), regions_.end() - 1);
    Region& region = regions_.back();
    window_.Set(region.memory.get(), region.memory.get() + region.size);
  }

  void Step(arena_random::Decisions& decisions) {
    switch (decisions.Next(12)) {
      case 0:
      case 1:
        return Alloc(decisions.Next(64), std::size_t{1} << decisions.Next(7));
      case 2:
        return Resize(decisions.Next(64));
      case 3:
      case 4:
      case 5:
        return AddItem<1>();
      case 6:
        return AddItem<2>();
      case 7:
        return AddCall();
      case 8:
        return decisions.Next(2) == 0 ? DropCall() : TakeOne();
      case 9:
        if (scopes_.size() < 4) OpenScope();
        return;
      case 10:
        if (!scopes_.empty()) LeaveScope();
        return;
      default:
        if (decisions.Next(3) != 0) return Enter(decisions);
        if (scopes_.empty()) Reset();
    }
  }

  void CheckPlaces() {
    if (window_.cursor() > window_.limit()) return Fail("the cursor has passed the limit");
    for (const Block& block : blocks_) {
      for (std::size_t i = 0; i < block.size; ++i) {
        if (block.begin[i] != std::byte{block.fill}) return Fail("a block's bytes were changed");
      }
    }
  }

  std::vector<Region> regions_;  // the windows there were; the last one is the current
  std::vector<Block> blocks_;    // of all of them, oldest first; objects are noted with size 0
  std::vector<Scope> scopes_;
  std::vector<int> alive_;  // the cleanups that are to run, oldest first
  int next_id_ = 1;
  std::string problem_;
  Window window_;  // dies first: it has no cleanup left then
};

}  // namespace arena_test

#endif  // ARENA_TESTS_SUPPORT_WINDOW_MODEL_HPP
