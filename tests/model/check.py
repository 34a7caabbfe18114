"""Asks SPIN each question of each model, and replays what it finds on the real machines.

check.py PROGRAM [-v] [TEXT]: prints `ok CHECK` or `FAILED CHECK`; with -v what was found, too, and
of cases only those with TEXT in their names. With
HANDFAST_FRESH=N it asks only what must hold with N more fresh values a side, too.
"""

import collections
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile

SECONDS = 300  # for one step of one question
MEMORY_MAX = 1000  # MB for one search

Question = collections.namedtuple("Question", "case name expected weakening where")


def run(command: list[str], folder: str, text: str = "", **variables: str) -> tuple[int, str]:
    done = subprocess.run(command, cwd=folder, input=text, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace", check=False,
                          timeout=SECONDS, env=dict(os.environ, **variables))
    return done.returncode, done.stdout


def search(model: str, questions: list[str], folder: str) -> tuple[str, str]:
    """`holds` of all, `fails` of one, or `unknown` where SPIN has said neither of the whole model;
    its words."""
    pathlib.Path(folder, "model.pml").write_text(model, encoding="utf-8")
    code, words = run(["spin", "-a", *(f"-D{one}" for one in questions), "model.pml"], folder)
    if code or not pathlib.Path(folder, "pan.c").exists():
        return "unknown", words
    code, words = run(["gcc", "-w", "-DSAFETY", "-DBFS", "-DNOREDUCE",
                       "-DVECTORSZ=65536", f"-DMEMLIM={MEMORY_MAX}",
                       "-o", "pan", "pan.c"], folder)
    if code:
        return "unknown", words
    code, words = run(["./pan", "-m100000", "-w18"], folder)
    errors = re.search(r"errors: (\d+)", words)
    is_whole = not re.search(r"Search not completed|out of memory|max search depth too small",
                             words)
    if code or not errors:
        return "unknown", words
    if errors[1] != "0":
        return "fails", words
    return ("holds" if is_whole else "unknown"), words


def ask(program: str, question: Question) -> tuple[bool, str]:
    """Whether the answer is the expected one, and what there is to tell."""
    try:
        return ask_in_time(program, question)
    except subprocess.TimeoutExpired as expired:
        return False, f"unknown: {expired}"


def ask_in_time(program: str, question: Question) -> tuple[bool, str]:
    weakening = [] if question.weakening == "-" else [question.weakening]
    with tempfile.TemporaryDirectory() as folder:
        code, model = run([program, "promela", question.case, *weakening], folder)
        if code:
            return False, model
        # A question that the model does not have is not one that holds.
        if f"   ? {question.name}\n" not in model:
            return False, f"the model does not ask {question.name}"
        verdict, words = search(model, [question.name], folder)
        if verdict != question.expected:
            return False, f"{verdict}, not {question.expected}\n{words}"
        if question.where != "machines":
            return True, ""
        _, trail = run(["./pan", "-r"], folder)
        code, story = run([program, "replay", question.case, question.name, *weakening], folder,
                          trail)
        if code or question.weakening == "-":
            return code == 0, story
        # The model must not be believed where the machines are whole: they do otherwise.
        code, whole = run([program, "replay", question.case, question.name, *weakening], folder,
                          trail, HANDFAST_WHOLE="1")
        return code == 1 and "the machines do otherwise" in whole, story + whole


def together(questions: list[Question]) -> list[list[Question]]:
    """What is asked in one search: all that must hold of one case. The keys that a thief comes by are
    no secrets: forward secrecy is asked by itself."""
    groups: dict[object, list[Question]] = {}
    for number, one in enumerate(questions):
        is_alone = (one.expected != "holds" or one.weakening != "-" or
                    one.name == "forward_secrecy")
        groups.setdefault(number if is_alone else one.case, []).append(one)
    return list(groups.values())


def ask_all(program: str, group: list[Question]) -> list[tuple[Question, bool, str]]:
    """The answers; one by one where not all of a group hold."""
    if len(group) > 1:
        with tempfile.TemporaryDirectory() as folder:
            code, model = run([program, "promela", group[0].case], folder)
            if not code and all(f"   ? {one.name}\n" in model for one in group):
                try:
                    if search(model, [one.name for one in group], folder)[0] == "holds":
                        return [(one, True, "") for one in group]
                except subprocess.TimeoutExpired:
                    pass
    return [(one, *ask(program, one)) for one in group]


def main() -> int:
    program = sys.argv[1]
    _, listed = run([program, "list"], ".")
    questions = [Question(*line.split("\t")) for line in listed.splitlines()]
    for text in sys.argv[2:]:
        if text != "-v":
            questions = [one for one in questions if text in one.case]
    status = 0 if questions else 1
    more = os.environ.get("HANDFAST_FRESH", "0")
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        for answers in pool.map(lambda group: ask_all(program, group), together(questions)):
            for question, is_right, words in answers:
                name = f"{question.case} {question.name} {question.expected}"
                if question.weakening != "-":
                    name += f" where {question.weakening}"
                if more != "0":
                    name += f" with {more} more"
                if "-v" in sys.argv and is_right:
                    print(words)
                if is_right:
                    print(f"ok {name}", flush=True)
                else:
                    print(f"{words}\nFAILED {name}", flush=True)
                    status = 1
    return status


if __name__ == "__main__":
    raise SystemExit(main())
