// SPDX-License-Identifier: Apache-2.0
//
// Objects with a std::string: destroyed by the peer where it can register a destructor, else by a
// list of pointers that the user keeps.
#ifndef ARENA_BENCH_WORKLOADS_OBJECTS_HPP
#define ARENA_BENCH_WORKLOADS_OBJECTS_HPP

#include <cstddef>
#include <cstdint>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "../support/cases.hpp"

namespace bench {

struct Named {
  Named(std::int64_t number, std::string_view text) : id(number), name(text) {}
  std::int64_t id;
  std::string name;
};

// Of the same size, with another destructor.
struct Labelled {
  Labelled(std::int64_t number, std::string_view text) : label(text), id(number) {}
  std::string label;
  std::int64_t id;
};
static_assert(sizeof(Named) == sizeof(Labelled));

template <class P>
concept Creates =
    requires(P& peer) { peer.template Create<Named>(std::int64_t{1}, std::string_view()); };

// Objects of one type, or of two in turn.
template <class P, bool kAlternating = false>
class Objects {
 public:
  Objects(std::size_t count, std::size_t length)
      : count_(count),
        text_(length, 'n'),
        named_(Creates<P> ? 0 : (kAlternating ? count / 2 : count)),
        labelled_(Creates<P> || !kAlternating ? 0 : count / 2) {}

  std::size_t ops() const { return count_; }
  std::size_t requested() const { return count_ * sizeof(Named); }
  std::size_t expected() const { return requested() + count_ * 32 + 4096; }

  [[gnu::noinline]] void Fill(P& peer) {
    if constexpr (kAlternating) {
      for (std::size_t i = 0; i < count_ / 2; ++i) {
        Make(peer, named_, i);
        Make(peer, labelled_, i);
      }
    } else {
      for (std::size_t i = 0; i < count_; ++i) Make(peer, named_, i);
    }
  }

  [[gnu::noinline]] void Drop(P& peer) {
    Destroy(peer, named_);
    Destroy(peer, labelled_);
    if constexpr (Resets<P>) peer.Reset();
  }

  template <class F>
  void ForEach(F f) const {
    for (void* block : named_) f(block);
    for (void* block : labelled_) f(block);
  }

 private:
  template <class T>
  void Make(P& peer, std::vector<T*>& kept, std::size_t i) {
    T* object;
    if constexpr (Creates<P>) {
      object = peer.template Create<T>(static_cast<std::int64_t>(i), std::string_view(text_));
    } else {
      void* const place = New<T>(peer);
      object = ::new (place) T(static_cast<std::int64_t>(i), text_);
      kept[i] = object;
    }
    Escape(object);
  }

  template <class T>
  static void Destroy(P& peer, const std::vector<T*>& kept) {
    for (T* object : kept) {
      object->~T();
      if constexpr (Frees<P>) Delete(peer, object);
    }
  }

  std::size_t count_;
  std::string text_;
  // Kept by those who cannot register a destructor.
  std::vector<Named*> named_;
  std::vector<Labelled*> labelled_;
};

template <class P>
void RegisterObjects() {
  constexpr std::size_t kCount = 100'000;
  WarmCase<P, Objects<P>>("objects/short_string", kCount, std::size_t{8});
  WarmCase<P, Objects<P>>("objects/long_string", kCount, std::size_t{32});
  WarmCase<P, Objects<P, true>>("objects/alternating", kCount, std::size_t{8});
}

}  // namespace bench

#endif  // ARENA_BENCH_WORKLOADS_OBJECTS_HPP
