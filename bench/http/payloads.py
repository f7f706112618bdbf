#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the request bodies that the comparison and the tests send.

payloads.py process [ITEMS] | orders [ORDERS]: the body of POST /process or /orders, 100 items or
orders unless told otherwise, to standard output. The same arguments give the same body.
"""

import json
import random
import sys

NOUNS = ("apples pears plums cherries walnuts hazelnuts oranges lemons figs dates olives capers "
         "almonds apricots peaches quinces").split()
PACKAGES = ("crate box bag tray sack barrel carton basket").split()
NAMES = ("Ada Grace Edsger Barbara Donald Frances Alan Margaret Niklaus Radia Ken Karen Dennis Lynn "
         "Tony Adele").split()


def process(rng, count):
    return {"items": [f"{rng.choice(PACKAGES).title()} of {rng.choice(NOUNS)}, No. {rng.randrange(10000)}"
                      for _ in range(count)]}


def orders(rng, count):
    customers = [f"{rng.choice(NAMES)} & {rng.choice(NAMES)} Trading, {city}" for city in range(10, 50)]
    articles = [f"{rng.choice(NOUNS).upper()}-{rng.choice(PACKAGES).upper()}-{n:05}" for n in range(200)]
    return {"orders": [
        {"id": 100000 + number, "customer": rng.choice(customers),
         "lines": [{"sku": rng.choice(articles), "quantity": rng.randint(1, 40),
                    "unit_cents": rng.randint(50, 20000)} for _ in range(rng.randint(1, 5))]}
        for number in range(count)]}


def main():
    makers = {"process": process, "orders": orders}
    if len(sys.argv) not in (2, 3) or sys.argv[1] not in makers:
        sys.exit(__doc__)
    count = int(sys.argv[2]) if len(sys.argv) == 3 else 100
    document = makers[sys.argv[1]](random.Random(1), count)
    sys.stdout.write(json.dumps(document, separators=(",", ":")))


if __name__ == "__main__":
    main()
