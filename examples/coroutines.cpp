// SPDX-License-Identifier: Apache-2.0
//
// Requests that coroutines handle. Each request leases an arena, in which all it needs lies: the
// frames of its coroutines, the users that they look up and the answer. While the requests run, they
// wait for a store that answers later, so that they take turns; nobody calls the global operator new,
// which this program counts.
#include <arena/arena.hpp>
#include <arena/coroutine.hpp>
#include <arena/pool.hpp>
#include <array>
#include <charconv>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

// ---- the proof -----------------------------------------------------------------------------------

std::size_t calls_of_new = 0;

// Not inlined: gcc would see malloc where the library says new.
ARENA_NOINLINE void* operator new(std::size_t size) {
  ++calls_of_new;
  if (void* const block = std::malloc(size == 0 ? 1 : size)) return block;
  throw std::bad_alloc();
}
ARENA_NOINLINE void* operator new(std::size_t size, std::align_val_t alignment) {
  ++calls_of_new;
  const auto step = static_cast<std::size_t>(alignment);
  if (void* const block = std::aligned_alloc(step, (size + step - 1) / step * step)) return block;
  throw std::bad_alloc();
}
ARENA_NOINLINE void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++calls_of_new;
  return std::malloc(size == 0 ? 1 : size);
}
ARENA_NOINLINE void* operator new(std::size_t size, std::align_val_t alignment,
                                  const std::nothrow_t&) noexcept {
  ++calls_of_new;
  const auto step = static_cast<std::size_t>(alignment);
  return std::aligned_alloc(step, (size + step - 1) / step * step);
}
ARENA_NOINLINE void operator delete(void* block) noexcept { std::free(block); }
ARENA_NOINLINE void operator delete(void* block, std::size_t) noexcept { std::free(block); }
ARENA_NOINLINE void operator delete(void* block, std::align_val_t) noexcept { std::free(block); }
ARENA_NOINLINE void operator delete(void* block, std::size_t, std::align_val_t) noexcept {
  std::free(block);
}

// ---- coroutines ----------------------------------------------------------------------------------

// What a coroutine answers with; starts when it is awaited or started. Nothing here knows of arenas
// but the base class of the promise: the frame lies in the first Arena& among the parameters.
template <class T>
class [[nodiscard]] Task {
 public:
  struct promise_type : arena::CoroutineFrame {
    Task get_return_object() noexcept { return Task(Handle::from_promise(*this)); }
    std::suspend_always initial_suspend() noexcept { return {}; }
    auto final_suspend() noexcept {
      struct ResumeAwaiter {
        bool await_ready() noexcept { return false; }
        std::coroutine_handle<> await_suspend(Handle ended) noexcept {
          return ended.promise().awaiter;
        }
        void await_resume() noexcept {}
      };
      return ResumeAwaiter{};
    }
    void return_value(T result) noexcept { value = result; }
    void unhandled_exception() noexcept { failure = std::current_exception(); }

    std::coroutine_handle<> awaiter = std::noop_coroutine();
    T value{};
    std::exception_ptr failure;
  };
  using Handle = std::coroutine_handle<promise_type>;

  explicit Task(Handle handle) noexcept : handle_(handle) {}
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Task& operator=(Task&&) = delete;
  ~Task() {
    if (handle_) handle_.destroy();  // gives the frame back to the arena
  }

  void Start() { handle_.resume(); }
  bool IsDone() const noexcept { return handle_.done(); }

  bool await_ready() const noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> awaiter) noexcept {
    handle_.promise().awaiter = awaiter;
    return handle_;
  }
  T await_resume() const {
    if (handle_.promise().failure) std::rethrow_exception(handle_.promise().failure);
    return handle_.promise().value;
  }

 private:
  Handle handle_;
};

// Coroutines that wait for their turn.
class Loop {
 public:
  // co_await loop.Later() lets the others run first.
  auto Later() noexcept {
    struct Turn {
      bool await_ready() const noexcept { return false; }
      void await_suspend(std::coroutine_handle<> waiting) const noexcept {
        loop->waiting_[loop->last_++ % kMost] = waiting;
      }
      void await_resume() const noexcept {}
      Loop* loop;
    };
    return Turn{this};
  }

  void Run() {
    while (first_ != last_) waiting_[first_++ % kMost].resume();
  }

 private:
  static constexpr std::size_t kMost = 16;  // at once

  std::array<std::coroutine_handle<>, kMost> waiting_{};
  std::size_t first_ = 0;
  std::size_t last_ = 0;
};

// ---- the service ---------------------------------------------------------------------------------

struct User {
  int id = 0;
  std::string_view name{};
};
struct NoSuchUser {
  int id;
};

constexpr std::string_view kNames[] = {"Ada", "Grace", "Barbara", "Frances", "Jean"};

// Waits for the store, then looks a name up. Its frame is the last allocation when it ends, so the
// next call takes the same memory.
Task<std::string_view> NameOf(arena::Arena&, Loop& loop, int id) {
  co_await loop.Later();
  if (id < 1 || static_cast<std::size_t>(id) > std::size(kNames)) throw NoSuchUser{id};
  co_return kNames[id - 1];
}

// The list is made in the arena before the frames of the look-ups, which then come and go behind it.
Task<arena::Slice<User>> FindUsers(arena::Arena& a, Loop& loop, std::span<const int> ids) {
  auto users = arena::AllocateSlice<User>(a, 0, ids.size());
  for (const int id : ids) {
    const std::string_view name = co_await NameOf(a, loop, id);
    users = arena::SliceAppend(a, users, User{id, name});
  }
  co_return users;
}

void WriteNumber(arena::ArenaBuffer& out, int number) {
  char digits[16];
  const auto [end, error] = std::to_chars(digits, digits + sizeof(digits), number);
  if (error == std::errc()) out.Write(digits, static_cast<std::size_t>(end - digits));
}

Task<std::string_view> Handle(arena::Arena& a, Loop& loop, std::span<const int> ids) {
  arena::ArenaBuffer answer(a);
  try {
    const arena::Slice<User> users = co_await FindUsers(a, loop, ids);
    answer.WriteString("200");
    for (const User& user : users) {
      answer.WriteString(" ");
      WriteNumber(answer, user.id);
      answer.WriteString(":");
      answer.WriteString(user.name);
    }
  } catch (const NoSuchUser& missing) {
    answer.WriteString("404 no user ");
    WriteNumber(answer, missing.id);
  }
  co_return answer.View();
}

// A request and the memory it works in. The coroutine goes before the lease whose arena it lies in.
struct Request {
  Request(arena::ArenaLease its_lease, Loop& loop, std::span<const int> ids)
      : lease(std::move(its_lease)), answer(Handle(*lease, loop, ids)) {}

  arena::ArenaLease lease;
  Task<std::string_view> answer;
};

int main() {
  constexpr std::uint64_t kUsers = 1;  // the key of such requests in the pool
  constexpr int kIds[3][3] = {{1, 2, 3}, {5, 4, 1}, {3, 99, 2}};
  arena::ArenaPool pool;
  Loop loop;
  std::size_t called = 0;
  for (int round = 1; round <= 3; ++round) {
    arena::ArenaLease leases[3] = {pool.Acquire(kUsers), pool.Acquire(kUsers),
                                   pool.Acquire(kUsers)};
    const std::size_t before = calls_of_new;
    std::optional<Request> requests[3];
    for (std::size_t i = 0; i < 3; ++i) {
      requests[i].emplace(std::move(leases[i]), loop, kIds[i]);
      requests[i]->answer.Start();
    }
    loop.Run();
    for (std::optional<Request>& request : requests) {
      if (!request->answer.IsDone()) return 1;
      const std::string_view answer = request->answer.await_resume();
      std::printf("%.*s (%s the arena)\n", static_cast<int>(answer.size()), answer.data(),
                  request->lease->Owns(answer.data()) ? "in" : "NOT in");
      request.reset();  // the coroutine, then the lease
    }
    called += calls_of_new - before;
  }
  std::printf("calls of operator new while requests ran: %zu\n", called);
  std::printf("and to set up the pool: %s\n", calls_of_new > 0 ? "some" : "none");
  return called == 0 ? 0 : 1;
}
