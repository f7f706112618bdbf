// SPDX-License-Identifier: Apache-2.0
//
// The macros that headers of C leave behind, in the words of those headers where that matters. The
// standard library comes first: it has its own ways with such macros, which is not what is tested
// here.
#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cassert>
#include <chrono>
#include <compare>
#include <concepts>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <exception>
#include <functional>
#include <initializer_list>
#include <iosfwd>
#include <istream>
#include <iterator>
#include <limits>
#include <list>
#include <map>
#include <memory>
#include <memory_resource>
#include <mutex>
#include <new>
#include <numeric>
#include <optional>
#include <ostream>
#include <ranges>
#include <set>
#include <span>
#include <stdexcept>
#include <streambuf>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <type_traits>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>
#if __has_include(<format>)
#include <format>
#endif
#if __has_include(<sys/mman.h>)
#include <sys/mman.h>
#include <unistd.h>
#endif

// <windows.h>
#define min(a, b) (((a) < (b)) ? (a) : (b))
#define max(a, b) (((a) > (b)) ? (a) : (b))
#define small char
#define near
#define far
#define huge
#define cdecl
#define pascal
#define interface struct
#define IN
#define OUT
#define OPTIONAL
#define CONST const
#define VOID void
#define TRUE 1
#define FALSE 0
#define STRICT 1
#define ERROR 0
#define NO_ERROR 0
#define FAILED(x) ((x) < 0)
#define SUCCEEDED(x) ((x) >= 0)
#define IGNORE 0
#define INFINITE 0xFFFFFFFF
#define DELETE 0x00010000L
#define SYNCHRONIZE 0x00100000L
#define DOMAIN 1
#define OVERFLOW 3
#define UNDERFLOW 4
#define OPAQUE 2
#define TRANSPARENT 1
#define ABSOLUTE 1
#define RELATIVE 2
#define THIS void
#define CopyMemory memcpy
#define MoveMemory memmove
#define FillMemory(d, n, v) memset((d), (v), (n))
#define ZeroMemory(d, n) memset((d), 0, (n))
#define CreateFile CreateFileA
#define GetObject GetObjectA
#define GetMessage GetMessageA
#define PostMessage PostMessageA
#define ReportEvent ReportEventA
#define GetFreeSpace(w) 0x100000L
#define GetCurrentTime() 0
#define FreeModule(m) 0
#define Yield()

// Xlib.h, X.h and Xutil.h
#define Bool int
#define Status int
#define True 1
#define False 0
#define None 0L
#define Success 0
#define Above 0
#define Below 1
#define Always 2
#define Never 0
#define Unsorted 0
#define Complex 0
#define Convex 2
#define Expose 12
#define Mode int
#define FontChange 255
#define CurrentTime 0L
#define DestroyAll 0
#define RetainPermanent 1
#define RetainTemporary 2
#define AllocNone 0
#define AllocAll 1
#define AllTemporary 0L
#define AnyKey 0L
#define BadAlloc 11
#define BadValue 2
#define InputFocus 1L
#define KeyPress 2
#define ParentRelative 1L
#define CopyFromParent 0L
#define QueuedAlready 0
#define StaticColor 2
#define GrayScale 1
#define Button1 1
#define Opposite 4

// PostgreSQL's c.h and port.h; Ruby's headers redirect snprintf as well
#define Min(x, y) ((x) < (y) ? (x) : (y))
#define Max(x, y) ((x) > (y) ? (x) : (y))
#define Abs(x) ((x) >= 0 ? (x) : -(x))
#define Assert(condition) ((void)true)
#define AssertMacro(condition) ((void)true)
#define Trap(condition, type) ((void)true)
#define MemSet(start, val, len) memset(start, val, len)
#define StrNCpy(dst, src, len) strncpy(dst, src, len)
#define lengthof(array) (sizeof(array) / sizeof((array)[0]))
#define foreach(cell, list) for (;;)
#define palloc(size) malloc(size)
#define gettext(x) (x)
#define _(x) (x)
#define likely(x) __builtin_expect((x) != 0, 1)
#define unlikely(x) __builtin_expect((x) != 0, 0)
#define printf pg_printf
#define fprintf pg_fprintf
#define vfprintf pg_vfprintf
#define sprintf pg_sprintf
#define snprintf pg_snprintf
#define vsnprintf pg_vsnprintf
#define strerror pg_strerror

// <stdnoreturn.h>, kernels and other large projects
#define noreturn _Noreturn
#define noinline __attribute__((__noinline__))
#define always_inline inline __attribute__((__always_inline__))
#define cold __attribute__((__cold__))
#define hot __attribute__((__hot__))
#define pure __attribute__((__pure__))
#define unused __attribute__((__unused__))
#define maybe_unused __attribute__((__unused__))
#define nodiscard __attribute__((__warn_unused_result__))
#define visibility hidden
#define weak __attribute__((__weak__))
#define packed __attribute__((__packed__))
#define aligned(n) __attribute__((__aligned__(n)))
#define deprecated __attribute__((__deprecated__))
#define fallthrough __attribute__((__fallthrough__))
#define no_sanitize(x)
#define barrier() __asm__("")
#define current get_current()
#define container_of(pointer, type, member) ((type*)(pointer))

// The BSDs, <sys/param.h>, <sys/sysmacros.h>, <complex.h>, curses, lex
#define major(device) gnu_dev_major(device)
#define minor(device) gnu_dev_minor(device)
#define howmany(x, y) (((x) + ((y) - 1)) / (y))
#define roundup(x, y) ((((x) + ((y) - 1)) / (y)) * (y))
#define powerof2(x) ((((x) - 1) & (x)) == 0)
#define isset(a, i) ((a)[(i) / 8])
#define MIN(a, b) (((a) < (b)) ? (a) : (b))
#define MAX(a, b) (((a) > (b)) ? (a) : (b))
#define I 1
#define complex _Complex
#define unix 1
#define linux 1
#define sigmask(s) (1u << ((s) - 1))
#define OK 0
#define ERR (-1)
#define BEGIN 0
#define INITIAL 0
#define ECHO 1
#define REJECT 2
#define local static
#define EOF (-1)

// macOS, Qt, Arduino, R, Perl, games
#define check(x) ((void)(x))
#define verify(x) ((void)(x))
#define require(x, label) ((void)(x))
#define nil nullptr
#define Nil nullptr
#define YES 1
#define NO 0
#define emit
#define signals public
#define slots
#define forever for (;;)
#define constrain(x, low, high) ((x) < (low) ? (low) : (x))
#define round(x) ((x) >= 0 ? (long)((x) + 0.5) : (long)((x) - 0.5))
#define bit(b) (1UL << (b))
#define sq(x) ((x) * (x))
#define F(text) (text)
#define PI 3.14
#define HIGH 1
#define LOW 0
#define INPUT 0
#define OUTPUT 1
#define DEFAULT 1
#define length Rf_length
#define error Rf_error
#define warning Rf_warning
#define duplicate Rf_duplicate
#define Null(type) ((type) nullptr)
#define New(x, v, n, t) (v = (t*)malloc((n) * sizeof(t)))
#define Copy(s, d, n, t) memcpy(d, s, (n) * sizeof(t))
#define Move(s, d, n, t) memmove(d, s, (n) * sizeof(t))
#define Zero(d, n, t) memset(d, 0, (n) * sizeof(t))
#define scope(a) Perl_scope(a)
#define ref(a, b) Perl_ref(a, b)
#define CHECK(x) ((void)(x))
#define REQUIRE(x) ((void)(x))
#define FAIL(x) ((void)(x))
#define INFO(x) ((void)(x))
#define LOG(x) ((void)(x))
#define TEXT(x) x

// The macros stay in force to the end of the file: templates are parsed with them as well.
#include <arena/picture.hpp>

#include "two_units.hpp"

int main() {
  arena::MonotonicArena a;
  return two_units::Use(a) == 12 ? 0 : 1;
}
