#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How the service starts, refuses to start, and stops."""

import contextlib
import signal
import subprocess
import time

import service
from service import STRATEGIES, Service, request


class StartAndStop(service.TestCase):
    def run_briefly(self, *options):
        return subprocess.run([STRATEGIES["arena"], *options], capture_output=True, text=True, timeout=service.PATIENCE,
                              check=False)

    def test_bad_options(self):
        for option in ("--port=65536", "--port=", "--port=8O", "--threads=0", "--max-body=-1", "--port",
                       "--colour=red", "x"):
            ended = self.run_briefly(option)
            self.assertEqual(ended.returncode, 1, option)
            self.assertIn("http_service: ", ended.stderr)
            self.assertEqual(ended.stdout, "")

    def test_a_port_that_is_taken(self):
        with Service() as running:
            ended = self.run_briefly(f"--port={running.port}")
            self.assertEqual(ended.returncode, 1)
            self.assertIn("http_service: ", ended.stderr)

    def test_idle_connections_do_not_keep_it(self):
        for strategy in STRATEGIES:
            for threads in (1, 3):
                with Service(f"--threads={threads}", strategy=strategy) as running, contextlib.ExitStack() as stack:
                    clients = [stack.enter_context(running.connect()) for _ in range(4)]
                    for client in clients:
                        client.send(request("GET", "/healthz"))
                        self.assertEqual(client.read_answer().status, 200)
                    running.signal(signal.SIGTERM)
                    for client in clients:
                        self.assertTrue(client.is_closed())
                    running.process.wait(service.PATIENCE)  # its status is checked at the end of `with`

    def test_a_request_that_has_begun_is_answered(self):
        whole = request("POST", "/process", {"items": ["the last one"]})
        for number in (signal.SIGTERM, signal.SIGINT):
            with Service("--grace=60000") as running, running.connect() as client:
                client.send(whole[:-5])
                self.check_alive(running)
                running.signal(number)
                with self.assertRaises(OSError):  # nobody else is let in
                    while True:
                        running.connect().socket.close()
                        time.sleep(0.01)
                client.send(whole[-5:])
                answer = client.read_answer()
                self.assertEqual(answer.json()["count"], 1)
                self.assertEqual(answer.fields["connection"], "close")
                self.assertTrue(client.is_closed())
                client.socket.close()
                running.process.wait(service.PATIENCE)

    def test_an_answer_that_is_being_sent_is_the_last(self):
        heavy = request("POST", "/process", {"items": ["a " * 500000]})
        options = [f"--{name}=3600000" for name in ("grace", "answer-timeout", "idle-timeout")]
        with Service(*options) as running, running.connect(receive_buffer=32768) as client:
            client.send(heavy)
            client.receive()  # of an answer of megabytes, most of which the service still has
            running.signal(signal.SIGTERM)
            self.assertEqual(client.read_answer().json()["count"], 1)
            self.assertTrue(client.is_closed())
            client.socket.close()
            running.process.wait(service.PATIENCE)

    def test_a_client_that_does_not_end_is_cut_off(self):
        with Service("--grace=300", "--request-timeout=3600000") as running, running.connect() as client:
            client.send(b"POST /process HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n")
            self.check_alive(running)
            running.signal(signal.SIGTERM)
            self.assertTrue(client.is_closed())
            running.process.wait(service.PATIENCE)


if __name__ == "__main__":
    service.main()
