"""What decides a verdict is tried itself: whoever knows nothing says so, and a model that is broken
is told apart from one that holds.

controls.py PROGRAM: prints `ok CHECK` or `FAILED CHECK`.
"""

import os
import re
import sys
import tempfile

import check

HOLDS = ("rehandshake-hardened", "agreement_Responder")
FAILS = ("rehandshake-compat", "agreement_Responder")
BOTH = (HOLDS, FAILS)
ENDLESS = ("rehandshake-compat", "secrecy")  # in two sessions a role

failed = 0


def tell(name: str, wrong: str) -> None:
    """`ok NAME`, or what is wrong and `FAILED NAME`."""
    global failed
    print(f"{wrong}\nFAILED {name}" if wrong else f"ok {name}", flush=True)
    failed += bool(wrong)


def verdicts(program: str, cases, limits=check.Limits(), change=lambda model: model,
             **variables: str) -> list[str]:
    found = []
    for case, question in cases:
        with tempfile.TemporaryDirectory() as folder:
            _, model = check.run([program, "promela", case], folder, **variables)
            found.append(check.search(change(model), [question], folder, limits)[0])
    return found


def without_steps(model: str) -> str:
    """No side does anything."""
    return re.sub(r"at\[(\d+)\] == \d+ &&", r"at[\1] == 255 &&", model)


def main() -> int:
    program = os.path.abspath(sys.argv[1])

    def expect(name: str, wanted: list[str], found: list[str]) -> None:
        tell(name, "" if found == wanted else f"{found}, not {wanted}")

    unknown = ["unknown", "unknown"]
    expect("a search that comes to its end says what it has found", ["holds", "fails"],
           verdicts(program, BOTH))
    expect("a search that is cut short by its depth says unknown", unknown,
           verdicts(program, BOTH, check.Limits(depth=3)))
    # Too large to be searched whole.
    expect("a search that is cut short by its memory says unknown", ["unknown"],
           verdicts(program, [ENDLESS], check.Limits(memory=50), **check.TWO_SESSIONS))
    expect("a search that is cut short by time says unknown", ["unknown"],
           verdicts(program, [ENDLESS], check.Limits(5, 3000), **check.TWO_SESSIONS))
    expect("a search without any time says unknown", unknown,
           verdicts(program, BOTH, check.Limits(seconds=0)))
    expect("a model that SPIN cannot read is wrong", ["wrong", "wrong"],
           verdicts(program, BOTH, change=lambda model: model + "active proctype broken() { assert( }"))
    # An error that is no answer to a question: a step that can neither be taken nor be left.
    expect("a model that cannot run is unknown", unknown,
           verdicts(program, BOTH,
                    change=lambda m: m + "active proctype broken() { d_step { true; false } }\n"))
    expect("a model in which nobody does anything is seen by what never comes", ["holds"],
           verdicts(program, [("rehandshake-compat", "completion_Responder")],
                    change=without_steps))
    for words, wanted in (("errors: 0", "holds"), ("errors: 1", "unknown"), ("", "unknown"),
                          ("pan:1: assertion violated 0\nerrors: 1", "fails"),
                          ("Warning: Search not completed\nerrors: 0", "unknown"),
                          ("pan: out of memory\nerrors: 0", "unknown"),
                          ("error: max search depth too small\nerrors: 0", "unknown")):
        told = words.replace("\n", ", ") or "nothing"
        expect(f"\"{told}\" is {wanted}", [wanted], [check.verdict_of(words)])
    # The same of what check.py prints: two sessions a role and no time for them.
    _, page = check.run([sys.executable, check.__file__, program, "--long", "0"],
                        os.path.dirname(check.__file__))
    lines = page.splitlines()
    tell("what nobody knows when time is up is printed as unknown, not as holds or fails",
         "" if lines and all(re.match(r"skipped .*: unknown, ", line) for line in lines)
         else page[-2000:])
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
