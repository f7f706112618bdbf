// SPDX-License-Identifier: Apache-2.0
#include "stats.hpp"

#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <cstdint>
#include <cstdio>
#include <string_view>

namespace service {
namespace {

// The resident set, from /proc; 0 where there is none.
std::uint64_t ResidentBytes() {
  std::FILE* const file = std::fopen("/proc/self/statm", "re");
  if (file == nullptr) return 0;
  unsigned long pages = 0;
  const int read = std::fscanf(file, "%*u %lu", &pages);
  std::fclose(file);
  return read == 1 ? pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) : 0;
}

std::uint64_t Nanoseconds(const timeval& time) {
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 +
         static_cast<std::uint64_t>(time.tv_usec) * 1'000;
}

// In nanoseconds.
std::uint64_t ThreadCpuTime() noexcept {
  timespec now;
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 +
         static_cast<std::uint64_t>(now.tv_nsec);
}

// What the clock shows for nothing but reading it: a system call, on most machines.
std::uint64_t ClockCost() noexcept {
  std::uint64_t least = UINT64_MAX;
  for (int i = 0; i < 100; ++i) {
    const std::uint64_t start = ThreadCpuTime();
    least = std::min(least, ThreadCpuTime() - start);
  }
  return least;
}

std::string_view NameOf(Route route) {
  for (const RouteEntry& entry : kRoutes) {
    if (entry.route == route) return entry.path;
  }
  return "other";
}

}  // namespace

HandlerMeter::HandlerMeter(ServiceStats::OfRoute& route) noexcept
    : route_(&route), measures_(route.requests.Add() % 8 == 0) {
  if (measures_) start_ = ThreadCpuTime();
}

HandlerMeter::~HandlerMeter() {
  if (!measures_) return;
  const std::uint64_t time = ThreadCpuTime() - start_;
  static const std::uint64_t cost = ClockCost();
  route_->measured.Add();
  route_->handler_cpu_ns.Add(time > cost ? time - cost : 0);
}

void ServiceStats::AddFigures(boost::json::object& figures) const {
  const auto uptime = std::chrono::steady_clock::now() - started_;
  figures.emplace("uptime_ms",
                  std::chrono::duration_cast<std::chrono::milliseconds>(uptime).count());

  boost::json::object& connections =
      figures.emplace("connections", boost::json::object_kind).first->value().get_object();
  const std::uint64_t gone = closed.value();
  connections.emplace("accepted", accepted.value());
  connections.emplace("open", accepted.value() - gone);
  connections.emplace("timed_out", timed_out.value());
  connections.emplace("refused_requests", refused.value());

  boost::json::object& routes =
      figures.emplace("routes", boost::json::object_kind).first->value().get_object();
  for (std::size_t i = 0; i < routes_.size(); ++i) {
    boost::json::object& route =
        routes.emplace(NameOf(static_cast<Route>(i)), boost::json::object_kind)
            .first->value()
            .get_object();
    route.emplace("requests", routes_[i].requests.value());
    route.emplace("failures", routes_[i].failures.value());
    route.emplace("measured", routes_[i].measured.value());
    route.emplace("handler_cpu_ns", routes_[i].handler_cpu_ns.value());
  }

  rusage usage = {};
  ::getrusage(RUSAGE_SELF, &usage);
  boost::json::object& process =
      figures.emplace("process", boost::json::object_kind).first->value().get_object();
  process.emplace("resident_bytes", ResidentBytes());
  process.emplace("user_cpu_ns", Nanoseconds(usage.ru_utime));
  process.emplace("system_cpu_ns", Nanoseconds(usage.ru_stime));
}

}  // namespace service
