// SPDX-License-Identifier: Apache-2.0
//
// Stands in for memory.hpp of examples/http_service: the default allocators everywhere. What the
// others are compared with.
#ifndef HTTP_SERVICE_MEMORY_HPP
#define HTTP_SERVICE_MEMORY_HPP

#include <memory>

namespace service {

template <class T>
using Allocator = std::allocator<T>;

}  // namespace service

#include "other_memory.hpp"

namespace service {

struct ServiceMemory : OtherMemory {
  ServiceMemory(const Options&, std::size_t) {}
};

class HeadMemory {
 public:
  explicit HeadMemory(ServiceMemory&) {}
  Allocator<char> allocator() const noexcept { return {}; }
  void Reset() noexcept {}
};

struct BodyMemory {
  BodyMemory(ServiceMemory&, std::uint64_t, std::size_t, Allocator<char>) {}

  const Allocator<char> allocator;
};

class RequestMemory {
 public:
  RequestMemory(ServiceMemory&, std::uint64_t, std::size_t) {}
  Allocator<char> allocator() const noexcept { return {}; }
  boost::json::storage_ptr json() const noexcept { return {}; }
};

}  // namespace service

#endif  // HTTP_SERVICE_MEMORY_HPP
