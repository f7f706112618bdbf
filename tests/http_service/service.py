# SPDX-License-Identifier: Apache-2.0
"""What the tests of the HTTP service share: starting and stopping it, and talking to it.

A test is run as: python3 tests/http_service/NAME.py [example=PROGRAM] arena=PROGRAM [STRATEGY=PROGRAM...]. The
example is examples/http_service, the others are those of bench/http. It talks to 127.0.0.1 only.
"""

import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time
import unittest

STRATEGIES = {}  # the program of each: where its requests live is what they differ in
EXAMPLE = {}  # its program, which has fewer routes
PATIENCE = 6  # seconds: a limit against hanging, not an expectation
PAYLOADS = pathlib.Path(__file__).resolve().parents[2] / "bench" / "http" / "payloads.py"


class Service:
    """A running service. Its end is checked: exit status 0 after SIGTERM, nothing on standard error."""

    def __init__(self, *options, strategy="arena"):
        self.process = subprocess.Popen([(STRATEGIES | EXAMPLE)[strategy], "--port=0", *options], stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line.startswith("listening on 127.0.0.1:"):
            self.process.kill()
            raise AssertionError(f"the service did not start: {line!r} {self.process.communicate()[1]}")
        self.port = int(line.rsplit(":", 1)[1])

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        status, messages = self.stop()
        if kind is None and (status != 0 or messages):
            raise AssertionError(f"the service ended with status {status} and said:\n{messages}")
        if status != 0 or messages:
            print(f"the service ended with status {status} and said:\n{messages}", file=sys.stderr)

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self):
        """SIGTERM, then the exit status and what was written to standard error."""
        if self.process.returncode is None:
            self.signal(signal.SIGTERM)
        try:
            messages = self.process.communicate(timeout=PATIENCE)[1]
        except subprocess.TimeoutExpired:
            self.process.kill()
            messages = self.process.communicate()[1] + "(it did not stop and was killed)"
        return self.process.returncode, messages

    def connect(self, receive_buffer=None):
        return Client(self.port, receive_buffer)

    def request(self, *arguments, **named):
        """One request on a connection of its own."""
        with self.connect() as client:
            client.send(request(*arguments, **named))
            return client.read_answer()

    def stats(self):
        return self.request("GET", "/stats").json()

    def metrics(self):
        """The samples of GET /metrics: their names, with labels, and values."""
        answer = self.request("GET", "/metrics")
        if answer.status != 200:
            raise AssertionError(f"no metrics: {answer.body!r}")
        samples = [line.rsplit(" ", 1) for line in answer.body.decode().splitlines() if not line.startswith("#")]
        return {name: float(value) for name, value in samples}


class Answer:
    def __init__(self, head, body):
        lines = head.decode("ascii").split("\r\n")
        self.version, status, self.reason = lines[0].split(" ", 2)
        self.status = int(status)
        self.fields = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines[1:])}
        self.body = body

    def json(self):
        return json.loads(self.body)


class Client:
    """A raw connection."""

    def __init__(self, port, receive_buffer=None):
        self.socket = socket.socket()
        self.socket.settimeout(PATIENCE)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        try:
            self.socket.connect(("127.0.0.1", port))
        except OSError:
            self.socket.close()
            raise
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def reset(self):
        """Vanishes: the service sees a reset connection."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        self.socket.close()

    def receive(self):
        data = self.socket.recv(1 << 16)
        self.buffer += data
        return bool(data)

    def read_head(self):
        while b"\r\n\r\n" not in self.buffer:
            if not self.receive():
                raise AssertionError(f"the connection was closed within an answer: {self.buffer[:200]!r}")
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        return head

    def read_answer(self, to_head=False):
        answer = Answer(self.read_head(), b"")
        length = 0 if to_head else int(answer.fields["content-length"])
        while len(self.buffer) < length:
            if not self.receive():
                raise AssertionError("the connection was closed within a body")
        answer.body, self.buffer = self.buffer[:length], self.buffer[length:]
        return answer

    def is_ended(self):
        """Waits for an orderly end of the connection; False when something else comes instead."""
        return not self.buffer and not self.receive()

    def is_closed(self):
        """The same, but a reset will do."""
        try:
            return self.is_ended()
        except ConnectionError:
            return True


def request(method, path, body=None, fields=(), version="1.1"):
    """The bytes of a request; a body that is not bytes becomes JSON."""
    if body is not None and not isinstance(body, bytes):
        body = json.dumps(body).encode()
    lines = [f"{method} {path} HTTP/{version}", "Host: 127.0.0.1", *fields]
    if body is not None:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + (body or b"")


def payload(kind, count=100):
    """The body that the comparison sends."""
    return subprocess.run([sys.executable, PAYLOADS, kind, str(count)], check=True,
                          stdout=subprocess.PIPE).stdout


def under_sanitizer():
    """Whether the service is instrumented: its own figures of memory say little then."""
    text = pathlib.Path(STRATEGIES["arena"]).read_bytes()
    return b"__asan_" in text or b"__tsan_" in text


def resident_bytes(process):
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmRSS:"))


class TestCase(unittest.TestCase):
    def check_error(self, answer, status, message=None):
        """A JSON answer that tells the status and a message, which matches a regular expression."""
        self.assertEqual(answer.status, status, answer.body)
        self.assertEqual(answer.fields["content-type"], "application/json")
        error = answer.json()["error"]
        self.assertEqual(error["status"], status)
        self.assertRegex(error["message"], message or ".")

    def wait_until(self, happened):
        deadline = time.monotonic() + PATIENCE
        while not happened():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)

    def check_alive(self, service):
        self.assertEqual(service.request("GET", "/healthz").json(), {"status": "ok"})


def main():
    while len(sys.argv) > 1 and "=" in sys.argv[1]:
        strategy, program = sys.argv.pop(1).split("=", 1)
        if not os.access(program, os.X_OK):
            sys.exit(f"not a program: {program}")
        (EXAMPLE if strategy == "example" else STRATEGIES)[strategy] = program
    if "arena" not in STRATEGIES:
        sys.exit(__doc__)
    unittest.main(verbosity=2)
