// SPDX-License-Identifier: Apache-2.0
//
// std::stringstream as a byte buffer. Clear rewinds it, which keeps its memory.
#include <cstddef>
#include <ios>
#include <sstream>

#include "../workloads/bytes.hpp"

namespace {

class ByteBuffer {
 public:
  void Write(const char* data, std::size_t size) {
    stream_.write(data, static_cast<std::streamsize>(size));
  }
  std::size_t Read(char* target, std::size_t size) {
    stream_.read(target, static_cast<std::streamsize>(size));
    return static_cast<std::size_t>(stream_.gcount());
  }
  void Clear() {
    stream_.clear();
    stream_.seekg(0);
    stream_.seekp(0);
  }

 private:
  std::stringstream stream_;
};

}  // namespace

void bench::RegisterPeer() { bench::RegisterBytes<ByteBuffer>(); }
