// SPDX-License-Identifier: Apache-2.0
//
// The sources and sinks of an ArenaBuffer: streams, recognised by their members, so that no stream
// header is needed, and callables in several forms.
#ifndef ARENA_DETAIL_BYTES_BYTE_TRANSFER_HPP
#define ARENA_DETAIL_BYTES_BYTE_TRANSFER_HPP

#include <cstddef>
#include <span>
#include <string_view>
#include <type_traits>

#include "../../config.hpp"
#include "../core/upstream.hpp"

ARENA_BEGIN_NAMESPACE
namespace detail {

template <class Integer>
concept SizeInteger = std::is_integral_v<Integer> && sizeof(Integer) >= sizeof(std::size_t);

// A size that converts to the integer type of a stream's function, signed or not.
struct StreamSize {
  std::size_t size;

  template <SizeInteger Integer>
  operator Integer() const noexcept {  // NOLINT(google-explicit-constructor)
    return static_cast<Integer>(size);
  }
};

// std::istream and its like.
template <class Source>
concept ReadableStream = requires(Source& source, char* data, StreamSize size) {
  source.read(data, size);
  static_cast<std::size_t>(source.gcount());
};

// std::ostream. Only its stream buffer tells how many bytes it took; write() does not.
template <class Sink>
concept OutputStream = requires(Sink& sink, const char* data, std::ptrdiff_t size) {
  typename Sink::sentry;
  sink.setstate(Sink::badbit);
  static_cast<std::size_t>(sink.rdbuf()->sputn(data, size));
};

// Any other sink with a member write(data, size).
template <class Sink>
concept WritableStream =
    requires(Sink& sink, const char* data, StreamSize size) { sink.write(data, size); };

// Passes the bytes on in the first of the forms that the callable takes: each is a kind of view, and a
// pointer with a size instead. They are tried in turn, so that a generic callable is instantiated for
// that one only.
template <class Form, class... Others, class F, class Char>
decltype(auto) CallWith(F& call, Char* data, std::size_t size) {
  auto* const bytes = reinterpret_cast<decltype(Form().data())>(data);
  if constexpr (std::is_invocable_v<F&, Form>) {
    return call(Form(bytes, size));
  } else if constexpr (std::is_invocable_v<F&, decltype(Form().data()), std::size_t>) {
    return call(bytes, size);
  } else if constexpr (sizeof...(Others) != 0) {
    return detail::CallWith<Others...>(call, data, size);
  } else {
    static_assert(sizeof...(Others) != 0 || std::is_const_v<Char>,
                  "arena: ReadFrom needs a stream with read(char*, n) and gcount(), or a callable "
                  "that takes a std::span<std::byte>, a std::span<char>, or (char*, std::size_t)");
    static_assert(sizeof...(Others) != 0 || !std::is_const_v<Char>,
                  "arena: WriteTo needs a stream with write(const char*, n), or a callable that "
                  "takes a std::span<const std::byte>, a std::string_view, or (const char*, "
                  "std::size_t)");
    return size;
  }
}

// The number of bytes that a source or sink returned, with 0 for a negative one, which is a
// failure.
template <class Count>
std::size_t CountFrom(Count count) {
  static_assert(std::is_integral_v<Count> && !std::is_same_v<Count, bool>,
                "arena: the source or sink has to return how many bytes it has read or written, "
                "as std::size_t or as a signed type that is negative on failure");
  if constexpr (std::is_signed_v<Count>) {
    if (count < 0) return 0;
  }
  return static_cast<std::size_t>(count);
}

template <class Source>
std::size_t CallSource(Source& source, char* data, std::size_t size) {
  const auto call = [&]() -> decltype(auto) {
    return detail::CallWith<std::span<std::byte>, std::span<char>, std::span<unsigned char>>(
        source, data, size);
  };
  constexpr bool kCounts = !std::is_void_v<decltype(call())>;
  static_assert(kCounts,
                "arena: the source has to return how many bytes it has read, and not void");
  if constexpr (kCounts) {
    return detail::CountFrom(call());
  } else {
    return 0;
  }
}

// Calls the function and returns its count, or `all` if it returns nothing.
template <class Call>
std::size_t CountOrAll(Call call, std::size_t all) {
  if constexpr (std::is_void_v<decltype(call())>) {
    call();
    return all;
  } else {
    return detail::CountFrom(call());
  }
}

template <class Sink>
std::size_t CallSink(Sink& sink, std::string_view bytes) {
  const auto call = [&]() -> decltype(auto) {
    return detail::CallWith<std::span<const std::byte>, std::string_view, std::span<const char>,
                            std::span<const unsigned char>>(sink, bytes.data(), bytes.size());
  };
  return detail::CountOrAll(call, bytes.size());
}

// Calls sink.write(). The sink took as many bytes as it returns; if it returns no integer it took
// all, unless the returned bool, or the sink itself, is false.
template <class Sink>
std::size_t WriteToStreamLike(Sink& sink, std::string_view bytes) {
  const StreamSize size{bytes.size()};
  using Answer = decltype(sink.write(bytes.data(), size));
  if constexpr (std::is_same_v<Answer, bool>) {
    return sink.write(bytes.data(), size) ? bytes.size() : 0;
  } else if constexpr (std::is_integral_v<Answer>) {
    return detail::CountFrom(sink.write(bytes.data(), size));
  } else {
    sink.write(bytes.data(), size);
    if constexpr (std::is_constructible_v<bool, Sink&>) {
      if (!static_cast<bool>(sink)) return 0;
    }
    return bytes.size();
  }
}

// Unformatted output as in std::ostream::write, but returns the count. An exception of the stream
// buffer sets badbit, and passes through if the stream's exceptions() ask for that. The unwinding
// of a cancelled thread always passes through.
template <class Stream>
std::size_t PutToStream(Stream& stream, std::string_view bytes) {
  const auto put = [&] {
    return detail::CountFrom(
        stream.rdbuf()->sputn(bytes.data(), static_cast<std::ptrdiff_t>(bytes.size())));
  };
#if ARENA_EXCEPTIONS
  try {
    return put();
  } catch (...) {
    try {
      stream.setstate(Stream::badbit);
    } catch (...) {  // std::ios_base::failure, which tells less than the exception that was caught
      detail::PassOnForcedUnwind();
    }
    detail::PassOnForcedUnwind();
    if ((stream.exceptions() & Stream::badbit) != 0) throw;
    return 0;
  }
#else
  return put();
#endif
}

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_BYTES_BYTE_TRANSFER_HPP
