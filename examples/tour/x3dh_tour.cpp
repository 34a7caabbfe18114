// The tour's fifth part: an issuer and a holder that meet by a QR code, a connector between them that
// nobody trusts, and what is left of each of them when its process ends.

#include "tour/parts.hpp"
#include "tour/x3dh_side.hpp"
#include "x3dh/invitation.hpp"
#include "x3dh/mallory.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace tour {

namespace {

/// A folder that goes when the tour does.
class Folder {
 public:
  Folder() {
    if (::mkdtemp(path_.data()) == nullptr) throw std::runtime_error("cannot make " + path_);
  }
  Folder(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  std::string path_ = (std::filesystem::temp_directory_path() / "handfast-tour-XXXXXX").string();
};

class X3dhTour {
 public:
  void run() {
    screen_.title("Part 5: x3dh. Issuer and holder, and a connector that nobody trusts.");
    screen_.words(
        "The connector is a process of its own, behind TCP, and so is Mallory's. Issuer and");
    screen_.words("holder each have a store in a file; when one stops, the file is all it has.");
    a_code_on_a_screen();
    keys_through_a_connector();
    a_message_and_its_answer();
    somebody_is_away();
    a_process_that_dies();
    what_was_taken_once();
    the_file();
    a_connector_that_reads();
    a_holder_who_has_seen_no_code();
    the_end();
    screen_.gap();
    screen_.words("Tour, part 5: " + std::to_string(stage_.frame_count) + " frames, " +
                  std::to_string(lost_count_) + " lost, " + std::to_string(refused_count_) +
                  " refused, " + std::to_string(restart_count_) +
                  " restarts, 3 connections, ended in order.");
  }

 private:
  using Texts = std::vector<std::string>;

  // The chapters.

  void a_code_on_a_screen() {
    screen_.heading("A code on a screen");
    screen_.words(
        "The issuer makes its long-term key, and shows its public half and the connection's");
    screen_.words("name. The connector is not on the way from a screen to a camera.");
    const over_connector::Invitation shown{issuer_.key(), connection("connection 7")};
    screen_.gap();
    const std::string code = over_connector::qr_code(shown.text());
    for (std::size_t at = 0; at < code.size(); at = code.find('\n', at) + 1)
      screen_.words(code.substr(at, code.find('\n', at) - at));
    screen_.gap();
    screen_.words("It says: " + shown.text());
    const auto seen = over_connector::Invitation::parse(shown.text());
    expect(seen && seen->issuer == issuer_.key(), "the code does not say what it should");
    first_ = seen->connection;
    seen_.peer = seen->issuer;
  }

  void keys_through_a_connector() {
    screen_.heading("Keys through a connector");
    screen_.words(
        "The issuer sends its bundle: a pre-key for this week, one for this connection, and");
    screen_.words(
        "a signature of both. The holder agrees with them, and what comes of it is known to");
    screen_.words("nobody who has only seen this. The issuer forgets the second one at once.");
    holder_.start(connector_, first_, seen_);
    issuer_.start(connector_, first_, {});
    agree();
    screen_.words("The holder knows the issuer by the code. For the issuer both read each other a");
    screen_.words("fingerprint, or the application knows the holder by other means.");
    issuer_.does(x3dh::Verify{holder_.fingerprint()});
    expect(!issuer_.refused(), "the fingerprints differ");
  }

  void a_message_and_its_answer() {
    screen_.heading("A message and its answer");
    screen_.words(
        "Each has a key of its own, and each turn a new agreement. What the connector sees is");
    screen_.words("who, when and how much.");
    holder_says("Are you there?");
    issuer_says("I am.");
    holder_says("Thank you.");
  }

  void somebody_is_away() {
    screen_.heading("Somebody is away");
    screen_.words(
        "The holder's process ends. The connector stores what is for it; the next process");
    screen_.words("has the keys from the file.");
    holder_.stop();
    issuer_.say("Come when you can.", "stores");
    restart(holder_, "hands");
    holder_.take();
    expect(holder_.heard() == Texts{"Come when you can."}, "the holder has not heard it");
  }

  void a_process_that_dies() {
    screen_.heading("Processes that die");
    screen_.words(
        "One frame is handed over when the holder's process dies: the connector has forgotten");
    screen_.words(
        "it already. And the issuer's dies when it has kept a line and not sent it: nobody");
    screen_.words("ever uses that number again. Both are lost, and what comes next is not.");
    issuer_.say("This is lost.");
    holder_.stop();
    issuer_.say_and_stop("This never leaves.");
    lost_count_ += 2;
    restart(issuer_, "meets");
    issuer_.say("This comes.", "stores");
    restart(holder_, "hands");
    holder_.take();
    expect(holder_.heard() == Texts{"This comes."}, "the holder has not heard what came");
    holder_says("I have it.");
  }

  void what_was_taken_once() {
    screen_.heading("What was taken once is not taken again");
    screen_.words(
        "The connector brings the last frame again: before the issuer's process ends, and");
    screen_.words("after, as the keys that are used up are gone from its file as well.");
    issuer_.take_again();
    refused(issuer_, Fault::replayed);
    issuer_.stop();
    restart(issuer_, "meets");
    issuer_.take_again();
    refused(issuer_, Fault::replayed);
  }

  void the_file() {
    screen_.heading("The file");
    screen_.words(
        "It opens with its passphrase only, and not where one bit was changed. An earlier one");
    screen_.words("was good once, and only a counter tells that is kept somewhere else.");
    holder_.stop();
    const std::string now = content_of(holder_.path());
    std::string changed = now;
    changed.back() = static_cast<char>(changed.back() ^ 1);
    expect(holder_.try_store("correct horse battery stable") == Fault::not_authentic,
           "another passphrase opens the store");
    write(holder_.path(), changed);
    expect(holder_.try_store(passphrase) == Fault::not_authentic, "a changed store opens");
    write(holder_.path(), now);
    restart(holder_, "meets");
    issuer_says("Is that you?");
    holder_.stop();
    const std::string later = content_of(holder_.path());
    write(holder_.path(), now);
    expect(holder_.try_store(passphrase) == Fault::stale, "an earlier store opens");
    write(holder_.path(), later);
    restart(holder_, "meets");
    holder_says("It is.");
    refused_count_ += 3;
    holder_.stop();
    issuer_.stop();
  }

  void a_connector_that_reads() {
    screen_.heading("A connector that reads, and replaces");
    screen_.words(
        "Another connection, through Mallory's connector. First she puts a bundle of hers in");
    screen_.words(
        "the place of the issuer's, then only her pre-keys, and then nothing. She tries to");
    screen_.words("open all that she carries.");
    const auto second = connection("connection 8");
    holder_.start(mallorys_, second, seen_);
    issuer_.start(mallorys_, second, {});
    holder_.take();
    refused(holder_, Fault::unexpected_key);
    screen_.words("Not the key of the code.");
    again_after_a_while();
    holder_.take();
    refused(holder_, Fault::not_authentic);
    screen_.words("The key of the code, but it has not signed that.");
    again_after_a_while();
    agree();
    issuer_.does(x3dh::Verify{holder_.fingerprint()});
    holder_says("Does she read this?");
    issuer_says("She does not.");
    issuer_.does(x3dh::Stop{});
    holder_.does(x3dh::Stop{});
    issuer_.stop();
    holder_.stop();
  }

  void a_holder_who_has_seen_no_code() {
    screen_.heading("A holder who has seen no code");
    screen_.words(
        "Then there is nothing to know Mallory from the issuer by: both agree with her, and");
    screen_.words(
        "not with each other. What they read to each other tells; and until they have, neither");
    screen_.words("says a word, because it was told to be so careful.");
    const auto third = connection("connection 9");
    x3dh::Config careful;
    careful.wants_verified = true;
    holder_.start(mallorys_, third, careful);
    issuer_.start(mallorys_, third, careful);
    holder_.take("hands");
    mallorys_.hear("hands");
    issuer_.take("reads");
    holder_.take();
    expect(holder_.is_established() && issuer_.is_established(), "Mallory is not between them");
    expect(holder_.fingerprint() != issuer_.fingerprint(), "the fingerprints are the same");
    holder_.does(x3dh::Verify{issuer_.fingerprint()});
    refused(holder_, Fault::unexpected_key);
    issuer_.does(x3dh::Verify{holder_.fingerprint()});
    refused(issuer_, Fault::unexpected_key);
    holder_.say("Here is my secret.");
    refused(holder_, Fault::unexpected_key);
  }

  void the_end() {
    screen_.heading("The end");
    screen_.words("A session that is over is no longer in the file. That of connection 7 is.");
    issuer_.does(x3dh::Stop{});
    holder_.does(x3dh::Stop{});
    issuer_.stop();
    holder_.stop();
    restart(holder_, "meets");
    restart(issuer_, "meets");
    issuer_says("Until next time.");
    issuer_.does(x3dh::Stop{});
    holder_.does(x3dh::Stop{});
    issuer_.stop();
    holder_.stop();
    expect(connector_.end() == 0 && mallorys_.end() == 0, "a connector did not end as it should");
  }

  // What the chapters are made of.

  static x3dh::ConnectionId connection(std::string_view name) {
    return x3dh::ConnectionId::parse(name).value();
  }
  /// From a bundle that the holder takes to where both have a session.
  void agree() {
    holder_.take();
    issuer_.take();
    holder_.take();
    expect(issuer_.is_established() && holder_.is_established(), "there is no session");
    expect(issuer_.fingerprint() == holder_.fingerprint(), "somebody is between the two");
  }
  void again_after_a_while() {
    stage_.pass(x3dh::Config{}.repeat);
    issuer_.advance();
  }
  void holder_says(const std::string& text) {
    holder_.say(text);
    issuer_.take();
    expect(issuer_.heard() == Texts{text}, "the issuer has not heard: " + text);
  }
  void issuer_says(const std::string& text) {
    issuer_.say(text);
    holder_.take();
    expect(holder_.heard() == Texts{text}, "the holder has not heard: " + text);
  }
  template <class Role>
  void restart(X3dhSide<Role>& side, std::string_view heard) {
    ++restart_count_;
    side.start(connector_, first_, side.end == End::holder ? seen_ : x3dh::Config{}, heard);
  }
  template <class Role>
  void refused(X3dhSide<Role>& side, Fault why) {
    expect(side.refused() == why, "not refused as " + std::string(to_string(why)));
    ++refused_count_;
  }
  static std::string content_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  static void write(const std::string& path, const std::string& content) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    expect(static_cast<bool>(file << content), "cannot write " + path);
  }

  Folder folder_;
  X3dhStage stage_;
  Screen& screen_ = stage_.screen;
  ConnectorProcess connector_{screen_, "connector"}, mallorys_{screen_, "mallory"};
  X3dhSide<x3dh::Issuer<>> issuer_{stage_, folder_.path()};
  X3dhSide<x3dh::Holder<>> holder_{stage_, folder_.path()};
  x3dh::ConnectionId first_;
  x3dh::Config seen_;  // of a holder who has seen the code
  int lost_count_ = 0, refused_count_ = 0, restart_count_ = 0;
};

}  // namespace

void run_x3dh_tour() { X3dhTour().run(); }

namespace {

/// A connector's log; its standard output has one line, the port.
void connector_says(std::string_view verb, const std::string& rest) {
  std::cerr << padded(verb, 6) + ' ' + rest + '\n';
}
/// Serves until the standard input ends.
int serve(over_connector::Connector::Handle handle) {
  over_connector::Connector connector(0, connector_says, std::move(handle));
  std::cout << connector.port() << std::endl;
  connector.run(STDIN_FILENO);
  return 0;
}

}  // namespace

int run_connector() { return serve({}); }
int run_mallory() {
  over_connector::Mallory mallory(connector_says);
  return serve([&](const auto& to, Letter frame) { return mallory(to, std::move(frame)); });
}

}  // namespace tour
