// SPDX-License-Identifier: Apache-2.0
//
// Byte buffers of Boost's network libraries, which share an interface: prepare, commit, data,
// consume. ARENA_BENCH_BUFFER is the type.
#include <boost/asio/buffer.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/multi_buffer.hpp>
#include <cstddef>

#include "../workloads/bytes.hpp"

namespace {

class ByteBuffer {
 public:
  void Write(const char* data, std::size_t size) {
    bytes_.commit(
        boost::asio::buffer_copy(bytes_.prepare(size), boost::asio::const_buffer(data, size)));
  }
  std::size_t Read(char* target, std::size_t size) {
    const std::size_t count =
        boost::asio::buffer_copy(boost::asio::mutable_buffer(target, size), bytes_.data());
    bytes_.consume(count);
    return count;
  }
  void Clear() { bytes_.consume(bytes_.size()); }

 private:
  ARENA_BENCH_BUFFER bytes_;
};

}  // namespace

void bench::RegisterPeer() { bench::RegisterBytes<ByteBuffer>(); }
