// SPDX-License-Identifier: Apache-2.0
//
// nlohmann::json in an arena: that of the thread's innermost JsonScope.
//
// basic_json default-constructs an allocator wherever it takes or returns memory. arena::Allocator has
// no default constructor, as it would not know its arena, so JsonAllocator asks the thread. Beware:
// - A value that grows in the scope of another arena lies in both, and is lost with either of them.
// - A scope is its thread's. Without one, what allocates throws std::logic_error; reading by at() and
//   iterators (operator[] may insert), moving and destroying need none.
// - A value is neither used nor destroyed after its arena is reset; ParseJson's needs no destruction.
#pragma once

#include <arena/arena.hpp>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace adapters {

/// While it lives, the Json values of this thread allocate from `arena`.
class JsonScope {
 public:
  explicit JsonScope(arena::Arena& arena) noexcept : outer_(std::exchange(current_, &arena)) {}
  JsonScope(const JsonScope&) = delete;
  ~JsonScope() { current_ = outer_; }
  static arena::Arena& Current() {
    if (current_ == nullptr) throw std::logic_error("a Json allocates outside of any JsonScope");
    return *current_;
  }

 private:
  static inline constinit thread_local arena::Arena* current_ = nullptr;
  arena::Arena* const outer_;
};

template <class T>
struct JsonAllocator {
  using value_type = T;
  JsonAllocator() = default;
  template <class U>
  JsonAllocator(const JsonAllocator<U>&) noexcept {}
  T* allocate(std::size_t n) { return arena::Allocator<T>(JsonScope::Current()).allocate(n); }
  void deallocate(T*, std::size_t) noexcept {}
  bool operator==(const JsonAllocator&) const = default;
};

using JsonString = std::basic_string<char, std::char_traits<char>, JsonAllocator<char>>;
using JsonBytes = std::vector<std::uint8_t, JsonAllocator<std::uint8_t>>;
using Json =
    nlohmann::basic_json<std::map, std::vector, JsonString, bool, std::int64_t, std::uint64_t,
                         double, JsonAllocator, nlohmann::adl_serializer, JsonBytes>;

/// A document in `a`, which nobody destroys. Throws what Json::parse throws.
inline Json& ParseJson(arena::Arena& a, std::string_view text) {
  const JsonScope scope(a);
  return *::new (a.Alloc(sizeof(Json), alignof(Json))) Json(Json::parse(text));
}

}  // namespace adapters
