#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A pointer that is used after its request ends the service, with a report that names the route."""

import unittest

import service
from service import Service, payload, request

BODY = b"a body that the next request reads " * 100


class GuardedRequests(service.TestCase):
    def test_a_late_use_is_reported(self):
        if service.under_sanitizer():
            raise unittest.SkipTest("a sanitizer finds it first")
        running = Service("--guard-one-in=1", strategy="example")
        if running.request("POST", "/last-body", b"").status == 404:
            raise unittest.SkipTest("only a debug build has the planted bug")
        with running.connect() as client:
            client.send(request("POST", "/last-body", BODY))
            self.assertEqual(client.read_answer().body, b"")
            client.send(request("POST", "/last-body", BODY))
            self.assertTrue(client.is_closed())
        report = running.process.communicate(timeout=service.PATIENCE)[1]
        self.assertLess(running.process.returncode, 0)
        self.assertRegex(report, r"arena: (read|access) at 0x[0-9a-f]+, .*'ArenaPool'.*key \d+ \(/last-body\).*, freed ")
        for part in ("used here", "freed here", "taken here"):
            self.assertRegex(report, rf"\n  {part}, by thread \d+:\n")

    def test_requests_are_served_from_guarded_memory(self):
        with Service() as plain, Service("--guard-one-in=1", "--threads=2") as running:
            for path, body in (("/orders", payload("orders")), ("/process", payload("process"))):
                for _ in range(5):
                    self.assertEqual(running.request("POST", path, body).body, plain.request("POST", path, body).body)
            figures = running.stats()
            self.assertEqual((figures["pool_guarded"], figures["pool_reused"]), (figures["pool_leases"], 0))

    def test_it_is_on_by_default(self):
        one = request("GET", "/healthz")
        for options, guarded in (((), True), (("--guard-one-in=0",), False)):
            with Service(*options) as running, running.connect() as client:
                client.send(one * 10000)
                for _ in range(10000):
                    self.assertEqual(client.read_answer().status, 200)
                self.assertEqual(running.stats()["pool_guarded"] > 0, guarded)


if __name__ == "__main__":
    service.main()
