// SPDX-License-Identifier: Apache-2.0
//
// Buffers between real file descriptors: a file, a pipe, a pair of sockets.
#include <arena/arena.hpp>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "support/catch.hpp"

#if __has_include(<sys/socket.h>) && __has_include(<unistd.h>)
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  ~Descriptor() { Close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  void Close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

std::string Pattern(std::size_t size) {
  std::string text(size, ' ');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 7 + i / 251);
  return text;
}

}  // namespace

TEST_CASE("a file goes through a buffer and comes back the same", "[buffer]") {
  std::FILE* const file = std::tmpfile();
  REQUIRE(file != nullptr);
  const int fd = ::fileno(file);
  const std::string expected = Pattern(300000);

  arena::MonotonicArena a;
  arena::ArenaBuffer out(a);
  out.Write(expected);
  while (out.Len() != 0) {
    REQUIRE(out.WriteTo([fd](std::span<const std::byte> bytes) {
      return ::write(fd, bytes.data(), bytes.size() > 70000 ? 70000 : bytes.size());
    }) != 0);
  }

  REQUIRE(::lseek(fd, 0, SEEK_SET) == 0);
  arena::ArenaBuffer in(a);
  CHECK(in.ReadFrom([fd](std::span<std::byte> room) {
    return ::read(fd, room.data(), room.size());
  }) == expected.size());
  CHECK(in.View() == expected);
  std::fclose(file);
}

TEST_CASE("a failing read ends the reading and keeps what came before", "[buffer]") {
  int fds[2];
  REQUIRE(::pipe(fds) == 0);
  const Descriptor reader(fds[0]), writer(fds[1]);
  REQUIRE(::fcntl(reader.get(), F_SETFL, O_NONBLOCK) == 0);
  const auto source = [&reader](char* data, std::size_t size) {
    return ::read(reader.get(), data, size);
  };
  arena::MonotonicArena a;
  arena::ArenaBuffer b(a);

  CHECK(b.ReadFrom(source) == 0);
  CHECK(errno == EAGAIN);
  REQUIRE(::write(writer.get(), "first", 5) == 5);
  CHECK(b.ReadFrom(source) == 5);
  CHECK(errno == EAGAIN);
  REQUIRE(::write(writer.get(), " second", 7) == 7);
  CHECK(b.ReadFrom(source) == 7);
  CHECK(b.View() == "first second");
}

TEST_CASE("a failing write takes nothing from the buffer", "[buffer]") {
  arena::MonotonicArena a;
  arena::ArenaBuffer b(a);
  b.Write("text");
  CHECK(b.WriteTo([](const void* data, std::size_t size) { return ::write(-1, data, size); }) == 0);
  CHECK(errno == EBADF);
  CHECK(b.View() == "text");
}

TEST_CASE("two sockets talk through Prepare and Commit", "[buffer]") {
  int fds[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
  const Descriptor left(fds[0]), right(fds[1]);
  const std::string expected = Pattern(200000);

  arena::MonotonicArena a({.min_buffer_size = 1024});
  arena::ArenaBuffer out(a), in(a);
  out.Write(expected);
  // Both ends in one thread: neither side may block.
  while (in.Len() < expected.size()) {
    out.WriteTo([&left](std::span<const std::byte> bytes) {
      return ::send(left.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    });
    const std::span<std::byte> room = in.Prepare(1000);
    const auto count = ::recv(right.get(), room.data(), room.size(), MSG_DONTWAIT);
    REQUIRE(count > 0);
    in.Commit(static_cast<std::size_t>(count));
  }
  CHECK(out.Len() == 0);
  CHECK(in.View() == expected);
}

#endif
