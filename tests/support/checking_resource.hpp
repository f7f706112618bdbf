// SPDX-License-Identifier: Apache-2.0
//
// An upstream that trusts nobody: every deallocate must name a live block with the size and the
// alignment it was allocated with, nobody may write outside a block, and nothing may be left over.
#ifndef ARENA_TESTS_SUPPORT_CHECKING_RESOURCE_HPP
#define ARENA_TESTS_SUPPORT_CHECKING_RESOURCE_HPP

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <map>
#include <memory_resource>
#include <mutex>
#include <new>
#include <string>

namespace arena_test {

// What a failing allocate does. A std::pmr resource has to throw std::bad_alloc; the others are
// what a careless one does, and an arena must survive those too.
enum class Failure { kBadAlloc, kInt, kNull };

struct CheckingOptions {
  bool fill = true;      // new blocks hold 0xCD, so that nobody can count on zeroes
  bool hostile = false;  // blocks are aligned to the request and not a bit more
  std::size_t refuse_above = std::size_t{1} << 30;  // std::bad_alloc for larger requests
  std::pmr::memory_resource* memory = nullptr;      // where the blocks lie; null: the heap
};

class CheckingResource : public std::pmr::memory_resource {
 public:
  CheckingResource() = default;
  explicit CheckingResource(CheckingOptions options) : options_(options) {}
  CheckingResource(const CheckingResource&) = delete;
  CheckingResource& operator=(const CheckingResource&) = delete;

  // Ends the program when something is wrong that no Check() has told the test about. Leaked
  // blocks are freed all the same, so that a leak checker reports only its own finds.
  ~CheckingResource() override {
    const std::string problem = Check();
    for (const auto& [address, block] : blocks_) FreeRaw(block.raw, block.raw_size);
    if (problem.empty() || problem == reported_) return;
    std::fprintf(stderr, "CheckingResource: %s\n", problem.c_str());
    if (std::uncaught_exceptions() == 0) std::abort();
  }

  // Fails the n-th allocate counted from now (1: the next one), and that one only.
  void FailAt(std::size_t n, Failure failure = Failure::kBadAlloc) {
    const std::lock_guard lock(mutex_);
    fail_first_ = fail_last_ = attempts_ + n;
    failure_ = failure;
  }
  // Fails the n-th allocate counted from now and every later one.
  void FailFrom(std::size_t n, Failure failure = Failure::kBadAlloc) {
    const std::lock_guard lock(mutex_);
    fail_first_ = attempts_ + n;
    fail_last_ = SIZE_MAX;
    failure_ = failure;
  }
  void FailNever() {
    const std::lock_guard lock(mutex_);
    fail_first_ = fail_last_ = 0;
  }

  std::size_t Allocations() const { return Read(allocations_); }  // successful ones
  std::size_t Failures() const { return Read(failures_); }
  std::size_t Deallocations() const { return Read(deallocations_); }
  std::size_t Calls() const {  // of either kind, failed ones included
    const std::lock_guard lock(mutex_);
    return attempts_ + deallocations_;
  }
  std::size_t LiveBlocks() const {
    const std::lock_guard lock(mutex_);
    return blocks_.size();
  }
  std::size_t LiveBytes() const { return Read(live_bytes_); }
  std::size_t PeakBytes() const { return Read(peak_bytes_); }
  std::size_t LargestRequest() const { return Read(largest_request_); }

  // Whether [pointer, pointer + size) lies in one live block.
  bool Holds(const void* pointer, std::size_t size = 1) const {
    const std::lock_guard lock(mutex_);
    const auto address = reinterpret_cast<std::uintptr_t>(pointer);
    auto next = blocks_.upper_bound(address);
    if (next == blocks_.begin()) return false;
    const auto& [begin, block] = *--next;
    return address - begin <= block.size && size <= block.size - (address - begin);
  }

  // The wrong calls and overruns so far; empty when there were none.
  std::string Errors() const {
    const std::lock_guard lock(mutex_);
    return CollectErrors();
  }

  // Errors() and the blocks not given back; empty when all is well. What a test has seen this way
  // is not reported again by the destructor.
  std::string Check() const {
    const std::lock_guard lock(mutex_);
    std::string problem = CollectErrors();
    if (!blocks_.empty()) {
      problem += std::to_string(blocks_.size()) + " blocks of " + std::to_string(live_bytes_) +
                 " bytes in all were not given back; ";
    }
    return problem;
  }
  // As Check(), for a test that expects a problem.
  std::string TakeProblems() {
    reported_ = Check();
    return reported_;
  }

 private:
  static constexpr std::size_t kGuard = 32;
  static constexpr unsigned char kGuardByte = 0xFD;
  static constexpr unsigned char kNewByte = 0xCD;
  static constexpr unsigned char kFreedByte = 0xDD;
  // Filling a giant block would make its pages resident.
  static constexpr std::size_t kMaxFill = std::size_t{16} << 20;

  struct Block {
    void* raw;
    std::size_t raw_size;
    std::size_t size;
    std::size_t alignment;
  };

  std::size_t Read(const std::size_t& figure) const {
    const std::lock_guard lock(mutex_);
    return figure;
  }

  void* do_allocate(std::size_t size, std::size_t alignment) override {
    const std::lock_guard lock(mutex_);
    ++attempts_;
    if (size > largest_request_) largest_request_ = size;
    if (alignment == 0 || (alignment & (alignment - 1)) != 0) {
      AddError("allocate(" + std::to_string(size) + ", " + std::to_string(alignment) +
               "): the alignment is not a power of two");
      throw std::bad_alloc();
    }
    if (attempts_ >= fail_first_ && attempts_ <= fail_last_) {
      ++failures_;
      if (failure_ == Failure::kInt) throw 42;
      if (failure_ == Failure::kNull) return nullptr;
      throw std::bad_alloc();
    }
    if (size > options_.refuse_above || alignment > options_.refuse_above) {
      ++failures_;
      throw std::bad_alloc();
    }
    const std::size_t slack = 2 * (alignment < 16 ? 16 : alignment);
    const std::size_t raw_size = kGuard + slack + size + kGuard;
    void* raw = nullptr;
    try {
      raw = AllocateRaw(raw_size);
    } catch (...) {
      ++failures_;
      throw;
    }
    std::uintptr_t address = reinterpret_cast<std::uintptr_t>(raw) + kGuard;
    if (options_.hostile) {
      // The next address that is a multiple of the alignment but not of twice the alignment.
      address = (address + 2 * alignment - 1) / (2 * alignment) * (2 * alignment);
      const bool room_below = address - alignment >= reinterpret_cast<std::uintptr_t>(raw) + kGuard;
      address = room_below ? address - alignment : address + alignment;
    } else {
      const std::size_t usual = alignment < 16 ? 16 : alignment;
      address = (address + usual - 1) / usual * usual;
    }
    auto* bytes = reinterpret_cast<unsigned char*>(address);
    std::memset(bytes - kGuard, kGuardByte, kGuard);
    std::memset(bytes + size, kGuardByte, kGuard);
    if (options_.fill && size <= kMaxFill) std::memset(bytes, kNewByte, size);
    try {
      blocks_.emplace(address, Block{raw, raw_size, size, alignment});
    } catch (...) {
      FreeRaw(raw, raw_size);
      throw;
    }
    ++allocations_;
    live_bytes_ += size;
    if (live_bytes_ > peak_bytes_) peak_bytes_ = live_bytes_;
    return bytes;
  }

  void do_deallocate(void* pointer, std::size_t size, std::size_t alignment) override {
    const std::lock_guard lock(mutex_);
    ++deallocations_;
    const auto found = blocks_.find(reinterpret_cast<std::uintptr_t>(pointer));
    if (found == blocks_.end()) {
      AddError("deallocate of a pointer that is not a live block");
      return;
    }
    const Block block = found->second;
    if (block.size != size || block.alignment != alignment) {
      AddError("a block of size " + std::to_string(block.size) + " and alignment " +
               std::to_string(block.alignment) + " was given back with size " +
               std::to_string(size) + " and alignment " + std::to_string(alignment));
    }
    if (!GuardsIntact(found->first, block)) AddError("somebody wrote outside a block");
    if (options_.fill && block.size <= kMaxFill) std::memset(pointer, kFreedByte, block.size);
    live_bytes_ -= block.size;
    blocks_.erase(found);
    FreeRaw(block.raw, block.raw_size);
  }

  bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override {
    return this == &other;
  }

  void* AllocateRaw(std::size_t size) {
    if (options_.memory != nullptr) return options_.memory->allocate(size, 16);
    void* const raw = std::malloc(size);
    if (raw == nullptr) throw std::bad_alloc();
    return raw;
  }
  void FreeRaw(void* raw, std::size_t size) {
    if (options_.memory != nullptr) {
      options_.memory->deallocate(raw, size, 16);
    } else {
      std::free(raw);
    }
  }

  static bool GuardsIntact(std::uintptr_t address, const Block& block) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(address);
    const auto intact = [](const unsigned char* guard) {
      return guard[0] == kGuardByte && std::memcmp(guard, guard + 1, kGuard - 1) == 0;
    };
    return intact(bytes - kGuard) && intact(bytes + block.size);
  }

  std::string CollectErrors() const {
    std::string problem = errors_;
    for (const auto& [address, block] : blocks_) {
      if (GuardsIntact(address, block)) continue;
      problem += "somebody wrote outside a block of " + std::to_string(block.size) + " bytes; ";
    }
    return problem;
  }

  void AddError(const std::string& error) {
    if (errors_.size() < 2000) errors_ += error + "; ";
  }

  mutable std::mutex mutex_;
  CheckingOptions options_;
  std::map<std::uintptr_t, Block> blocks_;
  std::string errors_;
  std::string reported_;
  std::size_t attempts_ = 0;
  std::size_t allocations_ = 0;
  std::size_t failures_ = 0;
  std::size_t deallocations_ = 0;
  std::size_t live_bytes_ = 0;
  std::size_t peak_bytes_ = 0;
  std::size_t largest_request_ = 0;
  std::size_t fail_first_ = 0;
  std::size_t fail_last_ = 0;
  Failure failure_ = Failure::kBadAlloc;
};

}  // namespace arena_test

#endif  // ARENA_TESTS_SUPPORT_CHECKING_RESOURCE_HPP
