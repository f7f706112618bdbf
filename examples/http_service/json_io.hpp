// SPDX-License-Identifier: Apache-2.0
//
// Bodies to documents and back, and checked access to the parts of a document.
#ifndef HTTP_SERVICE_JSON_IO_HPP
#define HTTP_SERVICE_JSON_IO_HPP

#include <boost/beast/http/status.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parser.hpp>
#include <boost/json/serializer.hpp>
#include <boost/json/storage_ptr.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "http_error.hpp"

namespace service {

namespace json = boost::json;

// The document in `body`. Throws an HttpError with status 400.
inline json::value ParseJson(std::string_view body, const json::storage_ptr& memory) {
  unsigned char scratch[16 * 1024];  // for the values of unfinished arrays and objects
  json::parser parser(memory, {}, scratch, sizeof(scratch));
  parser.reset(memory);
  json::error_code error;
  parser.write(body.data(), body.size(), error);
  if (error) {
    throw HttpError(boost::beast::http::status::bad_request,
                    "the body is not JSON: " + error.message());
  }
  return parser.release();
}

// Appends `value` as text. `expected`: how long it may become; a good guess saves copies.
template <class Text>
void AppendJson(const json::value& value, std::size_t expected, Text& text) {
  json::serializer serializer;
  serializer.reset(&value);
  std::size_t length = text.size();
  for (std::size_t room = expected; !serializer.done(); room = length) {
    text.resize(length + room);
    length += serializer.read(text.data() + length, room).size();
  }
  text.resize(length);
}

[[noreturn]] inline void Unprocessable(std::string_view what, std::string_view problem) {
  throw HttpError(boost::beast::http::status::unprocessable_entity,
                  std::string(what) + ' ' + std::string(problem));
}

// The parts of a document, or an HttpError with status 422 that names `what`.
inline const json::object& AsObject(const json::value& value, std::string_view what) {
  if (!value.is_object()) Unprocessable(what, "is not an object");
  return value.get_object();
}
inline const json::array& AsArray(const json::value& value, std::string_view what,
                                  std::size_t most) {
  if (!value.is_array()) Unprocessable(what, "is not an array");
  const json::array& array = value.get_array();
  if (array.size() > most) {
    Unprocessable(what, "has more than " + std::to_string(most) + " elements");
  }
  return array;
}
inline std::string_view AsText(const json::value& value, std::string_view what) {
  if (!value.is_string()) Unprocessable(what, "is not a string");
  return {value.get_string().data(), value.get_string().size()};
}
inline std::int64_t AsInteger(const json::value& value, std::string_view what, std::int64_t least,
                              std::int64_t most) {
  if (!value.is_int64()) Unprocessable(what, "is not an integer of 64 bits");
  if (value.get_int64() < least || value.get_int64() > most) {
    Unprocessable(what, "is not in " + std::to_string(least) + " to " + std::to_string(most));
  }
  return value.get_int64();
}

// The members of an object by their names: fastest when asked for in the order of the document,
// which most clients keep, right in any. The object outlives it.
class Members {
 public:
  Members(const json::value& value, std::string_view what)
      : object_(&AsObject(value, what)), next_(object_->begin()) {}

  // Throws an HttpError with status 422 when there is none of this name.
  const json::value& operator[](std::string_view name) {
    const json::string_view key(name.data(), name.size());
    if (next_ == object_->end() || next_->key() != key) {
      next_ = object_->find(key);
      if (next_ == object_->end()) Unprocessable(name, "is missing");
    }
    return next_++->value();
  }

 private:
  const json::object* object_;
  json::object::const_iterator next_;  // after the member that was asked for last
};

}  // namespace service

#endif  // HTTP_SERVICE_JSON_IO_HPP
