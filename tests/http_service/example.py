#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The example itself: the same service as in the other tests, with the routes of its README."""

import service
from service import Service


class Example(service.TestCase):
    def test_its_routes(self):
        with Service(strategy="example") as running:
            answer = running.request("POST", "/process", {"items": ["Crate of Apples"]})
            self.assertEqual(answer.json(), {"count": 1, "items": [
                {"text": "CRATE OF APPLES", "slug": "crate-of-apples", "words": ["crate", "of", "apples"]}]})
            self.check_alive(running)
            self.assertEqual(running.stats()["requests of /process"], 1)
            self.assertEqual(running.metrics()['service_requests_total{route="/process"}'], 1)
            self.check_error(running.request("POST", "/orders", {}), 404)


if __name__ == "__main__":
    service.main()
