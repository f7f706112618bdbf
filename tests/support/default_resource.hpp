// SPDX-License-Identifier: Apache-2.0
//
// Another default resource of std::pmr while this lives.
#ifndef ARENA_TESTS_SUPPORT_DEFAULT_RESOURCE_HPP
#define ARENA_TESTS_SUPPORT_DEFAULT_RESOURCE_HPP

#include <memory_resource>

namespace arena_test {

class DefaultResource {
 public:
  explicit DefaultResource(std::pmr::memory_resource* resource)
      : before_(std::pmr::set_default_resource(resource)) {}
  ~DefaultResource() { std::pmr::set_default_resource(before_); }
  DefaultResource(const DefaultResource&) = delete;
  DefaultResource& operator=(const DefaultResource&) = delete;

 private:
  std::pmr::memory_resource* before_;
};

// Throws whatever asks for memory from the default resource.
class NoDefaultResource : DefaultResource {
 public:
  NoDefaultResource() : DefaultResource(std::pmr::null_memory_resource()) {}
};

}  // namespace arena_test

#endif  // ARENA_TESTS_SUPPORT_DEFAULT_RESOURCE_HPP
