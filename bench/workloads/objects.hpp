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

template <class P>
concept Creates =
    requires(P& peer) { peer.template Create<Named>(std::int64_t{1}, std::string_view()); };

template <class P>
class Objects {
 public:
  Objects(std::size_t count, std::size_t length)
      : count_(count), text_(length, 'n'), kept_(Creates<P> ? 0 : count) {}

  std::size_t ops() const { return count_; }
  std::size_t requested() const { return count_ * sizeof(Named); }
  std::size_t expected() const { return requested() + count_ * 32 + 4096; }

  [[gnu::noinline]] void Fill(P& peer) {
    for (std::size_t i = 0; i < count_; ++i) {
      Named* object;
      if constexpr (Creates<P>) {
        object = peer.template Create<Named>(static_cast<std::int64_t>(i), std::string_view(text_));
      } else {
        void* const place = New<Named>(peer);
        object = ::new (place) Named(static_cast<std::int64_t>(i), text_);
        kept_[i] = object;
      }
      Escape(object);
    }
  }

  [[gnu::noinline]] void Drop(P& peer) {
    for (Named* object : kept_) {
      object->~Named();
      if constexpr (Frees<P>) Delete(peer, object);
    }
    if constexpr (Resets<P>) peer.Reset();
  }

  template <class F>
  void ForEach(F f) const {
    for (void* block : kept_) f(block);
  }

 private:
  std::size_t count_;
  std::string text_;
  std::vector<Named*> kept_;  // by those who cannot register a destructor
};

template <class P>
void RegisterObjects() {
  constexpr std::size_t kCount = 100'000;
  WarmCase<P, Objects<P>>("objects/short_string", kCount, std::size_t{8});
  WarmCase<P, Objects<P>>("objects/long_string", kCount, std::size_t{32});
}

}  // namespace bench

#endif  // ARENA_BENCH_WORKLOADS_OBJECTS_HPP
