"""What the runners share: counting checks and printing what failed."""

import threading

AT_ONCE = 25  # lines of a failure that are shown where it happens; `close` shows all of it


class Report:
    """The outcome of every check; may be told from several threads."""

    def __init__(self, command: str):
        self.command = command  # how the runner was started, to tell how to run one check again
        self.passed = 0
        self.failures: list[tuple[str, str]] = []
        self.skips: list[tuple[str, str]] = []
        self.lock = threading.Lock()

    def ok(self, name: str) -> None:
        with self.lock:
            self.passed += 1

    def fail(self, name: str, text: str) -> None:
        with self.lock:
            self.failures.append((name, text))
            print(f"FAILED {name}", flush=True)
            # Now, and not only at the end: a run that is cut off has said what was wrong.
            for line in text.rstrip().splitlines()[:AT_ONCE]:
                print(f"  | {line[:300]}", flush=True)

    def skip(self, name: str, reason: str) -> None:
        with self.lock:
            self.skips.append((name, reason))
            print(f"skipped {name}: {reason}", flush=True)

    def close(self, no_skips: bool = False) -> int:
        """Prints every failure and the two closing lines; the exit code."""
        for name, text in self.failures:
            print(f"\n==== FAILED {name}\n{text.rstrip()}")
            again = name.replace("'", "'\\''")
            print(f"---- again: {self.command} --only '{again}'")
        failed = len(self.failures)
        if no_skips:
            failed += len(self.skips)
        if self.passed + failed == 0:
            print("\nNothing ran.")
        names = "; ".join(name for name, _ in self.skips)
        print()
        print(f"{len(self.skips)} skipped" + (f": {names}" if names else ""))
        print(f"{self.passed} passed, {failed} failed", flush=True)
        return 1 if failed or not self.passed else 0
