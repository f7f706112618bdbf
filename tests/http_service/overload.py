#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A service whose memory is bounded refuses what does not fit, serves the rest, and has everything back afterwards."""

import concurrent.futures
import contextlib
import time

import service
from service import Service, payload, request

MIB = 1 << 20
EXACT = ["--guard-one-in=0"]  # the memory of guarded requests is not counted


class Overload(service.TestCase):
    def check_unavailable(self, answer):
        self.check_error(answer, 503, "memory")
        self.assertEqual(answer.fields["retry-after"], "1")

    def check_all_is_back(self, running, limit):
        self.wait_until(lambda: running.metrics()["service_pool_open"] == 1)  # of the request itself
        budgets = running.metrics()
        self.assertEqual(budgets['arena_budget_limit_bytes{budget="process"}'], limit)
        for budget in ("process", "process/connections", "process/requests", "process/requests/bodies"):
            self.assertGreater(budgets[f'arena_budget_peak_bytes{{budget="{budget}"}}'], 0)
            self.assertLessEqual(budgets[f'arena_budget_peak_bytes{{budget="{budget}"}}'],
                                 budgets[f'arena_budget_limit_bytes{{budget="{budget}"}}'])
        self.assertLessEqual(budgets['arena_budget_limit_bytes{budget="process/requests/bodies"}'],
                             budgets['arena_budget_limit_bytes{budget="process/requests"}'] * 3 / 4)

    def test_three_times_as_many_requests_as_fit(self):
        body = b"x" * 1000000
        head, _ = request("GET", "/healthz", body, ["Expect: 100-continue"]).split(b"\r\n\r\n")

        def begins(client):
            """Whether the service takes the request; else its answer is there to be read."""
            client.send(head + b"\r\n\r\n")
            while b"\r\n" not in client.buffer:
                self.assertTrue(client.receive())
            return client.buffer.startswith(b"HTTP/1.1 100 Continue")

        for threads in (1, 3):
            with Service(*EXACT, f"--memory-limit={8 * MIB}", f"--threads={threads}") as running, contextlib.ExitStack() as stack:
                def connect():
                    return stack.enter_context(running.connect())

                taken = []
                while begins(client := connect()):
                    taken.append(client)
                self.check_unavailable(client.read_answer())
                self.assertEqual(len(taken), 4)  # of a megabyte each, in three quarters of what the connections leave
                # Handlers find memory, however many bodies wait.
                self.check_alive(running)
                self.assertEqual(running.request("POST", "/orders", payload("orders")).status, 200)
                for _ in range(2 * len(taken)):
                    client = connect()
                    self.assertFalse(begins(client))
                    self.check_unavailable(client.read_answer())
                for client in taken:
                    client.read_head()
                    client.send(body)
                    self.assertEqual(client.read_answer().json(), {"status": "ok"})
                for client in taken:  # also on the same connections
                    self.assertTrue(begins(client))
                    client.read_head()
                    client.send(body)
                    self.assertEqual(client.read_answer().status, 200)
                self.check_all_is_back(running, 8 * MIB)

    def test_whoever_tries_again_is_served(self):
        body = payload("orders", 1000)
        with Service(*EXACT, f"--memory-limit={6 * MIB}", "--threads=4") as running:
            expected = running.request("POST", "/orders", body).body

            def talk(_):
                refused = 0
                deadline = time.monotonic() + service.PATIENCE
                for _ in range(5):
                    while True:
                        answer = running.request("POST", "/orders", body)
                        if answer.status == 200:
                            break
                        self.check_unavailable(answer)
                        refused += 1
                        self.assertLess(time.monotonic(), deadline)
                    self.assertEqual(answer.body, expected)
                return refused

            with concurrent.futures.ThreadPoolExecutor(12) as pool:
                self.assertGreater(sum(pool.map(talk, range(12))), 0)
            self.check_all_is_back(running, 6 * MIB)

    def test_a_request_that_needs_too_much(self):
        body = payload("orders", 1000)
        with Service(*EXACT, "--max-request-memory=65536") as running, running.connect() as client:
            # Its body is too large; the body fits, but not the document; and a chunked one, which grows.
            client.send(request("POST", "/orders", body))
            self.check_unavailable(client.read_answer())
            self.assertTrue(client.is_closed())
            with running.connect() as client:
                for _ in range(3):
                    client.send(request("POST", "/orders", body[:0] + payload("orders", 100)))
                    answer = client.read_answer()
                    self.check_unavailable(answer)
                    self.assertEqual(answer.fields["connection"], "keep-alive")
                client.send(request("GET", "/healthz"))
                self.assertEqual(client.read_answer().status, 200)
                client.send(b"POST /orders HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n" % len(body) + body)
                self.check_unavailable(client.read_answer())
                self.assertTrue(client.is_closed())
            figures = running.stats()
            self.assertEqual([figures[name] for name in ("requests of /orders", "failures of /orders")], [3, 3])
            self.assertEqual(figures["refused_requests"], 2)

    def test_connections_that_do_not_fit(self):
        with Service(*EXACT, f"--memory-limit={MIB}") as running, contextlib.ExitStack() as stack:
            served = 0
            for _ in range(40):
                client = stack.enter_context(running.connect())
                client.send(request("GET", "/healthz"))
                try:
                    served += client.read_answer().status == 200
                except (ConnectionError, AssertionError):
                    self.assertTrue(client.is_closed())
                    break
            self.assertIn(served, range(8, 14))  # of 20 KiB each, in a quarter of the limit
            stack.close()

            def connects_again():
                try:
                    return running.request("GET", "/healthz").status == 200
                except (ConnectionError, AssertionError):
                    return False

            self.wait_until(connects_again)
            self.wait_until(lambda: running.stats()["connections_open"] == 1)

    def test_large_heads_on_all_connections(self):
        one = request("GET", "/healthz", fields=[f"X-{number}: {'x' * 100}" for number in range(20)])
        with Service(*EXACT, "--max-connections=8") as running, contextlib.ExitStack() as stack:
            clients = [stack.enter_context(running.connect()) for _ in range(8)]
            for client in clients * 2:  # each needs more memory than its connection has at first
                client.send(one)
                self.assertEqual(client.read_answer().status, 200)


if __name__ == "__main__":
    service.main()
