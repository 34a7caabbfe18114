// Clients that misbehave, and what that costs the others: nothing.

#include "tests/soak/cases.hpp"

namespace soak {

namespace {

using namespace std::chrono_literals;

template <class Profile>
using Crowd = std::vector<std::unique_ptr<Client<Profile>>>;

template <class Profile>
Client<Profile>& join(Crowd<Profile>& crowd, std::uint16_t port,
                      const Secret& secret = new_secret(), int receive_buffer = 0) {
  crowd.push_back(std::make_unique<Client<Profile>>(port, secret, receive_buffer));
  return *crowd.back();
}

/// A text of a JSON value, `size` bytes.
std::string text_of_size(std::size_t size) { return '"' + std::string(size - 2, 'x') + '"'; }

// A reader that does not read.

template <class Profile>
void slow_reader(int extent) {
  Setting setting = patient();
  setting.config.queue_max = 512 * 1024;
  Scene<Profile> scene(setting);
  const std::string text = text_of_size(60'000);
  scene.beside(extent, [&](int rounds) {
    for (int i = 0; i < rounds; ++i) {
      const std::uint64_t before = scene.server.state().heap;
      Client<Profile> slow(scene.server.port(), new_secret(), 65536), writer(scene.server.port());
      slow.must_enter();
      writer.must_enter();
      std::size_t sent = 0;
      for (bool is_forwarded = true; is_forwarded; ++sent) {
        must(sent < 10'000, "the reader's queue has no end");
        must(writer.say(slow.key(), text), "who writes to a slow reader is thrown out");
        is_forwarded = writer.next_receipt();
      }
      const std::uint64_t full = scene.server.state().heap;
      must(full <= before + setting.config.queue_max + room,
           "a reader that reads nothing takes " + std::to_string(full - before) + " bytes");
      must(full >= before + setting.config.queue_max / 2, "its queue was not full");
      // It has lost nothing that was said to be there.
      for (std::size_t n = 0; n + 1 < sent; ++n)
        must(slow.next_message().text == text, "it reads something else");
      must(slow.refused.empty(), "it is sent something wrong");
      must(writer.say(slow.key(), text) && writer.next_receipt(), "it cannot be reached any more");
    }
  });
}

/// It does not read what it says itself is answered with, and says more and more.
template <class Profile>
void deaf_talker(int extent) {
  Setting setting = patient();
  setting.config.queue_max = 64 * 1024;
  Scene<Profile> scene(setting);
  scene.beside(extent, [&](int rounds) {
    for (int i = 0; i < rounds; ++i) {
      const std::uint64_t before = scene.server.state().heap;
      Client<Profile> deaf(scene.server.port(), new_secret(), 4096);
      deaf.must_enter();
      const auto nobody = x25519::PrivateKey::from(new_secret().dangerous_copy());
      for (int n = 0; n < 5'000; ++n)
        if (!deaf.say(nobody.public_key(), "12345678")) break;
      const std::uint64_t full = scene.server.state().heap;
      must(full <= before + 2 * setting.config.queue_max + room,
           "a client that reads no answer takes " + std::to_string(full - before) + " bytes");
    }
  });
}

/// It was replaced, so that its connection is to be closed when what was sent has left: it never
/// does, and the client goes on talking.
template <class Profile>
void unwilling_leaver(int extent) {
  Setting setting = patient();
  setting.config.registration_timeout = 1s;
  setting.config.queue_max = 256 * 1024;
  Scene<Profile> scene(setting);
  scene.beside(extent, [&](int rounds) {
    for (int i = 0; i < rounds; ++i) {
      const Secret secret = new_secret();
      Client<Profile> slow(scene.server.port(), secret, 4096), writer(scene.server.port());
      slow.must_enter();
      writer.must_enter();
      do must(writer.say(slow.key(), text_of_size(60'000)), "who writes to it is thrown out");
      while (writer.next_receipt());
      Client<Profile> successor(scene.server.port(), secret);
      successor.must_enter();
      const auto until = Clock::now() + 30s;
      const Kept frame = slow.frame_to(writer.key(), "1");
      while (slow.socket().send(frame))
        must(Clock::now() < until, "a replaced connection stays as long as it likes");
      must(writer.say(successor.key(), "2"), "who writes to its successor is thrown out");
      must(writer.next_receipt() && successor.next_message().text == "2",
           "its successor cannot be reached");
    }
  });
}

/// It asks and asks, and reads what it is told.
template <class Profile>
void endless_talker(int extent) {
  Setting setting = patient();
  setting.config.frames_a_second = 100;
  setting.config.frames_at_once = 500;
  Scene<Profile> scene(setting, 20ms);
  const auto nobody = x25519::PrivateKey::from(new_secret().dangerous_copy()).public_key();
  scene.beside(4 * extent, [&](int rounds) {
    const auto limited = [&] { return scene.router().left_by(Fault::limit_reached); };
    const auto before = limited();
    for (int i = 0; i < rounds; ++i) {
      Client<Profile> loud(scene.server.port());
      loud.must_enter();
      std::vector<Kept> frames;
      for (int n = 0; n < 2'000; ++n) frames.push_back(loud.frame_to(nobody, "1"));
      for (const Kept& frame : frames) {
        if (!loud.socket().send(frame)) break;
        while (loud.socket().receive(Clock::now())) {}
      }
      loud.socket().await_end();
      must(limited() == before + static_cast<std::uint32_t>(i) + 1,
           "who never stops asking did not leave as limit_reached");
    }
  });
}

/// Pings of the WebSocket itself, which the library under the server answers.
template <class Profile>
void websocket_pings(int extent) {
  Scene<Profile> scene(patient());
  const Kept ping = frame_of(Kept(125, 'x'), ping_frame);
  scene.beside(extent, [&](int rounds) {
    for (int i = 0; i < rounds; ++i) {
      const std::uint64_t before = scene.server.state().heap;
      Client<Profile> loud(scene.server.port(), new_secret(), 4096);
      loud.must_enter();
      std::size_t sent = 0;
      while (sent < 30'000 && loud.socket().tcp().has_room(Clock::now() + 200ms)) {
        must(loud.socket().tcp().send(ping), "a ping costs the connection");
        ++sent;
      }
      must(scene.server.state().heap <= before + room, "pings take memory");
      const auto until = Clock::now() + patience;
      while (loud.socket().pong_count() < sent)
        must(!loud.socket().receive(Clock::now() + 100ms) && !loud.socket().is_over() &&
                 Clock::now() < until,
             "something else than pongs comes, or nothing");
      must(loud.say(loud.key(), "1") && loud.next_message().text == "1", "it is not heard again");
    }
  });
}

// Connections of which one end is missing.

template <class Profile>
void half_open(int extent) {
  Setting setting = patient();
  setting.request_limit = 1s;
  setting.config.registration_timeout = 1s;
  setting.config.silence_timeout = 2s;
  Scene<Profile> scene(setting);
  const std::string path(path_of<Profile>);
  scene.beside(40 * extent, 40 * extent, [&](int rounds) {
    const RouterState before = scene.router();
    const std::uint16_t port = scene.server.port();
    std::vector<Tcp> sockets;
    std::vector<WebSocket> upgraded;
    Crowd<Profile> crowd;
    const auto count = static_cast<std::uint32_t>(rounds);
    for (int i = 0; i < rounds; ++i) {
      sockets.emplace_back(port);  // and says nothing
      sockets.emplace_back(port).send(upgrade_text(path, "x").substr(0, 40));
      sockets.emplace_back(port).send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");  // and nothing after it
      upgraded.emplace_back(port, path);  // and leaves the challenge without an answer
      join(crowd, port).must_enter();     // and is not heard of again
    }
    for (Tcp& socket : sockets) {
      std::array<std::uint8_t, 1024> part;
      for (std::optional<std::size_t> got = 1; got != 0;)
        must((got = socket.receive(part, Clock::now() + patience)).has_value(),
             "a connection that says nothing stays open");
    }
    for (WebSocket& socket : upgraded) socket.await_end();
    for (auto& client : crowd) client->socket().await_end();
    const RouterState after = scene.router();
    must(after.left_by(Fault::timed_out) - before.left_by(Fault::timed_out) == count,
         "those that answer nothing did not leave as timed_out");
    const Fault silent =
        registration::HardenedProfile<Profile> ? Fault::peer_lost : Fault::link_closed;
    must(after.left_by(silent) - before.left_by(silent) == count,
         "those that fell silent did not leave as " + std::string(to_string(silent)));

    crowd.clear();
    for (int i = 0; i < rounds; ++i) {
      join(crowd, port).must_enter();
      crowd.back()->socket().tcp().half_close();
      join(crowd, port).must_enter();
      // In the middle of a frame.
      const Kept frame = frame_of(crowd.back()->frame_to(scene.pair.key(), "1"), 2);
      crowd.back()->socket().tcp().send(Bytes(frame).first(20));
      crowd.back()->socket().tcp().half_close();
    }
    for (auto& client : crowd) client->socket().await_end();
    must(scene.router().registered == 2, "who has hung up is still there");
  });
}

template <class Profile>
void idle(int extent) {
  Setting setting = patient();
  setting.visitors_max = 8;
  Scene<Profile> scene(setting);
  scene.beside(10 * extent, [&](int rounds) {
    const std::uint16_t port = scene.server.port();
    std::vector<Tcp> sockets;
    for (int i = 0; i < rounds; ++i) {
      for (int j = 0; j < 20; ++j) sockets.emplace_back(port);
      Crowd<Profile> crowd;
      join(crowd, port).must_enter();
    }
    // All but the last of them were closed for those that came.
    std::array<std::uint8_t, 16> part;
    for (std::size_t i = 0; i + 8 < sockets.size(); ++i)
      must(sockets[i].receive(part, Clock::now() + patience) == 0u,
           "the oldest of too many connections stays open");
  });
}

// Floods.

template <class Profile>
void flood_of_registrations(int extent) {
  Setting setting = patient();
  setting.config.registration_timeout = 2s;
  setting.router.unregistered_max = 50;
  setting.router.connections_max = 20;
  Scene<Profile> scene(setting);
  scene.beside(200 * extent, [&](int rounds) {
    const RouterState before = scene.router();
    const std::uint16_t port = scene.server.port();
    const auto count = static_cast<std::uint32_t>(rounds);
    const auto by = [&](Fault fault) {
      return scene.router().left_by(fault) - before.left_by(fault);
    };
    {
      // Some prove nothing, and are there for as long as others do not come.
      std::vector<WebSocket> silent;
      for (int i = 0; i < rounds; ++i) {
        silent.emplace_back(port, path_of<Profile>);
        must(scene.router().unregistered <= setting.router.unregistered_max,
             "there is no bound on those that are not registered");
        if (i % 100 != 50) continue;
        Client<Profile> honest(port);  // comes in between
        honest.must_enter();
      }
      for (WebSocket& socket : silent) socket.await_end();
      must(by(Fault::limit_reached) + by(Fault::timed_out) == count,
           "they did not leave as limit_reached or timed_out");
      must(rounds <= 50 || by(Fault::limit_reached) >= count - 50, "nobody had to make room");
    }
    // Some prove something else.
    const auto wrong = [&] { return by(Fault::not_authentic) + by(Fault::wrong_session); };
    for (int i = 0; i < rounds / 4; ++i) {
      Client<Profile> liar(port), other(port);
      const Kept response = liar.response();
      must(!other.response().empty(), "no response");
      other.socket().send(response);
      other.socket().await_end();
    }
    must(wrong() == static_cast<std::uint32_t>(rounds / 4),
         "the responses of others did not leave as not_authentic or wrong_session");
    // And some are as honest as can be, but too many.
    const std::uint32_t limited = by(Fault::limit_reached);
    Crowd<Profile> crowd;
    std::uint32_t refused = 0;
    for (int i = 0; i < rounds / 4; ++i) {
      Client<Profile>& client = join(crowd, port);
      const bool is_in = client.enter();
      if (!is_in) ++refused;
      must(is_in == (crowd.size() <= setting.router.connections_max - 2), "there is no such limit");
    }
    must(by(Fault::limit_reached) - limited == refused,
         "those that are too many did not leave as limit_reached");
  });
}

template <class Profile>
void reconnect_storm(int extent) {
  Setting setting = patient();
  Scene<Profile> scene(setting);
  constexpr int clients_count = 40;
  std::vector<Secret> secrets;
  for (int i = 0; i < clients_count; ++i) secrets.push_back(new_secret());
  scene.beside(6 * extent, [&](int rounds) {
    const RouterState before = scene.router();
    Crowd<Profile> crowd(clients_count);
    int replaced = 0;
    for (int round = 0; round < rounds; ++round)
      for (std::size_t i = 0; i < clients_count; ++i) {
        auto last = std::move(crowd[i]);
        // Some come again before the router can know that they had gone, some after a reset.
        if (last && i % 3 == 0) last->socket().tcp().reset();
        crowd[i] = std::make_unique<Client<Profile>>(scene.server.port(), secrets[i]);
        crowd[i]->must_enter();
        if (last && i % 3 == 1) {
          ++replaced;
          while (!last->ended && last->step()) {}
          must(last->ended == (registration::HardenedProfile<Profile> ? Fault::superseded
                                                                      : Fault::already_registered),
               "a connection that is replaced is not told");
        }
      }
    const RouterState after = scene.router();
    must(after.registered == 2 + clients_count, "not all have come back");
    must(after.replaced - before.replaced >= static_cast<std::uint64_t>(replaced),
         "some have replaced nobody");
    for (auto& client : crowd) {
      must(client->say(crowd[0]->key(), "7") && client->next_receipt(), "one is not heard");
      must(crowd[0]->next_message().sender == client->key(), "one is taken for another");
    }
  });
}

template <class Profile>
void duplicates_are_refused(int extent) {
  Setting setting = patient();
  setting.router.duplicates = registration::Duplicates::refuse;
  Scene<Profile> scene(setting);
  scene.beside(100 * extent, [&](int rounds) {
    const RouterState before = scene.router();
    const Secret secret = new_secret();
    Client<Profile> first(scene.server.port(), secret);
    first.must_enter();
    for (int i = 0; i < rounds; ++i) {
      Client<Profile> second(scene.server.port(), secret);
      while (!second.ended && second.step()) {}
      must(second.ended == Fault::already_registered, "a second one is not refused by name");
      second.socket().await_end();
      must(first.say(first.key(), "1") && first.next_receipt() && first.next_message().text == "1",
           "the first one has lost its place");
    }
    const RouterState after = scene.router();
    must(after.left_by(Fault::already_registered) - before.left_by(Fault::already_registered) ==
             static_cast<std::uint32_t>(rounds),
         "they did not leave as already_registered");
    must(after.joined == before.joined + 1, "one of them was let in");
  });
}

// Frames that are too large.

template <class Profile>
void large_frames(int extent) {
  Scene<Profile> scene(patient());
  const Kept large(std::size_t{1} << 20, 'x');
  Kept object = large;
  object[0] = '{';
  const auto check_refused = [&](WebSocket& socket) {
    socket.await_end();
    must(socket.close_code() == 1009,
         "it is not told that it was too large, but " + std::to_string(socket.close_code()));
  };
  scene.beside(8 * extent, [&](int rounds) {
    for (int i = 0; i < rounds; ++i)
      for (const bool is_registered : {false, true})
        for (const Kept& frame : {large, object}) {
          const auto fresh = [&] {
            auto client = std::make_unique<Client<Profile>>(scene.server.port());
            if (is_registered) client->must_enter();
            return client;
          };
          const auto one = fresh();
          one->socket().send(frame);
          check_refused(one->socket());
          // In parts of which none is.
          const auto other = fresh();
          for (std::size_t at = 0; at < frame.size(); at += 16384)
            if (!other->socket().tcp().send(
                    frame_of(Bytes(frame).subspan(at, 16384), at == 0 ? binary_frame : 0, false)))
              break;
          check_refused(other->socket());
          // It only says so.
          const auto third = fresh();
          Kept header{0x80 | binary_frame, 0x80 | 127, 0x3F};
          header.resize(14, 0xFF);
          third->socket().tcp().send(header);
          check_refused(third->socket());
        }
    // And the largest that may come do.
    Client<Profile> one(scene.server.port()), other(scene.server.port());
    one.must_enter();
    other.must_enter();
    const std::string text = text_of_size(registration::payload_size_max);
    must(one.say(other.key(), text) && other.next_message().text == text && one.next_receipt(),
         "the largest message does not arrive");
  });
}

}  // namespace

std::vector<Case> fault_cases(const Extent& extent) {
  const int n = extent.fault_rounds;
  return {
      {"a reader that does not read costs a bounded queue, and loses nothing",
       in_both([n](auto profile) { slow_reader<decltype(profile)>(n); })},
      {"a client that reads no answers costs a bounded queue",
       in_both([n](auto profile) { deaf_talker<decltype(profile)>(n); })},
      {"a client that never stops asking is closed by name",
       in_both([n](auto profile) { endless_talker<decltype(profile)>(n); })},
      {"a client that never stops pinging is not answered faster than it reads",
       in_both([n](auto profile) { websocket_pings<decltype(profile)>(n); })},
      {"a connection that was replaced is gone in time, though it reads nothing and goes on "
       "talking",
       in_both([n](auto profile) { unwilling_leaver<decltype(profile)>(n); })},
      {"half-open connections are closed in time, wherever they stop",
       in_both([n](auto profile) { half_open<decltype(profile)>(n); })},
      {"connections that never say what they want keep nobody out",
       in_both([n](auto profile) { idle<decltype(profile)>(n); })},
      {"a flood of registrations keeps nobody out",
       in_both([n](auto profile) { flood_of_registrations<decltype(profile)>(n); })},
      {"a storm of reconnects takes nothing from anybody",
       in_both([n](auto profile) { reconnect_storm<decltype(profile)>(n); })},
      {"a second connection with a key is refused by name",
       in_both([n](auto profile) { duplicates_are_refused<decltype(profile)>(n); })},
      {"frames of 1 MiB are refused by name, and the largest that may come arrive",
       in_both([n](auto profile) { large_frames<decltype(profile)>(n); })},
  };
}

}  // namespace soak
