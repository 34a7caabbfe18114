#pragma once

// The stage of the x3dh attacks: an issuer, a holder, and an attacker who is the connector between
// them. The machines are behind `Side` (x3dh_sides.cpp), so that an attack is cheap to compile.

#include <array>
#include <memory>
#include <optional>

#include "handfast/core/bytes.hpp"
#include "handfast/core/fault.hpp"
#include "tests/attacks/gallery.hpp"

namespace attacks::x3dh {

using namespace handfast;
using Frame = std::vector<std::uint8_t>;
using Key = std::array<std::uint8_t, 32>;

/// `compat` of the gallery is the document's profile; `counter` is attacked by the tests alone.
enum class Wire { documented, counter, hardened };
[[nodiscard]] constexpr Wire wire_of(Profile which) noexcept {
  return which == Profile::compat ? Wire::documented : Wire::hardened;
}

/// What one call caused.
struct Caused {
  std::vector<Frame> frames;
  std::vector<std::string> heard;
  std::vector<std::string> told;   // the events' names
  std::optional<Fault> fault;      // where the input was refused
  std::optional<Key> fingerprint;  // where there is a session now
};

/// One side.
class Side {
 public:
  explicit Side(std::string n) : name(std::move(n)) {}
  virtual ~Side() = default;
  Side(const Side&) = delete;

  virtual Caused begins() = 0;
  virtual Caused says(std::string_view text) = 0;
  virtual Caused gets(Bytes frame) = 0;
  /// Its user has read this fingerprint on the other's screen.
  virtual Caused compares(const Key& fingerprint) = 0;
  [[nodiscard]] virtual Key identity() const = 0;
  [[nodiscard]] virtual Frame snapshot() const = 0;
  /// In a session: the key that its next message is sealed with; hardened, from which that key and
  /// the nonce come.
  [[nodiscard]] virtual Key next_key() const = 0;
  /// In a session: the associated data of all its messages, which are no secret.
  [[nodiscard]] virtual Frame associated_data() const = 0;

  const std::string name;
};

/// What a side knows beforehand.
struct Knowledge {
  std::optional<Key> peer;      // whose identity it wants
  bool wants_verified = false;  // says nothing before fingerprints were compared
};

/// Of each `number` another one.
[[nodiscard]] std::unique_ptr<Side> issuer(Wire wire, std::string name, int number,
                                           const Knowledge& knowledge = {});
[[nodiscard]] std::unique_ptr<Side> holder(Wire wire, std::string name, int number,
                                           const Knowledge& knowledge = {});

/// What is sealed of a message, and the rest of the frame: the connector sees which is which.
struct Parts {
  Frame before, sealed, after;

  explicit Parts(Wire wire, const Frame& frame) {
    const std::size_t begin = 2 + (wire == Wire::documented ? 0u
                                   : wire == Wire::counter  ? 10u
                                                            : 57u);
    const std::size_t end = 2 + frame.at(1);  // the content has less than 128 bytes
    const auto at = [&](std::size_t i) { return frame.begin() + static_cast<std::ptrdiff_t>(i); };
    before.assign(frame.begin(), at(begin));
    sealed.assign(at(begin), at(end));
    after.assign(at(end), frame.end());
  }
  [[nodiscard]] Frame frame() const {
    Frame all = before;
    all.insert(all.end(), sealed.begin(), sealed.end());
    all.insert(all.end(), after.begin(), after.end());
    return all;
  }
};

/// The story of an issuer, a holder and their connector.
class X3dhStory : public Story {
 public:
  std::vector<Fault> refused;  // why what was handed over was refused
  bool is_state_kept = true;   // no refusal changed its receiver

  /// `side` says `text`; the frame goes to the connector.
  Frame says(Side& side, const std::string& text) {
    const Caused caused = side.says(text);
    step(side.name,
         caused.frames.empty() ? "says nothing: " + faults_name(caused) : "says \"" + text + '"');
    return caused.frames.empty() ? Frame{} : caused.frames[0];
  }
  /// The connector hands a frame over; what becomes of it is the next step.
  Caused hands(Side& side, const Frame& frame) {
    const Frame before = side.snapshot();
    Caused caused = side.gets(frame);
    if (caused.fault) {
      const bool is_kept = side.snapshot() == before;
      is_state_kept = is_state_kept && is_kept;
      refused.push_back(*caused.fault);
      step(side.name, "refuses it as " + faults_name(caused) +
                          (is_kept ? "; nothing has changed" : "; something has changed"));
      return caused;
    }
    for (const std::string& text : caused.heard) step(side.name, "hears \"" + text + '"');
    return caused;
  }
  /// Brings both to a session, with nobody's hands in between.
  static void connect(Side& issuer, Side& holder) {
    (void)holder.begins();
    const auto bundle = issuer.begins().frames.at(0);
    const auto initial = holder.gets(bundle).frames.at(0);
    (void)holder.gets(issuer.gets(initial).frames.at(0));
  }

 private:
  static std::string faults_name(const Caused& caused) {
    return std::string(caused.fault ? to_string(*caused.fault) : "nobody");
  }
};

}  // namespace attacks::x3dh
