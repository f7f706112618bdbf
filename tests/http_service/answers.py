#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The answers are right, and byte for byte the same with every strategy, as curl sees them."""

import collections
import json
import re
import shutil
import subprocess
import tempfile
import unittest

import service
from service import STRATEGIES, Service, payload


def expected_process(body):
    items = []
    for text in json.loads(body)["items"]:
        # Letters outside ASCII belong to words and stay as they are.
        upper = re.sub("[a-z]", lambda letter: letter[0].upper(), text)
        lower = re.sub("[A-Z]", lambda letter: letter[0].lower(), text)
        words = re.findall(r"[a-z0-9\u0080-\U0010ffff]+", lower)
        items.append({"text": upper, "slug": "-".join(words), "words": words})
    return {"items": items, "count": len(items)}


def expected_orders(body):
    customers, items = (collections.defaultdict(collections.Counter) for _ in range(2))
    orders = json.loads(body)["orders"]
    for order in orders:
        customer = customers[order["customer"]]
        customer["orders"] += 1
        for line in order["lines"]:
            for totals in (customer, items[line["sku"]]):
                totals["units"] += line["quantity"]
                totals["total_cents"] += line["quantity"] * line["unit_cents"]

    def ranked(name, totals, figures):
        rows = [{name: key, **{figure: total[figure] for figure in figures}} for key, total in totals.items()]
        return sorted(rows, key=lambda row: (-row["total_cents"], row[name].encode()))

    return {"orders": len(orders),
            "total_cents": sum(total["total_cents"] for total in customers.values()),
            "customers": ranked("customer", customers, ("orders", "units", "total_cents")),
            "top_items": ranked("sku", items, ("units", "total_cents"))[:10]}


def in_another_order(body):
    """The same orders, with the members of each object turned around and one among them that nobody asks for."""
    def turned(members):
        first, *rest = reversed(members)
        return dict([first, ("unknown", None), *rest])

    return json.dumps(json.loads(body, object_pairs_hook=turned)).encode()


class Answers(service.TestCase):
    def test_process(self):
        bodies = [payload("process"), payload("process", 1000), b'{"items": []}',
                  json.dumps({"items": ["", "-", " a  b ", "Crème BRÛLÉE 12", "quote \" and \\", "tab\t\0"]}).encode()]
        for strategy in STRATEGIES:
            with Service(strategy=strategy) as running:
                for body in bodies:
                    answer = running.request("POST", "/process", body)
                    self.assertEqual(answer.status, 200)
                    self.assertEqual(answer.json(), expected_process(body))

    def test_orders(self):
        tie = {"orders": [{"id": n, "customer": name, "lines": [{"sku": name, "quantity": 1, "unit_cents": 5}]}
                          for n, name in enumerate(["b", "a", "c", "a"])]}
        bodies = [payload("orders"), payload("orders", 1000), b'{"orders":[]}', json.dumps(tie).encode(),
                  json.dumps({"orders": [{"id": 0, "customer": "nothing bought", "lines": []}]}).encode(),
                  in_another_order(payload("orders"))]
        for strategy in STRATEGIES:
            with Service(strategy=strategy) as running:
                for body in bodies:
                    answer = running.request("POST", "/orders", body)
                    self.assertEqual(answer.status, 200)
                    self.assertEqual(answer.json(), expected_orders(body))

    def test_figures(self):
        for strategy in STRATEGIES:
            with Service(strategy=strategy) as running:
                for _ in range(3):
                    running.request("POST", "/process", payload("process"))
                running.request("POST", "/process", b"no JSON")
                figures = running.stats()
                self.assertEqual(figures["requests of /process"], 4)
                self.assertEqual(figures["failures of /process"], 1)
                self.assertEqual(figures["connections_accepted"], 5)
                self.assertEqual(figures["connections_open"], 1)
                self.assertEqual(figures["connections_timed_out"], 0)
                self.assertEqual(figures["refused_requests"], 0)
                self.assertGreater(figures["uptime_seconds"], 0)
                self.assertGreater(figures["cpu_seconds"], 0)
                self.assertEqual("pool_leases" in figures, strategy == "arena")
                if strategy == "arena":
                    self.assertEqual(figures["pool_leases"], 4 * 2 + 1)  # a body and a handler; GET has no body
                    self.assertEqual(figures["pool_open"], 1)
                measured = running.request("GET", "/measured").json()
                self.assertEqual({**measured["process"], "cpu_ns": 0}, {"requests": 4, "measured": 1, "cpu_ns": 0})
                self.assertGreater(measured["process"]["cpu_ns"], 0)

    @unittest.skipUnless(shutil.which("curl"), "there is no curl")
    def test_same_bytes(self):
        with tempfile.NamedTemporaryFile() as orders, tempfile.NamedTemporaryFile() as items:
            orders.write(payload("orders", 300))
            orders.flush()
            items.write(payload("process", 300))
            items.flush()
            calls = [
                ["/orders", "--data-binary", f"@{orders.name}"],
                ["/orders", "--data-binary", f"@{orders.name}", "-H", "Transfer-Encoding: chunked"],
                ["/orders", "--data-binary", f"@{items.name}"],
                ["/process", "--data-binary", f"@{items.name}"],
                ["/process", "--data-binary", f"@{items.name}", "-H", "Expect: 100-continue"],
                ["/process?with=query", "--data", '{"items": ["one", "two"], "more": [1, 2.5, null, {}]}'],
                ["/process", "--data", '{"items": ["one", 2]}'],
                ["/process", "--data", '{"items": '],
                ["/process", "-X", "PUT", "--data", "{}"],
                ["/process"],
                ["/healthz"],
                ["/healthz", "--head"],
                ["/healthz", "--http1.0"],
                ["/elsewhere", "--data", "x"],
            ]
            outputs = {}
            for strategy in STRATEGIES:
                with Service(strategy=strategy) as running:
                    outputs[strategy] = [
                        subprocess.run(["curl", "--silent", "--show-error", "--include", "--max-time", "60", *call[1:],
                                        f"http://127.0.0.1:{running.port}{call[0]}"],
                                       check=True, stdout=subprocess.PIPE).stdout for call in calls]
            for strategy in list(STRATEGIES)[1:]:
                for call, ours, theirs in zip(calls, outputs["arena"], outputs[strategy]):
                    self.assertEqual(ours, theirs, call)
            statuses = [int(re.findall(rb"HTTP/1.1 (\d+)", output)[-1]) for output in outputs["arena"]]
            self.assertEqual(statuses, [200, 200, 422, 200, 200, 200, 422, 400, 405, 405, 200, 200, 200, 404])
            self.assertEqual(outputs["arena"][0].split(b"\r\n\r\n")[-1], outputs["arena"][1].split(b"\r\n\r\n")[-1])


if __name__ == "__main__":
    service.main()
