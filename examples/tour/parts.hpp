#pragma once

// Parts of the tour that are sources of their own.

namespace tour {

/// The fifth part.
void run_x3dh_tour();
/// Its connectors, each in a process of its own: the exit code.
int run_connector();
int run_mallory();

}  // namespace tour
