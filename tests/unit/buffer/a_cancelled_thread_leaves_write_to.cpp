// SPDX-License-Identifier: Apache-2.0
//
// A thread that is cancelled while WriteTo waits in a stream buffer ends, and nothing else does:
// the exception that unwinds its stack is nobody's to swallow.
#include "support/catch.hpp"

#if defined(__GLIBC__) && defined(__GLIBCXX__)  // cancelled threads crash with libc++
#include <pthread.h>
#include <unistd.h>

#include <arena/arena.hpp>
#include <atomic>
#include <ostream>
#include <streambuf>

namespace {

std::atomic<bool> device_waits{false};

class WaitingDevice : public std::streambuf {
 protected:
  std::streamsize xsputn(const char*, std::streamsize) override {
    device_waits = true;
    for (;;) ::usleep(1000);  // where a thread can be cancelled
  }
};

// Whether the stream throws for badbit makes no difference to the end of the thread.
void* WriteToDevice(void* stream_throws) {
  arena::MonotonicArena a;
  arena::ArenaBuffer buffer(a);
  buffer.Write("bytes");
  WaitingDevice device;
  std::ostream stream(&device);
  if (stream_throws != nullptr) stream.exceptions(std::ios_base::badbit);
  buffer.WriteTo(stream);
  return nullptr;
}

bool IsCancelled(bool stream_throws) {
  device_waits = false;
  pthread_t thread;
  if (::pthread_create(&thread, nullptr, &WriteToDevice, stream_throws ? &device_waits : nullptr)) {
    return false;
  }
  while (!device_waits) ::usleep(1000);
  ::pthread_cancel(thread);
  void* result = nullptr;
  ::pthread_join(thread, &result);
  return result == PTHREAD_CANCELED;
}

}  // namespace

TEST_CASE("a cancelled thread leaves WriteTo", "[buffer]") {
  CHECK(IsCancelled(false));
  CHECK(IsCancelled(true));
}
#endif
