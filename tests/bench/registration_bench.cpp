// What the router costs beyond its primitives, a message from one client to another, and how much
// memory a registered connection takes. This file replaces operator new for the whole program.
//
// The baseline is routed.hpp: one opened record and two sealed ones, by hand. It is first shown to
// make the router's frames byte for byte.

#include <malloc.h>

#include <cstdlib>
#include <new>

#include "tests/bench/pairs.hpp"
#include "tests/bench/routed.hpp"

namespace {

// Bytes as the heap counts them, what it adds to each piece included, while a call is watched.
std::ptrdiff_t live_bytes = 0;
bool watching = false;

void* counted(std::size_t size) {
  void* const memory = std::malloc(size > 0 ? size : 1);
  if (watching && memory != nullptr)
    live_bytes += static_cast<std::ptrdiff_t>(malloc_usable_size(memory) + sizeof(std::size_t));
  return memory;
}
void returned(void* memory) {
  if (watching && memory != nullptr)
    live_bytes -= static_cast<std::ptrdiff_t>(malloc_usable_size(memory) + sizeof(std::size_t));
  std::free(memory);
}

}  // namespace

void* operator new(std::size_t size) {
  if (void* const memory = counted(size)) return memory;
  throw std::bad_alloc();
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return counted(size); }
void operator delete(void* memory) noexcept { returned(memory); }
void operator delete(void* memory, std::size_t) noexcept { returned(memory); }

namespace {

using namespace routed;
using bench::Comparison;
using bench::Turn;

constexpr int messages_a_turn = 101;
// A short message is carried in 2 us, of which the router's own are 0.3: two machines' rows, five
// look-ups, the recipient's key checked. Among many connections the caches decide: no limit.
constexpr double short_limit = 1.25, long_limit = 1.10;
constexpr std::uint32_t many = 10'000;

Comparison messages(const std::string& name, std::size_t size, double limit) {
  const std::vector<std::uint8_t> payload(size, 'x');
  return {{{"registration/hardened/routed_" + name, limit}}, [payload] {
            auto machines = std::make_shared<Machines>();
            auto by_hand = std::make_shared<ByHand>(*machines);
            const auto to = machines->recipient.key();
            return bench::Ways{[=](Turn& turn) {
                                 for (int i = 0; i < messages_a_turn; ++i) {
                                   const Bytes record = machines->sender.record(to, payload);
                                   Router<>::Output out;
                                   turn.time(0, [&] { out = machines->carry(record); });
                                   must(out.transmit.size() == 2, "a routed message");
                                   machines->drained(out);
                                 }
                               },
                               [=](Turn& turn) {
                                 for (int i = 0; i < messages_a_turn; ++i) {
                                   const Bytes record = machines->sender.record(to, payload);
                                   turn.time(0, [&] { by_hand->carry(record); });
                                   must(by_hand->payload_size() == payload.size(),
                                        "a message by hand");
                                 }
                               }};
          }};
}

/// A router with many clients, some of which are still at hand.
struct Crowd {
  static constexpr std::uint32_t at_hand = 100;

  Router<> router = make_router(many);
  std::vector<std::unique_ptr<Member>> members;
  std::ptrdiff_t bytes = 0;  // of the heap, for all of them

  Crowd() {
    // The first client pays for what a router needs once.
    members.push_back(std::make_unique<Member>(router, 0));
    for (std::uint32_t n = 1; n <= many - 1; ++n) {
      auto member = std::make_unique<Member>(n);
      watching = true;
      const auto challenge = router.opened(member->link, now);
      watching = false;
      const std::vector<std::uint8_t> response = member->answer(challenge);
      watching = true;
      const auto success = router.receive(member->link, response, now);
      watching = false;
      member->take(router, success);
      if (n % (many / at_hand) == 0) members.push_back(std::move(member));
    }
    bytes = live_bytes;
    must(router.registered_count() == many, "all clients");
  }
};

/// The same message among many connections, each time between two others.
Comparison among_many(Crowd& crowd) {
  const std::vector<std::uint8_t> payload(64, 'x');
  return {{{"registration/hardened/routed_64B_of_10000", 0}}, [payload, &crowd] {
            auto machines = std::make_shared<Machines>();
            auto by_hand = std::make_shared<ByHand>(*machines);
            const auto to = machines->recipient.key();
            return bench::Ways{
                [=, &crowd](Turn& turn) {
                  auto& members = crowd.members;
                  for (std::size_t i = 0; i < messages_a_turn; ++i) {
                    Member& sender = *members[i * 37 % members.size()];
                    const Member& recipient = *members[(i * 53 + 1) % members.size()];
                    const Bytes record = sender.record(recipient.key(), payload);
                    Router<>::Output out;
                    turn.time(0, [&] { out = crowd.router.receive(sender.link, record, now); });
                    must(out.transmit.size() == 2, "a routed message");
                    const std::size_t size = out.transmit[0].bytes.size();
                    (void)crowd.router.drained(recipient.link, size, now);
                    (void)crowd.router.drained(sender.link, size, now);
                  }
                },
                [=](Turn& turn) {
                  for (int i = 0; i < messages_a_turn; ++i) {
                    const Bytes record = machines->sender.record(to, payload);
                    turn.time(0, [&] { by_hand->carry(record); });
                  }
                }};
          }};
}

}  // namespace

int main(int count, char** arguments) {
  hold_to_the_machine();
  Crowd crowd;
  std::printf("registration/hardened: %u connections take %.0f bytes each, %zu of them their own\n",
              many, static_cast<double>(crowd.bytes) / (many - 1), Router<>::state_size);
  return bench::run(count, arguments,
                    {{"routed/64B", messages("64B", 64, short_limit)},
                     {"routed/16KiB", messages("16KiB", 16384, long_limit)},
                     {"routed/many", among_many(crowd)}});
}
