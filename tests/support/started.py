"""Programs that checks start, and the lines that they print; none outlives its check. And how a check
is told: `ok NAME`, or what went wrong and `FAILED NAME`."""

import functools
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback

PATIENCE = 20  # seconds, for whatever is waited for


def expect(what: str, seen, wanted) -> None:
    if seen != wanted:
        raise AssertionError(f"{what}: {seen!r} instead of {wanted!r}")


def with_folder(check):
    """A check that is given a folder of its own first."""
    @functools.wraps(check)
    def run(*arguments):
        with tempfile.TemporaryDirectory() as folder:
            check(folder, *arguments)
    return run


class Checks:
    """Runs checks, each a function, whose names begin with `prefix`."""

    def __init__(self, prefix: str = ""):
        self.prefix = prefix
        self.failed = False

    def __call__(self, name: str, body, *arguments) -> None:
        try:
            body(*arguments)
            print(f"ok {self.prefix}{name}", flush=True)
        except Exception:
            self.failed = True
            traceback.print_exc(file=sys.stdout)
            print(f"FAILED {self.prefix}{name}", flush=True)

    def end(self) -> None:
        sys.exit(1 if self.failed else 0)


class Program:
    """A program, started; its lines come one by one, or all of them when it has ended."""

    def __init__(self, *words: str, stdin=subprocess.PIPE, cwd=None):
        self.process = subprocess.Popen(words, stdin=stdin, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True, cwd=cwd)
        self.waiting: queue.Queue[str | None] = queue.Queue()
        self.lines: list[str] = []  # all, as they came
        self.errors: list[str] = []
        self.threads = [threading.Thread(target=read, daemon=True)
                        for read in (self.read, self.read_errors)]
        for thread in self.threads:
            thread.start()

    def read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
            self.waiting.put(self.lines[-1])
        self.waiting.put(None)

    def read_errors(self) -> None:
        assert self.process.stderr
        for line in self.process.stderr:
            self.errors.append(line.rstrip("\n"))

    def line(self, seconds: float = PATIENCE) -> str:
        """The next line."""
        try:
            line = self.waiting.get(timeout=seconds)
        except queue.Empty:
            raise AssertionError(f"no line after {self.lines[-3:]}, {self.errors[-3:]}") from None
        if line is None:
            raise AssertionError(f"it has ended after {self.lines[-3:]}, {self.errors[-3:]}")
        return line

    def until(self, part: str, seconds: float = PATIENCE) -> str:
        """The next line with that in it; others may come before it."""
        end = time.monotonic() + seconds
        while part not in (line := self.line(max(0, end - time.monotonic()))):
            pass
        return line

    def after(self, beginning: str) -> str:
        """What the next line has behind that beginning."""
        line = self.line()
        expect("a line's beginning", line[:len(beginning)], beginning)
        return line[len(beginning):]

    def say(self, *lines: str) -> None:
        assert self.process.stdin
        for line in lines:
            self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def send_signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def wait(self, seconds: float = PATIENCE) -> int:
        """Its exit code; then all it has printed is in `lines` and `errors`."""
        code = self.process.wait(seconds)
        for thread in self.threads:
            thread.join(seconds)
        return code

    def end(self) -> int:
        """Its input ends; its exit code."""
        assert self.process.stdin
        self.process.stdin.close()
        return self.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_) -> None:
        self.process.kill()
        self.process.wait()
        for thread in self.threads:
            thread.join()
