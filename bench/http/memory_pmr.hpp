// SPDX-License-Identifier: Apache-2.0
//
// Stands in for memory.hpp of examples/http_service: a std::pmr::monotonic_buffer_resource for each
// body and one for each handler, fresh from the heap.
#ifndef HTTP_SERVICE_MEMORY_HPP
#define HTTP_SERVICE_MEMORY_HPP

#include <boost/json.hpp>
#include <memory_resource>

namespace service {

template <class T>
using Allocator = std::pmr::polymorphic_allocator<T>;

}  // namespace service

#include "other_memory.hpp"

namespace service {

// Boost.JSON takes a memory resource of its own kind.
class JsonMemory final : public boost::json::memory_resource {
 public:
  explicit JsonMemory(std::pmr::monotonic_buffer_resource& resource) : resource_(resource) {}

 private:
  void* do_allocate(std::size_t size, std::size_t alignment) override {
    return resource_.allocate(size, alignment);
  }
  void do_deallocate(void*, std::size_t, std::size_t) override {}
  bool do_is_equal(const boost::json::memory_resource& other) const noexcept override {
    return this == &other;
  }

  std::pmr::monotonic_buffer_resource& resource_;
};

struct ServiceMemory : OtherMemory {
  ServiceMemory(const Options&, std::size_t) {}
};

class HeadMemory {
 public:
  explicit HeadMemory(ServiceMemory&) {}
  Allocator<char> allocator() noexcept { return &resource_; }
  void Reset() noexcept { resource_.release(); }

 private:
  std::byte bytes_[2048];
  std::pmr::monotonic_buffer_resource resource_{bytes_, sizeof(bytes_)};
};

struct BodyMemory {
  BodyMemory(ServiceMemory&, std::uint64_t, std::size_t bytes, Allocator<char>)
      : resource(bytes + 1) {}  // for the zero behind it

  std::pmr::monotonic_buffer_resource resource;
  const Allocator<char> allocator = &resource;
};

class RequestMemory {
 public:
  // Room for the document and the answer of a usual request.
  RequestMemory(ServiceMemory&, std::uint64_t, std::size_t body_bytes)
      : resource_(4096 + 7 * body_bytes) {}

  Allocator<char> allocator() noexcept { return &resource_; }
  boost::json::storage_ptr json() noexcept { return &json_; }

 private:
  std::pmr::monotonic_buffer_resource resource_;
  JsonMemory json_{resource_};
};

}  // namespace service

template <>
struct boost::json::is_deallocate_trivial<service::JsonMemory> {
  static constexpr bool value = true;
};

#endif  // HTTP_SERVICE_MEMORY_HPP
