// SPDX-License-Identifier: Apache-2.0
//
// The types that random programs put into arenas. Those with a destructor report their lives to an
// observer, the interpreter, which may also make them throw or allocate while they are constructed.
#ifndef ARENA_TESTS_RANDOM_OBJECTS_HPP
#define ARENA_TESTS_RANDOM_OBJECTS_HPP

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

namespace arena_random {

// What a constructor throws when it is told to.
struct ConstructionError {};

class Observer {
 public:
  virtual ~Observer() = default;
  virtual void OnBirth(void* object, std::size_t size, bool may_throw) = 0;
  virtual void OnTouch(const void* object) noexcept = 0;
  virtual void OnDeath(void* object) noexcept = 0;
  virtual void OnCall(int id) noexcept = 0;

  static inline Observer* current = nullptr;
};

// ---- contents that tell whose they are ----------------------------------------------------------

// Eight bytes, over and over, that differ from one id to the next.
inline std::uint64_t PatternWord(int id) {
  return (static_cast<std::uint64_t>(static_cast<unsigned>(id)) + 1) * 0x9E3779B97F4A7C15u |
         0x0101010101010101u;
}

inline void FillPattern(void* memory, std::size_t size, int id) {
  auto* const bytes = static_cast<unsigned char*>(memory);
  const std::uint64_t word = PatternWord(id);
  std::size_t done = 0;
  for (; size - done >= sizeof(word); done += sizeof(word))
    std::memcpy(bytes + done, &word, sizeof(word));
  std::memcpy(bytes + done, &word, size - done);
}

inline bool HoldsPattern(const void* memory, std::size_t size, int id) {
  const auto* const bytes = static_cast<const unsigned char*>(memory);
  const std::uint64_t word = PatternWord(id);
  if (size <= sizeof(word)) return std::memcmp(bytes, &word, size) == 0;
  return std::memcmp(bytes, &word, sizeof(word)) == 0 &&
         std::memcmp(bytes, bytes + sizeof(word), size - sizeof(word)) == 0;
}

// ---- single objects -----------------------------------------------------------------------------

template <std::size_t kSize, std::size_t kAlign, bool kNoexcept = false>
struct alignas(kAlign) Object {
  explicit Object(int id) noexcept(kNoexcept) {
    Observer::current->OnBirth(this, kSize, !kNoexcept);
    FillPattern(bytes, kSize, id);
  }
  ~Object() { Observer::current->OnDeath(this); }
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;

  unsigned char bytes[kSize];
};

using Small = Object<24, 8>;

template <std::size_t kSize, std::size_t kAlign>
struct alignas(kAlign) PlainObject {
  unsigned char bytes[kSize];
};

// Counts its copies, so that a callable that is not destroyed is noticed.
class Token {
 public:
  Token() noexcept { ++alive; }
  Token(const Token&) noexcept { ++alive; }
  Token& operator=(const Token&) = default;
  ~Token() { --alive; }

  static inline int alive = 0;
};

struct DeferredCall {
  void operator()() noexcept { Observer::current->OnCall(id); }

  int id;
  Token token;
};

// ---- elements of slices -------------------------------------------------------------------------

inline constexpr int kMovedFrom = -1;

template <bool kNoexceptMove, std::size_t kAlign = alignof(int)>
class alignas(kAlign) Element {
 public:
  Element() : Element(0) {}
  Element(int value) : value_(value) {  // implicit, so that 7 can be appended
    Observer::current->OnBirth(this, sizeof(*this), true);
  }
  Element(const Element& other) : value_(other.value()) {
    Observer::current->OnBirth(this, sizeof(*this), true);
  }
  Element(Element&& other) noexcept(kNoexceptMove) : value_(other.value()) {
    Observer::current->OnBirth(this, sizeof(*this), !kNoexceptMove);
    other.value_ = kMovedFrom;
  }
  Element& operator=(const Element& other) noexcept {
    Observer::current->OnTouch(this);
    value_ = other.value();
    return *this;
  }
  Element& operator=(Element&& other) noexcept {
    Observer::current->OnTouch(this);
    const int value = other.value();
    other.value_ = kMovedFrom;
    value_ = value;
    return *this;
  }
  ~Element() { Observer::current->OnDeath(this); }

  int value() const noexcept {
    Observer::current->OnTouch(this);
    return value_;
  }

 private:
  int value_;
};

using Movable = Element<true>;
using ThrowingMove = Element<false>;
using OverAligned = Element<true, 64>;

class MoveOnly : public Movable {
 public:
  using Movable::Movable;
  MoveOnly(const MoveOnly&) = delete;
  MoveOnly& operator=(const MoveOnly&) = delete;
  MoveOnly(MoveOnly&&) noexcept = default;
  MoveOnly& operator=(MoveOnly&&) noexcept = default;
  ~MoveOnly() = default;
};

struct Wide {
  Wide() = default;
  Wide(int number) : value(number), more{number, number, number, number, number} {}
  int value = 0;
  int more[5] = {};
};

struct alignas(32) WideAligned {
  WideAligned() = default;
  WideAligned(int number) : value(number) {}
  int value = 0;
};

inline int ValueOf(std::uint8_t element) { return element; }
inline int ValueOf(const Wide& element) {
  for (int copy : element.more) {
    if (copy != element.value) return -2;
  }
  return element.value;
}
inline int ValueOf(const WideAligned& element) { return element.value; }
template <bool kNoexceptMove, std::size_t kAlign>
int ValueOf(const Element<kNoexceptMove, kAlign>& element) {
  return element.value();
}

}  // namespace arena_random

#endif  // ARENA_TESTS_RANDOM_OBJECTS_HPP
