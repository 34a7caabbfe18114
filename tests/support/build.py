"""Configures a build folder with meson and builds targets in it."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

from list_files import list_files

TREE = pathlib.Path(__file__).resolve().parents[2]
SOURCES = ("include", "tests", "examples", "fuzz")
SANITIZERS = "-fsanitize=address,undefined"
SANITIZER_OPTIONS = [
    f"-Dcpp_args={SANITIZERS} -fno-sanitize-recover=all -fno-omit-frame-pointer -g1",
    f"-Dcpp_link_args={SANITIZERS}",
]


# What compilers say, or their drivers, where the machine had no memory for them.
KILLED = re.compile(r"Killed|signal terminated program|cannot allocate memory|out of memory",
                    re.IGNORECASE)
JOB_BYTES = 2 << 30  # what the largest compilation takes, and a little more


def job_count() -> int:
    """How many compilations fit on this machine at once: a processor and memory for each."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return max(1, min(os.cpu_count() or 2, memory // JOB_BYTES))


class BuildFailed(Exception):
    """The folder could not be configured; the text is meson's."""


def run_text(command: list[str], **options) -> tuple[int, str]:
    """Runs the command; its exit code and all that it printed."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace", check=False,
                          **options)
    return done.returncode, done.stdout


class Build:
    def __init__(self, name: str, compiler: str, options: list[str]):
        self.folder = TREE / ".build" / name
        self.compiler = compiler
        self.options = options
        self.environment = dict(os.environ, LC_ALL="C.UTF-8")
        ccache = shutil.which("ccache")
        if ccache:
            self.environment |= {"CCACHE_BASEDIR": str(TREE), "CCACHE_NOHASHDIR": "1"}
        # meson finds ccache by itself only where no compiler is named.
        self.environment["CXX"] = f"ccache {compiler}" if ccache else compiler

    def configure(self) -> None:
        """Configures the folder, again if files have come or gone or the options have changed."""
        names = [f"{f}/{n}" for f in SOURCES
                 for n in list_files(TREE / f, ["*.hpp", "*.cpp", "meson.build"])]
        state = "\n".join([self.environment["CXX"], *self.options, *names])
        noted = self.folder / "configured.txt"
        if noted.is_file() and noted.read_text(encoding="utf-8") == state:
            return
        start = time.monotonic()
        command = ["meson", "setup", *self.options, str(self.folder), str(TREE)]
        if noted.is_file():
            shutil.rmtree(self.folder)
        code, text = run_text(command, env=self.environment)
        if code:
            raise BuildFailed(text)
        noted.write_text(state, encoding="utf-8")
        print(f"configured {self.folder} with {self.compiler}"
              f" in {time.monotonic() - start:.0f} s", flush=True)

    def make(self, targets: list[str]) -> dict[str, str]:
        """Builds the targets as far as it goes; what the failed ones printed, by output file."""
        start = time.monotonic()
        failed = self.run_ninja(targets, job_count())
        if any(KILLED.search(text) for text in failed.values()):
            print("a compiler was killed: what is missing is built alone", flush=True)
            failed = self.run_ninja(targets, 1)
        print(f"built {' '.join(targets)} in {time.monotonic() - start:.0f} s", flush=True)
        return failed

    def run_ninja(self, targets: list[str], jobs: int) -> dict[str, str]:
        command = ["ninja", "-C", str(self.folder), "-k", "0", "-j", str(jobs), *targets]
        lines: list[str] = []
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors="replace",
                              env=self.environment) as ninja:
            assert ninja.stdout
            for line in ninja.stdout:
                lines.append(line.rstrip("\n"))
                if sys.stdout.isatty() and line.startswith("["):
                    print(f"\r\033[K{line.rstrip()[:100]}", end="", flush=True)
        if sys.stdout.isatty():
            print("\r\033[K", end="")
        failed = self.failures_in(lines)
        if ninja.returncode and not failed:
            failed["ninja"] = "\n".join(lines[-50:])
        return failed

    @staticmethod
    def failures_in(lines: list[str]) -> dict[str, str]:
        failed: dict[str, str] = {}
        name = ""
        for line in lines:
            if line.startswith("FAILED: "):
                name = line.removeprefix("FAILED: ").split()[0]
                failed[name] = ""
            elif re.match(r"\[\d+/\d+\]|ninja: ", line):
                name = ""
            elif name:
                failed[name] += line + "\n"
        return failed


def main() -> int:
    """build.py FOLDER TARGET,TARGET... OPTION...: for examples/run."""
    build = Build(sys.argv[1], "c++", sys.argv[3:])
    try:
        build.configure()
    except BuildFailed as failed:
        print(failed)
        return 1
    broken = build.make(sys.argv[2].split(","))
    for name, text in broken.items():
        print(f"==== FAILED {name}\n{text}")
    return 1 if broken else 0


if __name__ == "__main__":
    raise SystemExit(main())
