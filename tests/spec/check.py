#!/usr/bin/env python3
"""What examples/spec and examples/transcript print: every diagram is read by the tool that draws it,
every byte of every page has an owner, and the README shows what is printed.

check.py FOLDER [--write]: FOLDER has the programs; --write gives the README what they print now.
"""

import html.parser
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

TREE = pathlib.Path(__file__).resolve().parents[2]
README = TREE / "README.md"
PROGRAMS = pathlib.Path(sys.argv[1])
FORMS = {"mermaid": ".mmd", "dot": ".dot", "plantuml": ".puml", "matrix": ".md"}
# What says beside its tables and layouts what a model needs.
MODELLED = [["registration", "--profile", "hardened"], ["registration", "--profile", "compat"],
            ["registration-peers"],
            ["rehandshake", "--profile", "hardened"], ["rehandshake", "--profile", "compat"],
            ["stdio", "--profile", "hardened"], ["stdio", "--profile", "compat"],
            ["udp", "--profile", "hardened"], ["udp", "--profile", "compat"],
            ["x3dh", "--profile", "hardened"], ["x3dh", "--profile", "counter"],
            ["x3dh", "--profile", "documented"]]
FORMS_SHOWN = {"--mermaid", "--dot", "--plantuml", "--matrix", "--promela", "--sequence"}
ATTACKS = ["replay", "reflect", "lose", "flip", "truncate"]
# A comment that says what is shown, and behind it a block or a table.
SHOWN = re.compile(r"<!-- examples/(?P<command>(spec|transcript)[^\n]*?) -->\n"
                   r"(?P<body>```[a-z]*\n.*?```\n|(\|[^\n]*\n)+)", re.S)

failed = 0


def tell(name: str, wrong: str) -> None:
    """`ok NAME`, or what is wrong and `FAILED NAME`."""
    global failed
    print(f"{wrong}\nFAILED {name}" if wrong else f"ok {name}", flush=True)
    failed += bool(wrong)


def run(program: str, *arguments: str) -> tuple[int, str]:
    done = subprocess.run([str(PROGRAMS / program), *arguments], capture_output=True, text=True,
                          check=False)
    return done.returncode, done.stdout + done.stderr


def offered(program: str) -> list[tuple[list[str], list[str]]]:
    """The protocols that a program's help lists, as arguments, and the roles of each."""
    found = re.findall(r"^  ([a-z][\w-]*(?: --profile \w+)?)(?:: (\w+), (\w+))?$", run(program)[1],
                       re.M)
    return [(name.split(), roles) for name, *roles in found]


# Diagrams.

def draw(folder: pathlib.Path) -> list[str]:
    """Writes every diagram there is into `folder`; what went wrong."""
    wrong = []
    for arguments, roles in offered("spec"):
        for form, suffix in FORMS.items():
            for role in [[], *([role] for role in sorted(set(roles)))]:
                code, text = run("spec", *arguments, *role, f"--{form}")
                if code or not text.strip():
                    wrong.append(f"{arguments} {role} --{form} ends with {code}: {text[:200]}")
                name = "_".join(arguments + role).replace("--", "")
                (folder / (name + suffix)).write_text(text, encoding="utf-8")
    for profile in MODELLED:
        code, text = run("spec", *profile, "--promela")
        if code or "proctype" not in text:
            wrong.append(f"{profile} --promela ends with {code}: {text[:200]}")
        (folder / ("_".join(profile).replace("--", "") + ".pml")).write_text(text, encoding="utf-8")
    for arguments, _ in offered("transcript"):
        for attack in [[], ["--attack", "flip", "--frame", "2"]]:
            for form in ("mermaid", "plantuml"):
                code, text = run("transcript", *arguments, *attack, f"--{form}")
                if code:
                    wrong.append(f"{arguments} {attack} --{form} ends with {code}: {text[:200]}")
                name = "_".join(["run", *arguments, *attack]).replace("--", "")
                (folder / (name + FORMS[form])).write_text(text, encoding="utf-8")
    return wrong


def check_unmodelled() -> None:
    """What has no model says so; what has one is not of one role."""
    wrong = []
    for arguments, (role, _) in offered("spec"):
        uses = [(arguments + [role], "A model is of both roles")]
        if [arguments[0], *arguments[1:]] not in MODELLED:
            uses.append((arguments, f"There is no model of {' '.join(arguments)}: "))
        for use, said in uses:
            done = subprocess.run([str(PROGRAMS / "spec"), *use, "--promela"], capture_output=True,
                                  text=True, check=False)
            if done.returncode != 2 or done.stdout or not done.stderr.startswith(said):
                wrong.append(f"{use} ends with {done.returncode}: {done.stdout}{done.stderr}")
    tell("a protocol without a model says that there is none, and ends with 2", "\n".join(wrong))


def read_dot(files: list[pathlib.Path]) -> list[str]:
    wrong = []
    for file in files:
        done = subprocess.run(["dot", "-Tsvg", str(file)], capture_output=True, text=True,
                              check=False)
        if done.returncode or done.stderr or "<svg" not in done.stdout:
            wrong.append(f"{file.name}: {done.stderr}")
    return wrong


def read_plantuml(files: list[pathlib.Path]) -> list[str]:
    text = "".join(file.read_text(encoding="utf-8") for file in files)
    done = subprocess.run(["plantuml", "-syntax"], input=text, capture_output=True, text=True,
                          check=False, env={**os.environ, "JAVA_TOOL_OPTIONS": ""})
    kinds = re.findall(r"^(STATE|SEQUENCE|ERROR)$", done.stdout, re.M)
    if len(kinds) == len(files) and "ERROR" not in kinds:
        return []
    if len(files) == 1:
        return [f"{files[0].name}: {done.stdout}{done.stderr}"]
    return [line for file in files for line in read_plantuml([file])] or [done.stdout]


def read_mermaid(files: list[pathlib.Path]) -> list[str]:
    script = pathlib.Path(__file__).with_name("mermaid.mjs")
    done = subprocess.run(["node", str(script), *map(str, files)], capture_output=True, text=True,
                          check=False)
    lines = done.stdout.splitlines()
    wrong = [line for line in lines if not line.startswith("ok ")]
    return wrong if len(lines) == len(files) else [*wrong, done.stderr]


def read_spin(files: list[pathlib.Path]) -> list[str]:
    wrong = []
    for file in files:
        done = subprocess.run(["spin", "-a", file.name], cwd=file.parent, capture_output=True,
                              text=True, check=False)
        if done.returncode or "error" in done.stdout.lower():
            wrong.append(f"{file.name}: {done.stdout}{done.stderr}")
    return wrong


READERS = [("Graphviz", "dot", ".dot", read_dot, "digraph {\n  a -> ;\n}\n"),
           ("PlantUML", "plantuml", ".puml", read_plantuml, "@startuml\nA -> : \n)(\n@enduml\n"),
           ("Mermaid", "node", ".mmd", read_mermaid, "sequenceDiagram\n    A->>\n"),
           ("SPIN", "spin", ".pml", read_spin, "init { assert(; }\n")]


def check_diagrams(folder: pathlib.Path) -> None:
    tell("every protocol is printed in every form", "\n".join(draw(folder)))
    for name, tool, suffix, read, broken in READERS:
        if not shutil.which(tool) or (tool == "node" and not os.environ.get("HANDFAST_MODULES")):
            print(f"skipped {name} reads every diagram: no {name} here; tests/run --all installs it")
            continue
        files = sorted(folder.glob("*" + suffix))
        tell(f"{name} reads every diagram", "\n".join(read(files)) if files else "there is none")
        bad = folder / ("broken" + suffix)
        bad.write_text(broken, encoding="utf-8")
        wrong = read([*files[:1], bad])  # beside one that is read: a tool that is not there reads none
        tell(f"{name} does not read what is none",
             "" if len(wrong) == 1 and bad.name in wrong[0] else f"{broken}\n{wrong}")
        bad.unlink()
    widths = {}
    for file in folder.glob("*.md"):
        for table in file.read_text(encoding="utf-8").split("\n\n"):
            cells = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}
            if len(cells) != 1:
                widths[file.name] = cells
    tell("every line of a matrix has as many cells as its head", str(widths or ""))


# Transcripts.

class Page(html.parser.HTMLParser):
    """Holds a page to be whole: each frame's fields own as many bytes as its heading says."""

    VOID = {"meta"}

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.text, self.headings, self.sizes = "", [], []
        self.cells: list[str] = []

    def handle_starttag(self, tag, attrs):
        if tag not in self.VOID:
            self.open.append(tag)
        if tag in ("script", "link", "img", "iframe") or any(k in ("src", "href") for k, _ in attrs):
            self.wrong.append(f"<{tag}> needs something else")
        if tag == "span" and not dict(attrs).get("title"):
            self.wrong.append("bytes without a label")
        if tag == "tr":
            self.cells = []
        self.text = ""

    def handle_data(self, data):
        self.text += data

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> ends nothing")
        if tag == "h2":
            self.headings.append(int(re.search(r"(\d+) bytes", self.text)[1]))
            self.sizes.append(0)
        if tag == "td":
            self.cells.append(self.text)
        if tag == "tr" and len(self.cells) == 4:
            self.sizes[-1] += int(self.cells[2])


def check_transcripts(folder: pathlib.Path) -> None:
    for arguments, _ in offered("transcript"):
        name = " ".join(arguments)
        page = folder / "page.html"
        code, text = run("transcript", *arguments, "--html", str(page))
        wrong = [text] if code or "; refuses it" in text else []
        parser = Page()
        parser.feed(page.read_text(encoding="utf-8"))
        wrong += parser.wrong + parser.open
        if parser.headings != parser.sizes or not parser.headings:
            wrong.append(f"{parser.headings} bytes, owned are {parser.sizes}")
        tell(f"{name}: every byte of every frame has an owner, on a page that needs nothing else",
             "\n".join(wrong))
        again, other = run("transcript", *arguments), run("transcript", *arguments, "--seed", "2")
        tell(f"{name}: a seed gives one page, another seed another",
             "" if again == (0, text) and other[0] == 0 and other[1] != text else again[1])
        wrong = []
        for attack in ATTACKS:
            for frame in range(1, len(parser.headings) + 1):
                code, text = run("transcript", *arguments, "--attack", attack, "--frame", str(frame))
                if code:
                    wrong.append(f"{attack} frame {frame} ends with {code}: {text[-300:]}")
        tell(f"{name}: whatever is done to a frame is told", "\n".join(wrong))
    code, text = run("transcript", "x3dh", "--profile", "counter")
    tell("what was sealed is shown as it was opened, with what its sender filled in last",
         "" if code == 0 and text.count("highest     3, a number that only rises") == 2 else text)
    tell("a use that means nothing is refused",
         "" if run("transcript", "nothing")[0] == run("spec", "nothing")[0] == 2 else "it was not")


# The README.

def check_readme() -> None:
    page = README.read_text(encoding="utf-8")
    forms, new_page, end = set(), "", 0
    for block in SHOWN.finditer(page):
        program, *arguments = block["command"].split()
        code, text = run(program, *arguments)
        fence = re.match(r"```[a-z]*\n", block["body"])
        shown = f"{fence[0]}{text}```\n" if fence else text
        forms.add(next((one for one in arguments if one in FORMS_SHOWN), program))
        new_page += page[end:block.start("body")] + shown
        end = block.end("body")
        if sys.argv[2:] != ["--write"]:
            tell(f"the README shows what examples/{block['command']} prints",
                 "" if code == 0 and shown == block["body"] else shown)
    if sys.argv[2:] == ["--write"]:
        README.write_text(new_page + page[end:], encoding="utf-8")
    tell("the README shows one of each",
         "" if forms >= {*FORMS_SHOWN, "transcript"} else f"it has {sorted(forms)}")


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        check_diagrams(pathlib.Path(folder))
        check_transcripts(pathlib.Path(folder))
    check_unmodelled()
    check_readme()
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
