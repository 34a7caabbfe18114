#pragma once

// The tour's second part: what clients do at a server, and what they do not let a server or each
// other do.

#include "tour/registration_client.hpp"

namespace tour {

class RegistrationTour {
 public:
  void run() {
    screen_.title("Part 2: registration. A server and its clients, over WebSockets.");
    who_is_there();
    keys_that_the_server_does_not_have();
    a_message_and_its_answer();
    what_was_taken_once();
    a_stranger();
    a_replay();
    garbage();
    the_same_key_again();
    a_new_session();
    the_end();
    screen_.gap();
    screen_.words("Tour, part 2: " + std::to_string(stage_.frame_count()) + " frames, " +
                  std::to_string(refused_count_) +
                  " refused, 1 client expelled, 1 replaced, 2 sessions, ended in order.");
  }

 private:
  using Client = RegistrationClient;

  // The chapters.

  void who_is_there() {
    screen_.heading("Who is there");
    screen_.words(
        "Client and server each bring a long-lived key and, as the nonce, a new one. Keys");
    screen_.words(
        "for all that follows come from all four agreements, and each side proves with a");
    screen_.words("MAC that it has them. The client knows which server it wants, for the tour has");
    screen_.words(
        "read the key off its standard output; and the server learns where the client has");
    screen_.words("dialled, which nobody in the middle can change.");
    expect(!alice_.connect(), "somebody else had Alice's key");
    expect(!bob_.connect(), "somebody else had Bob's key");
  }

  void keys_that_the_server_does_not_have() {
    screen_.heading("Keys that the server does not have");
    screen_.words(
        "Alice calls Bob. What is between the two goes as the payload of messages, which");
    screen_.words(
        "the server opens and seals again for the other connection: it sees for whom they");
    screen_.words(
        "are and how long. The keys of the two come from agreements that it is no part of.");
    alice_.meet("bob", bob_.key());
    bob_.meet("alice", alice_.key());
    exchange(alice_, bob_, alice_.call());
  }

  void a_message_and_its_answer() {
    screen_.heading("A message and its answer");
    screen_.words("A receipt is the server's word that it has handed the message on; that it was");
    screen_.words("opened is Bob's, and comes with his answer.");
    converse(alice_, "Are you there?", "I am.");
  }

  void what_was_taken_once() {
    screen_.heading("What was taken once is not taken again");
    screen_.words("Alice's connection brings the last record once more; and the server might seal");
    screen_.words("the last message in a new one. Neither is taken.");
    refused(alice_.repeat_record(), Fault::replayed);
    refused(alice_.repeat_message(), Fault::replayed);
  }

  void a_stranger() {
    screen_.heading("A stranger");
    screen_.words(
        "Mallory has a key of her own, so she is registered; and says to Bob what is not");
    screen_.words("meant for anybody. The machine that Bob makes for her opens nothing.");
    expect(!mallory_.connect(), "somebody else had Mallory's key");
    hostile_record_ = mallory_.post(bob_.key(), bytes_of("no frame at all"));
    refused(bob_.take_from_stranger("mallory"), Fault::wrong_version);
    mallory_.take_receipt();
  }

  void a_replay() {
    screen_.heading("A client that replays");
    screen_.words("The record of before, bit for bit. Nothing reaches Bob, and the others go on.");
    mallory_.give(hostile_record_);
    ++refused_count_;
    converse(alice_, "Did you hear that?", "I did not.");
  }

  void garbage() {
    screen_.heading("A client that sends garbage");
    screen_.words(
        "Each costs the server a look. With the eighth that was wrong she has to go, and");
    screen_.words("is not told why. The others go on.");
    for (int i = 0; i < 7; ++i, ++refused_count_) mallory_.give(bytes_of("garbage"));
    mallory_.expect_closed();
    converse(alice_, "Is she gone?", "She is.");
  }

  void the_same_key_again() {
    screen_.heading("The same key again");
    screen_.words("Alice has started anew: she has her key, and has forgotten all else. Her proof");
    screen_.words("replaces the connection that was there, which is told so and closed.");
    expect(again_.connect(), "nobody has told that another connection had to go");
    expect(alice_.take_last() == Fault::superseded, "the old connection was not told why");
  }

  void a_new_session() {
    screen_.heading("A new session");
    screen_.words(
        "Bob knows nothing of that, and says something in the session that he has. Alice");
    screen_.words("cannot read it and says so, with a proof that it is she. So Bob calls her, and");
    screen_.words("says once more what nobody has opened.");
    again_.meet("bob", bob_.key());
    exchange(bob_, again_, bob_.say("Are you still there?"));
    expect(again_.heard().empty(), "a frame of a session that is forgotten was opened");
    converse(bob_, again_, "Are you still there?", "I am here again.");
  }

  void the_end() {
    screen_.heading("The end");
    again_.leave();
    bob_.leave();
    expect(stage_.end_server() == 0, "the server did not end in order");
  }

  // What the chapters are made of.

  /// Brings a frame to `to`; the frames with which it is answered.
  std::vector<Letter> deliver(Client& from, Client& to, const Letter& frame) {
    stage_.show_inside(from.name(), to.name(), frame);
    from.post(to.key(), frame);
    const auto answers = to.take_message();
    from.take_receipt();
    return answers;
  }
  /// The same with all that follows from it.
  void exchange(Client& from, Client& to, const std::vector<Letter>& frames) {
    expect(frames.size() < 2, from.name() + " sends more than a frame");
    if (!frames.empty()) exchange(to, from, deliver(from, to, frames[0]));
  }
  void converse(Client& one, Client& other, std::string_view question, std::string_view answer) {
    exchange(one, other, one.say(question));
    expect(other.heard() == question, other.name() + " has not heard: " + std::string(question));
    exchange(other, one, other.say(answer));
    expect(one.heard() == answer, one.name() + " has not heard: " + std::string(answer));
  }
  void converse(Client& one, std::string_view question, std::string_view answer) {
    converse(one, bob_, question, answer);
  }
  void refused(const std::optional<Fault>& seen, Fault wanted) {
    expect(seen == wanted, "not refused as " + std::string(to_string(wanted)));
    ++refused_count_;
  }

  /// Three private keys, the smallest public key's first: nothing in the tour depends on chance.
  static std::array<Client::Identity, 3> identities() {
    Random random;
    std::array<Client::Identity, 3> all;
    for (auto& one : all) expect(random.fill(one.writable()).has_value(), "no random bytes");
    std::ranges::sort(all, std::ranges::lexicographical_compare, [](const Client::Identity& one) {
      const auto key = Client::key_of(one).public_key();
      return std::vector<std::uint8_t>(key.bytes().begin(), key.bytes().end());
    });
    return all;
  }

  Stage stage_;
  Screen& screen_ = stage_.screen();
  std::array<Client::Identity, 3> identities_ = identities();
  Client alice_{stage_, "alice", identities_[0]}, again_{stage_, "alice2", identities_[0]};
  Client bob_{stage_, "bob", identities_[1]}, mallory_{stage_, "mallory", identities_[2]};
  Letter hostile_record_;
  int refused_count_ = 0;
};

}  // namespace tour
