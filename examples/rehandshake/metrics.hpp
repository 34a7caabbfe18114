#pragma once

// What a machine has told, counted, in Prometheus' text format (version 0.0.4).

#include <array>
#include <cstdio>
#include <handfast/rehandshake/events.hpp>
#include <handfast/rehandshake/migration/messages.hpp>
#include <map>
#include <string>

namespace over_paths {

namespace rehandshake = handfast::rehandshake;

[[nodiscard]] constexpr std::string_view to_string(rehandshake::Cause cause) noexcept {
  using rehandshake::Cause;
  switch (cause) {
    case Cause::connected: return "connected";
    case Cause::migrated: return "migrated";
    case Cause::resumed: return "resumed";
    case Cause::rotated: return "rotated";
    case Cause::periodic: return "periodic";
    case Cause::answered: return "answered";
  }
  return "unknown";
}
[[nodiscard]] constexpr std::string_view path_name(handfast::Link path) noexcept {
  return path == rehandshake::relay_link ? "relay" : "direct";
}

class Metrics {
 public:
  static constexpr std::string_view type = "text/plain; version=0.0.4; charset=utf-8";

  void count(const rehandshake::AttemptEnded& e) {
    ++attempts_[{to_string(e.cause), e.fault ? handfast::to_string(*e.fault) : "confirmed"}];
    if (e.fault) return;
    const double seconds = std::chrono::duration<double>(e.duration).count();
    seconds_ += seconds;
    for (std::size_t i = 0; i < bounds.size(); ++i)
      if (seconds <= bounds[i]) ++buckets_[i];
    ++confirmed_;
  }
  void count(const handfast::Rejected& e) { ++rejected_[handfast::to_string(e.fault)]; }
  void count(const rehandshake::Switched& e) { ++switches_[path_name(e.link)]; }
  void count(const rehandshake::PathLost& e) { ++lost_[path_name(e.link)]; }
  void count(const rehandshake::Delivered&) { ++delivered_; }
  void count(const auto&) {}
  void said() { ++said_; }
  void path_is(handfast::Link path, bool is_open) { open_[path_name(path)] = is_open ? 1 : 0; }

  [[nodiscard]] std::string text() const {
    std::string out;
    family(out, "handfast_rehandshake_attempts_total", "counter",
           "Attempts that have ended, by why they were made and how they ended.");
    for (const auto& [labels, value] : attempts_)
      out += "handfast_rehandshake_attempts_total{cause=\"" + std::string(labels.first) +
             "\",outcome=\"" + std::string(labels.second) + "\"} " + std::to_string(value) + '\n';
    durations(out);
    each(out, "handfast_rehandshake_rejected_total", "counter",
         "Inputs that were refused, by their fault.", "fault", rejected_);
    each(out, "handfast_migration_switches_total", "counter",
         "How often this side began to send on a path.", "path", switches_);
    each(out, "handfast_migration_paths_lost_total", "counter",
         "Paths that were given up because nothing was heard there.", "path", lost_);
    each(out, "handfast_migration_path_open", "gauge", "Whether there is a connection on a path.",
         "path", open_);
    each(out, "handfast_migration_messages_total", "counter",
         "Messages of the application, each counted once however often it went over a path.",
         "direction", Counts{{"delivered", delivered_}, {"said", said_}});
    return out;
  }

 private:
  using Counts = std::map<std::string_view, std::uint64_t>;
  static constexpr std::array bounds = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                        0.1,   0.25,   0.5,   1.0,  2.5,   5.0};

  static void family(std::string& out, std::string_view name, std::string_view kind,
                     std::string_view help) {
    for (const auto& [word, rest] : {std::pair{"# HELP ", help}, std::pair{"# TYPE ", kind}})
      ((((out += word) += name) += ' ') += rest) += '\n';
  }
  static void each(std::string& out, std::string_view name, std::string_view kind,
                   std::string_view help, std::string_view label, const Counts& counts) {
    family(out, name, kind, help);
    for (const auto& [value, count] : counts)
      out += std::string(name) + '{' + std::string(label) + "=\"" + std::string(value) + "\"} " +
             std::to_string(count) + '\n';
  }
  void durations(std::string& out) const {
    const std::string name = "handfast_rehandshake_duration_seconds";
    family(out, name, "histogram",
           "From REQUEST to the proof, of attempts in which the other side proved its keys.");
    for (std::size_t i = 0; i < bounds.size(); ++i)
      out +=
          name + "_bucket{le=\"" + number(bounds[i]) + "\"} " + std::to_string(buckets_[i]) + '\n';
    out += name + "_bucket{le=\"+Inf\"} " + std::to_string(confirmed_) + '\n';
    out += name + "_sum " + number(seconds_) + '\n';
    out += name + "_count " + std::to_string(confirmed_) + '\n';
  }
  [[nodiscard]] static std::string number(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.9g", value);
    return text;
  }

  std::map<std::pair<std::string_view, std::string_view>, std::uint64_t> attempts_;
  std::array<std::uint64_t, bounds.size()> buckets_{};
  double seconds_ = 0;
  std::uint64_t confirmed_ = 0, delivered_ = 0, said_ = 0;
  Counts rejected_, lost_, switches_{{"direct", 0}, {"relay", 0}},
      open_{{"direct", 0}, {"relay", 0}};
};

}  // namespace over_paths
