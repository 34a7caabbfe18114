#pragma once

// Everything: the core, the codecs, the primitives, and every protocol.

#include "handfast/core/compose.hpp"
#include "handfast/core/machine.hpp"
#include "handfast/core/pool.hpp"
#include "handfast/registration.hpp"
#include "handfast/rehandshake.hpp"
#include "handfast/rehandshake/migration.hpp"
#include "handfast/stdio.hpp"
#include "handfast/udp.hpp"
#include "handfast/wire/json.hpp"
#include "handfast/wire/lines.hpp"
#include "handfast/wire/stream.hpp"
#include "handfast/x3dh.hpp"
#include "handfast/x3dh/sealed_store.hpp"
