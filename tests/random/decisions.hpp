// SPDX-License-Identifier: Apache-2.0
//
// Where a random program's decisions come from: a seeded generator, or the bytes of a fuzzer.
#ifndef ARENA_TESTS_RANDOM_DECISIONS_HPP
#define ARENA_TESTS_RANDOM_DECISIONS_HPP

#include <cstddef>
#include <cstdint>

namespace arena_random {

class Decisions {
 public:
  virtual ~Decisions() = default;
  // A number below `bound`, which is not 0.
  virtual std::uint32_t Next(std::uint32_t bound) = 0;
  // Whether there is nothing left to decide with: Next then answers 0 for ever.
  virtual bool Done() const = 0;
};

// Splitmix64: the same seed gives the same decisions with every compiler and library.
class SeededDecisions : public Decisions {
 public:
  explicit SeededDecisions(std::uint64_t seed) : state_(seed * 0xD1342543DE82EF95u + 1) {}

  std::uint32_t Next(std::uint32_t bound) override {
    state_ += 0x9E3779B97F4A7C15u;
    std::uint64_t value = state_;
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9u;
    value = (value ^ (value >> 27)) * 0x94D049BB133111EBu;
    value ^= value >> 31;
    return static_cast<std::uint32_t>(((value >> 32) * bound) >> 32);
  }
  bool Done() const override { return false; }

 private:
  std::uint64_t state_;
};

// One, two or four bytes for each decision, whatever its bound needs: a fuzzer that changes a byte
// changes one decision and leaves the others where they are.
class ByteDecisions : public Decisions {
 public:
  ByteDecisions(const std::uint8_t* bytes, std::size_t size) : bytes_(bytes), left_(size) {}

  std::uint32_t Next(std::uint32_t bound) override {
    const int count = bound <= 0x100 ? 1 : bound <= 0x10000 ? 2 : 4;
    std::uint32_t value = 0;
    for (int i = 0; i < count; ++i) {
      const std::uint32_t byte = left_ != 0 ? *bytes_++ : 0u;
      if (left_ != 0) --left_;
      value = value << 8 | byte;
    }
    return value % bound;
  }
  bool Done() const override { return left_ == 0; }

 private:
  const std::uint8_t* bytes_;
  std::size_t left_;
};

}  // namespace arena_random

#endif  // ARENA_TESTS_RANDOM_DECISIONS_HPP
