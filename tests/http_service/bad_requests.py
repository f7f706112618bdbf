#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What is no request, or not a good one, gets a 4xx with a JSON error, and the service goes on."""

import service
from service import STRATEGIES, Service, request

POST = b"POST /process HTTP/1.1\r\nHost: x\r\n"

# What was sent, the status, and what the message says. The connection ends after these.
BROKEN_HTTP = [
    (b"hello\r\n\r\n", 400, "bad"),
    (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400, "bad method"),  # TLS
    (b"GET  /healthz HTTP/1.1\r\n\r\n", 400, "bad"),
    (b"GET /healthz HTTP/2.0\r\n\r\n", 400, "bad version"),
    (b"GET /healthz HTTP/1.1\r\nno colon\r\n\r\n", 400, "bad field"),
    (b"GET /healthz HTTP/1.1\r\nName : x\r\n\r\n", 400, "bad field"),
    (b"GET /healthz HTTP/1.1\r\nName: a\x00b\r\n\r\n", 400, "bad value"),
    (b"GET /healthz HTTP/1.1\r\nName: a\r\n folded\r\n\r\n", 400, "goes on in the next line"),
    (POST + b"Content-Length: -1\r\n\r\n", 400, "bad Content-Length"),
    (POST + b"Content-Length: 1x\r\n\r\n", 400, "bad Content-Length"),
    (POST + b"Content-Length: 99999999999999999999999\r\n\r\n", 400, "bad Content-Length"),
    (POST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n", 400, "Content-Length"),
    (POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, "bad Transfer-Encoding"),
    (POST + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n", 400, "bad chunk"),
    (POST + b"Transfer-Encoding: chunked\r\n\r\n4\r\nabcdef\r\n", 400, "bad chunk"),
    (POST + b"Transfer-Encoding: chunked\r\n\r\n1;" + b"e" * 20000, 400, "head of a chunk"),
    (b"GET /" + b"a" * 17000, 431, "head"),
    (b"GET / HTTP/1.1\r\nName: " + b"a" * 17000, 431, "head"),
    (b"GET / HTTP/1.1\r\n" + b"Name: 0123456789\r\n" * 1000 + b"\r\n", 431, "head"),
    (POST + b"Content-Length: 1048577\r\n\r\n", 413, "body is too large"),
    (POST + b"Content-Length: 10000000000\r\n\r\n" + b" " * 100000, 413, "body is too large"),
    (POST + b"Transfer-Encoding: chunked\r\n\r\n" + (b"10000\r\n" + b" " * 65536 + b"\r\n") * 17, 413, "body is too large"),
]

LINE = {"sku": "a", "quantity": 1, "unit_cents": 1}


def order(**changes):
    return {"orders": [{**{"id": 1, "customer": "Ada", "lines": [LINE]}, **changes}]}


def line(**changes):
    return order(lines=[{**LINE, **changes}])


# Path, body, status, and what the message says. The connection stays.
BAD_BODIES = [
    ("/process", b"", 400, "not JSON"),
    ("/process", b"{", 400, "not JSON: incomplete"),
    ("/process", b"{}}", 400, "not JSON: extra data"),
    ("/process", b"{'items': []}", 400, "not JSON: syntax error"),
    ("/process", b'{"items": ["a",]}', 400, "not JSON"),
    ("/process", b'{"items": ["\xff"]}', 400, "not JSON"),
    ("/process", b'{"items": ["a\nb"]}', 400, "not JSON"),
    ("/process", b"[" * 33 + b"]" * 33, 400, "not JSON: too deep"),
    ("/process", b"[" * 500000, 400, "not JSON: too deep"),
    ("/process", b'{"a":' * 100000, 400, "not JSON: too deep"),
    ("/process", b"1e999999", 422, "items is not an array"),
    ("/process", [], 422, "items is not an array"),
    ("/process", None, 400, "not JSON"),
    ("/process", {}, 422, "items is not an array"),
    ("/process", {"items": {}}, 422, "items is not an array"),
    ("/process", {"items": None}, 422, "items is not an array"),
    ("/process", {"items": ["a", 1]}, 422, "an item is not a string"),
    ("/orders", b"null", 422, "body is not an object"),
    ("/orders", {"items": []}, 422, "orders is missing"),
    ("/orders", {"orders": [1]}, 422, "an order is not an object"),
    ("/orders", {"orders": [{"id": 1}]}, 422, "customer is missing"),
    ("/orders", order(id="1"), 422, "id is not in its range"),
    ("/orders", order(id=-1), 422, "id is not in its range"),
    ("/orders", order(customer=7), 422, "customer is not a string"),
    ("/orders", order(lines="none"), 422, "lines is not an array"),
    ("/orders", order(lines=[[]]), 422, "a line is not an object"),
    ("/orders", line(sku=None), 422, "sku is not a string"),
    ("/orders", line(quantity=1.5), 422, "quantity is not in its range"),
    ("/orders", line(quantity=10001), 422, "quantity is not in its range"),
    ("/orders", line(unit_cents=1 << 63), 422, "unit_cents is not in its range"),
    ("/orders", line(unit_cents=10 ** 30), 422, "unit_cents is not in its range"),
    ("/orders", line(unit_cents=True), 422, "unit_cents is not in its range"),
    ("/stats", {}, 405, "this method"),
    ("/healthz/", {}, 404, "no such path"),
]


class BadRequests(service.TestCase):
    def test_broken_http(self):
        for strategy in STRATEGIES:
            with Service(strategy=strategy) as running:
                for sent, status, message in BROKEN_HTTP:
                    with self.subTest(strategy=strategy, sent=sent[:80]), running.connect() as client:
                        client.send(sent)
                        answer = client.read_answer()
                        self.check_error(answer, status, message)
                        self.assertEqual(answer.fields["connection"], "close")
                        self.assertTrue(client.is_ended())  # not reset: the answer might be lost
                self.check_alive(running)
                self.assertEqual(running.stats()["refused_requests"], len(BROKEN_HTTP))

    def test_bad_bodies(self):
        for strategy in STRATEGIES:
            with Service(strategy=strategy) as running, running.connect() as client:
                for path, body, status, message in BAD_BODIES:
                    with self.subTest(strategy=strategy, path=path, body=str(body)[:80]):
                        client.send(request("POST", path, body))
                        answer = client.read_answer()
                        self.check_error(answer, status, message)
                        self.assertEqual(answer.fields["connection"], "keep-alive")
                client.send(request("POST", "/process", {"items": ["still there"]}))
                self.assertEqual(client.read_answer().json()["count"], 1)

    def test_wrong_method(self):
        with Service() as running:
            for method, path, allowed in [("GET", "/process", "POST"), ("DELETE", "/orders", "POST"),
                                          ("ODD", "/healthz", "GET, HEAD"), ("POST", "/stats", "GET, HEAD")]:
                answer = running.request(method, path)
                self.check_error(answer, 405, "this method")
                self.assertEqual(answer.fields["allow"], allowed)

    def test_a_large_body_is_refused_before_it_is_sent(self):
        with Service("--max-body=1000") as running, running.connect() as client:
            client.send(POST + b"Content-Length: 1001\r\nExpect: 100-continue\r\n\r\n")
            self.check_error(client.read_answer(), 413)


if __name__ == "__main__":
    service.main()
