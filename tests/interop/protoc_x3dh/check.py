"""Decodes and encodes the frozen frames of x3dh with protoc.

Usage: python3 check.py PROTO VECTORS...
"""

import json
import pathlib
import re
import subprocess
import sys

PATIENCE = 30  # seconds


def protoc(proto: pathlib.Path, what: str, message: str, given: bytes) -> bytes:
    ran = subprocess.run(["protoc", f"--{what}=handfast.x3dh.{message}", f"--proto_path={proto.parent}", proto.name],
                         input=given, capture_output=True, timeout=PATIENCE, check=False)
    if ran.returncode != 0:
        raise ValueError(f"protoc cannot {what} a {message}: {ran.stderr.decode(errors='replace').strip()}")
    return ran.stdout


def problem_with(proto: pathlib.Path, message: str, frame: bytes) -> str:
    """What is wrong with a frame, or nothing."""
    try:
        text = protoc(proto, "decode", message, frame)
        unknown = re.findall(rb"^\s*\d+[ :].*", text, re.MULTILINE)  # of unknown fields it has the number only
        if unknown:
            return f"{message} has a field that the .proto does not: {unknown[0].decode(errors='replace')}"
        written = protoc(proto, "encode", message, text)
    except ValueError as error:
        return str(error)
    return "" if written == frame else f"{message}: {frame.hex()} is written as {written.hex()}"


def main() -> int:
    proto, *vectors = (pathlib.Path(path).resolve() for path in sys.argv[1:])
    frames: dict[str, list[bytes]] = {"Bundle": [], "Initial": [], "EncryptedMessage": []}
    runs = [run for path in vectors for run in json.loads(path.read_text(encoding="utf-8"))["runs"]]
    for run in runs:
        frames["Bundle"].append(bytes.fromhex(run["bundle"]))
        for one in run["messages"]:
            frames["Initial" if one["with_keys"] else "EncryptedMessage"].append(bytes.fromhex(one["frame"]))
    status = 0
    for message, all_of_it in frames.items():
        problems = [text for text in (problem_with(proto, message, frame) for frame in all_of_it) if text]
        if not all_of_it:
            problems = ["there is none"]
        name = f"protobuf: protoc reads and writes {message} as we do"
        print(f"FAILED {name}\n  {problems[0]}" if problems else f"ok {name}")
        status = status or int(bool(problems))
    return status


if __name__ == "__main__":
    sys.exit(main())
