// SPDX-License-Identifier: Apache-2.0
//
// A server answers the lines of its clients in capital letters. Each connection leases an arena: what it
// reads and answers lies there, and so does what Asio keeps for its operations. See arena_asio.hpp.
#include <algorithm>
#include <arena/arena.hpp>
#include <arena/pool.hpp>
#include <asio/io_context.hpp>
#include <asio/local/connect_pair.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/read.hpp>
#include <asio/write.hpp>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include "arena_asio.hpp"

using Socket = asio::local::stream_protocol::socket;

class Connection {
 public:
  Connection(arena::ArenaPool& pool, Socket socket)
      : lease_(pool.Acquire(1)), socket_(std::move(socket)), lines_(*lease_), answer_(*lease_) {}

  // Reads what there is, answers the lines that are complete, and again until the client is gone.
  void Read() {
    const auto space = lines_.Prepare(256);
    socket_.async_read_some(
        asio::buffer(space.data(), space.size()),
        adapters::InArena(*lease_, [this](asio::error_code error, std::size_t n) {
          if (error) return Report();
          lines_.Commit(n);
          Answer();
        }));
  }

 private:
  void Answer() {
    const std::size_t complete = lines_.View().rfind('\n') + 1;  // none: 0
    for (const std::byte byte : lines_.Next(complete)) {
      const char c = static_cast<char>(byte);
      answer_.WriteByte('a' <= c && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
    }
    if (lines_.Len() == 0) lines_.Reset();  // no view is left: its memory serves the next lines
    asio::async_write(socket_, asio::buffer(answer_.View()),
                      adapters::InArena(*lease_, [this](asio::error_code error, std::size_t n) {
                        answered_ += n;
                        answer_.Reset();
                        error ? Report() : Read();
                      }));
  }

  void Report() {
    std::printf("a client is gone: %zu bytes were answered in an arena of %zu bytes\n", answered_,
                lease_->Peak());
    socket_.close();
  }

  arena::ArenaLease lease_;  // the first: it ends when everything that lies in its arena is gone
  Socket socket_;
  arena::ArenaBuffer lines_;
  arena::ArenaBuffer answer_;
  std::size_t answered_ = 0;
};

int main() {
  asio::io_context context;
  arena::ArenaPool pool;
  Socket clients[] = {Socket(context), Socket(context)};
  Socket servers[] = {Socket(context), Socket(context)};
  for (int i = 0; i < 2; ++i) asio::local::connect_pair(clients[i], servers[i]);
  Connection first(pool, std::move(servers[0]));
  Connection second(pool, std::move(servers[1]));
  first.Read();
  second.Read();

  for (int round = 0; round < 100; ++round) {
    for (Socket& client : clients)
      asio::write(client, asio::buffer(std::string_view("a line of text\n")));
    char answers[2][15];
    std::size_t arrived = 0;
    for (int i = 0; i < 2; ++i) {
      asio::async_read(clients[i], asio::buffer(answers[i]),
                       [&arrived](asio::error_code, std::size_t n) { arrived += n; });
    }
    while (arrived < sizeof(answers)) context.run_one();
    if (std::memcmp(answers, "A LINE OF TEXT\nA LINE OF TEXT\n", sizeof(answers)) != 0) return 1;
  }
  for (Socket& client : clients) client.close();
  context.run();
}
