"""Builds the tests, runs every kind of check and prints the closing lines; tests/run starts it."""

import argparse
import concurrent.futures
import os
import pathlib
import random
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree

import compile_fail
from build import SANITIZER_OPTIONS, TREE, Build, BuildFailed, run_text
from list_files import list_files
from report import Report

LONG_MAX = 4_000_000_000  # seconds: above what --long takes, and far below what clocks count
SEED_MAX = 2**31 - 1
STORIES = "attacks: every attack ends as its row says*"  # the test case that can tell them
PAGES = "attacks: each run of a story is a page*"  # and the one that can write their pages


def number_from(name: str, most: int) -> int | None:
    """The number that the variable holds, None where it is not set; ends with 2 for another text."""
    given = os.environ.get(name, "")
    if not given:
        return None
    if re.fullmatch(r"[0-9]{1,20}", given) and int(given) <= most:
        return int(given)
    print(f"{name} takes a number from 0 to {most}, not \"{given}\"", file=sys.stderr)
    raise SystemExit(2)


PROGRAM_SECONDS = 900 + 2 * (number_from("HANDFAST_LONG", LONG_MAX) or 0)  # no check runs longer


def folder_of(name: str) -> str:
    return name.split("/")[0]


class Runner:
    def __init__(self, options: argparse.Namespace, report: Report):
        self.options = options
        self.report = report
        self.only = options.only
        name = pathlib.Path(options.compiler).name + ("-sanitize" if options.sanitize else "")
        settings = ["-Dwerror=true", "-Dtests=enabled"]
        settings += SANITIZER_OPTIONS if options.sanitize else []
        self.build = Build(name, options.compiler, settings)
        self.unbuilt: dict[str, str] = {}
        self.environment = dict(
            os.environ,
            CXX=options.compiler,
            HANDFAST_BUILD=str(self.build.folder),
            UBSAN_OPTIONS="print_stacktrace=1")

    def wanted(self, name: str) -> bool:
        return (not self.only or self.only in name) and not self.excepted(name)

    def excepted(self, name: str) -> bool:
        return any(text in name for text in self.options.without)

    # What there is to check, by kind.

    def test_programs(self) -> list[str]:
        """The folders whose test programs hold what is asked for."""
        found = list_files(TREE / "tests", ["*_test.cpp"])
        folders = sorted({folder_of(name) for name in found
                          if not self.excepted(f"program {folder_of(name)}_test")})
        if not self.only:
            return folders
        holding = {folder_of(name) for name in found
                   if self.only in (TREE / "tests" / name).read_text(encoding="utf-8")}
        return [f for f in folders if f in holding or self.wanted(f"program {f}_test")]

    def headers(self) -> list[str]:
        return [h for h in list_files(TREE / "include", ["*.hpp"]) if self.wanted(f"header: {h}")]

    def hello_examples(self) -> list[str]:
        found = list_files(TREE / "examples", ["hello_*.cpp", "readme.cpp"])
        names = (pathlib.Path(n).stem for n in found)
        return [name for name in names if self.wanted(f"example: {name}")]

    def scripts(self) -> list[tuple[str, pathlib.Path]]:
        """The scripts that print a line a check."""
        tests = TREE / "tests"
        found = [(path.parent.name, path) for path in sorted(tests.glob("*/run"))]
        found += [(f"interop: {path.parent.name}", path)
                  for path in sorted(tests.glob("interop/*/run"))]
        # The soak measures a process's memory, and takes minutes.
        is_long = number_from("HANDFAST_LONG", LONG_MAX) and not self.options.sanitize
        return [(name, path) for name, path in found
                if not self.excepted(f"script {name}")
                and ((is_long or name != "soak") if not self.only
                     else self.only in name or self.only.startswith(name))]

    # Building.

    def make(self) -> None:
        targets = [f"tests/{folder}_test" for folder in self.test_programs()]
        targets += [f"examples/{name}" for name in self.hello_examples()]
        if self.wanted("link: two translation units that include everything"):
            targets.append("tests/everything_linked")
        if self.headers():
            targets.append("tests/libheaders_alone.a")
        if (any(name.startswith("interop") for name, _ in self.scripts())
                and list_files(TREE / "tests" / "interop", ["*/*.cpp"])):
            targets.append("interop_programs")
        if any(name in ("sim", "your_protocol") for name, _ in self.scripts()):
            targets.append("sim_programs")
        if any(name == "model" for name, _ in self.scripts()) and shutil.which("spin"):
            targets.append("tests/model/model")
        if any(name == "fuzz_replay" for name, _ in self.scripts()):
            targets.append("fuzz_replay")
        # Scripts build what they start, one after the other; here it is built at once.
        names = {name.split(":")[0] for name, _ in self.scripts()}
        if not self.only and names & {"examples", "interop", "netem", "page", "spec"}:
            targets.append("examples")
        if not self.only and not self.options.without:
            targets = ["tests", "tests/libheaders_alone.a", "fuzz_replay", "examples"]
        if not targets:
            return
        self.unbuilt = self.build.make(targets)
        other = [f"{name}:\n{text}" for name, text in self.unbuilt.items()
                 if "libheaders_alone" not in name]
        if other:
            self.report.fail("build", "\n".join(other))

    def built(self, target: str) -> bool:
        """Whether the target is there and newer than its sources."""
        code, text = run_text(["ninja", "-C", str(self.build.folder), "-n", target])
        return code == 0 and "no work to do" in text

    # Checking.

    def check_header(self, header: str) -> None:
        name = f"header: {header}"
        mark = "header_" + re.sub(r"\W", "_", header) + ".cpp"
        text = next((text for output, text in self.unbuilt.items() if mark in output), None)
        if text is None and "ninja" in self.unbuilt:
            text = self.unbuilt["ninja"]
        if text is None:
            self.report.ok(name)
        else:
            self.report.fail(name, text)

    def check_program(self, name: str, target: str) -> None:
        """A program that passes when it ends well."""
        if not self.built(target):
            self.report.fail(name, "did not build")
            return
        try:
            code, text = run_text([str(self.build.folder / target)], env=self.environment,
                                  timeout=PROGRAM_SECONDS)
        except subprocess.TimeoutExpired:
            self.report.fail(name, f"still running after {PROGRAM_SECONDS} s")
            return
        if code:
            self.report.fail(name, f"exit code {code}\n{text}")
        else:
            self.report.ok(name)

    def check_cases(self, folder: str) -> None:
        """A Catch2 program: every test case counts."""
        target = f"tests/{folder}_test"
        name = f"program {folder}_test"
        if not self.built(target):
            self.report.fail(name, "did not build")
            return
        start = time.monotonic()
        with tempfile.TemporaryDirectory() as scratch:
            results = pathlib.Path(scratch) / "results.xml"
            command = [str(self.build.folder / target), "-r", "xml", "-o", str(results)]
            if self.only and not self.wanted(name):
                escaped = re.sub(r"([,\[\]\\\"*])", r"\\\1", self.only)
                command.append(f"*{escaped}*")
            code: int | str
            try:
                code, text = run_text(command, env=self.environment, timeout=PROGRAM_SECONDS)
            except subprocess.TimeoutExpired as expired:
                code, text = f"none: still running after {PROGRAM_SECONDS} s", str(expired.output)
            cases, complete, last = read_results(results)
        failed = 0
        for case, outcome, words in cases:
            if outcome == "ok":
                self.report.ok(case)
            elif outcome == "skipped":
                self.report.skip(case, words)
            else:
                failed += 1
                self.report.fail(case, words + (f"\nthe program printed:\n{text}" if text else ""))
        if not complete and not (self.only and not cases and code in (0, 2)):
            self.report.fail(name, f"ended early, in \"{last}\"; the cases after it did not run\n"
                                   f"exit code {code}\n{text}")
        elif code != 0 and failed == 0 and cases:
            self.report.fail(name, f"exit code {code}, though every test case passed\n{text}")
        print(f"{folder}: {len(cases)} test cases in {time.monotonic() - start:.1f} s", flush=True)

    def check_compile_fail(self, case: pathlib.Path, compiler: str, flags: list[str]) -> None:
        name = f"compile_fail: {case.stem} ({pathlib.Path(compiler).name})"
        if not self.wanted(name):
            return
        wrong = compile_fail.complaint(case, compiler, flags)
        if wrong:
            self.report.fail(name, wrong)
        else:
            self.report.ok(name)

    def compilers(self) -> list[str]:
        """The compiler of the build, and one of the other family."""
        own = self.options.compiler
        _, version = run_text([own, "--version"])
        other = "g++" if "clang" in version else "clang++-19"
        if shutil.which(other):
            return [own, other]
        name = f"compile_fail with {other}"
        if not self.only:
            self.report.skip(name, "not installed; tests/run --all installs it")
        return [own]

    def check_script(self, name: str, path: pathlib.Path) -> None:
        """A script that prints `ok CHECK`, `FAILED CHECK` or `skipped CHECK: reason`, and `note TEXT`
        for who runs it. What else it prints, before or after, says what went wrong."""
        try:
            code, text = run_text([str(path)], env=self.environment, timeout=PROGRAM_SECONDS)
        except subprocess.TimeoutExpired:
            self.report.fail(name, f"still running after {PROGRAM_SECONDS} s")
            return
        failed = seen = 0
        why = "\n".join(line for line in text.splitlines() if not line.startswith("ok "))
        for line in text.splitlines():
            word, _, rest = line.partition(" ")
            if word == "note":
                print(f"{name}: {rest}", flush=True)
            if word not in ("ok", "FAILED", "skipped") or not rest:
                continue
            seen += 1
            check, _, reason = rest.partition(": ") if word == "skipped" else (rest, "", "")
            full = f"{name}: {check}"
            if word == "ok":
                self.report.ok(full)
            elif word == "skipped":
                self.report.skip(full, reason)
            else:
                failed += 1
                self.report.fail(full, why)
        if (code and not failed) or not seen:
            self.report.fail(name, f"exit code {code}, {seen} checks\n{text}")
        print(f"{name}: {seen} checks", flush=True)

    def check(self) -> None:
        for header in self.headers():
            self.check_header(header)
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 2) as pool:
            jobs = [pool.submit(self.check_cases, folder) for folder in self.test_programs()]
            name = "link: two translation units that include everything"
            if self.wanted(name):
                jobs.append(pool.submit(self.check_program, name, "tests/everything_linked"))
            for example in self.hello_examples():
                jobs.append(pool.submit(self.check_program, f"example: {example}",
                                        f"examples/{example}"))
            for name, path in self.scripts():
                jobs.append(pool.submit(self.check_script, name, path))
            cases = [case for case in sorted(compile_fail.FOLDER.glob("*.cpp"))
                     if not self.excepted("compile_fail")]
            if cases:
                flags = compile_fail.flags()
                for compiler in self.compilers():
                    for case in cases:
                        jobs.append(pool.submit(self.check_compile_fail, case, compiler, flags))
            for job in concurrent.futures.as_completed(jobs):
                job.result()


def read_results(path: pathlib.Path) -> tuple[list[tuple[str, str, str]], bool, str]:
    """Catch2's XML: (case, outcome, words) of each; whether it is whole; the last case begun."""
    cases: list[tuple[str, str, str]] = []
    last = "none"
    try:
        for event, element in ElementTree.iterparse(path, events=("start", "end")):
            if element.tag != "TestCase":
                continue
            last = element.get("name", "")
            if event == "end":
                cases.append((last, *outcome_of(element)))
    except (ElementTree.ParseError, FileNotFoundError):
        return cases, False, last
    return cases, True, last


def outcome_of(case: ElementTree.Element) -> tuple[str, str]:
    result = case.find("OverallResult")
    if result is None:
        return "failed", "no result"
    if result.get("success") == "true":
        for warning in case.iter("Warning"):
            words = (warning.text or "").strip()
            if words.startswith("skipped: "):
                return "skipped", words.removeprefix("skipped: ")
        if int(result.get("skips", "0")):
            return "skipped", " ".join((s.text or "").strip() for s in case.iter("Skip"))
        return "ok", ""
    return "failed", "\n".join(words_of(case, []))


def words_of(element: ElementTree.Element, sections: list[str]) -> list[str]:
    """What failed inside, with the sections that it stands in."""
    words: list[str] = []
    info: list[str] = []
    for child in element:
        place = f"{child.get('filename')}:{child.get('line')}"
        text = (child.text or "").strip()
        if child.tag == "Section":
            words += words_of(child, [*sections, child.get("name", "")])
            continue
        if child.tag in ("Info", "Warning"):
            info.append(f"  with {text}")
            continue
        if child.tag == "Expression" and child.get("success") != "true":
            words += [f"{place}: {' / '.join(sections)}".rstrip(": "), *info,
                      f"  {child.get('type')}( {(child.findtext('Original') or '').strip()} )",
                      f"  was {(child.findtext('Expanded') or '').strip()}"]
            words += [f"  threw {(e.text or '').strip()}" for e in child.iter("Exception")]
        elif child.tag in ("Exception", "Failure", "FatalErrorCondition"):
            words += [f"{place}: {' / '.join(sections)}".rstrip(": "), *info,
                      f"  {child.tag}: {text}"]
        elif child.tag in ("StdOut", "StdErr") and text:
            words += [f"{child.tag}:", text]
        info = []
    return words


def run_benchmarks(options: argparse.Namespace, report: Report) -> None:
    """Every benchmark program; one that finds a limit broken ends with an exit code."""
    build = Build(pathlib.Path(options.compiler).name + "-bench", options.compiler,
                  ["-Dtests=enabled", "-Dbenchmarks=enabled", "-Doptimization=2",
                   "-Db_ndebug=true"])
    names = [n for n in list_files(TREE / "tests" / "bench", ["*_bench.cpp"])
             if options.only in n]
    if not names:
        return
    build.configure()
    failed = build.make(["benchmarks"])
    if failed:
        report.fail("build", "\n".join(f"{name}:\n{text}" for name, text in failed.items()))
        return
    for name in names:
        program = re.sub(r"\W", "_", name.removesuffix(".cpp"))
        print(f"{name}:", flush=True)
        code = subprocess.run([str(build.folder / "tests" / "bench" / program)],
                              stdin=subprocess.DEVNULL, check=False).returncode
        if code:
            report.fail(name, f"exit code {code}; the program's lines are above")
        else:
            report.ok(name)


def tell_attacks(options: argparse.Namespace, report: Report) -> None:
    """Has the gallery's program tell the stories that were asked for, and check how they end."""
    runner = Runner(options, report)
    runner.build.configure()
    failed = runner.build.make(["tests/attacks_test"])
    if failed:
        report.fail("build", "\n".join(f"{name}:\n{text}" for name, text in failed.items()))
        return
    with tempfile.NamedTemporaryFile("r", errors="replace") as findings:
        code = subprocess.run(
            [str(runner.build.folder / "tests" / "attacks_test"),
             f"{STORIES},{PAGES}" if options.html else STORIES, "-o", findings.name],
            env=dict(runner.environment, HANDFAST_ATTACKS=options.attacks,
                     **({"HANDFAST_PAGES": options.html} if options.html else {})),
            stdin=subprocess.DEVNULL, check=False).returncode
        if code:
            report.fail("the stories of the attacks", f"exit code {code}\n{findings.read()}")
        else:
            report.ok("the stories of the attacks")


def try_mutants(options: argparse.Namespace, report: Report) -> None:
    """Has the program of mutants try those that were asked for; it says itself what is wrong."""
    runner = Runner(options, report)
    runner.build.configure()
    failed = runner.build.make([f"tests/mutants/mutants{name}"
                                for name in ("", "_erasure", "_properties")])
    if failed:
        report.fail("build", "\n".join(f"{name}:\n{text}" for name, text in failed.items()))
        return
    start = time.monotonic()
    command = [str(runner.build.folder / "tests" / "mutants" / "mutants")]
    command += [options.mutants] if options.mutants else []
    command += ["--first"] if options.first else []
    code = subprocess.run(command, env=runner.environment, stdin=subprocess.DEVNULL,
                          check=False).returncode
    print(f"mutants: {time.monotonic() - start:.0f} s", flush=True)
    if code:
        report.fail("every mutant is noticed or explained",
                    f"exit code {code}; the program's lines are above")
    else:
        report.ok("every mutant is noticed or explained")


def set_seeds() -> str:
    """Gives the random tests their seeds, unless they were given, and prints them; the words that
    give them again, and the time if one was given."""
    drawn = random.SystemRandom().randint(1, SEED_MAX)
    given = os.environ.get("RC_PARAMS", "")
    if "seed=" not in given:
        os.environ["RC_PARAMS"] = f"{given} seed={drawn}".strip()
    if number_from("HANDFAST_SEED", 2**64 - 1) is None:
        os.environ["HANDFAST_SEED"] = str(drawn)
    words = " ".join(f"{name}={shlex.quote(os.environ[name])}"
                     for name in ("RC_PARAMS", "HANDFAST_SEED", "HANDFAST_LONG")
                     if os.environ.get(name))
    print(f"random tests: {words}", flush=True)
    return words


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--compiler", default="c++")
    parser.add_argument("--sanitize", action="store_true")
    parser.add_argument("--no-skips", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--without", action="append", default=[])
    parser.add_argument("--bench", action="store_true")
    parser.add_argument("--attacks", metavar="NAME")
    parser.add_argument("--html", metavar="FOLDER")
    parser.add_argument("--mutants", metavar="TEXT")
    parser.add_argument("--first", action="store_true")
    options = parser.parse_args()
    if options.first and options.mutants is None:
        parser.error("--first is for --mutants")

    command = f"{set_seeds()} tests/run"
    if options.compiler != "c++":
        command += f" --compiler {shlex.quote(options.compiler)}"
    command += " --sanitize" if options.sanitize else ""
    command += " --bench" if options.bench else ""
    if options.attacks is not None:
        command += f" --attacks {shlex.quote(options.attacks)}"
        command += f" --html {shlex.quote(options.html)}" if options.html else ""
    if options.mutants is not None:
        command += f" --mutants {shlex.quote(options.mutants)}"
        command += " --first" if options.first else ""
    report = Report(command)
    try:
        if options.bench:
            run_benchmarks(options, report)
        elif options.attacks is not None:
            tell_attacks(options, report)
        elif options.mutants is not None:
            try_mutants(options, report)
        else:
            runner = Runner(options, report)
            runner.build.configure()
            runner.make()
            runner.check()
    except BuildFailed as failed:
        report.fail("configuration of the build", str(failed))
    return report.close(options.no_skips)


if __name__ == "__main__":
    raise SystemExit(main())
