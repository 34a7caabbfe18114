"""rehandshake_link, seen by programs that share nothing with it: OpenSSL's command line, and the
parser of Prometheus' own client for Python. Prints `ok` or `FAILED` lines.

stranger.py PROGRAM
"""

import contextlib
import functools
import re
import subprocess
import sys
import tempfile
import urllib.request

from prometheus_client.parser import text_string_to_metric_families

import prometheus
import started
from started import Checks, expect

Program = functools.partial(started.Program, sys.argv[1])


def openssl(*words: str, given: bytes = b"") -> subprocess.CompletedProcess:
    return subprocess.run(("openssl", *words), input=given, capture_output=True,
                          timeout=started.PATIENCE, check=False)


def digest_of(certificate: bytes) -> str:
    """The SHA-256 of a certificate, PEM, as OpenSSL computes it: of its DER, and as its fingerprint."""
    der = openssl("x509", "-outform", "der", given=certificate)
    expect("openssl x509", der.returncode, 0)
    line = openssl("dgst", "-sha256", given=der.stdout).stdout.decode()
    digest = line.strip().rsplit(" ", 1)[1]
    print_of = openssl("x509", "-noout", "-fingerprint", "-sha256", given=certificate).stdout.decode()
    expect("its fingerprint", print_of.strip().split("=")[1].replace(":", "").lower(), digest)
    return digest


def shown_by(at: str, *more: str) -> tuple[bytes, str]:
    """The certificate that whoever listens there shows, and what OpenSSL says of the connection."""
    seen = openssl("s_client", "-connect", at, "-showcerts", *more)
    text = (seen.stdout + seen.stderr).decode(errors="replace")
    found = re.search("-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n", text, re.DOTALL)
    return (found[0].encode() if found else b""), text


@contextlib.contextmanager
def sides():
    """A relay, and a side that listens: where each does, the pins that they say, their files."""
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        with Program("keys", f"{folder}/a.session", f"{folder}/b.session") as keys:
            expect("its exit code", keys.wait(), 0)
        relay = stack.enter_context(Program("relay", "--identity", f"{folder}/r.pem",
                                            "--relay", "127.0.0.1:0"))
        relay_pin = relay.after("pin ")
        relay_at = relay.after("listening on ")
        side = stack.enter_context(
            Program("responder", "--session", f"{folder}/b.session", "--identity",
                    f"{folder}/b.pem", "--peer-pin", "11" * 32, "--direct", "127.0.0.1:0",
                    "--relay", relay_at, "--relay-pin", relay_pin, "--metrics", "127.0.0.1:0"))
        side_pin = side.after("pin ")
        metrics_at = side.after("metrics on ")
        yield {"relay": (relay_at, relay_pin, f"{folder}/r.pem"),
               "side": (side.after("listening on "), side_pin, f"{folder}/b.pem"),
               "metrics": metrics_at}


def pin_is_digest() -> None:
    with sides() as there:
        for who in ("relay", "side"):
            at, pin, path = there[who]
            with open(path, "rb") as file:
                expect(f"the {who}'s pin, of its file", pin, digest_of(file.read()))
            certificate, text = shown_by(at, "-tls1_3")
            expect(f"the {who}'s pin, of what it shows", digest_of(certificate), pin)
            expect("the version", "TLSv1.3" in text, True)


def only_tls_1_3() -> None:
    with sides() as there:
        for who in ("relay", "side"):
            certificate, text = shown_by(there[who][0], "-tls1_2")
            expect(f"what the {who} shows an older version", certificate, b"")
            expect("what it says", "alert protocol version" in text, True)


def needs_a_certificate() -> None:
    """A side takes nobody without one, nor with another than its peer's."""
    with sides() as there, tempfile.TemporaryDirectory() as folder:
        at = there["side"][0]
        for what, more in (("none", ()), ("another's", ("-cert", there["relay"][2], "-key",
                                                        there["relay"][2]))):
            # The client is done before it hears of it: it has to wait for an answer.
            with open(f"{folder}/request", "wb") as file:
                file.write(b"GET / HTTP/1.1\r\n\r\n")
            seen = subprocess.run(
                ("openssl", "s_client", "-connect", at, "-tls1_3", "-ign_eof", *more),
                stdin=open(f"{folder}/request", "rb"), capture_output=True,
                timeout=started.PATIENCE, check=False)
            text = (seen.stdout + seen.stderr).decode(errors="replace")
            expect(f"whether it is refused with {what}", "alert" in text, True)


def metrics_are_read() -> None:
    """By the parser of the client library: the same series, of the same kinds, as by ours."""
    with sides() as there:
        with urllib.request.urlopen(f"http://{there['metrics']}/metrics",
                                    timeout=started.PATIENCE) as response:
            text = response.read().decode("utf-8")
    families = list(text_string_to_metric_families(text))
    kinds = {}
    theirs = {}
    for family in families:
        expect(f"{family.name} says what it is", bool(family.documentation), True)
        kinds[family.type] = kinds.get(family.type, 0) + 1
        for sample in family.samples:
            labels = ",".join(f'{name}="{value}"' for name, value in sample.labels.items())
            theirs[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
    expect("the series", theirs, prometheus.parse(text))
    expect("how many there are", len(theirs) > 15, True)
    expect("kinds", sorted(kinds), ["counter", "gauge", "histogram"])
    for wrong in ("\x00\n", "handfast_x{ 1\n", "handfast_x y\n"):
        try:
            list(text_string_to_metric_families(text + wrong))
        except ValueError:
            continue
        raise AssertionError(f"{wrong!r} was read")


check = Checks("rehandshake_link, to strangers: ")
check("a pin is the SHA-256 of the certificate that is shown", pin_is_digest)
check("TLS 1.3 is spoken, and no older one", only_tls_1_3)
check("who has no certificate, or another, is not answered", needs_a_certificate)
check("metrics are read by Prometheus' own client", metrics_are_read)
check.end()
