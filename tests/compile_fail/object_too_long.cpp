// expect: handfast: what is said while registering is read, whatever its texts escape to

// A text that fits as it is, and not when each of its bytes takes six.

#include "handfast/registration/record_channel.hpp"

using namespace handfast;

#ifdef HANDFAST_SHOULD_FAIL
constexpr std::size_t text_size_max = registration::registration_size_max / 2;
#else
constexpr std::size_t text_size_max = registration::registration_size_max / 8;
#endif

struct Notice {
  std::string text;
  using layout =
      wire::Layout<"notice", wire::Field<"text", &Notice::text, wire::Bounded<0, text_size_max>>>;
};

void say(const Notice& notice, const registration::Context& context, Frames& frames) {
  registration::write_object(notice, context, frames);
}
