#pragma once

// The parent, and the tour's first part: what it does to its child, and what it lets go wrong.

#include <deque>
#include <handfast/stdio.hpp>

#include "tour/http.hpp"
#include "tour/narrated.hpp"
#include "tour/pipes.hpp"
#include "tour/screen.hpp"
#include "tour/stdio_config.hpp"

namespace tour {

class StdioTour {
 public:
  void run() {
    screen_.title("Part 1: stdio. A parent and its child, over pipes and HTTP.");
    parent_speaks_first();
    first_record_proves_the_parent();
    request_and_response();
    request_is_lost();
    response_is_lost();
    requests_overtake_each_other();
    what_is_not_fresh_is_refused();
    six_copies_at_once();
    new_keys_in_mid_stream();
    silence();
    what_the_machine_never_sees();
    the_end();
    screen_.gap();
    const auto count = [](int number, const char* of) { return std::to_string(number) + of; };
    screen_.words("Tour, part 1: " + count(frame_count_, " frames, ") +
                  count(lost_count_, " lost, ") + count(repeated_count_, " repeated, ") +
                  count(refused_count_, " refused, 1 rekey, ended in order."));
  }

 private:
  using Role = stdio::Parent<>;

  // The chapters.

  void parent_speaks_first() {
    screen_.heading("The parent speaks first");
    screen_.words("It has spawned the child and has, thanks to the operating system, the child's");
    screen_.words("standard streams to itself. A line with a public key goes each way. The child");
    screen_.words("binds its listener before it answers, and its confirmation proves that it has");
    screen_.words("the keys. Both tell the same transcript and the same key id.");
    const auto letters = after(parent_.handle(stdio::Start{}));
    expect(letters.empty(), "the parent sent a record before it had keys");
    first_record_ = receive_line();
  }

  void first_record_proves_the_parent() {
    screen_.heading("The first record proves the parent");
    screen_.words("The child sends nothing before a record has come that only the holder of the");
    screen_.words("keys can have sealed. A record is a header that all can read, then the sealed");
    screen_.words("contents and their 16-byte tag. The seal covers the header, too, the session's");
    screen_.words("id, the direction and the endpoint.");
    connection_.emplace(port_);
    deliver(first_record_);
  }

  void request_and_response() {
    screen_.heading("A request and its response");
    deliver(ask("Are you there?"));
    expect_answer("Are you there?");
  }

  void request_is_lost() {
    screen_.heading("A request is lost");
    screen_.words("The parent repeats it when its deadline comes: the same correlation id, but");
    screen_.words("a new record. The child follows over the gap in the sequence.");
    lose("parent -> child", ask("Is anybody there?"));
    deliver(repeat());
    expect_answer("Is anybody there?");
  }

  void response_is_lost() {
    screen_.heading("A response is lost");
    screen_.words("The request is repeated, but not executed again: the child knows the id and");
    screen_.words("seals the answer that it has kept once more.");
    lose("child -> parent", accepted(post(ask("Pay the bill."))));
    deliver(repeat());
    expect_answer("Pay the bill.");
  }

  void requests_overtake_each_other() {
    screen_.heading("Two requests overtake each other");
    screen_.words("The second arrives first. The child keeps the key of the one it has skipped,");
    screen_.words("and nothing from which another key could be derived.");
    const Letter first = ask("I was asked first."), second = ask("I was asked second.");
    deliver(second);
    expect_answer("I was asked second.");
    deliver(first);
    expect_answer("I was asked first.");
    last_record_ = first;
  }

  void what_is_not_fresh_is_refused() {
    screen_.heading("What is not fresh or not authentic is refused");
    screen_.words("The last record again, bit for bit; then a new one with one bit changed on");
    screen_.words("its way. The child's state stays as it is, so the true one still opens.");
    refuse(last_record_);
    const Letter letter = ask("Do you hear me?");
    Letter changed = letter;
    changed.back() ^= 1;
    refuse(changed);
    deliver(letter);
    expect_answer("Do you hear me?");
  }

  void six_copies_at_once() {
    screen_.heading("Six copies at once");
    screen_.words("Over six connections, which two threads of the child serve. Its machine stands");
    screen_.words("behind a strand: the first copy to get there is taken, the others are replays.");
    const Letter letter = ask("Only once, please.");
    show("parent -> child", letter, "body of POST /message, six times");
    frame_count_ += 5;
    std::deque<HttpConnection> connections;
    for (int i = 0; i < 6; ++i) connections.emplace_back(port_);
    for (auto& connection : connections) connection.send(http::verb::post, message_path, letter);
    std::vector<HttpResponse> responses;
    for (auto& connection : connections) responses.push_back(connection.receive());
    child_.pass_on_log();
    const auto failed = std::ranges::partition(responses, is_ok);
    expect(failed.size() == 5, "not exactly one of six copies was taken");
    refused_count_ += 5;
    screen_.words("Five times 500 Internal Server Error, and once:");
    receive(responses.front().body());
    expect_answer("Only once, please.");
  }

  void new_keys_in_mid_stream() {
    screen_.heading("New keys in mid-stream");
    screen_.words("A request is on its way when the parent renews the keys, and is overtaken. The");
    screen_.words("old keys serve it, until a record under the new ones has come.");
    const Letter late = ask("I am late.");
    const auto rekey = after(parent_.handle(stdio::Rekey{}));
    expect(rekey.size() == 1, "no new keys were asked for");
    const auto confirmation = deliver(rekey[0]);
    expect(rekeyed_ && confirmation.size() == 1, "the keys were not renewed");
    screen_.words("The late request, under the old keys:");
    deliver(late);
    expect_answer("I am late.");
    screen_.words("The first record under the new keys. The child wipes the old ones; so does the");
    screen_.words("parent with the answer:");
    deliver(confirmation[0]);
    deliver(ask("How are the new keys?"));
    expect_answer("How are the new keys?");
  }

  void silence() {
    screen_.heading("Silence, and a keepalive");
    screen_.words("Nothing is sent for a while. Then the parent's deadline comes.");
    deliver(at_deadline("KeepaliveDue"));
  }

  void what_the_machine_never_sees() {
    screen_.heading("What the machine never sees");
    for (const auto& [method, path] :
         {std::pair(http::verb::get, message_path), std::pair(http::verb::post, "/elsewhere")}) {
      connection_->send(method, path, {});
      const HttpResponse response = connection_->receive();
      expect(response.result() == http::status::not_found, "the child has found what it has not");
      screen_.words(std::string(to_string(method)) + ' ' + path + ": 404 Not Found");
    }
  }

  void the_end() {
    screen_.heading("The end, in four steps");
    screen_.words("Asked for (1) and acknowledged (2); then the connections are closed (3) and");
    screen_.words("the child's process is reaped (4).");
    const auto request = after(parent_.handle(stdio::Shutdown{}));
    expect(request.size() == 1, "the end was not asked for");
    deliver(request[0]);
    expect(closes_connections_, "the child did not agree to the end");
    screen_.gap();
    connection_.reset();
    after(parent_.handle(LinkClosed{stdio::channel_link}));
    expect(cleans_up_, "the parent has nothing to clean up");
    const int code = child_.reap(clock_time().steady + tour_config().shutdown_timeout);
    expect(code == 0, "the child ended with exit code " + std::to_string(code));
    after(parent_.handle(stdio::CleanedUp{}));
    expect(parent_.in<Role::Ended>(), "the parent did not end");
  }

  // What the chapters are made of.

  /// Keeps what a call has told and caused; lines go out at once, records are returned.
  std::vector<Letter> after(const Output<Role>& out) {
    expect(!out.fault(), "an input of the parent was refused");
    if (const auto* closed = out.event<Closed>(); closed && closed->fault)
      throw Surprise("the session ended: " + std::string(to_string(*closed->fault)));
    if (const auto* answered = out.event<stdio::Answered>())
      answer_ = std::string(text_of(answered->payload));
    rekeyed_ = rekeyed_ || out.event<stdio::Rekeyed>();
    closes_connections_ = closes_connections_ || out.event<stdio::CloseConnections>();
    cleans_up_ = cleans_up_ || out.event<stdio::CleanUp>();
    std::vector<Letter> letters;
    for (const Frame& frame : out.transmit) {
      if (frame.link == stdio::standard_streams) {
        ++frame_count_;
        screen_.frame("parent -> child   a line on standard input",
                      annotated_line<stdio::Offer>(frame.bytes));
        child_.write_line(frame.bytes);
      } else {
        letters.emplace_back(frame.bytes.begin(), frame.bytes.end());
      }
    }
    return letters;
  }

  /// Takes the child's line, or lets time end it; the first record.
  Letter receive_line() {
    std::string line;
    const SteadyTime until = parent_.deadline() ? parent_.deadline()->at : never;
    switch (child_.wait_for_line(until, line)) {
      case ChildProcess::Heard::line: break;
      case ChildProcess::Heard::nothing: after(parent_.advance()); break;
      case ChildProcess::Heard::end: after(parent_.handle(LinkClosed{stdio::standard_streams}));
    }
    ++frame_count_;
    screen_.frame("child -> parent   a line on standard output",
                  annotated_line<stdio::Answer>(bytes_of(line)));
    const auto letters = after(parent_.receive(stdio::standard_streams, bytes_of(line)));
    expect(letters.size() == 1, "the parent did not confirm its keys");
    port_ = wire::json::decode<stdio::Answer>(bytes_of(line))->port;
    return letters[0];
  }

  Letter ask(std::string_view question) {
    const auto letters = after(parent_.handle(stdio::Send{bytes_of(question)}));
    expect(letters.size() == 1, "a request was not sent");
    return letters[0];
  }

  /// Waits until the machine has to be called, for `timer`; the record that it then sends.
  Letter at_deadline(std::string_view timer) {
    const auto due = parent_.deadline();
    expect(due && due->timer == timer, "the next deadline is not " + std::string(timer));
    expect(child_.sleep_until(due->at), "the child ended early");
    const auto letters = after(parent_.advance());
    expect(letters.size() == 1, std::string(timer) + " did not send exactly one record");
    return letters[0];
  }
  Letter repeat() {
    ++repeated_count_;
    return at_deadline("ResponseOverdue");
  }

  void show(std::string_view direction, Bytes frame, std::string_view where) {
    ++frame_count_;
    screen_.frame(std::string(direction) + "   record, " + std::to_string(frame.size()) +
                      " bytes, " + std::string(where),
                  annotated<stdio::Record>(frame));
  }
  void lose(std::string_view direction, Bytes frame) {
    show(direction, frame, "lost on its way");
    ++lost_count_;
  }

  HttpResponse post(const Letter& letter) {
    show("parent -> child", letter, "body of POST /message");
    connection_->send(http::verb::post, message_path, letter);
    HttpResponse response = connection_->receive();
    child_.pass_on_log();  // written before its response
    return response;
  }
  static bool is_ok(const HttpResponse& response) { return response.result() == http::status::ok; }
  static Letter accepted(const HttpResponse& response) {
    expect(is_ok(response), "a record got HTTP " + std::to_string(response.result_int()));
    return response.body();
  }

  std::vector<Letter> receive(const Letter& letter) {
    show("child -> parent", letter, "body of 200 OK");
    return after(parent_.receive(stdio::channel_link, letter));
  }
  /// Brings a record to the child and its answer back; the records that the answer causes.
  std::vector<Letter> deliver(const Letter& letter) { return receive(accepted(post(letter))); }

  void refuse(const Letter& letter) {
    const HttpResponse response = post(letter);
    expect(response.result() == http::status::internal_server_error, "the child took a bad record");
    const std::string_view said = text_of(response.body());
    screen_.words("HTTP 500 " + std::string(said) + ": the peer is told no more");
    ++refused_count_;
  }

  void expect_answer(std::string_view question) {
    const auto expected = "I have heard: " + std::string(question);
    expect(std::exchange(answer_, {}) == expected, "no answer to: " + std::string(question));
  }

  Screen screen_;
  ChildProcess child_{"child", [this](std::string_view line) { screen_.said("child", line); }};
  Narrated<Role> parent_{tour_config(),
                         [this](const std::string& text) { screen_.said("parent", text); }};
  std::optional<HttpConnection> connection_;
  std::uint16_t port_ = 0;
  Letter first_record_, last_record_;
  std::optional<std::string> answer_;
  bool rekeyed_ = false, closes_connections_ = false, cleans_up_ = false;
  int frame_count_ = 0, lost_count_ = 0, repeated_count_ = 0, refused_count_ = 0;
};

}  // namespace tour
