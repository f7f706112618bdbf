// SPDX-License-Identifier: Apache-2.0
#include "worker.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace service {

Worker::Worker(const Options& options, MemoryStrategy& memory, ServiceStats& stats)
    : options_(&options), memory_(&memory), stats_(&stats) {
  Tick();
}

void Worker::Adopt(Session::Socket socket) {
  if (stopping_) {
    stats_->closed.Add();
    return;
  }
  sessions_.emplace_back(*this, std::move(socket));
  sessions_.back().Start(std::prev(sessions_.end()));
}

void Worker::Forget(std::list<Session>::iterator session) {
  sessions_.erase(session);
  stats_->closed.Add();
  if (stopping_ && sessions_.empty()) timer_.cancel();
}

void Worker::Stop() {
  stopping_ = true;
  stop_by_ = std::chrono::steady_clock::now() + options_->grace;
  for (Session& session : sessions_) session.StopAfterRequest();
  if (sessions_.empty()) timer_.cancel();
}

// One timer for all sessions: none of them has to set and cancel its own at every step.
void Worker::Tick() {
  now_ = std::chrono::steady_clock::now();
  for (Session& session : sessions_) {
    session.CheckTime(now_);
    if (now_ >= stop_by_) session.Abort();
  }
  timer_.expires_after(std::chrono::milliseconds(100));
  timer_.async_wait([this](const boost::beast::error_code& error) {
    if (!error && !(stopping_ && sessions_.empty())) Tick();
  });
}

}  // namespace service
