#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A client that sends without pause, or keys made to collide, takes no more of the service than its share."""

import json
import signal
import threading
import time

import service
from service import STRATEGIES, Service, request

FLOOD_SECONDS = 10  # at most; a service that starves the others does so until the flood ends


class Flood:
    """A client that sends the same requests again and again, and reads the answers."""

    def __init__(self, running, requests):
        self.client = running.connect()
        self.block = requests * (-(-(1 << 20) // len(requests)))
        self.ends = time.monotonic() + FLOOD_SECONDS
        self.stopping = False
        self.received = 0
        self.threads = [threading.Thread(target=part) for part in (self.send, self.receive)]
        for thread in self.threads:
            thread.start()

    def is_going_on(self):
        return self.threads[0].is_alive()

    def send(self):
        try:
            while not self.stopping and time.monotonic() < self.ends:
                self.client.send(self.block)
        except OSError:
            pass

    def receive(self):
        try:
            while part := self.client.socket.recv(1 << 20):
                self.received += len(part)
        except OSError:
            pass

    def __enter__(self):
        while self.is_going_on() and self.received < 1 << 16:
            time.sleep(0.01)
        return self

    def __exit__(self, *ignored):
        self.stopping = True
        self.client.reset()
        for thread in self.threads:
            thread.join()


# A short request, and one whose body takes many reads.
FLOODS = [request("GET", "/healthz"), request("POST", "/nowhere", b"x" * 1000000)]


class GreedyClients(service.TestCase):
    def test_the_others_are_served(self):
        for requests in FLOODS:
            with Service() as running, Flood(running, requests) as flood:
                for _ in range(20):
                    self.check_alive(running)
                self.assertTrue(flood.is_going_on())

    def test_timeouts_are_kept(self):
        for requests in FLOODS:
            with Service("--request-timeout=200") as running, Flood(running, requests) as flood:
                with running.connect() as client:
                    client.send(request("GET", "/healthz")[:-1])
                    self.check_error(client.read_answer(), 408)
                self.assertTrue(flood.is_going_on())

    def test_the_service_stops_when_told_to(self):
        for requests in FLOODS:
            with Service("--grace=1000") as running, Flood(running, requests) as flood:
                self.assertTrue(flood.is_going_on())
                begin = time.monotonic()
                running.signal(signal.SIGTERM)
                running.process.wait(service.PATIENCE)
                self.assertLess(time.monotonic() - begin, FLOOD_SECONDS / 2)

    def test_a_flood_is_answered_in_full(self):
        one = request("GET", "/healthz")
        with Service() as running, running.connect() as client:
            client.send(one * 3000)
            for _ in range(3000):
                self.assertEqual(client.read_answer().status, 200)
            client.send(one)
            self.assertEqual(client.read_answer().status, 200)


# ---- keys that collide ---------------------------------------------------------------------------

WORD = (1 << 64) - 1
MULTIPLIER = 0xc6a4a7935bd1e995  # of the MurmurHash that is libstdc++'s std::hash
INVERSE = pow(MULTIPLIER, -1, 1 << 64)


def mixed(word):
    return word ^ (word >> 47)


def after(state, word):
    """The state of the hash after eight bytes more."""
    return (state ^ (mixed(word * MULTIPLIER & WORD) * MULTIPLIER & WORD)) * MULTIPLIER & WORD


def word_between(before, wanted):
    """The eight bytes that lead from one state to another."""
    return mixed((wanted * INVERSE & WORD ^ before) * INVERSE & WORD) * INVERSE & WORD


def colliding_keys(each):
    """each ** 3 strings of 48 bytes with one std::hash: three parts, each of which leads to the same state."""
    length, wanted = 48, 0x123456789abcdef
    parts = []
    for begin in (0xc70f6907 ^ (length * MULTIPLIER & WORD), wanted):
        found, number = [], 0
        while len(found) < each:
            number += 1
            first = int.from_bytes(f"{number:08}".encode(), "little")
            second = word_between(after(begin, first), wanted).to_bytes(8, "little")
            if max(second) < 0x80:
                found.append(f"{number:08}" + second.decode("ascii"))
        parts.append(found)
    return [a + b + c for a in parts[0] for b in parts[1] for c in parts[1]]


def orders(skus):
    lines = [{"sku": sku, "quantity": 1, "unit_cents": 1} for sku in skus]
    return json.dumps({"orders": [{"id": 1, "customer": "a", "lines": lines[begin:begin + 100]}
                                  for begin in range(0, len(lines), 100)]}).encode()


class CollidingKeys(service.TestCase):
    def handler_cpu(self, strategy, body):
        with Service("--request-timeout=60000", strategy=strategy) as running:
            self.assertEqual(running.request("POST", "/orders", body).status, 200)
            return running.request("GET", "/measured").json()["orders"]["cpu_ns"]

    def test_they_cost_what_others_do(self):
        keys = colliding_keys(18)
        self.assertEqual(len(set(keys)), 18 ** 3)
        # The others differ in their first bytes, where those of the first part differ, too.
        others = [f"{number:08}" + key[8:] for number, key in enumerate(keys)]
        for strategy in STRATEGIES:
            usual = self.handler_cpu(strategy, orders(others))
            self.assertLess(self.handler_cpu(strategy, orders(keys)), 3 * usual)


if __name__ == "__main__":
    service.main()
