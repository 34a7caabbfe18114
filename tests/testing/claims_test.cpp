#include "handfast/testing/claims.hpp"

#include "tests/support/catch.hpp"

// What a book of claims takes for agreement.

using namespace handfast;
using testing::ClaimBook, testing::Claimed, testing::DataBook;

namespace {

using Key = std::array<std::uint8_t, 32>;
constexpr Key parents{1}, childs{2}, nobodys{};

/// Parties 0 and 1 of session 0 with one transcript and one key, each with its own key and with the
/// one that it takes for its peer's.
Claimed parent(Key peer = childs, Key own = parents) {
  return {0, 0, Claim{peer, {7}, {8}, "parent", own}};
}
Claimed child(Key peer = parents, Key own = childs) {
  return {1, 0, Claim{peer, {7}, {8}, "child", own}};
}

bool agrees(const Claimed& running, const Claimed& committed) {
  ClaimBook book;
  book.running(running);
  const auto wrong = book.commit(committed);
  if (wrong) CHECK(wrong->starts_with("agreement: "));
  CHECK(book.commit_count() == (wrong ? 0 : 1));
  return !wrong;
}

}  // namespace

TEST_CASE("testing: two claims agree where each names the other") {
  CHECK(agrees(child(), parent()));
  CHECK(agrees(parent(), child()));
  // Where one has no key of its own there is nothing to name.
  CHECK(agrees(child(nobodys), parent(childs, nobodys)));
  CHECK(agrees(parent(childs, nobodys), child(nobodys)));
}

TEST_CASE("testing: a claim that names a stranger, or nobody, agrees with none") {
  for (const Key& other : {Key{3}, nobodys, parents}) CHECK_FALSE(agrees(child(), parent(other)));
  for (const Key& other : {Key{3}, nobodys, childs}) CHECK_FALSE(agrees(parent(), child(other)));
  // It is the peer who is wrong: who commits has not been running with who it thinks.
  CHECK_FALSE(agrees(child(Key{3}), parent()));
  CHECK_FALSE(agrees(parent(Key{3}), child()));
}

TEST_CASE("testing: claims of other runs, keys, roles and sessions do not agree") {
  Claimed other = child();
  other.claim.transcript = {9};
  CHECK_FALSE(agrees(other, parent()));
  other = child();
  other.claim.key_id = {9};
  CHECK_FALSE(agrees(other, parent()));
  other = child();
  other.claim.role = "parent";
  CHECK_FALSE(agrees(other, parent()));
  other = child();
  other.session = 1;
  CHECK_FALSE(agrees(other, parent()));
  other = child();
  other.party = 0;
  CHECK_FALSE(agrees(other, parent()));
}

TEST_CASE("testing: a run is committed to once by each role") {
  ClaimBook book;
  book.running(parent());
  book.running(child());
  CHECK_FALSE(book.commit(parent()));
  CHECK_FALSE(book.commit(child()));
  CHECK(book.commit(parent()) == "injectivity: two commitments to one run by one role");
  CHECK(book.commit_count() == 2);
}

TEST_CASE("testing: data is told once, to whom it was meant for") {
  DataBook book;
  book.given(0, 0, {1});
  book.given(0, 0, {2});
  CHECK_FALSE(book.all_arrived_from(0));
  CHECK(book.all_arrived_from(1));
  CHECK(book.told(0, 0, {1}));  // by who gave it
  CHECK(book.told(1, 1, {1}));  // in another session
  CHECK_FALSE(book.told(1, 0, {2}));
  CHECK_FALSE(book.told(1, 0, {1}));
  CHECK(book.told(1, 0, {1}) == "application data was told twice");
  CHECK(book.told(1, 0, {3}) == "application data was told that nobody gave");
  CHECK(book.all_arrived_from(0));
}

TEST_CASE("testing: data of a stream is told in the order in which it was given") {
  const std::string wrong = "application data was told before what was given before it";
  DataBook book;
  book.given(0, 0, {1});
  book.given(1, 0, {2});  // the other way, which is another stream
  book.given(0, 0, {3});
  CHECK_FALSE(book.told(0, 0, {2}, true));
  CHECK(book.told(1, 0, {3}, true) == wrong);
  CHECK_FALSE(book.told(1, 0, {1}, true));
  book.given(0, 0, {4});
  CHECK_FALSE(book.told(1, 0, {4}, true));
}
