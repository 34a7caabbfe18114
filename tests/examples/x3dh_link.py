"""x3dh_link, an issuer and a holder with a connector between them, as processes that are killed: prints
`ok` or `FAILED` lines.

x3dh_link.py PROGRAM
"""

import os
import pathlib
import shutil
import signal
import stat
import subprocess
import sys

import started
from started import Checks, Program, expect, with_folder

PROGRAM = sys.argv[1]
os.environ["HANDFAST_PASSPHRASE"] = "correct horse battery staple"


class Meeting:
    """A connector, and the words that start an issuer and a holder in `folder`."""

    def __init__(self, folder: str, *more: str):
        self.folder = folder
        self.connector = Program(PROGRAM, "connector", "--port", "0", *more)
        self.port = self.connector.after("port ")
        self.invitation = ""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connector.__exit__(*_)

    def issuer(self, *more: str) -> Program:
        one = Program(PROGRAM, "issuer", "--store", f"{self.folder}/i", "--port", self.port,
                      "--connection", "connection 7", *more)
        self.invitation = one.until("invitation: ").removeprefix("invitation: ")
        return one

    def holder(self, *more: str) -> Program:
        return Program(PROGRAM, "holder", "--store", f"{self.folder}/h", "--port", self.port,
                       "--invitation", self.invitation, *more)


def kill(one: Program) -> None:
    one.send_signal(signal.SIGKILL)
    expect("how it ended", one.wait(), -signal.SIGKILL)


@with_folder
def talk(folder: str) -> None:
    with Meeting(folder) as meeting, meeting.issuer() as issuer, meeting.holder() as holder:
        prints = [one.until("fingerprint: ") for one in (issuer, holder)]
        expect("both fingerprints", prints[0], prints[1])
        for one in (issuer, holder):
            expect("its line", one.line(), "established")
        holder.say("Are you there?")
        expect("what is heard", issuer.line(), "heard, of whom nobody knows: Are you there?")
        issuer.say("/verify 00000000", "/verify " + prints[1].removeprefix("fingerprint: "))
        expect("another fingerprint", issuer.line(), "refused: unexpected_key")
        expect("the same", issuer.line(), "verified")
        holder.say("Is that better?")
        expect("what is heard", issuer.line(), "heard: Is that better?")
        issuer.say("It \x1b[31mis.")
        expect("what is heard", holder.line(), "heard: It \\x1b[31mis.")
        for one in (issuer, holder):
            one.say("/end")
            expect("its last line", one.line(), "over: in order")
            expect("its exit code", one.wait(), 0)
        expect("the connector's exit code", meeting.connector.end(), 0)
        said = [line for line in meeting.connector.lines if "there" in line or "better" in line]
        expect("what the connector has seen of it", said, [])
        for name in ("i", "h"):
            mode = stat.S_IMODE(os.stat(f"{folder}/{name}").st_mode)
            expect("who may read a store", oct(mode), oct(0o600))


@with_folder
def killed(folder: str) -> None:
    """Both are killed at moments that nobody chooses, while the other one speaks."""
    with Meeting(folder) as meeting:
        issuer, heard, number = meeting.issuer(), [], 0
        holder = meeting.holder()
        issuer.until("established")
        holder.until("established")
        for turn in range(8):
            issuer.say(*(f"line {number + i}" for i in range(20)))
            number += 20
            holder.until("heard: ")
            kill(holder)
            heard += [line for line in holder.lines if line.startswith("heard: ")]
            holder = meeting.holder()
            holder.until("goes on: Established")
            if turn % 2 == 1:  # what it has not said yet is lost
                kill(issuer)
                issuer = meeting.issuer()
                issuer.until("goes on: Established")
        issuer.say("the last line")
        holder.until("heard: the last line")
        holder.say("an answer")
        issuer.until("heard, of whom nobody knows: an answer")
        heard += [line for line in holder.lines if line.startswith("heard: ")]
        numbers = [int(line.split()[-1]) for line in heard if line != "heard: the last line"]
        expect("in order, and none twice", numbers, sorted(set(numbers)))
        refused = [line for line in issuer.lines + holder.lines if line.startswith("refused")]
        expect("what was refused", refused, [])
        for one in (issuer, holder):
            expect("its exit code", one.end(), 0)


@with_folder
def away(folder: str) -> None:
    with Meeting(folder) as meeting, meeting.issuer() as issuer, meeting.holder() as holder:
        issuer.until("established")
        holder.until("established")
        expect("the holder's exit code", holder.end(), 0)
        meeting.connector.until('misses the holder of "connection 7"')
        issuer.say("one", "two", "three")
        for _ in range(3):
            meeting.connector.until("stores ")
        with meeting.holder() as again:
            expect("its state", again.line(), "goes on: Established")
            for text in ("one", "two", "three"):
                expect("what is heard", again.line(), "heard: " + text)


def long_lines(count: int) -> list[str]:
    return [f"{i:4} " + "x" * 60_000 for i in range(count)]


@with_folder
def last_words(folder: str) -> None:
    """All that is said before the end of the input leaves, also where the connector is slow."""
    with Meeting(folder) as meeting, meeting.issuer() as issuer, meeting.holder() as holder:
        issuer.until("established")
        holder.until("established")
        meeting.connector.send_signal(signal.SIGSTOP)
        lines = long_lines(10)
        issuer.say(*lines)
        issuer.process.stdin.write("the last line, which has no end")
        issuer.process.stdin.close()
        try:
            code = issuer.process.wait(1)
            raise AssertionError(f"it has ended with {code}, and nobody has read what it said")
        except subprocess.TimeoutExpired:
            meeting.connector.send_signal(signal.SIGCONT)
        expect("its exit code", issuer.wait(), 0)
        for line in [*lines, "the last line, which has no end"]:
            expect("what is heard", holder.line(), "heard: " + line)


@with_folder
def slow(folder: str) -> None:
    """What is for who does not read is stored, and handed over when he does."""
    with Meeting(folder) as meeting, meeting.issuer() as issuer, meeting.holder() as holder:
        issuer.until("established")
        holder.until("established")
        holder.send_signal(signal.SIGSTOP)
        lines = long_lines(40)
        issuer.say(*lines)
        meeting.connector.until("stores ")
        holder.send_signal(signal.SIGCONT)
        for line in lines:
            expect("what is heard", holder.line(), "heard: " + line)


@with_folder
def bounded(folder: str) -> None:
    """The connector keeps 16 MiB for those who are away, and what comes then is lost."""
    with Meeting(folder) as meeting, meeting.issuer() as issuer, meeting.holder() as holder:
        issuer.until("established")
        holder.until("established")
        holder.end()
        meeting.connector.until('misses the holder of "connection 7"')
        lines = long_lines(300)
        issuer.say(*lines)
        expect("the issuer's exit code", issuer.end(), 0)
        meeting.connector.until('misses the issuer of "connection 7"')
        said = meeting.connector.lines
        stored = sum(line.startswith("stores 60") for line in said)
        dropped = sum(line.startswith("drops ") for line in said)
        expect("how many are stored or dropped", stored + dropped, 300)
        expect("how many are stored", stored, 16 * 2**20 // 60_100)
        with meeting.holder() as again:
            expect("its state", again.line(), "goes on: Established")
            for line in lines[:stored]:
                expect("what is heard", again.line(), "heard: " + line)


def refused(meeting: Meeting, wanted: str, *more: str) -> None:
    with meeting.holder(*more) as holder:
        expect("its exit code", holder.wait(), 1)
        expect("its words", holder.errors, ["x3dh_link: " + wanted])


@with_folder
def stores(folder: str) -> None:
    with Meeting(folder) as meeting, meeting.issuer() as issuer:
        with meeting.holder() as holder:
            holder.until("established")
            refused(meeting, f"{folder}/h is in use by another process")
            holder.end()
        store = pathlib.Path(folder, "h")
        early = store.read_bytes()
        store.write_bytes(early[:-1])
        refused(meeting, "store: truncated")
        store.write_bytes(early[:-1] + bytes([early[-1] ^ 1]))
        refused(meeting, "store: not_authentic")
        store.write_bytes(early)
        os.environ["HANDFAST_PASSPHRASE"] = "another one"
        try:
            refused(meeting, "store: not_authentic")
        finally:
            os.environ["HANDFAST_PASSPHRASE"] = "correct horse battery staple"
        with meeting.holder() as holder:
            holder.until("goes on: Established")
            issuer.say("later")
            holder.until("heard: later")
            holder.end()
        shutil.copy(store, f"{folder}/later")
        store.write_bytes(early)
        refused(meeting, "store: stale")
        with meeting.holder("--backup") as holder:
            expect("its state", holder.line(), "goes on: Established")
            holder.end()
        shutil.copy(f"{folder}/later", store)
        refused(meeting, "store: stale")


@with_folder
def replaced(folder: str) -> None:
    with Meeting(folder, "--mallory") as meeting, meeting.issuer() as issuer:
        with meeting.holder() as holder:
            expect("of her own bundle", holder.line(), "refused: unexpected_key")
            expect("of her pre-keys", holder.line(), "refused: not_authentic")
            # Then she leaves it as it is.
            issuer.until("established")
            holder.until("established")
            holder.say("Who reads this?")
            expect("what is heard", issuer.line(), "heard, of whom nobody knows: Who reads this?")
        expect("what she reads", [line for line in meeting.connector.lines if "reads" in line],
               ["reads nothing: unexpected_key"] + ["reads nothing: not_authentic"] * 2)


@with_folder
def between(folder: str) -> None:
    with Meeting(folder, "--mallory") as meeting, meeting.issuer() as issuer:
        with meeting.holder("--unpinned") as holder:
            prints = [one.until("fingerprint: ") for one in (issuer, holder)]
            assert prints[0] != prints[1], "the fingerprints are the same"
            holder.until("established")
            holder.say("Hello?", "/verify " + prints[0].removeprefix("fingerprint: "))
            for _ in range(2):
                expect("its line", holder.line(), "refused: unexpected_key")


def main() -> None:
    check = Checks("x3dh_link: ")
    check("issuer and holder talk, compare fingerprints, and end", talk)
    check("who is killed goes on, and nothing is heard twice", killed)
    check("who is away hears it later", away)
    check("what is said last leaves, and so does a line without an end", last_words)
    check("who does not read hears it later, and in order", slow)
    check("the connector keeps no more than it may", bounded)
    check("a store that is another's, changed, or an earlier one is told", stores)
    check("a bundle that was replaced is refused", replaced)
    check("who is between the two is told by the fingerprints", between)
    check.end()


main()
