"""Asks SPIN each question of each model, and replays what it finds on the real machines.

check.py PROGRAM [-v] [--long SECONDS] [TEXT]: prints `ok CHECK` or `FAILED CHECK`; with -v what was
found, too, and of cases only those with TEXT in their names. With --long what holds is asked of two
sessions a role instead, and `skipped CHECK: unknown, ...` is printed of what nobody knows by then.
"""

import collections
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

# What one search may take: seconds, MB, steps.
Limits = collections.namedtuple("Limits", "seconds memory depth", defaults=(300, 1000, 100000))
LONG_MEMORY = 3000
TIMED_OUT = 124  # in the place of an exit code, as timeout(1) has it

Question = collections.namedtuple("Question", "case name expected weakening where")
TWO_SESSIONS = {"HANDFAST_SESSIONS": "2"}


def run(command: list[str], folder: str, text: str = "", seconds: float = 300,
        **variables: str) -> tuple[int, str]:
    try:
        done = subprocess.run(command, cwd=folder, input=text, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors="replace", check=False,
                              timeout=seconds, env=dict(os.environ, **variables))
    except subprocess.TimeoutExpired:
        return TIMED_OUT, f"no end in {seconds:.0f} s"
    return done.returncode, done.stdout


def verdict_of(words: str) -> str:
    """What the words of a search say: `fails` where an assertion was violated, `holds` where the
    whole model was searched and nothing is wrong with it, or else `unknown`."""
    errors = re.search(r"errors: (\d+)", words)
    if not errors:
        return "unknown"
    if errors[1] != "0":
        return "fails" if "assertion violated" in words else "unknown"
    is_cut = re.search(r"Search not completed|out of memory|max search depth too small", words)
    return "unknown" if is_cut else "holds"


def why(words: str) -> str:
    """Why nobody knows, in one line."""
    cut = re.search(r"reached -DMEMLIM bound|max search depth too small|no end in .*|time is up",
                    words)
    lines = words.strip().splitlines() or ["no word of SPIN's"]
    return cut[0] if cut else lines[-1]


def search(model: str, questions: list[str], folder: str,
           limits: Limits = Limits()) -> tuple[str, str]:
    """`holds` of all, `fails` of one, `unknown`, or `wrong` of what is no model; SPIN's words."""
    end = time.monotonic() + limits.seconds
    pathlib.Path(folder, "model.pml").write_text(model, encoding="utf-8")
    for command in (["spin", "-a", *(f"-D{one}" for one in questions), "model.pml"],
                    ["gcc", "-w", "-DSAFETY", "-DBFS", "-DNOREDUCE", "-DVECTORSZ=65536",
                     f"-DMEMLIM={limits.memory}", "-o", "pan", "pan.c"],
                    ["./pan", f"-m{limits.depth}", "-w18"]):
        code, words = run(command, folder, seconds=max(0.001, end - time.monotonic()))
        if code == TIMED_OUT:
            return "unknown", words
        if command[0] != "./pan" and (code or not pathlib.Path(folder, "pan.c").exists()):
            return "wrong", words
        if code:  # a search that is cut short may end so
            return "unknown", words
    return verdict_of(words), words


def ask(program: str, question: Question, limits: Limits, **variables: str) -> tuple[str, str]:
    """The verdict, and what there is to tell; `wrong` where what fails is not so on the machines."""
    weakening = [] if question.weakening == "-" else [question.weakening]
    with tempfile.TemporaryDirectory() as folder:
        code, model = run([program, "promela", question.case, *weakening], folder, **variables)
        if code:
            return "unknown" if code == TIMED_OUT else "wrong", model
        # A question that the model does not have is not one that holds.
        if f"   ? {question.name}\n" not in model:
            return "wrong", f"the model does not ask {question.name}"
        verdict, words = search(model, [question.name], folder, limits)
        if verdict != question.expected or question.where != "machines":
            return verdict, words
        _, trail = run(["./pan", "-r"], folder)
        replay = [program, "replay", question.case, question.name, *weakening]
        code, story = run(replay, folder, trail, **variables)
        if code or question.weakening == "-":
            return "wrong" if code else verdict, story
        # The model must not be believed where the machines are whole: they do otherwise, or the same
        # and nothing comes of it.
        code, whole = run(replay, folder, trail, HANDFAST_WHOLE="1")
        is_so = code == 1 and re.search("the machines do otherwise|is not broken$", whole, re.M)
        return verdict if is_so else "wrong", story + whole


def together(questions: list[Question]) -> list[list[Question]]:
    """What is asked in one search: all that must hold of one case. The keys that a thief comes by are
    no secrets: what is asked of him is asked by itself."""
    groups: dict[object, list[Question]] = {}
    for number, one in enumerate(questions):
        is_alone = (one.expected != "holds" or one.weakening != "-" or
                    one.name == "forward_secrecy" or one.name.startswith("past_secrecy"))
        groups.setdefault(number if is_alone else one.case, []).append(one)
    return list(groups.values())


def ask_all(program: str, group: list[Question], end: float | None,
            **variables: str) -> list[tuple[Question, str, str]]:
    """The verdicts; one by one where not all of a group hold. Nothing is asked behind `end`."""
    def limits() -> Limits:
        return Limits() if end is None else Limits(end - time.monotonic(), LONG_MEMORY)

    def is_late() -> bool:
        return end is not None and time.monotonic() >= end

    if len(group) > 1 and not is_late():
        with tempfile.TemporaryDirectory() as folder:
            code, model = run([program, "promela", group[0].case], folder, **variables)
            if not code and all(f"   ? {one.name}\n" in model for one in group):
                verdict, words = search(model, [one.name for one in group], folder, limits())
                # Of each alone there is as much to search, but for what another one keeps.
                if verdict == "holds" or (verdict == "unknown" and end is not None):
                    return [(one, verdict, words) for one in group]
    return [(one, "unknown", "time is up") if is_late()
            else (one, *ask(program, one, limits(), **variables)) for one in group]


def main() -> int:
    program, *rest = os.path.abspath(sys.argv[1]), *sys.argv[2:]  # it is started elsewhere
    is_verbose = "-v" in rest
    end, variables, of_two = None, {}, ""
    if "--long" in rest:
        at = rest.index("--long")
        end = time.monotonic() + float(rest[at + 1])
        variables, of_two = TWO_SESSIONS, " in two sessions a role"
        del rest[at:at + 2]
    _, listed = run([program, "list"], ".", **variables)
    questions = [Question(*line.split("\t")) for line in listed.splitlines()]
    for text in rest:
        if text != "-v":
            questions = [one for one in questions if text in one.case]
    status = 0 if questions else 1
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        groups = [pool.submit(ask_all, program, group, end, **variables)
                  for group in together(questions)]
        for group in groups:
            for question, verdict, words in group.result():
                name = f"{question.case} {question.name} {question.expected}{of_two}"
                if question.weakening != "-":
                    name += f" where {question.weakening}"
                if verdict == question.expected:
                    print(f"{words}\nok {name}" if is_verbose else f"ok {name}", flush=True)
                elif verdict == "unknown" and end is not None:
                    print(f"skipped {name}: unknown, {why(words)}", flush=True)
                else:
                    print(f"{words}\n{verdict}, not {question.expected}\nFAILED {name}", flush=True)
                    status = 1
    return status


if __name__ == "__main__":
    raise SystemExit(main())
