// SPDX-License-Identifier: Apache-2.0
//
// Boost.JSON's way into memory that goes all at once. It takes Boost's memory_resource, not the
// standard one, so it needs this adapter; the trait below lets it skip the destruction of
// documents, which would only give back memory, piece by piece.
#ifndef HTTP_SERVICE_JSON_MEMORY_HPP
#define HTTP_SERVICE_JSON_MEMORY_HPP

#include <arena/arena.hpp>
#include <boost/json/memory_resource.hpp>
#include <concepts>
#include <cstddef>

namespace service {

// Over an arena::Arena, or a std::pmr::memory_resource whose deallocate does nothing either.
template <class Resource>
class JsonMemory final : public boost::json::memory_resource {
 public:
  // The resource outlives every document.
  explicit JsonMemory(Resource& resource) noexcept : resource_(&resource) {}

 private:
  void* do_allocate(std::size_t size, std::size_t alignment) override {
    if constexpr (std::derived_from<Resource, arena::Arena>) {
      return resource_->Alloc(size, alignment);  // not virtual
    } else {
      return resource_->allocate(size, alignment);
    }
  }
  void do_deallocate(void* block, std::size_t size, std::size_t alignment) override {
    if constexpr (std::derived_from<Resource, arena::Arena>) {
      // Nothing, but for a sanitizer, which hears that the block is free.
      arena::Allocator<std::byte>(*resource_).deallocate(static_cast<std::byte*>(block), size);
    } else {
      resource_->deallocate(block, size, alignment);
    }
  }
  bool do_is_equal(const boost::json::memory_resource& other) const noexcept override {
    return this == &other;
  }

  Resource* resource_;
};

}  // namespace service

template <class Resource>
struct boost::json::is_deallocate_trivial<service::JsonMemory<Resource>> {
  static constexpr bool value = true;
};

#endif  // HTTP_SERVICE_JSON_MEMORY_HPP
