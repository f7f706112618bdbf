#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Clients that are slow, or gone, cost neither the others nor, for long, the service."""

import time

import service
from service import STRATEGIES, Service, payload, request

TIMEOUT = 0.4  # seconds; what has to happen at once happens well within it on an idle machine
CHUNKED = b"POST /process HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
OPTIONS = [f"--{name}-timeout={int(TIMEOUT * 1000)}" for name in ("request", "answer", "idle")]


class SlowClients(service.TestCase):
    def test_slow_requests(self):
        whole = request("POST", "/process", {"items": ["x" * 1000]})
        for strategy in STRATEGIES:
            with Service(*OPTIONS, strategy=strategy) as running:
                for part in (whole[:10], whole[:-500], CHUNKED):
                    with running.connect() as client:
                        start = time.monotonic()
                        client.send(part)
                        self.check_alive(running)  # meanwhile
                        self.check_error(client.read_answer(), 408, "too long")
                        self.assertTrue(client.is_closed())
                        self.assertGreater(time.monotonic() - start, TIMEOUT - 0.2)
                self.assertEqual(running.stats()["connections_timed_out"], 3)

    def test_dripping_does_not_help(self):
        with Service(*OPTIONS) as running, running.connect() as client:
            client.send(b"POST /process HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n")
            client.socket.setblocking(False)
            start = time.monotonic()
            ended = False
            while not ended and time.monotonic() - start < service.PATIENCE:
                try:
                    client.send(b" ")
                    ended = not client.receive()
                except BlockingIOError:
                    pass
                except ConnectionError:
                    ended = True
                time.sleep(0.02)
            self.assertTrue(ended)
            self.assertIn(b"408", client.buffer)

    def test_idle_connections_are_closed(self):
        with Service(*OPTIONS) as running, running.connect() as silent, running.connect() as client:
            client.send(request("GET", "/healthz"))
            self.assertEqual(client.read_answer().status, 200)
            self.assertTrue(client.is_closed())
            self.assertTrue(silent.is_closed())

    def test_answers_that_nobody_reads(self):
        heavy = request("POST", "/process", payload("process", 1000))
        for strategy in STRATEGIES:
            with Service(*OPTIONS, strategy=strategy) as running, running.connect(receive_buffer=4096) as client:
                client.socket.setblocking(False)
                start = time.monotonic()
                with self.assertRaises(ConnectionError):
                    while time.monotonic() - start < service.PATIENCE:
                        try:
                            client.send(heavy)
                        except BlockingIOError:
                            time.sleep(0.01)
                self.check_alive(running)
                self.wait_until(lambda: running.stats()["connections_open"] == 1)

    def test_clients_that_vanish(self):
        whole = request("POST", "/orders", payload("orders", 1000))
        for strategy in STRATEGIES:
            with Service(strategy=strategy) as running:
                for sent in (b"", whole[:20], whole[:1000], whole[:-1], whole, whole * 3):
                    for reset in (True, False):
                        client = running.connect(receive_buffer=4096)
                        client.send(sent)
                        if reset:
                            client.reset()
                        else:
                            client.socket.close()
                self.wait_until(lambda: running.stats()["connections_open"] == 1)
                self.check_alive(running)
                if strategy == "arena":
                    self.assertEqual(running.stats()["pool_open"], 1)


if __name__ == "__main__":
    service.main()
