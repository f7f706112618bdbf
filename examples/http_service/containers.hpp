// SPDX-License-Identifier: Apache-2.0
//
// The containers of a request. `Memory` is one of the strategies in memory_*.cpp: it has a template
// Memory::Allocator<T>, a function allocator() that gives one of these, which converts to the
// others, and a function json() that gives the same memory to Boost.JSON.
#ifndef HTTP_SERVICE_CONTAINERS_HPP
#define HTTP_SERVICE_CONTAINERS_HPP

#include <boost/beast/http/fields.hpp>
#include <functional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "text_hash.hpp"

namespace service {

template <class Memory, class T>
using AllocatorOf = typename Memory::template Allocator<T>;

template <class Memory>
using String = std::basic_string<char, std::char_traits<char>, AllocatorOf<Memory, char>>;

template <class Memory, class T>
using Vector = std::vector<T, AllocatorOf<Memory, T>>;

template <class Memory>
using Fields = boost::beast::http::basic_fields<AllocatorOf<Memory, char>>;

template <class Memory, class T>
using TextMap = std::unordered_map<String<Memory>, T, TextHash, std::equal_to<>,
                                   AllocatorOf<Memory, std::pair<const String<Memory>, T>>>;

}  // namespace service

#endif  // HTTP_SERVICE_CONTAINERS_HPP
