// A byte too few, a byte too many, another byte: at every position of what a client may send.

#include <sstream>

#include "tests/soak/cases.hpp"

namespace soak {

namespace {

/// All that is made of `frame` in one place: a byte is missing, is another one, is there twice, or
/// all from there on is missing.
std::vector<Kept> spoilt(const Kept& frame) {
  static constexpr std::uint8_t others[]{'"', 0, '}', 0xFF, '\\', '[', 0x80, ' '};
  std::vector<Kept> all;
  for (std::size_t at = 0; at < frame.size(); ++at) {
    const auto place = static_cast<std::ptrdiff_t>(at);
    Kept one = frame;
    one.erase(one.begin() + place);
    all.push_back(one);
    one = frame;
    const std::uint8_t other = others[at % std::size(others)];
    one[at] = one[at] == other ? 'x' : other;
    all.push_back(one);
    one = frame;
    one[at] ^= 1;
    all.push_back(one);
    one = frame;
    one.insert(one.begin() + place, frame[at]);
    all.push_back(one);
    all.emplace_back(frame.begin(), frame.begin() + place);
  }
  return all;
}

/// Every `step`th of the spoilt responses, each on a connection of its own; with 3, two or one for
/// each position, and of each kind.
template <class Profile>
void responses(std::size_t step) {
  Setting setting = patient();
  Scene<Profile> scene(setting);
  const std::uint16_t port = scene.server.port();
  constexpr bool is_hardened = registration::HardenedProfile<Profile>;
  scene.beside(16, [&](int rounds) {
    const std::size_t stride = rounds == 16 ? step : 16 * step;
    const RouterState before = scene.router();
    std::size_t tried = 0, size = 1;
    for (std::size_t at = 0; at < size; at += stride, ++tried) {
      Client<Profile> client(port);
      const auto frames = spoilt(client.response());
      size = frames.size();
      client.socket().send(frames[at]);
      // It is refused and closed; of the deployed profile's some mean the same as before.
      if (!client.enter()) client.socket().await_end();
      must(!is_hardened || !client.is_registered(), "a spoilt response registers somebody");
    }
    const RouterState after = scene.router();
    const auto joined = after.joined - before.joined;
    std::uint64_t left = 0;
    for (std::size_t i = 1; i < after.left.size(); ++i) left += after.left[i] - before.left[i];
    must(left >= tried - joined, "some have not left");
    must(joined <= (is_hardened ? 0 : tried / 20), std::to_string(joined) + " were registered");
    const auto by = [&](Fault fault) {
      return std::string(to_string(fault)) + ' ' +
             std::to_string(after.left_by(fault) - before.left_by(fault)) + ", ";
    };
    if (rounds == 16)
      std::printf("  %s: %zu responses: %s%s%s%s%s%llu registered\n",
                  std::string(name_of<Profile>).c_str(), tried, by(Fault::not_json).c_str(),
                  by(Fault::malformed).c_str(), by(Fault::bad_encoding).c_str(),
                  by(Fault::not_authentic).c_str(), by(Fault::unexpected_message).c_str(),
                  static_cast<unsigned long long>(joined));
  });
}

/// Each name of a response twice, with the same value. The deployed profile takes what JSON.parse
/// takes: the last of them.
template <class Profile>
void repeated_names() {
  Scene<Profile> scene(patient());
  constexpr bool is_hardened = registration::HardenedProfile<Profile>;
  scene.beside(16, [&](int rounds) {
    const RouterState before = scene.router();
    std::uint32_t tried = 0;
    for (int i = 0; i < rounds; ++i) {
      Client<Profile> client(scene.server.port());
      const Kept response = client.response();
      std::string text(response.begin(), response.end());
      std::vector<std::string> members;  // no value has a comma
      std::istringstream inside(text.substr(1, text.size() - 2));
      for (std::string one; std::getline(inside, one, ',');) members.push_back(one);
      text.back() = ',';
      text += members[static_cast<std::size_t>(i) % members.size()] + '}';
      client.socket().send(Kept(text.begin(), text.end()));
      must(client.enter() != is_hardened, is_hardened ? "a name that comes twice registers somebody"
                                                      : "what JSON.parse takes is refused");
      if (is_hardened) client.socket().await_end();
      ++tried;
    }
    const RouterState after = scene.router();
    must(after.left_by(Fault::duplicate_name) - before.left_by(Fault::duplicate_name) ==
             (is_hardened ? tried : 0),
         "they did not leave as duplicate_name");
  });
}

/// A message of the WebSocket that says it is text and is not closes it (RFC 6455, section 8.1).
template <class Profile>
void no_text() {
  Scene<Profile> scene(patient());
  scene.beside(16, [&](int rounds) {
    for (int i = 0; i < rounds; ++i) {
      Client<Profile> client(scene.server.port());
      client.must_enter();
      client.socket().send(Kept{'{', 0xFF, '}'});
      client.socket().await_end();
      must(client.socket().close_code() == 1007, "it is not told that this is no text");
    }
  });
}

/// Every spoilt message of one client to another, on one connection; as binary, in which a
/// WebSocket does not look for text.
template <class Profile>
void messages() {
  Setting setting = patient();
  setting.router.faults_max = 1'000'000;
  Scene<Profile> scene(setting);
  scene.beside(16, [&](int rounds) {
    const RouterState before = scene.router();
    Client<Profile> sender(scene.server.port()), recipient(scene.server.port());
    sender.must_enter();
    recipient.must_enter();
    const auto frames = spoilt(sender.frame_to(recipient.key(), "\"to be spoilt\""));
    const std::size_t step = rounds == 16 ? 1 : 16;
    std::size_t tried = 0;
    for (std::size_t i = 0; i < frames.size(); i += step, ++tried)
      must(sender.socket().tcp().send(frame_of(frames[i], binary_frame)),
           "a malformed message costs its sender too soon");
    // All that comes before the answer to an honest one is an answer to these.
    must(sender.say(recipient.key(), "\"right\""), "its sender cannot go on");
    while (!recipient.step() || recipient.messages.empty() ||
           recipient.messages.back().text != "\"right\"")
      must(!recipient.socket().is_over(), "the honest one does not arrive");
    const RouterState after = scene.router();
    std::uint64_t rejected = 0;
    for (std::size_t i = 0; i < after.rejected.size(); ++i)
      rejected += after.rejected[i] - before.rejected[i];
    const auto answered = [&] { return sender.receipts.size() + sender.refused.size(); };
    while (rejected + answered() < tried + 1)
      must(sender.step(), "some have neither been refused nor answered");
    if (rounds == 16)
      std::printf("  %s: %zu messages: %llu refused, %zu answered\n",
                  std::string(name_of<Profile>).c_str(), tried,
                  static_cast<unsigned long long>(rejected), answered() - 1);
    if constexpr (registration::HardenedProfile<Profile>) {
      must(rejected == tried, "not all were refused");
      must(recipient.messages.size() == 1 && sender.refused.empty(), "a spoilt one was carried");
    }
    must(rejected + answered() == tried + 1, "some were answered twice");
  });
}

}  // namespace

std::vector<Case> malformed_cases(const Extent& extent) {
  const std::size_t step = extent.fault_rounds > 1 ? 1 : 3;
  return {
      {"a response that is malformed at any position costs its sender alone",
       in_both([step](auto profile) { responses<decltype(profile)>(step); })},
      {"a response that has a name twice is refused by that, or means its last as deployed",
       in_both([](auto profile) { repeated_names<decltype(profile)>(); })},
      {"a message of text that is no UTF-8 closes its connection by name",
       in_both([](auto profile) { no_text<decltype(profile)>(); })},
      {"a message that is malformed at any position costs its sender alone",
       in_both([](auto profile) { messages<decltype(profile)>(); })},
  };
}

}  // namespace soak
