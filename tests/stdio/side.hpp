#pragma once

// The machine behind `Side`; only the one file of each role includes this.

#include "handfast/core/machine.hpp"
#include "tests/stdio/harness.hpp"

namespace stdio_test {

/// Counts rows for good and lists those of one call.
struct Watch {
  std::vector<std::uint64_t>* counts;
  std::vector<int>* call;
  void row_taken(int row) {
    ++(*counts)[static_cast<std::size_t>(row)];
    call->push_back(row);
  }
  void refused(int, Fault) noexcept {}
};

/// `Runner` is `Machine`, or what behaves as one.
template <class Role, class Runner = Machine<Role, Watch>>
class SideOf : public Side {
 public:
  SideOf(Config config, Script& random)
      : counts_(static_cast<std::size_t>(Graph<Role>::row_count)),
        config_(config),
        machine_(stdio::Context(std::move(config), Random(random)), Watch{&counts_, &call_}) {}

  Result handle(const Command& command, Time now) override {
    call_.clear();
    return std::visit(
        [&]<class C>(const C& one) -> Result {
          if constexpr (handfast::detail::is_command<Role, C>)
            return kept(machine_.handle(one, now));
          else
            throw std::logic_error("not a command of this role");
        },
        command);
  }
  Result receive(Link link, Bytes frame, Time now) override {
    call_.clear();
    return kept(machine_.receive(link, frame, now));
  }
  Result advance(Time now) override {
    call_.clear();
    return kept(machine_.advance(now));
  }
  std::string_view state() const override { return machine_.state_name(); }
  int state_index() const override { return machine_.engine().state_index(); }
  Kept snapshot() const override { return keep(machine_.dangerous_snapshot().bytes()); }
  std::unique_ptr<Side> restore(Bytes snapshot, Script& random) const override {
    auto other = std::make_unique<SideOf>(config_, random);
    auto restored = Runner::dangerous_restore(stdio::Context(config_, Random(random)), snapshot,
                                              Watch{&other->counts_, &other->call_});
    if (!restored) return nullptr;
    other->machine_ = std::move(*restored);
    return other;
  }
  stdio::Context& context() override { return machine_.context(); }
  Session<Hardened>* session() override {
    return std::visit(
        [](auto& state) -> Session<Hardened>* {
          if constexpr (requires { state.channel.session; })
            return &state.channel.session;
          else
            return nullptr;
        },
        machine_.dangerous_engine().dangerous_state());
  }
  compat::Channel* channel() override {
    return std::visit(
        []<class S>(S& state) -> compat::Channel* {
          if constexpr (compat::HasChannel<S>)
            return &state.channel;
          else
            return nullptr;
        },
        machine_.dangerous_engine().dangerous_state());
  }
  Bytes memory() const override {
    return {reinterpret_cast<const std::uint8_t*>(&machine_), sizeof machine_};
  }
  const std::vector<std::uint64_t>& rows_taken() const override { return counts_; }

 private:
  Result kept(const Output<Role>& out) {
    Result result;
    for (const Frame& frame : out.transmit)
      result.frames.push_back({frame.link, keep(frame.bytes)});
    for (const auto& event : out.events)
      std::visit(
          [&]<class E>(const E& e) {
            Told told;
            told.name = name_of<E>();
            if constexpr (requires { e.correlation; }) told.correlation = e.correlation;
            if constexpr (requires { e.payload; }) told.text = std::string(text_of(e.payload));
            if constexpr (requires { e.epoch; }) told.epoch = e.epoch;
            if constexpr (requires { e.fault; }) told.fault = e.fault;
            if constexpr (requires { e.claim; }) told.claim = e.claim;
            result.told.push_back(std::move(told));
          },
          event);
    result.rows = call_;
    result.due = out.deadline;
    return result;
  }

  std::vector<std::uint64_t> counts_;
  std::vector<int> call_;
  Config config_;
  Runner machine_;
};

}  // namespace stdio_test
