#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Connections that last, requests that come in pieces or in heaps, answers that end a connection."""

import concurrent.futures
import json
import time

import service
from service import Service, payload, request


class Connections(service.TestCase):
    def test_keep_alive(self):
        with Service() as running, running.connect() as client:
            for number in range(100):
                client.send(request("POST", "/process", {"items": [str(number)]}))
                self.assertEqual(client.read_answer().json()["items"][0]["text"], str(number))
            self.assertEqual(running.stats()["connections_accepted"], 2)

    def test_pipelining(self):
        with Service() as running, running.connect() as client:
            requests = [request("POST", "/process", {"items": [f"item {number}" * 50]}) for number in range(200)]
            client.send(b"".join(requests))
            for number in range(200):
                answer = client.read_answer()
                self.assertEqual(answer.json()["items"][0]["text"], f"ITEM {number}" * 50)

    def test_byte_by_byte(self):
        body = b'{"items":["in pieces"]}'
        chunked = (b"POST /process HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n" + body[:5] + b"\r\n"
                   + b"12\r\n" + body[5:] + b"\r\n0\r\nTrailer: ignored\r\n\r\n")
        with Service() as running, running.connect() as client:
            for bytes_sent in (request("POST", "/process", body), chunked):
                for byte in bytes_sent:
                    client.send(bytes([byte]))
                    time.sleep(0.001)
                self.assertEqual(client.read_answer().json()["items"][0]["slug"], "in-pieces")

    def test_the_shortest_chunked_body_byte_by_byte(self):
        # Boost 1.81 has an assertion that fails when it sees this body grow from three bytes to four.
        with Service() as running, running.connect() as client:
            client.send(b"POST /process HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
            for byte in b"0\r\n\r\n":
                time.sleep(0.01)
                client.send(bytes([byte]))
            self.check_error(client.read_answer(), 400, "not JSON: incomplete")
            client.send(request("GET", "/healthz"))
            self.assertEqual(client.read_answer().status, 200)

    def test_all_splits(self):
        # Two requests in two pieces, cut anywhere.
        both = request("POST", "/process", {"items": ["a"]}) + request("GET", "/healthz")
        with Service() as running, running.connect() as client:
            for cut in range(1, len(both)):
                client.send(both[:cut])
                time.sleep(0.0005)
                client.send(both[cut:])
                self.assertEqual(client.read_answer().json()["count"], 1)
                self.assertEqual(client.read_answer().json(), {"status": "ok"})

    def test_close(self):
        with Service() as running:
            for sent in (request("GET", "/healthz", fields=["Connection: close"]),
                         request("GET", "/healthz", version="1.0")):
                with running.connect() as client:
                    client.send(sent)
                    answer = client.read_answer()
                    self.assertEqual(answer.status, 200)
                    self.assertEqual(answer.fields["connection"], "close")
                    self.assertTrue(client.is_closed())
            with running.connect() as client:
                client.send(request("GET", "/healthz", version="1.0", fields=["Connection: keep-alive"]))
                self.assertEqual(client.read_answer().fields["connection"], "keep-alive")
                client.send(request("GET", "/healthz"))
                self.assertEqual(client.read_answer().status, 200)

    def test_head(self):
        with Service() as running, running.connect() as client:
            client.send(request("HEAD", "/healthz") + request("HEAD", "/nowhere") + request("GET", "/healthz"))
            self.assertEqual(client.read_answer(to_head=True).fields["content-length"], "15")
            self.assertEqual(client.read_answer(to_head=True).status, 404)
            self.assertEqual(client.read_answer().json(), {"status": "ok"})

    def test_expect_continue(self):
        body = json.dumps({"items": ["waited"]}).encode()
        with Service() as running, running.connect() as client:
            client.send(f"POST /process HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\nExpect: 100-continue\r\n\r\n".encode())
            self.assertEqual(client.read_head(), b"HTTP/1.1 100 Continue")
            client.send(body)
            self.assertEqual(client.read_answer().json()["count"], 1)

    def test_most_connections(self):
        with Service("--max-connections=3") as running:
            clients = [running.connect() for _ in range(3)]
            for client in clients:
                client.send(request("GET", "/healthz"))
                self.assertEqual(client.read_answer().status, 200)
            with running.connect() as one_more:
                self.assertTrue(one_more.is_closed())
            clients.pop().socket.close()
            deadline = time.monotonic() + service.PATIENCE
            while True:  # the service needs a moment to see that
                with running.connect() as client:
                    try:
                        client.send(request("GET", "/healthz"))
                        self.assertEqual(client.read_answer().status, 200)
                        break
                    except (ConnectionError, AssertionError):
                        self.assertLess(time.monotonic(), deadline)
            for client in clients:
                client.socket.close()

    def test_most_connections_of_many_threads(self):
        with Service("--max-connections=3", "--threads=4") as running:
            clients = [running.connect() for _ in range(40)]
            answered = 0
            for client in clients:
                try:
                    client.send(request("GET", "/healthz"))
                    answered += client.read_answer().status == 200
                except (ConnectionError, AssertionError):
                    pass  # the service has closed this one
            self.assertEqual(answered, 3)
            for client in clients:
                client.socket.close()

    def test_threads(self):
        bodies = {"/process": payload("process"), "/orders": payload("orders")}
        with Service("--threads=4") as running:
            expected = {path: running.request("POST", path, body).body for path, body in bodies.items()}

            def talk(_):
                with running.connect() as client:
                    for path, body in list(bodies.items()) * 10:
                        client.send(request("POST", path, body))
                        if client.read_answer().body != expected[path]:
                            return False
                return True

            with concurrent.futures.ThreadPoolExecutor(8) as pool:
                self.assertEqual(list(pool.map(talk, range(16))), [True] * 16)
            # Another thread may have sent its last answer and not yet ended that request.
            self.wait_until(lambda: running.stats()["pool_open"] == 1)
            self.assertEqual(running.stats()["requests of /orders"], 161)


if __name__ == "__main__":
    service.main()
