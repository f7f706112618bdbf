// SPDX-License-Identifier: Apache-2.0
//
// Random operations on a buffer answer as they do on a std::string, whatever the arena is like, and
// what a view showed it shows for good.
#include <algorithm>
#include <arena/arena.hpp>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/random.hpp"

namespace {

std::string_view Text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// A buffer and a std::string that get the same operations.
class Pair {
 public:
  Pair(arena::Arena& arena, std::uint32_t seed, bool with_neighbours)
      : arena_(arena), buffer_(arena), random_(seed), with_neighbours_(with_neighbours) {}

  // False when the answers differ.
  bool Step() {
    switch (Number(17)) {
      case 0:
      case 1:
      case 2: {
        const std::string text = RandomText();
        model_ += text;
        return buffer_.Write(text) == text.size();
      }
      case 3: {
        const std::string text = RandomText();
        model_ += text;
        return buffer_.Write(text.data(), text.size()) == text.size();
      }
      case 4: {
        const std::string text = RandomText();
        model_ += text;
        return buffer_.WriteString(text) == text.size();
      }
      case 5: {
        bool right = true;
        for (std::size_t i = Number(100); i-- > 0;) {
          const char value = static_cast<char>(Number(256));
          model_ += value;
          right = right && buffer_.WriteByte(value) == 1;
        }
        return right;
      }
      case 6: {  // a view of itself
        if (model_.size() > 20000) return true;
        const std::size_t from = Number(model_.size() + 1);
        const std::size_t size = Number(model_.size() - from + 1);
        buffer_.Write(buffer_.View().substr(from, size));
        model_ += std::string(model_, from, size);
        return true;
      }
      case 7: {  // prepared, filled and committed in two parts
        const std::size_t size = Number(600);
        const std::span<std::byte> room = buffer_.Prepare(size);
        if (room.size() != size) return false;
        const std::string text = RandomText().substr(0, size);
        if (!text.empty()) std::memcpy(room.data(), text.data(), text.size());
        const std::size_t first = Number(text.size() + 1);
        buffer_.Commit(first);
        if (buffer_.Len() != model_.size() + first) return false;
        buffer_.Commit(text.size() - first);
        model_ += text;
        return true;
      }
      case 8:
      case 9:
      case 10: {
        std::vector<char> target(Number(400));
        const std::size_t count = buffer_.Read(std::span<char>(target));
        return Take(count, target.size(), std::string_view(target.data(), count));
      }
      case 11: {
        const auto value = buffer_.ReadByte();
        if (!value) return model_.empty();
        const char byte = static_cast<char>(*value);
        return Take(1, 1, std::string_view(&byte, 1));
      }
      case 12: {
        const std::size_t size = Number(500);
        const std::string_view bytes = Text(buffer_.Next(size));
        Remember(bytes);
        return Take(bytes.size(), size, bytes);
      }
      case 13: {
        const std::size_t least = Number(3) == 0 ? 0 : Number(500);
        std::string seen;
        const std::size_t written = buffer_.WriteTo([&](std::string_view bytes) {
          seen = bytes.substr(0, least);
          return seen.size();
        });
        return Take(written, least, seen);
      }
      case 14: {
        if (Number(4) != 0) return true;  // rarely, or no buffer gets long
        const std::size_t size = Number(model_.size() + 1);
        ForgetWhatIsUnread();
        buffer_.Truncate(size);
        model_.resize(size);
        return true;
      }
      case 15:
        if (Number(20) == 0) {
          shown_.clear();
          buffer_.Reset();
          model_.clear();
        } else if (Number(5) == 0) {
          arena::ArenaBuffer moved = std::move(buffer_);
          if (buffer_.Len() != 0) return false;
          buffer_ = std::move(moved);
        }
        return true;
      default:
        Remember(buffer_.View());
        Remember(Text(buffer_.Bytes()));
        if (with_neighbours_) std::memset(arena_.Alloc(1 + Number(64), 1), 0x55, 1);
        return true;
    }
  }

  bool Agree() const {
    return buffer_.Len() == model_.size() && buffer_.View() == model_ &&
           buffer_.String() == model_ && Text(buffer_.Bytes()) == model_ &&
           buffer_.Cap() >= buffer_.Len();
  }

  bool AgreeWithoutViews() const {
    return buffer_.Len() == model_.size() && buffer_.String() == model_;
  }

  bool ViewsAreIntact() const {
    return std::all_of(shown_.begin(), shown_.end(),
                       [](const auto& shown) { return shown.first == shown.second; });
  }
  std::size_t Views() const { return shown_.size(); }

 private:
  std::size_t Number(std::size_t below) {
    return std::uniform_int_distribution<std::size_t>(0, below - 1)(random_);
  }
  std::string RandomText() {
    std::string text(Number(8) == 0 ? Number(3000) : Number(60), '\0');
    for (char& c : text) c = static_cast<char>(Number(256));
    return text;
  }

  // `bytes` is what the model's next `size` bytes have to be.
  bool Take(std::size_t count, std::size_t size, std::string_view bytes) {
    if (count != std::min(size, model_.size()) || bytes != model_.substr(0, count)) return false;
    model_.erase(0, count);
    return true;
  }

  void Remember(std::string_view bytes) {
    if (shown_.size() < 3000) shown_.emplace_back(bytes, std::string(bytes));
  }

  // Truncate gives up views of unread bytes; what was read before stays.
  void ForgetWhatIsUnread() {
    const auto touches = [unread = buffer_.View()](const auto& shown) {
      const char* const end = shown.first.data() + shown.first.size();
      return end > unread.data() && shown.first.data() < unread.data() + unread.size();
    };
    shown_.erase(std::remove_if(shown_.begin(), shown_.end(), touches), shown_.end());
  }

  arena::Arena& arena_;
  arena::ArenaBuffer buffer_;
  std::string model_;
  std::vector<std::pair<std::string_view, std::string>> shown_;
  arena_test::Random random_;
  bool with_neighbours_;
};

void Run(arena::Arena& arena, std::uint32_t seed, bool with_neighbours) {
  CAPTURE(seed, with_neighbours);
  Pair pair(arena, seed, with_neighbours);
  for (int step = 0; step < 1500; ++step) {
    CAPTURE(step);
    REQUIRE(pair.Step());
    REQUIRE(pair.AgreeWithoutViews());
    // Views change what storage may be used again: not too many of them.
    if (step % 64 == 0) REQUIRE(pair.Agree());
  }
  REQUIRE(pair.Agree());
  CHECK(pair.Views() != 0);
  CHECK(pair.ViewsAreIntact());
}

}  // namespace

TEST_CASE("a buffer answers like a std::string to random operations", "[buffer]") {
  const auto seed = GENERATE(1U, 2U, 3U, 4U, 5U);
  const bool with_neighbours = GENERATE(false, true);
  arena_test::CheckingResource upstream;
  SECTION("in an arena of small buffers") {
    arena::MonotonicArena a({.min_buffer_size = 256, .upstream = &upstream});
    Run(a, seed, with_neighbours);
  }
  SECTION("in an arena of one large buffer") {
    arena::MonotonicArena a({.min_buffer_size = std::size_t{1} << 22, .upstream = &upstream});
    Run(a, seed, with_neighbours);
  }
  SECTION("in an arena inside an object") {
    const auto a = std::make_unique<arena::InlineArena<2000>>(
        arena::MonotonicArenaOptions{.upstream = &upstream});
    Run(*a, seed, with_neighbours);
  }
  SECTION("through a decorator") {
    arena::MonotonicArena base({.min_buffer_size = 4096, .upstream = &upstream});
    arena::ConcurrentArena a(base);
    Run(a, seed, with_neighbours);
  }
}
