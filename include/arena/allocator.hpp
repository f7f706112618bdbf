// SPDX-License-Identifier: Apache-2.0
//
// Allocator<T>: lets standard containers allocate from an arena.
#ifndef ARENA_ALLOCATOR_HPP
#define ARENA_ALLOCATOR_HPP

#include <cstddef>
#include <memory>
#include <memory_resource>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

#include "arena_interface.hpp"
#include "config.hpp"
#include "detail/core/align.hpp"
#include "detail/core/assert.hpp"
#include "detail/core/sanitizer.hpp"
#include "detail/objects/uses_allocator.hpp"
#include "fwd.hpp"

ARENA_BEGIN_NAMESPACE
namespace detail {

// Declared only, so that a call does not link. Compilers with the attribute reject the call itself.
#if __has_cpp_attribute(__gnu__::__error__)
[[__gnu__::__error__("arena: a string needs its arena: arena::String(\"text\", arena)")]]
#endif
void StringWithoutArena() noexcept;

}  // namespace detail

/// A standard allocator over an Arena: `std::vector<int, arena::Allocator<int>> v(a);`.
///
/// It inlines the arena's bump; `deallocate` does nothing (under AddressSanitizer it poisons). It
/// converts from `Arena&` and to std::pmr::polymorphic_allocator, both implicitly. Elements that
/// take such an allocator are given it (uses-allocator construction), so containers of containers
/// lie wholly in the arena.
///
/// Like std::pmr::polymorphic_allocator it does not propagate on assignment and swap; unlike it, a
/// copy of a container stays in the same arena. Swapping containers of different arenas is
/// undefined, as the standard says. A container must be destroyed, or never touched again, before
/// the arena's memory is freed.
///
/// There is no default constructor: an allocator without an arena could only fail later. Code that
/// needs one (a std::tuple of strings with no arguments, boost::container::map::try_emplace,
/// std::match_results, nlohmann::basic_json) works with a class that derives from this one and
/// whose default constructor names an arena of the program.
///
/// Thread safety: that of the arena.
template <class T>
class Allocator {
 public:
  /// @{
  /// What std::allocator_traits asks for. A container stays in its arena, whatever is assigned to
  /// it.
  using value_type = T;
  using propagate_on_container_copy_assignment = std::false_type;
  using propagate_on_container_move_assignment = std::false_type;
  using propagate_on_container_swap = std::false_type;
  using is_always_equal = std::false_type;
  /// @}

  /// Allocates from `arena`, which must outlive every container that uses it.
  Allocator(Arena& arena ARENA_LIFETIMEBOUND) noexcept
      : arena_(&arena) {}  // NOLINT(google-explicit-constructor)

  /// Allocates from the arena of `other`.
  template <class U>
  Allocator(const Allocator<U>& other) noexcept  // NOLINT(google-explicit-constructor)
      : arena_(&other.arena()) {}

  /// Uninitialised memory for `count` elements. Throws std::bad_alloc. O(1).
  ARENA_NODISCARD T* allocate(std::size_t count) {
    std::size_t bytes;
    if (!detail::MultiplySizes(count, sizeof(T), &bytes)) [[unlikely]]
      detail::ThrowBadAlloc();
    return static_cast<T*>(arena_->Alloc(bytes, alignof(T)));
  }

  /// Does nothing: the memory is freed with the arena's.
  void deallocate(ARENA_MAYBE_UNUSED T* elements, ARENA_MAYBE_UNUSED std::size_t count) noexcept {
    if constexpr (detail::kHearsDeallocate) {
      arena_->deallocate(elements, count * sizeof(T), alignof(T));
    }
  }

  /// Constructs an element that takes the allocator, or a pair whose parts may, with this
  /// allocator, unless there is one among the arguments.
  template <class U, class... Args>
    requires((std::uses_allocator_v<U, Allocator> &&
              !detail::IsConstructibleWithAllocator<U, Args...>()) ||
             detail::kIsPair<U>)
  void construct(U* element, Args&&... args) {
    std::apply(
        [element](auto&&... parts) {
          std::construct_at(element, std::forward<decltype(parts)>(parts)...);
        },
        detail::ConstructionArgs<Allocator>(*this).template For<U>(std::forward<Args>(args)...));
  }

  /// The arena.
  Arena& arena() const noexcept { return *arena_; }

  /// An allocator of std::pmr over the same arena.
  template <class U>  // NOLINTNEXTLINE(google-explicit-constructor)
  operator std::pmr::polymorphic_allocator<U>() const noexcept {
    return std::pmr::polymorphic_allocator<U>(arena_);
  }

 private:
  template <class Char, class Traits, class A>
  friend class std::basic_string;  // NOLINT(cert-dcl58-cpp): nothing is added to std

  // Some compilers instantiate the default arguments of a string's constructors when they only ask
  // whether it can be made from nullptr, say. So this is declared; a call does not compile or link.
  Allocator() noexcept : arena_(nullptr) { detail::StringWithoutArena(); }

  Arena* arena_;
};

/// Equal when both allocate from the same arena.
template <class T, class U>
bool operator==(const Allocator<T>& a, const Allocator<U>& b) noexcept {
  return &a.arena() == &b.arena();
}

ARENA_END_NAMESPACE

#endif  // ARENA_ALLOCATOR_HPP
