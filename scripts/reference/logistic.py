"""Makes logistic.json and separation.json in Tests/TrainingTests/Fixtures, by other software.

    pip install numpy scipy scikit-learn statsmodels mpmath
    python scripts/reference/logistic.py

The expected numbers come from Newton's method in 50 digits (mpmath). Each case is also fitted by
scikit-learn (newton-cholesky, tol 1e-12) or, with an offset, by statsmodels (GLM, IRLS); the script
stops when they differ by more than 1e-7. The objective is

    sum(w * logloss) / sum(w) + l2Penalty / 2 * |coefficients|^2, the intercept not penalised.

separation.json holds small samples of whole numbers, each with the answer of a linear program (Konis
2007): the most that a direction can move rows toward their outcomes while it moves none away. Above 0,
the outcomes are separated and no finite coefficients are best.
"""

import json
import pathlib

import mpmath as mp
import numpy as np
import sklearn
import statsmodels
import statsmodels.api as sm
from scipy.optimize import linprog
from sklearn.linear_model import LogisticRegression

mp.mp.dps = 50
HERE = pathlib.Path(__file__).resolve().parent
FIXTURES = HERE.parent.parent / "Tests/TrainingTests/Fixtures"


def exact(x, y, w, offset, l2):
    """Newton in 50 digits from the solution in double precision of a few damped steps."""
    n, p = x.shape
    design = np.column_stack([np.ones(n), x])
    penalty = np.full(p + 1, l2)
    penalty[0] = 0
    share = w / w.sum()
    theta = np.zeros(p + 1)
    for _ in range(200):
        mu = 1 / (1 + np.exp(-(design @ theta + offset)))
        g = design.T @ (share * (mu - y)) + penalty * theta
        h = (design.T * (share * mu * (1 - mu))) @ design + np.diag(penalty)
        step = np.linalg.solve(h, g)
        theta = theta - step / max(1, np.abs(design @ step).max())
    theta = mp.matrix([mp.mpf(t) for t in theta])
    rows = [[mp.mpf(v) for v in row] for row in design]
    total = mp.fsum(mp.mpf(v) for v in w)
    for _ in range(2):  # each doubles the 12 or more digits it starts from
        g = mp.matrix(p + 1, 1)
        h = mp.matrix(p + 1, p + 1)
        loss = mp.mpf(0)
        for row, yi, wi, oi in zip(rows, y, w, offset):
            eta = mp.fdot(row, theta) + mp.mpf(oi)
            mu = 1 / (1 + mp.exp(-eta))
            s = mp.mpf(wi) / total
            loss += s * (mp.log1p(mp.exp(eta)) - mp.mpf(yi) * eta)
            r = s * (mu - mp.mpf(yi))
            c = s * mu * (1 - mu)
            for i in range(p + 1):
                g[i] += r * row[i]
                for j in range(i + 1):
                    h[i, j] += c * row[i] * row[j]
        for i in range(p + 1):
            g[i] += mp.mpf(penalty[i]) * theta[i]
            h[i, i] += mp.mpf(penalty[i])
            for j in range(i):
                h[j, i] = h[i, j]
        step = mp.lu_solve(h, g)
        theta = theta - step
    assert max(abs(s) for s in step) < 1e-15
    return [float(t) for t in theta], float(loss)


def other(x, y, w, offset, l2):
    if offset.any():
        assert l2 == 0
        glm = sm.GLM(y, sm.add_constant(x), family=sm.families.Binomial(), freq_weights=w,
                     offset=offset)
        return glm.fit(tol=1e-14, maxiter=200).params
    c = np.inf if l2 == 0 else 1 / (l2 * w.sum())
    model = LogisticRegression(C=c, solver="newton-cholesky", tol=1e-12, max_iter=1000)
    model.fit(x, y, sample_weight=w)
    return np.concatenate([model.intercept_, model.coef_[0]])


def outcomes(rng, eta):
    return (rng.random(len(eta)) < 1 / (1 + np.exp(-eta))).astype(float)


def cases():
    rng = np.random.default_rng(20240607)

    def normal(n, p):
        return np.round(rng.standard_normal((n, p)), 3)

    x = normal(200, 4)
    y = outcomes(rng, x @ [1, -0.5, 0.25, 0] - 0.3)
    yield "plain", x, y, None, None, 0.0
    yield "penalised", x, y, None, None, 0.05
    yield "weighted", x, y, np.round(rng.gamma(0.5, 1, 200), 3), None, 0.0
    yield "weightedPenalised", x, y, rng.integers(0, 6, 200).astype(float), None, 0.5
    yield "offset", x, y, None, np.round(rng.normal(0, 2, 200), 3), 0.0
    yield ("weightedOffset", x, y, rng.integers(1, 5, 200).astype(float),
           np.round(rng.normal(-1, 1, 200), 3), 0.0)

    x = normal(3000, 2)
    y = np.zeros(3000)
    y[np.argsort(-(x @ [1.0, 0.7] + rng.gumbel(size=3000)))[[0, 5, 40]]] = 1
    yield "oneInAThousand", x, y, None, None, 0.0

    base = normal(300, 1)
    x = np.round(base + 1e-3 * rng.standard_normal((300, 3)), 5)
    yield "correlated", x, outcomes(rng, 0.8 * base[:, 0]), None, None, 0.0
    yield "correlatedPenalised", x, outcomes(rng, 0.8 * base[:, 0]), None, None, 1e-3

    x = np.round(rng.lognormal(0, 1.5, (250, 3)), 3)
    yield "skewed", x, outcomes(rng, 0.3 * x[:, 0] - 0.2 * x[:, 1]), None, None, 0.0

    x = normal(20, 40)
    yield "wide", x, outcomes(rng, x[:, 0]), None, None, 0.1


def separations():
    """Samples of full rank with both outcomes, about half of them separated."""
    rng = np.random.default_rng(19840401)
    result = []
    while len(result) < 400:
        n, p = int(rng.integers(6, 40)), int(rng.integers(1, 5))
        x = rng.integers(0, int(rng.integers(2, 5)), (n, p)).astype(float)
        y = outcomes(rng, 2 * (x - x.mean(0)) @ rng.standard_normal(p))
        design = np.column_stack([np.ones(n), x])
        if y.min() == y.max() or n <= p or np.linalg.matrix_rank(design) <= p:
            continue
        toward = design * (2 * y - 1)[:, None]
        answer = linprog(-toward.sum(0), A_ub=-toward, b_ub=np.zeros(n), bounds=[(-1, 1)] * (p + 1))
        assert answer.status == 0
        result.append({"rows": x.astype(int).tolist(), "outcomes": y.astype(int).tolist(),
                       "isSeparated": bool(-answer.fun > 1e-7)})
    print(sum(c["isSeparated"] for c in result), "of", len(result), "samples are separated")
    return result


def main():
    result = []
    for name, x, y, w, offset, l2 in cases():
        n = len(y)
        weights = np.ones(n) if w is None else w
        shift = np.zeros(n) if offset is None else offset
        theta, loss = exact(x, y, weights, shift, l2)
        gap = np.max(np.abs(np.array(theta) - other(x, y, weights, shift, l2)))
        print(f"{name}: {gap:.1e} from the other fit")
        assert gap < 1e-7 * max(1, np.max(np.abs(theta))), name
        case = {"name": name, "rows": x.tolist(), "outcomes": y.tolist(), "l2Penalty": l2,
                "intercept": theta[0], "coefficients": theta[1:], "logLoss": loss}
        if w is not None:
            case["sampleWeights"] = w.tolist()
        if offset is not None:
            case["offset"] = offset.tolist()
        result.append(case)
    made = f"scikit-learn {sklearn.__version__}, statsmodels {statsmodels.__version__}"
    text = json.dumps({"madeWith": made, "cases": result}, sort_keys=True)
    (FIXTURES / "logistic.json").write_text(text + "\n")
    (FIXTURES / "separation.json").write_text(json.dumps(separations(), sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
