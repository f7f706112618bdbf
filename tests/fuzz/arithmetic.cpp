// SPDX-License-Identifier: Apache-2.0
//
// One target for each function of detail/core/align.hpp and detail/core/bump.hpp: its answer is compared with
// what integers of twice the width say, which do not wrap. Numbers that fail are made smaller for
// as long as they fail, and printed as the call that they stand for.
#include <algorithm>
#include <arena/detail/core/align.hpp>
#include <arena/detail/core/bump.hpp>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <type_traits>

#include "fuzz/targets.hpp"
#include "random/decisions.hpp"
#include "support/wide.hpp"

namespace arena_fuzz {
namespace {

namespace detail = arena::detail;

using arena_test::Wide;

constexpr unsigned kBits = sizeof(std::size_t) * 8;

using Numbers = std::array<std::size_t, 4>;

// Empty if the function is right about the numbers, else what it was asked and what it answered.
using Check = std::string (*)(const Numbers& n);

// ---- numbers ------------------------------------------------------------------------------------

// Small, near a power of two, near the end of the range, near another number, or anything.
std::size_t NumberFrom(arena_random::Decisions& decisions, std::size_t other) {
  const std::uint32_t form = decisions.Next(8);
  if (form < 2) return decisions.Next(0x10000);
  if (form < 5) {
    const std::size_t power = std::size_t{1} << decisions.Next(kBits);
    return power + decisions.Next(0x100) - 0x80;
  }
  if (form == 5) return SIZE_MAX - decisions.Next(0x10000);
  if (form == 6) return other + decisions.Next(0x2000);
  Wide number = 0;
  for (unsigned i = 0; i < kBits / 16; ++i) number = number << 16 | decisions.Next(0x10000);
  return static_cast<std::size_t>(number);
}

std::size_t PowerFrom(std::size_t number) { return std::size_t{1} << number % kBits; }

Wide RoundedUp(std::size_t value, std::size_t alignment) {
  return (Wide{value} + (alignment - 1)) / alignment * alignment;
}

std::string Text(std::size_t value) {
  char text[40];
  std::snprintf(text, sizeof(text), value < 100000 ? "%zu" : "0x%zX", value);
  return text;
}

template <class Value>
std::string Text(const char* function, std::initializer_list<std::size_t> arguments, Value answer) {
  std::string call = function;
  call += "(";
  for (const std::size_t argument : arguments)
    call += (call.back() == '(' ? "" : ", ") + Text(argument);
  if constexpr (std::is_same_v<Value, bool>) {
    return call + ") answers " + (answer ? "true" : "false");
  } else {
    return call + ") answers " + Text(answer);
  }
}

// ---- align.hpp ----------------------------------------------------------------------------------

std::string CheckIsPowerOfTwo(const Numbers& n) {
  unsigned bits = 0;
  for (std::size_t rest = n[0]; rest != 0; rest /= 2) bits += rest % 2;
  const bool answer = detail::IsPowerOfTwo(n[0]);
  return answer == (bits == 1) ? "" : Text("IsPowerOfTwo", {n[0]}, answer);
}

std::string CheckAlignUp(const Numbers& n) {
  const std::size_t alignment = PowerFrom(n[1]);
  const std::size_t answer = detail::AlignUp(n[0], alignment);
  const auto expected = static_cast<std::size_t>(RoundedUp(n[0], alignment));  // wraps to 0
  return answer == expected ? "" : Text("AlignUp", {n[0], alignment}, answer);
}

std::string CheckAlignDown(const Numbers& n) {
  const std::size_t alignment = PowerFrom(n[1]);
  const std::size_t answer = detail::AlignDown(n[0], alignment);
  return answer == n[0] / alignment * alignment ? "" : Text("AlignDown", {n[0], alignment}, answer);
}

std::string CheckMin(const Numbers& n) {
  const std::size_t answer = detail::MinOf(n[0], n[1]);
  return answer == std::min(n[0], n[1]) ? "" : Text("Min", {n[0], n[1]}, answer);
}

std::string CheckMax(const Numbers& n) {
  const std::size_t answer = detail::MaxOf(n[0], n[1]);
  return answer == std::max(n[0], n[1]) ? "" : Text("Max", {n[0], n[1]}, answer);
}

std::string CheckResult(const char* function, const Numbers& n, bool fits, std::size_t result,
                        Wide expected) {
  const bool should_fit = expected <= detail::kMaxSize;
  if (fits != should_fit) return Text(function, {n[0], n[1]}, fits);
  if (!fits) return result == 77 ? "" : Text(function, {n[0], n[1]}, result);
  return result == expected ? "" : Text(function, {n[0], n[1]}, result);
}

std::string CheckAddSizes(const Numbers& n) {
  std::size_t sum = 77;
  const bool fits = detail::AddSizes(n[0], n[1], &sum);
  return CheckResult("AddSizes", n, fits, sum, Wide{n[0]} + n[1]);
}

std::string CheckMultiplySizes(const Numbers& n) {
  std::size_t product = 77;
  const bool fits = detail::MultiplySizes(n[0], n[1], &product);
  return CheckResult("MultiplySizes", n, fits, product, Wide{n[0]} * n[1]);
}

// 64, 80, 96, 112, then twice that, and so on; 0 for class 0.
Wide BytesOfClass(std::size_t index) {
  if (index == 0) return 0;
  Wide bytes = 64 + 16 * ((index - 1) % 4);
  for (std::size_t octave = (index - 1) / 4; octave != 0; --octave) bytes *= 2;
  return bytes;
}

std::string CheckSizeClassBytes(const Numbers& n) {
  const std::size_t index = 1 + n[0] % detail::SizeClassAbove(detail::kMaxSize);
  if (BytesOfClass(index) > SIZE_MAX) return "";
  const std::size_t answer = detail::SizeClassBytes(index);
  return answer == BytesOfClass(index) ? "" : Text("SizeClassBytes", {index}, answer);
}

std::string CheckSizeClassAbove(const Numbers& n) {
  const std::size_t size = n[0] & detail::kMaxSize;
  const std::size_t answer = detail::SizeClassAbove(size);
  const bool holds = BytesOfClass(answer) >= size;
  const bool is_smallest = answer == 1 || (answer != 0 && BytesOfClass(answer - 1) < size);
  return holds && is_smallest ? "" : Text("SizeClassAbove", {size}, answer);
}

std::string CheckSizeClassBelow(const Numbers& n) {
  const std::size_t size = n[0] & detail::kMaxSize;
  const std::size_t answer = detail::SizeClassBelow(size);
  const bool fits = BytesOfClass(answer) <= size && BytesOfClass(answer + 1) > size;
  return fits ? "" : Text("SizeClassBelow", {size}, answer);
}

// ---- bump.hpp -----------------------------------------------------------------------------------

// Whether a bump has put the request where it belongs, or refused what does not fit.
std::string CheckPlace(const std::string& function, std::size_t cursor, std::size_t limit,
                       std::size_t size, std::size_t alignment, bool answer,
                       const detail::Piece& piece) {
  const bool valid = alignment != 0 && (alignment & (alignment - 1)) == 0 && size != 0;
  const Wide start = valid ? RoundedUp(cursor, alignment) : 0;
  const Wide end = start + size + detail::kRedzone;
  const bool fits = valid && end <= limit;
  if (answer == fits && (!fits || (piece.start == start && piece.last == end - 1))) return "";
  std::string text = Text(function.c_str(), {cursor, limit, size, alignment}, answer);
  if (answer) text += " and the piece from " + Text(piece.start) + " to " + Text(piece.last);
  return text;
}

// Nothing lies at address 0.
std::size_t Cursor(std::size_t number, std::size_t limit) {
  return std::min(std::max(number, std::size_t{1}), limit);
}

std::string CheckBump(const Numbers& n) {
  const std::size_t limit = std::max(n[0], n[1]);
  const std::size_t cursor = Cursor(std::min(n[0], n[1]), limit);
  detail::Piece piece{};
  const bool answer = detail::Bump(cursor - 1, limit, n[2], n[3], &piece);
  return CheckPlace("Bump with the cursor", cursor, limit, n[2], n[3], answer, piece);
}

// Addresses of user space.
constexpr std::size_t kMostAddress = sizeof(void*) < 8 ? SIZE_MAX : (SIZE_MAX >> 8);

template <std::size_t kSize, std::size_t kAlignment>
std::string CheckFixed(std::size_t cursor, std::size_t limit) {
  detail::Piece piece{};
  const bool answer = detail::BumpFixed<kSize, kAlignment>(cursor - 1, limit, &piece);
  return CheckPlace("BumpFixed<size, alignment>", cursor, limit, kSize, kAlignment, answer, piece);
}

std::string CheckBumpFixed(const Numbers& n) {
  constexpr std::size_t kHuge = std::size_t{1} << (kBits - 2);
  constexpr std::size_t kLarge = std::size_t{1} << (sizeof(std::size_t) * 5);
  const std::size_t limit = std::max(n[0] & kMostAddress, n[1] & kMostAddress);
  const std::size_t cursor = Cursor(std::min(n[0] & kMostAddress, n[1] & kMostAddress), limit);
  using Fixed = std::string (*)(std::size_t, std::size_t);
  constexpr Fixed kAll[] = {&CheckFixed<1, 1>,
                            &CheckFixed<3, 1>,
                            &CheckFixed<8, 8>,
                            &CheckFixed<24, 8>,
                            &CheckFixed<16, 16>,
                            &CheckFixed<48, 16>,
                            &CheckFixed<64, 64>,
                            &CheckFixed<4096, 4096>,
                            &CheckFixed<5000, 8>,
                            &CheckFixed<kLarge, 8>,
                            &CheckFixed<2 * kLarge, 2 * kLarge>,
                            &CheckFixed<kHuge, 8>,
                            &CheckFixed<kHuge, kHuge>};
  return kAll[n[2] % std::size(kAll)](cursor, limit);
}

// ---- targets ------------------------------------------------------------------------------------

// Smaller numbers that fail, too.
Numbers Shrink(Check check, Numbers numbers) {
  for (bool progress = true; progress;) {
    progress = false;
    for (std::size_t& number : numbers) {
      const std::size_t old = number;
      for (std::size_t bit = std::size_t{1} << (kBits - 1); bit != 0; bit /= 2) {
        for (const std::size_t smaller : {number & ~bit, number >= bit ? number - bit : number}) {
          const std::size_t before = number;
          if (smaller == before) continue;
          number = smaller;
          if (check(numbers).empty()) number = before;
        }
      }
      progress = progress || number != old;
    }
  }
  return numbers;
}

template <Check kCheck>
void Run(std::span<const std::uint8_t> input) {
  arena_random::ByteDecisions decisions(input.data(), input.size());
  Numbers numbers{};
  std::size_t last = 0;
  for (std::size_t& number : numbers) last = number = NumberFrom(decisions, last);
  if (kCheck(numbers).empty()) return;
  std::fprintf(stderr, "FAILED: %s\n", kCheck(Shrink(kCheck, numbers)).c_str());
  std::abort();
}

}  // namespace

std::span<const Target> ArithmeticTargets() {
  static constexpr Target kTargets[] = {
      {"is_power_of_two", &Run<&CheckIsPowerOfTwo>},
      {"align_up", &Run<&CheckAlignUp>},
      {"align_down", &Run<&CheckAlignDown>},
      {"min", &Run<&CheckMin>},
      {"max", &Run<&CheckMax>},
      {"add_sizes", &Run<&CheckAddSizes>},
      {"multiply_sizes", &Run<&CheckMultiplySizes>},
      {"size_class_bytes", &Run<&CheckSizeClassBytes>},
      {"size_class_above", &Run<&CheckSizeClassAbove>},
      {"size_class_below", &Run<&CheckSizeClassBelow>},
      {"bump", &Run<&CheckBump>},
      {"bump_fixed", &Run<&CheckBumpFixed>},
  };
  return kTargets;
}

}  // namespace arena_fuzz
