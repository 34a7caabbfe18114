#pragma once

// Rules that only this profile has.

#include "handfast/registration/rules.hpp"

namespace handfast::registration::compat {

/// What is sealed in a message is a JSON value: the deployed peer parses it.
struct TextIsJson {
  static constexpr Fault fault = Fault::bad_argument;
};
/// A report is about a message that was told and not reported on.
struct ReportIsDue {
  static constexpr Fault fault = Fault::bad_argument;
};
/// An answer holds a message of this client's own.
struct AnswerIsOurs {
  static constexpr Fault fault = Fault::wrong_session;
};

}  // namespace handfast::registration::compat
