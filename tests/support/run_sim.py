"""Builds the program of simulated worlds and runs it; tests/run --sim starts it.

A program that crashes cannot say in which world it did. It notes that before each world
(include/handfast/testing/sim_note.hpp); from the note this script makes the world as small as it
goes, with a process for each that it tries, and prints what has happened in it. Under --properties
the note says what is tried, and in which world.
"""

import argparse
import pathlib
import shlex
import signal
import subprocess
import sys
import tempfile
import time

from build import Build, BuildFailed

CRASH = 12  # what the program itself cannot say
OWN_CODES = (0, 2, 10, 11)  # what it can: a sanitizer, a signal or the system says anything else
PROPERTIES = "--properties"
# Which world, and how it is shown; each has a value but those that are flags.
WORLD_OPTIONS = ("--seed", "--for", "--worlds", "--plan", "--note", "--html")
FLAGS = (PROPERTIES, "--bytes")
SETTING_SIZE, MOVE_SIZE = 8, 12  # of a plan, in characters
TRIES_MAX, TRY_SECONDS, SHRINK_SECONDS = 400, 60, 120


def words_of(code: int) -> str:
    if code >= 0:
        return f"the program ended with exit code {code}"
    try:
        name = f" ({signal.Signals(-code).name})"
    except ValueError:
        name = ""
    return f"the program was ended by signal {-code}{name}"


class Note:
    """What the program has noted of what is under way."""

    def __init__(self, path: pathlib.Path):
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        self.words, self.plan, self.trace = lines[0] if lines else "", "", lines[2:]
        if len(lines) > 1:
            self.plan = lines[1]


class Crash:
    """A world in which the program crashes."""

    def __init__(self, program: pathlib.Path, called: str, arguments: list[str], code: int,
                 folder: str):
        self.command = [str(program)]
        self.called = called
        # What is left says which protocol, and all but which world.
        rest = iter(arguments)
        for one in rest:
            if one in WORLD_OPTIONS:
                next(rest, "")
            elif one not in FLAGS:
                self.command.append(one)
        self.code = code
        self.note = pathlib.Path(folder) / "again"

    def run(self, plan: str) -> tuple[int, str]:
        """The exit code and the errors of the world of `plan`, alone."""
        self.note.write_text("", encoding="utf-8")
        try:
            done = subprocess.run([*self.command, "--plan", plan, "--note", str(self.note)],
                                  stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.PIPE, text=True, errors="replace",
                                  timeout=TRY_SECONDS, check=False)
        except subprocess.TimeoutExpired:
            return 0, ""  # whatever this is, it is not that crash
        return done.returncode, done.stderr

    def shrunk(self, plan: str) -> str:
        """`plan` without the moves that the crash does not need."""
        setting, rest = plan[:SETTING_SIZE], plan[SETTING_SIZE:]
        moves = [rest[at:at + MOVE_SIZE] for at in range(0, len(rest), MOVE_SIZE)]
        end = time.monotonic() + SHRINK_SECONDS
        tries = 0
        size = max(len(moves) // 2, 1)
        while size:
            at, changed = 0, False
            while at < len(moves):
                if tries == TRIES_MAX or time.monotonic() > end:
                    return setting + "".join(moves)
                tries += 1
                fewer = moves[:at] + moves[at + size:]
                if self.run(setting + "".join(fewer))[0] == self.code:
                    moves, changed = fewer, True
                else:
                    at += size
            # Single moves are tried until none of them can go.
            size = size // 2 if size > 1 else int(changed)
        return setting + "".join(moves)

    def explain(self, first: Note, is_given: bool) -> None:
        """Prints the smallest world found, and how to see it again."""
        print(f"{first.words}: {words_of(self.code)}", flush=True)
        if self.run(first.plan)[0] != self.code:
            print("that world alone does not crash, or not so: it takes those before it",
                  file=sys.stderr)
            return
        self.explain_world(first, is_given)

    def explain_property(self, first: Note, arguments: list[str]) -> None:
        """Prints what was tried, and how to see it again, in the world alone where that crashes."""
        print(f"{first.words}: {words_of(self.code)}", flush=True)
        print(f"see it again: {self.called} {shlex.join(arguments)}", file=sys.stderr)
        code = self.run(first.plan)[0]
        if code == self.code:
            self.explain_world(first, is_given=False)
        else:
            print(f"its world alone {'is fine' if code == 0 else 'does not crash so'}: "
                  f"{self.again(first.plan)}", file=sys.stderr)

    def again(self, plan: str) -> str:
        """The command that shows the world of `plan`."""
        return f"{self.called} {shlex.join(self.command[1:])} --plan {plan}"

    def explain_world(self, first: Note, is_given: bool) -> None:
        """Prints the smallest world found that crashes."""
        plan = first.plan if is_given else self.shrunk(first.plan)
        errors = self.run(plan)[1]
        count, all_of_it = ((len(text) - SETTING_SIZE) // MOVE_SIZE for text in (plan, first.plan))
        print(f"{count} of {all_of_it} moves still crash:")
        print("\n".join(Note(self.note).trace))
        print(f"crash: {words_of(self.code)}", flush=True)
        print(errors, end="", file=sys.stderr)
        print(f"see it again: {self.again(plan)}", file=sys.stderr)


def run(program: pathlib.Path, called: str, arguments: list[str]) -> int:
    """Runs the program, which is started as `called`; its exit code, or the one for a crash."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "note"
        path.write_text("", encoding="utf-8")
        noting = [] if "--note" in arguments else ["--note", str(path)]
        code = subprocess.run([str(program), *noting, *arguments], stdin=subprocess.DEVNULL,
                              check=False).returncode
        if code in OWN_CODES:
            return code
        note = Note(path)
        if not note.plan or -code in (signal.SIGINT, signal.SIGTERM):
            print(words_of(code), file=sys.stderr)
        elif PROPERTIES in arguments:
            Crash(program, called, arguments, code, folder).explain_property(note, arguments)
        else:
            Crash(program, called, arguments, code, folder).explain(note, "--plan" in arguments)
        return CRASH


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--compiler", default="c++")
    parser.add_argument("--program", type=pathlib.Path, help="one that is built already")
    parser.add_argument("arguments", nargs="*")
    options = parser.parse_args()
    if options.program:
        called = f"{sys.argv[0]} --program {shlex.quote(str(options.program))} --"
        return run(options.program.resolve(), called, options.arguments)
    build = Build(pathlib.Path(options.compiler).name, options.compiler,
                  ["-Dwerror=true", "-Dtests=enabled"])
    try:
        build.configure()
    except BuildFailed as failed:
        print(failed, file=sys.stderr)
        return 1
    broken = build.make(["tests/sim/sim"])
    if broken:
        print("\n".join(f"{name}:\n{text}" for name, text in broken.items()), file=sys.stderr)
        return 1
    return run(build.folder / "tests" / "sim" / "sim", "tests/run --sim", options.arguments)


if __name__ == "__main__":
    raise SystemExit(main())
