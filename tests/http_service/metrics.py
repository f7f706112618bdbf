#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""GET /metrics is what Prometheus reads, and has the figures of GET /stats."""

import re
import shutil
import subprocess
import unittest

import service
from service import STRATEGIES, Service, request


class Metrics(service.TestCase):
    def test_they_are_those_of_stats(self):
        for strategy in STRATEGIES:
            with Service(strategy=strategy) as running, running.connect() as client:
                for body in ({"items": ["a"]}, {"items": ["b"]}, {}):
                    client.send(request("POST", "/process", body))
                    client.read_answer()
                metrics = running.metrics()
                stats = running.stats()
                self.assertEqual(metrics['service_requests_total{route="/process"}'], 3)
                self.assertEqual(metrics['service_failures_total{route="/process"}'], 1)
                self.assertEqual(metrics['service_requests_total{route="/metrics"}'], 1)
                self.assertEqual(metrics["service_connections_accepted_total"] + 1, stats["connections_accepted"])
                self.assertEqual('arena_budget_used_bytes{budget="process"}' in metrics, strategy == "arena")
                if strategy == "arena":
                    self.assertEqual(metrics["service_pool_leases_total"] + 1, stats["pool_leases"])
                    used = [metrics[f'arena_budget_used_bytes{{budget="process{part}"}}']
                            for part in ("", "/connections", "/requests")]
                    self.assertEqual(used[0], used[1] + used[2])
                    self.assertGreater(used[1], 2 * 16384)
                    self.assertGreater(used[2], 0)
                    bodies = metrics['arena_budget_used_bytes{budget="process/requests/bodies"}']
                    self.assertTrue(0 < bodies < used[2])  # an idle arena of a body; that of this handler, too

    def test_the_form(self):
        with Service() as running:
            answer = running.request("GET", "/metrics")
            self.assertEqual(answer.fields["content-type"],
                             "application/openmetrics-text; version=1.0.0; charset=utf-8")
            lines = answer.body.decode().split("\n")
            self.assertEqual(lines[-2:], ["# EOF", ""])
            families = re.findall(r"# TYPE (\S+) (?:counter|gauge)\n", answer.body.decode())
            self.assertEqual(len(set(families)), len(families))
            with running.connect() as client:
                client.send(request("HEAD", "/metrics") + request("GET", "/healthz"))
                self.assertGreater(int(client.read_answer(to_head=True).fields["content-length"]), 1000)
                self.assertEqual(client.read_answer().status, 200)

    @unittest.skipUnless(shutil.which("promtool"), "there is no promtool")
    def test_promtool_reads_them(self):
        with Service() as running:
            text = running.request("GET", "/metrics").body
        checked = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, check=False)
        complaints = [line for line in checked.stderr.decode().splitlines() if not line.endswith(" no help text")]
        self.assertEqual((complaints, checked.stdout), ([], b""))
        self.assertEqual(checked.returncode, 3)
        broken = subprocess.run(["promtool", "check", "metrics"], input=text.replace(b" gauge", b" gage", 1),
                                capture_output=True, check=False)
        self.assertEqual(broken.returncode, 1)


if __name__ == "__main__":
    service.main()
