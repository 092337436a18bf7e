#!/usr/bin/env python3
"""Writes Tests/EvaluationTests/Fixtures/multiclass.json: measures of several classes.

    pip install numpy scikit-learn==1.9.1
    python3 scripts/reference/multiclass_evaluation.py

Log loss, accuracy, hit rates, areas and the Brier score come from scikit-learn. Where classes were not
available to all rows, which scikit-learn does not know, log loss and Brier score are its own on the
probabilities among the available ones, and the areas those of the rows that could have had the class.
"""

import json
from pathlib import Path

import numpy as np
import sklearn
from sklearn.metrics import (
    accuracy_score, brier_score_loss, log_loss, roc_auc_score, top_k_accuracy_score)

TARGET = Path("Tests/EvaluationTests/Fixtures/multiclass.json")


def case(name, scores, outcomes, weights=None, mask=None):
    n, k = scores.shape
    shares = np.bincount(outcomes, minlength=k) / n + 0.01
    shares /= shares.sum()
    allowed = np.ones((n, k), bool) if mask is None else mask

    def probabilities(eta):
        e = np.where(allowed, np.exp(eta - eta.max(1, keepdims=True)), 0)
        return e / e.sum(1, keepdims=True)

    def hits(p):
        if k == 2:  # for which scikit-learn wants one column
            return [float(accuracy_score(outcomes, p.argmax(1), sample_weight=weights)), 1.0]
        return [
            float(top_k_accuracy_score(
                outcomes, np.where(allowed, p, -1), k=top, labels=range(k), sample_weight=weights))
            for top in range(1, min(5, k) + 1)]

    p = probabilities(scores)
    base = probabilities(np.tile(np.log(shares), (n, 1)))
    areas = []
    for c in range(k):
        rows = allowed[:, c]
        areas.append(float(roc_auc_score(
            outcomes[rows] == c, p[rows, c],
            sample_weight=None if weights is None else weights[rows])))
    # 0 × log 0: classes that cannot be had take no part.
    tiny = np.finfo(float).tiny
    loss = log_loss(outcomes, np.clip(p, tiny, 1), labels=range(k), sample_weight=weights)
    assert hits(p)[0] == accuracy_score(outcomes, p.argmax(1), sample_weight=weights)
    return {
        "name": name, "scores": scores.tolist(), "outcomes": outcomes.tolist(),
        "weights": None if weights is None else weights.tolist(),
        "available": None if mask is None else mask.tolist(), "shares": shares.tolist(),
        "logLoss": float(loss),
        "baseLogLoss": float(log_loss(
            outcomes, np.clip(base, tiny, 1), labels=range(k), sample_weight=weights)),
        "brierScore": float(brier_score_loss(
            outcomes, p, sample_weight=weights, scale_by_half=False,
            labels=range(k))),
        "hitRates": hits(p), "areas": areas,
    }


def main():
    random = np.random.default_rng(20260411)

    def draw(n, k, mask=None):
        eta = np.round(random.normal(size=(n, k)) * 1.2, 6)
        noisy = eta + random.gumbel(size=eta.shape)
        if mask is not None:
            noisy[~mask] = -np.inf
        return eta, noisy.argmax(1)

    cases = [case("plain", *draw(300, 4)), case("two", *draw(120, 2))]
    cases.append(case("seven", *draw(400, 7)))
    cases.append(case("weighted", *draw(250, 5), weights=np.round(random.gamma(1, 2, 250) + 0.1, 3)))
    mask = random.random((300, 6)) < 0.6
    mask[np.arange(300), random.integers(0, 6, 300)] = True
    cases.append(case("masked", *draw(300, 6, mask), mask=mask))
    TARGET.write_text(
        json.dumps({"madeWith": f"scikit-learn {sklearn.__version__}", "cases": cases},
                   sort_keys=True) + "\n")


main()
