// SPDX-License-Identifier: Apache-2.0
//
// The hash of keys that clients choose: SipHash-1-3 with a random key of the process. std::hash is
// the same in every process, so a client can send many keys that share one hash and make a map as
// slow as a list; a seed alone does not help, because std::hash has collisions that hold for any.
#ifndef HTTP_SERVICE_TEXT_HASH_HPP
#define HTTP_SERVICE_TEXT_HASH_HPP

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <random>
#include <string_view>

namespace service {

// Finds by std::string_view, too. Not noexcept: libstdc++ then keeps each hash beside its key
// instead of computing it again and again.
class TextHash {
 public:
  using is_transparent = void;

  std::size_t operator()(std::string_view text) const {
    State state(key_);
    const char* in = text.data();
    std::size_t left = text.size();
    for (; left >= 8; in += 8, left -= 8) state.Mix(Load(in, 8));
    // The last word holds the bytes that are left, at most seven, and the length.
    state.Mix(Load(in, left) | std::uint64_t{text.size()} << 56);
    return static_cast<std::size_t>(state.Finish());
  }

 private:
  using Key = std::array<std::uint64_t, 2>;

  class State {
   public:
    explicit State(const Key& key)
        : v0_(key[0] ^ 0x736f6d6570736575u),
          v1_(key[1] ^ 0x646f72616e646f6du),
          v2_(key[0] ^ 0x6c7967656e657261u),
          v3_(key[1] ^ 0x7465646279746573u) {}

    void Mix(std::uint64_t word) {
      v3_ ^= word;
      Round();
      v0_ ^= word;
    }

    std::uint64_t Finish() {
      v2_ ^= 0xff;
      for (int i = 0; i < 3; ++i) Round();
      return v0_ ^ v1_ ^ v2_ ^ v3_;
    }

   private:
    void Round() {
      v0_ += v1_;
      v2_ += v3_;
      v1_ = std::rotl(v1_, 13) ^ v0_;
      v3_ = std::rotl(v3_, 16) ^ v2_;
      v0_ = std::rotl(v0_, 32);
      v2_ += v1_;
      v0_ += v3_;
      v1_ = std::rotl(v1_, 17) ^ v2_;
      v3_ = std::rotl(v3_, 21) ^ v0_;
      v2_ = std::rotl(v2_, 32);
    }

    std::uint64_t v0_, v1_, v2_, v3_;
  };

  static std::uint64_t Load(const char* bytes, std::size_t count) {
    std::uint64_t word = 0;
    if (count != 0) std::memcpy(&word, bytes, count);
    return word;
  }

  static const Key& KeyOfProcess() {
    static const Key key = [] {
      std::random_device random;
      const auto word = [&] { return std::uint64_t{random()} << 32 | random(); };
      return Key{word(), word()};
    }();
    return key;
  }

  Key key_ = KeyOfProcess();
};

}  // namespace service

#endif  // HTTP_SERVICE_TEXT_HASH_HPP
