#!/usr/bin/env python3
"""Writes Tests/ExperimentsTests/Fixtures/assignment.json: variants by GrowthBook's own library.

Buckets come from its hash function, the variants of each design from running the experiment. A
holdout is one of its filters, with hash version 2 and the ranges [[share, 1]].

Run from the root of the repository, with the package growthbook (4.0.0 was used):

    python3 scripts/reference/assignment.py
"""

import json
from pathlib import Path

from growthbook import Experiment, GrowthBook
from growthbook.core import gbhash, getBucketRanges

TARGET = Path("Tests/ExperimentsTests/Fixtures/assignment.json")

UNITS = [str(number) for number in range(1, 41)]
UNITS += [f"customer-{number * 7919}" for number in range(40)]
UNITS += ["9007199254740993", "18446744073709551615", "-1", " ", "a b", "x" * 300, "\t"]
UNITS += ["d0bc0a5a-6f1c-4c5e-9d7c-0d7f3c1b2a90", "anna@example.com", "Anna@example.com"]
# One and two UTF-16 code units; an accented letter composed and decomposed.
UNITS += ["клиент-17", "покупатель", "客户42", "caf\u00e9", "cafe\u0301", "🙂", "id-🧪-7"]

SALTS = ["", "seed", "cart-reminder", "напоминание", "🧪"]


def designs():
    def design(salt, count, **settings):
        return {
            "salt": salt,
            "variantCount": count,
            "weights": settings.get("weights"),
            "coverage": settings.get("coverage", 1.0),
            "hashVersion": settings.get("hashVersion", 2),
            "namespace": settings.get("namespace"),
            "holdout": settings.get("holdout"),
        }

    part = {"id": "checkout", "lower": 0.25, "upper": 0.9}
    yield design("cart-reminder", 2)
    yield design("cart-reminder", 2, hashVersion=1)
    yield design("reactivation", 3, coverage=0.6)
    yield design("напоминание", 3, weights=[0.2, 0.3, 0.5], coverage=0.45)
    yield design("cross-sell", 4, weights=[0.1, 0.2, 0.3, 0.4], hashVersion=1)
    yield design("cross-sell", 2, weights=[0.9, 0.1], coverage=0.7, namespace=part)
    yield design("cross-sell", 2, hashVersion=1, namespace=part)
    yield design("win-back", 2, coverage=0.8, holdout={"salt": "global", "share": 0.15})
    yield design("win-back", 7, coverage=0.99)


def variant(design, unit):
    """The index of the unit's variant, None for a unit that is not in the experiment."""
    namespace, holdout = design["namespace"], design["holdout"]
    experiment = Experiment(
        key="unused, as there is a seed",
        variations=list(range(design["variantCount"])),
        seed=design["salt"],
        weights=design["weights"],
        coverage=design["coverage"],
        hashVersion=design["hashVersion"],
        namespace=namespace and (namespace["id"], namespace["lower"], namespace["upper"]),
        filters=holdout
        and [{"seed": holdout["salt"], "ranges": [[holdout["share"], 1]], "hashVersion": 2}],
    )
    result = GrowthBook(attributes={"id": unit}).run(experiment)
    return result.variationId if result.inExperiment else None


def main():
    buckets = [
        {"salt": salt, "hashVersion": version, "buckets": [gbhash(salt, u, version) for u in UNITS]}
        for salt in SALTS
        for version in (1, 2)
    ]
    cases = []
    for design in designs():
        ranges = getBucketRanges(design["variantCount"], design["coverage"], design["weights"])
        case = design | {"bucketRanges": ranges, "variants": [variant(design, u) for u in UNITS]}
        cases.append(case)
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    fixture = {"units": UNITS, "hashes": buckets, "designs": cases}
    TARGET.write_text(json.dumps(fixture, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
