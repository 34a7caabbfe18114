#pragma once

// A simulated world as a transcript: every frame with an owner for each of its bytes, what was sealed
// shown opened, what each party did, and what the network and the attacker did to it. The same plan
// gives the same page.

#include "handfast/testing/page_visitor.hpp"
//
#include <cstdio>

#include "handfast/spec/transcript_html.hpp"
#include "handfast/testing/sim_options.hpp"

namespace handfast::testing {

/// The world of `plan` as a transcript. What went wrong is its last word.
template <class Scene>
[[nodiscard]] spec::Transcript transcript_of(const Plan& plan) {
  std::size_t address_size = 0;
  if constexpr (requires { Scene::address_size; }) address_size = Scene::address_size;
  spec::Notebook book(std::string(Scene::name) + ", a simulated world", address_size);
  auto rows = rows_of_scene<Scene>();
  Outcome ended;
  {
    PageVisitor<Scene> visitor(book);
    ended = World<Scene>(plan, rows).shown_to(visitor).run();
  }
  if (!ended.is_fine()) book.remark("the world", ended.what);
  return book.finish();
}

/// Prints the page of a world, or writes it, as `options` say.
template <class Scene>
void page_of_world(const SimOptions& options, const Plan& plan) {
  spec::Transcript page = transcript_of<Scene>(plan);
  const std::string words = to_text(plan);
  const bool is_of_seed = options.seed && to_text(draw_plan(*options.seed)) == words;
  page.origin = options.program + ' ' + options.protocol + " --profile " + options.profile +
                (is_of_seed ? " --seed " + std::to_string(*options.seed) : " --plan " + words);
  if (const auto heading = unowned(page))
    std::fprintf(stderr, "a byte has no owner: %s\n", heading->c_str());
  if (options.has_bytes) std::fputs(spec::text(page).c_str(), stdout);
  if (options.html.empty()) return;
  const std::string html = spec::html(page);
  std::FILE* const file = std::fopen(options.html.c_str(), "w");
  const bool is_written = file != nullptr && std::fputs(html.c_str(), file) >= 0;
  if (file == nullptr || std::fclose(file) != 0 || !is_written)
    std::fprintf(stderr, "%s cannot be written\n", options.html.c_str());
}

}  // namespace handfast::testing
