"""What README.md says of the models is what they are asked: a row for each claim, with a verdict in
both profiles or a reason why there is none; and each verdict that holds can fail.

page.py PROGRAM: prints `ok CHECK` or `FAILED CHECK`.
"""

import collections
import pathlib
import re
import subprocess
import sys

PAGE = pathlib.Path(__file__).with_name("README.md")
CLAIMS = range(1, 30)  # of the five documents
PROFILES = {"compat": ("compat", "documented", "v0_8"), "hardened": ("hardened", "counter")}
ROW = re.compile(r"^\| (\d+) \| (.+?) \| (.+?) \| (.+?) \|$", re.M)
VERDICT = re.compile(r"`([a-z0-9_-]+)` ([\w, ]+) (hold|fail)s?$")
REASON = re.compile(r"(not modelled|not asked): \S.+$")

failed = 0


def tell(name: str, wrong: list[str]) -> None:
    """`ok NAME`, or what is wrong and `FAILED NAME`."""
    global failed
    print("\n".join([*wrong, f"FAILED {name}"]) if wrong else f"ok {name}", flush=True)
    failed += bool(wrong)


def profile_of(case: str) -> str:
    """\"stdio-compat\" of \"stdio-compat-twice\"."""
    return "-".join(case.split("-")[:2])


def listed(program: str, what: str) -> list[list[str]]:
    done = subprocess.run([program, what], capture_output=True, text=True, check=True)
    return [line.split("\t") for line in done.stdout.splitlines()]


def check_claims(program: str, page: str, verdicts: dict[tuple[str, str], str]) -> None:
    rows = ROW.findall(page.partition("\n## Claims\n")[2].partition("\n## ")[0])
    tell("each claim has a row, in order",
         [] if [int(number) for number, *_ in rows] == list(CLAIMS)
         else [f"there are {', '.join(number for number, *_ in rows)}"])
    wrong, named = [], collections.defaultdict(set)
    for number, _, *cells in rows:
        for (column, profiles), cell in zip(PROFILES.items(), cells):
            for part in cell.split("; "):
                found = VERDICT.fullmatch(part)
                if not found:
                    if not REASON.fullmatch(part):
                        wrong.append(f"claim {number}, {column}: \"{part}\" is no verdict and no reason")
                    continue
                case, questions, verdict = found.groups()
                named[case].add(number)
                if profile_of(case).split("-")[1] not in profiles:
                    wrong.append(f"claim {number}: {case} is not {column}")
                for question in questions.split(", "):
                    if verdicts.get((case, question)) != verdict + "s":
                        wrong.append(f"claim {number}: {case} {question} is not what {verdict}s")
    tell("each claim has verdicts of the models in both profiles, or a reason why not", wrong)
    wrong = []
    for case, claims in listed(program, "claims"):
        own = set(re.findall(r"\d+", claims))
        if own != named[case]:
            wrong.append(f"{case} decides {claims or 'no claim'}; the page names it with "
                         f"{', '.join(sorted(named[case])) or 'none'}")
    tell("each model decides the claims that the page says", wrong)


def check_weakenings(questions: list[list[str]]) -> None:
    holds, fails = collections.defaultdict(set), collections.defaultdict(set)
    for case, question, verdict, _, _ in questions:
        (holds if verdict == "holds" else fails)[profile_of(case)].add(question)
    tell("what holds in a profile fails where something is taken away, or somebody else is added",
         [f"{profile}: {', '.join(sorted(held - fails[profile]))}"
          for profile, held in holds.items() if held - fails[profile]])


def main() -> int:
    program = sys.argv[1]
    questions = listed(program, "list")
    verdicts = {(case, question): verdict
                for case, question, verdict, weakening, _ in questions if weakening == "-"}
    check_claims(program, PAGE.read_text(encoding="utf-8"), verdicts)
    check_weakenings(questions)
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
