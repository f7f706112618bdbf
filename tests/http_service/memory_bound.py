#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""After abuse, the memory of all leases is back, the pool within its bound and the process small."""

import concurrent.futures
import unittest

import service
from service import Service, payload, request

POOL_BOUND = 16 << 20
# Documents that need much memory for their size, all of them within the body's limit.
WIDE = b"[" + b"1," * 500000 + b"1]"
NESTED = b"[" + b"[[[]]]," * 100000 + b"[]]"
LONG = b'{"items":["' + b"a " * 500000 + b'"]}'


class MemoryBound(service.TestCase):
    def abuse(self, running):
        """Four large requests at a time, and as many that are never finished."""
        def talk(body):
            vanishing = running.connect()
            vanishing.send(request("POST", "/process", body)[:-1])
            answer = running.request("POST", "/process", body)
            vanishing.reset()
            return answer.status

        many = payload("process", 1000)
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            return list(pool.map(talk, [WIDE, NESTED, LONG, WIDE, many] * 4))

    def test_arena(self):
        for threads in (1, 2):
            with Service(f"--threads={threads}") as running:
                statuses = self.abuse(running)
                self.assertEqual(statuses, [422, 422, 200, 422, 200] * 4)
                # What is left is the request for the figures itself.
                self.wait_until(lambda: running.stats()["pool_open"] == 1)
                figures = running.stats()
                self.assertLessEqual(figures["pool_idle_bytes"], POOL_BOUND)
                if not service.under_sanitizer():
                    self.assertLess(service.resident_bytes(running.process), POOL_BOUND + (16 << 20))

    def test_large_requests_are_forgotten(self):
        small = payload("process")
        with Service("--guard-one-in=0") as running, running.connect() as client:
            for _ in range(10):
                client.send(request("POST", "/process", LONG))
                self.assertEqual(client.read_answer().status, 200)
            reused = []
            for number in range(200):
                client.send(request("POST", "/process", small))
                self.assertEqual(client.read_answer().status, 200)
                if number in (99, 198):
                    reused.append(running.stats()["pool_reused"])
            figures = running.stats()
            # The arena of the last large body waits for another one, for a minute.
            self.assertLess(figures["pool_idle_bytes"], len(LONG) + (1 << 20))
            self.assertGreaterEqual(reused[1] - reused[0], 98)

    def test_steady_load_takes_no_more_memory(self):
        if service.under_sanitizer():
            raise unittest.SkipTest("a sanitizer keeps freed memory")
        payloads = [payload("orders", count) for count in (20, 50, 100, 120)]
        for strategy in service.STRATEGIES:
            with Service(strategy=strategy) as running, running.connect() as client:
                sizes = []
                for number in range(600):
                    client.send(request("POST", "/orders", payloads[number % len(payloads)]))
                    self.assertEqual(client.read_answer().status, 200)
                    if number % 200 == 199:
                        sizes.append(service.resident_bytes(running.process))
                self.assertLess(sizes[2], sizes[0] + (1 << 20))



if __name__ == "__main__":
    service.main()
