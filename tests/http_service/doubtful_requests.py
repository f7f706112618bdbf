#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A request that two servers may read differently is refused, and nothing after it is served; the others are served.

The numbers are sections of RFC 9112.
"""

import time

import service
from service import Service

GET = b"GET /healthz HTTP/1.1\r\n"
HOST = b"Host: x\r\n"
END = b"\r\n"
POST = b"POST /process HTTP/1.1\r\n" + HOST
HIDDEN = GET + HOST + END
LIST = b'{"items":[]}'
LENGTH = b"Content-Length: 12\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
CHUNKS = b"c\r\n" + LIST + b"\r\n0\r\n\r\n"


def first_line(target, method=b"GET", version=b"1.1"):
    return method + b" " + target + b" HTTP/" + version + b"\r\n" + HOST + END


# What comes before a hidden request, the status, and what the message says.
REFUSED = [
    # 6.1 and 6.3: where the body ends
    *((POST + b"Transfer-Encoding: " + coding + END + END + CHUNKS, 400, "does not end with chunked") for coding in (
        b"identity", b"chunked, identity", b"chunked, gzip", b"chunked, chunked", b"xchunked", b"chunked1",
        b'"chunked"', b"chunke", b"")),
    *((POST + b"Transfer-Encoding: " + coding + END + END + CHUNKS, 501, "only chunked") for coding in (
        b"gzip, chunked", b"identity, chunked", b"identity,chunked", b", chunked", b"chunked,", b"chunked;q=1", b"chunked identity",
        b"gzip, chunked;a=b")),
    (POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n" + CHUNKS, 400, "bad value"),
    (POST + b"Transfer-Encoding:\r\n chunked\r\n\r\n" + CHUNKS, 400, "bad obs-fold|goes on in the next line"),
    (POST + b"Transfer-Encoding: gzip\r\n chunked\r\n\r\n" + CHUNKS, 400, "bad obs-fold|goes on in the next line"),
    (POST + b"Transfer-Encoding : chunked\r\n\r\n" + CHUNKS, 400, "bad field"),
    (POST + b"Transfer-Encoding\t: chunked\r\n\r\n" + CHUNKS, 400, "bad field"),
    (POST + b" Transfer-Encoding: chunked\r\n\r\n" + CHUNKS, 400, "bad obs-fold|goes on in the next line"),
    (GET + b" Transfer-Encoding: chunked\r\n" + HOST + END, 400, "bad field"),
    (POST + CHUNKED + CHUNKED + END + CHUNKS, 400, "bad Transfer-Encoding"),
    (POST + CHUNKED + b"Transfer-Encoding: identity\r\n\r\n" + CHUNKS, 400, "bad Transfer-Encoding"),
    (POST + b"Transfer-Encoding: identity\r\n" + CHUNKED + END + CHUNKS, 501, "only chunked"),
    (POST + b"Transfer-Encoding:\r\n" + CHUNKED + END + CHUNKS, 501, "only chunked"),
    (POST + LENGTH + CHUNKED + END + CHUNKS, 400, "bad Transfer-Encoding"),
    (POST + CHUNKED + LENGTH + END + CHUNKS, 400, "bad Content-Length"),
    (POST + CHUNKED + b"Content-Length: 0\r\n\r\n" + CHUNKS, 400, "bad Content-Length"),
    (POST + b"Transfer-Encoding: identity\r\n" + LENGTH + END + LIST, 400, "does not end with chunked"),
    (b"POST /process HTTP/1.0\r\n" + CHUNKED + END + CHUNKS, 400, "HTTP/1.0 has no Transfer-Encoding"),
    (b"POST /process HTTP/1.0\r\nConnection: keep-alive\r\n" + CHUNKED + END + CHUNKS, 400, "HTTP/1.0 has no"),
    (POST + LENGTH + LENGTH + END + LIST, 400, "more than one Content-Length"),
    (POST + LENGTH + b"content-length: 12\r\n\r\n" + LIST, 400, "more than one Content-Length"),
    (POST + LENGTH + b"Content-Length: 0\r\n\r\n" + LIST, 400, "Content-Length"),
    (POST + b"Content-Length: 12, 12\r\n\r\n" + LIST, 400, "Content-Length is a list"),
    (POST + b"Content-Length: 12, 13\r\n\r\n" + LIST, 400, "Content-Length"),
    *((POST + b"Content-Length: " + length + END + END + LIST, 400, "bad Content-Length") for length in (
        b"", b"+12", b"-12", b"0xc", b"12.", b"1 2", b"12,", b"12;", b'"12"', b"18446744073709551628", b"twelve")),
    (POST + b"Content-Length: 1\x002\r\n\r\n" + LIST, 400, "bad value"),
    (POST + b"Content-Length:\r\n 12\r\n\r\n" + LIST, 400, "bad obs-fold|goes on in the next line"),
    (POST + b"Content-Length: 1\r\n 2\r\n\r\n" + LIST, 400, "bad Content-Length"),
    # 7.1: chunks
    *((POST + CHUNKED + END + chunks, 400, "bad|not HTTP") for chunks in (
        b"c\n" + LIST + b"\r\n0\r\n\r\n", b"c\r" + LIST + b"\r\n0\r\n\r\n", b"c \r\n" + LIST + b"\r\n0\r\n\r\n",
        b" c\r\n" + LIST + b"\r\n0\r\n\r\n", b"+c\r\n" + LIST + b"\r\n0\r\n\r\n", b"0xc\r\n" + LIST + b"\r\n0\r\n\r\n",
        b"-c\r\n" + LIST + b"\r\n0\r\n\r\n", b"c;\r\n" + LIST + b"\r\n0\r\n\r\n", b"\r\n0\r\n\r\n",
        b"c\r\n" + LIST + b"0\r\n\r\n", b"c\r\n" + LIST + b"\n0\r\n\r\n", b"c\r\n" + LIST + b"\r\n0\r\n\n\r\n",
        b"1000000000000000c\r\n" + LIST + b"\r\n0\r\n\r\n")),
    *((POST + CHUNKED + END + size + b";a=" + extension + END + (LIST if size == b"c" else b"") + END, 400,
       "extensions of chunks|bad chunk extension") for size in (b"c", b"0") for extension in (
           b'"\n"', b'"a\x00"', b'"\\\n"', b'"a\x7f"', b"a\nb", b"b")),
    (POST + CHUNKED + END + b"c\r\n" + LIST + b"\r\n0\r\nContent-Length: 3\r\n\r\n", 400, "bad Content-Length"),
    (POST + CHUNKED + END + b"c\r\n" + LIST + b"\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n", 400, "bad Transfer"),
    (POST + CHUNKED + END + b"c\r\n" + LIST + b"\r\n0\r\nA : b\r\n\r\n", 400, "bad field"),
    # 3.2: the host
    (GET + END, 400, "there is no Host"),
    (GET + b"Hosts: x\r\n\r\n", 400, "there is no Host"),
    (GET + HOST + HOST + END, 400, "more than one Host"),
    (GET + HOST + b"HOST: y\r\n\r\n", 400, "more than one Host"),
    (b"GET /healthz HTTP/1.0\r\n" + HOST + HOST + END, 400, "more than one Host"),
    *((GET + b"Host: " + host + END + END, 400, "Host is not a host") for host in (
        b"a b", b"a, b", b"a,b", b"user@x", b"x/y", b"http://x", b"x?y", b"x\\y", b"x#", b"x\ty")),
    (GET + b"Host:\r\n x\r\n\r\n", 400, "bad obs-fold|goes on in the next line"),
    (GET + b"Host : x\r\n\r\n", 400, "bad field"),
    # 3.2.1 to 3.2.4: the forms of the target
    *((first_line(target), 400, "neither a path nor an http URI") for target in (
        b"healthz", b"x:80", b"*", b"?", b"ftp://x/healthz", b"http:/healthz", b"http:healthz", b"://x/healthz",
        b"httpx://x/healthz", b"\\healthz")),
    *((first_line(target), 400, "fragment") for target in (b"/healthz#", b"/#a", b"http://x/healthz#a")),
    (first_line(b"/health\x00z"), 400, "bad target"),
    (first_line(b"/healthz\tx"), 400, "bad target"),
    (first_line(b"/healthz x"), 400, "bad version"),
    *((first_line(target, method), 400, "neither a path") for target, method in (
        (b"*", b"OPTIONS"), (b"*", b"POST"), (b"x:80", b"CONNECT"))),
    # 2.2 and 3: lines
    (b"GET /healthz\r\n", 400, "not HTTP"),
    *((first_line(b"/healthz", version=version), 400, "bad version") for version in (
        b"0.9", b"1.2", b"2.0", b"1.10", b"01.1", b"1", b"1.1 ", b"1,1", b"+1.1")),
    (b"GET /healthz http/1.1\r\n" + HOST + END, 400, "bad version"),
    (b"GET /healthz HTTP/1.1\n" + HOST + END, 400, "not HTTP"),
    (b"GET /healthz HTTP/1.1\rHost: x\r\n\r\n", 400, "not HTTP"),
    (GET + b"Host: x\nA: b\r\n\r\n", 400, "bad value"),
    (GET + b"Host: x\rA: b\r\n\r\n", 400, "bad line ending"),
    (GET + HOST + b"\n" + END, 400, "bad field"),
    (GET + HOST + b"\rA: b\r\n\r\n", 400, "bad line ending"),
    (GET + HOST + b"A: b\x00\r\n\r\n", 400, "bad value"),
    (GET + HOST + b"A: b\x7f\r\n\r\n", 400, "bad value"),
    (GET + HOST + b"A\x00: b\r\n\r\n", 400, "bad field"),
    (GET + HOST + b"A\xff: b\r\n\r\n", 400, "bad field"),
    (GET + HOST + b"A(: b\r\n\r\n", 400, "bad field"),
    (GET + HOST + b": b\r\n\r\n", 400, "bad field"),
    (GET + HOST + b"A:\r\n \r\n\r\n", 400, "bad obs-fold|goes on in the next line"),
    (GET + HOST + b"A:\r\n\tb\r\n\r\n", 400, "bad obs-fold|goes on in the next line"),
    (GET + HOST + b"A: b\r\n \r\n\r\n", 400, "bad obs-fold|goes on in the next line"),
    (b" " + HIDDEN, 400, "bad method"),
    (b"\n" + HIDDEN, 400, "bad method"),
    (b"\r\r\n" + HIDDEN, 400, "bad method"),
    (b"G\x00T /healthz HTTP/1.1\r\n" + HOST + END, 400, "bad method"),
]

# What is sent, the statuses, and whether the connection lives on.
SERVED = [
    (GET + HOST + END, [200], True),
    (GET + b"hOST:x\r\n\r\n", [200], True),
    *((GET + b"Host: " + host + END + END, [200], True) for host in (
        b"", b" \t x \t ", b"x:80", b"x:", b"a-b.c_d~e.%41", b"127.0.0.1:8080", b"[::1]", b"[fe80::1.2.3.4]:80")),
    *((first_line(target), [200], True) for target in (
        b"/healthz?", b"/healthz?a=b&c={d}|e", b"/healthz?a=http://b/", b"http://x/healthz",
        b"http://elsewhere:80/healthz?a=http://b/", b"https://[::1]:443/healthz", b"http://127.0.0.1/healthz")),
    *((first_line(target), [404], True) for target in (
        b"/", b"//healthz", b"//x/healthz", b"/http://x/healthz", b"/health\xe4", b"http://x", b"http://x/",
        b"http://x?a=/healthz", b"http://x//healthz", b"http:///healthz", b"http://")),
    (first_line(b"/healthz", b"OPTIONS"), [405], True),
    (first_line(b"/healthz", b"get"), [405], True),
    (GET + b"Host: x\r\nAccept:\r\n\r\n", [200], True),
    (GET + b"Host: x\r\nX-Text: caf\xe9 \"a b\"\t(c)\r\n\r\n", [200], True),
    (GET + b"Host: x\r\nTransfer_Encoding: chunked\r\nX-Content-Length: 5\r\n\r\n", [200], True),
    # Bodies
    (POST + LENGTH + END + LIST, [200], True),
    (POST + b"Content-Length: 0012\r\n\r\n" + LIST, [200], True),
    (POST + CHUNKED + END + CHUNKS, [200], True),
    (POST + b"transfer-encoding:  Chunked \r\n\r\n" + CHUNKS, [200], True),
    (POST + CHUNKED + END + b"00C\r\n" + LIST + b"\r\n000\r\nA: b\r\nHost: y\r\n\r\n", [200], True),
    (POST + CHUNKED + END + b"1\r\n \r\n" * 70 + CHUNKS, [200], True),
    (GET + HOST + LENGTH + END + HIDDEN[:12], [200], True),  # a body that nobody reads is not a request
    (POST + CHUNKED + b"Connection: close\r\n\r\n" + CHUNKS, [200], False),
    (POST + CHUNKED + END + b"c\r\n" + LIST + b"\r\n0\r\nConnection: close\r\n\r\n", [200], True),  # a trailer tells nothing
    (POST + CHUNKED + END + b"c\r\n" + LIST + b"\r\n0\r\n" + b"A: b\r\n" * 70 + END, [200], True),
    (POST + CHUNKED + END + b"c\r\n" + LIST + b"\r\n0\r\nA: b\r\n c\r\n\r\n", [200], True),
    # Empty lines before a request
    (END + GET + HOST + END, [200], True),
    (END * 3 + GET + HOST + END, [200], True),
    (END * 8192 + GET + HOST + END, [200], True),  # as much as fits the service's buffer
    (END + POST + LENGTH + END + LIST + END + GET + HOST + END, [200, 200], True),
    # Connections of both versions
    (GET + HOST + b"Connection: close\r\n\r\n" + HIDDEN, [200], False),
    (GET + HOST + b"Connection: CLOSE, keep-alive\r\n\r\n" + HIDDEN, [200], False),
    (GET + HOST + b"Connection: x\r\nConnection: keep-alive , close\r\n\r\n" + HIDDEN, [200], False),
    (GET + HOST + b"Connection: closed\r\n\r\n", [200], True),
    (b"GET /healthz HTTP/1.0\r\n\r\n" + HIDDEN, [200], False),
    (b"GET /healthz HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", [200], True),
    (b"POST /process HTTP/1.0\r\nConnection: keep-alive\r\n" + LENGTH + END + LIST, [200], True),
    (b"POST /process HTTP/1.0\r\n" + LENGTH + END + LIST + HIDDEN, [200], False),
]


class DoubtfulRequests(service.TestCase):
    def test_refused_and_nothing_after_it_served(self):
        with Service() as running:
            for sent, status, message in REFUSED:
                with self.subTest(sent=sent[:120]), running.connect() as client:
                    client.send(sent + HIDDEN)
                    answer = client.read_answer()
                    self.check_error(answer, status, message)
                    self.assertEqual(answer.fields["connection"], "close")
                    self.assertTrue(client.is_ended())
            figures = running.stats()
            self.assertEqual(figures["refused_requests"], len(REFUSED))
            self.assertEqual(figures["requests of /healthz"], 0)

    def test_served(self):
        with Service() as running:
            for sent, statuses, lives_on in SERVED:
                with self.subTest(sent=sent[:120]), running.connect() as client:
                    client.send(sent)
                    for status in statuses:
                        answer = client.read_answer()
                        self.assertEqual(answer.status, status, answer.body)
                    self.assertEqual(answer.fields["connection"], "keep-alive" if lives_on else "close")
                    if lives_on:
                        client.send(HIDDEN)
                        self.assertEqual(client.read_answer().json(), {"status": "ok"})
                    else:
                        self.assertTrue(client.is_ended())

    def test_the_end_of_a_line_before_a_request_in_pieces(self):
        with Service() as running, running.connect() as client:
            for _ in range(2):
                for piece in (b"\r", b"\n", GET + HOST + END):
                    client.send(piece)
                    time.sleep(0.01)
                self.assertEqual(client.read_answer().status, 200)
            for piece in (b"\r", b"\n", b"\r", b"x"):
                client.send(piece)
                time.sleep(0.01)
            self.check_error(client.read_answer(), 400, "bad method")

    def test_an_answer_to_head_has_no_body(self):
        with Service() as running, running.connect() as client:
            client.send(b"HEAD /healthz HTTP/1.1\r\n\r\n")
            answer = client.read_answer(to_head=True)
            self.assertEqual(answer.status, 400)
            self.assertGreater(int(answer.fields["content-length"]), 0)
            self.assertTrue(client.is_ended())

    def test_the_size_of_a_head(self):
        def head(size):
            """Of some twenty fields, the last of which ends before the empty line."""
            fields = b"".join(b"Name-%02d: " % number + b"a" * 380 + END for number in range(size // 400))
            rest = size - len(GET + HOST + fields + END)
            return GET + HOST + fields + b"Last: " + b"a" * (rest - 8) + END + END

        with Service() as running:
            for size, status in ((16000, 200), (16384, 200), (16500, 431), (20000, 431)):
                sent = head(size)
                self.assertEqual(len(sent), size)
                for step in (size, 500):
                    with self.subTest(size=size, step=step), running.connect() as client:
                        for begin in range(0, size, step):
                            client.send(sent[begin:begin + step])
                            time.sleep(0.002)
                        self.assertEqual(client.read_answer().status, status)

    def test_who_is_told_to_send_the_body(self):
        def expecting(version, expectation):
            return (b"POST /process HTTP/" + version + b"\r\n" + HOST + LENGTH + b"Expect: " + expectation + END + END)

        with Service() as running:
            for version, expectation, told in ((b"1.1", b"100-continue", True), (b"1.1", b"100-Continue", True),
                                               (b"1.1", b"tea", False), (b"1.0", b"100-continue", False)):
                with self.subTest(version=version, expectation=expectation), running.connect() as client:
                    client.send(expecting(version, expectation))
                    if told:
                        self.assertEqual(client.read_head(), b"HTTP/1.1 100 Continue")
                    else:
                        time.sleep(0.05)
                    client.send(LIST)
                    self.assertEqual(client.read_answer().status, 200)


if __name__ == "__main__":
    service.main()
