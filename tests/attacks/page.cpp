#include "tests/attacks/page.hpp"

#include "handfast/registration.hpp"
#include "handfast/rehandshake.hpp"
#include "handfast/spec/chart.hpp"
#include "handfast/spec/detail/arrows.hpp"
#include "handfast/spec/detail/listener.hpp"
#include "handfast/spec/notebook.hpp"
#include "handfast/stdio.hpp"
#include "handfast/udp.hpp"
#include "handfast/x3dh.hpp"
#include "handfast/x3dh/documented.hpp"
#include "tests/support/onlooker.hpp"

namespace attacks {
namespace {

using namespace handfast;

spec::Notebook* book = nullptr;  // the one that is open

/// A frame as a machine of `Receiver` sees it.
template <class Receiver>
spec::Transit seen(const typename Receiver::Context& context, Link link, Bytes frame) {
  spec::Transit transit;
  transit.bytes.assign(frame.begin(), frame.end());
  transit.link = spec::detail::link_name<Receiver>(link);
  spec::detail::explain_frame<Receiver>(context, link, transit);
  return transit;
}

template <class Role, class Peer>
void note(const test::Call<Role>& call) {
  const bool is_something =
      call.has_changed || !call.out.transmit.empty() || !call.out.events.empty();
  if (call.what.trigger == Trigger::timer && !is_something) return;
  spec::CallRecord step;
  std::optional<spec::Transit> got;
  step.is_local = call.what.trigger != Trigger::message;
  step.before = call.before;
  step.after = call.after;
  if (step.is_local) {
    step.trigger = spec::detail::trigger_of(call.what.trigger, call.what.name);
  } else {
    got = seen<Role>(call.context, call.what.link, call.what.frame);
    step.trigger = got->form.empty() ? "a frame" : got->form;
  }
  if (const auto fault = call.out.fault())
    step.refused = to_string(*fault);
  else if (is_something)
    step.rows.push_back(std::string(call.before) + " on " + step.trigger + " to " +
                        std::string(call.after));
  for (const auto& event : call.out.events)
    step.tells.push_back(
        std::visit([](const auto& held) { return spec::detail::event_in_words(held); }, event));
  std::vector<spec::Transit> sent;
  for (const Frame& frame : call.out.transmit)
    sent.push_back(seen<Peer>(call.context, frame.link, frame.bytes));
  const int who = book->participant(call.machine, name_of<Role>(), call.now.steady);
  book->call(who, call.now.steady, std::move(step), std::move(got), std::move(sent));
}

template <class One, class Other>
void look_on(bool looks) {
  test::looks_on<One> = looks ? note<One, Other> : nullptr;
  test::looks_on<Other> = looks ? note<Other, One> : nullptr;
}
template <template <class> class One, template <class> class Other, class... Profiles>
void look_on_each(bool looks) {
  (look_on<One<Profiles>, Other<Profiles>>(looks), ...);
}
void look_on_all(bool looks) {
  look_on_each<stdio::Parent, stdio::Child, stdio::Hardened, stdio::Compat>(looks);
  look_on_each<registration::Client, registration::Server, registration::Hardened,
               registration::Compat>(looks);
  look_on_each<handfast::udp::Client, handfast::udp::Server, handfast::udp::Hardened,
               handfast::udp::Compat<handfast::udp::Revision::documented>,
               handfast::udp::Compat<handfast::udp::Revision::v0_8>>(looks);
  look_on<handfast::rehandshake::Peer<>, handfast::rehandshake::Peer<>>(looks);
  look_on_each<handfast::rehandshake::Initiator, handfast::rehandshake::Responder,
               handfast::rehandshake::Compat>(looks);
  look_on_each<handfast::x3dh::Issuer, handfast::x3dh::Holder, handfast::x3dh::Hardened,
               handfast::x3dh::Documented>(looks);
}

/// While it lives, all that machines do and tellers say is written into a notebook.
class Open {
 public:
  explicit Open(spec::Notebook& notebook) {
    book = &notebook;
    look_on_all(true);
    Story::listener = [](const std::string& who, const std::string& text) {
      book->remark(who, text);
    };
  }
  ~Open() {
    Story::listener = nullptr;
    look_on_all(false);
    book = nullptr;
  }
  Open(const Open&) = delete;
};

}  // namespace

spec::Transcript page_of(const Attack& attack, Profile which, Telling& telling) {
  const About& about = attack.about;
  const bool says_where = about.protocol == "udp" && which == Profile::hardened;
  spec::Notebook notebook(std::string(about.name) + ", against " + std::string(about.protocol) +
                              ", " + std::string(to_string(which)),
                          says_where ? handfast::udp::Address::size : 0);
  {
    const Open open(notebook);
    telling = attack.run(which);
  }
  spec::Transcript page = notebook.finish();
  page.origin = "tests/run --attacks " + std::string(about.name) + " --html FOLDER";
  return page;
}

}  // namespace attacks
