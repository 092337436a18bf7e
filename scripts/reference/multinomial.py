"""Makes multinomial.json in Tests/TrainingTests/Fixtures, by other software.

    pip install numpy scikit-learn statsmodels mpmath
    python scripts/reference/multinomial.py

The expected numbers come from Newton's method in 50 digits (mpmath). Each case is also fitted by other
software where there is one: multinomial regressions by scikit-learn (newton-cholesky, tol 1e-12, C =
1 / (l2Penalty * sum of weights)) with a penalty and by statsmodels (MNLogit, less the mean over the
classes) without; conditional logits by statsmodels (ConditionalLogit). The script stops when they
differ by more than 1e-6. Every case is one of choice sets, whose rows have a linear predictor
z @ theta; the objective is

    sum(w * logloss) / sum(w) + sum(penalty * theta^2) / 2

with z the class's own columns in a multinomial regression, and intercepts neither penalised nor
determined but for their sum, which is 0.
"""

import json
import pathlib

import mpmath as mp
import numpy as np
import sklearn
import statsmodels
from sklearn.linear_model import LogisticRegression
from statsmodels.discrete.conditional_models import ConditionalLogit
from statsmodels.discrete.discrete_model import MNLogit

mp.mp.dps = 50
HERE = pathlib.Path(__file__).resolve().parent
FIXTURES = HERE.parent.parent / "Tests/TrainingTests/Fixtures"


def exact(sets, chosen, share, penalty, means):
    """theta and log loss. sets: one array a set, rows by parameters; means: groups of parameters
    that add up to 0, having no curvature in that direction."""
    count = len(penalty)
    extra = np.zeros((count, count))
    for group in means:
        extra[np.ix_(group, group)] += 1.0 / len(group)
    theta = np.zeros(count)
    for _ in range(300):
        g, h, largest = penalty * theta, np.diag(penalty) + extra, 0.0
        for z, c, s in zip(sets, chosen, share):
            eta = z @ theta
            p = np.exp(eta - eta.max())
            p /= p.sum()
            centered = z - p @ z
            g = g + s * (p @ z - z[c])
            h = h + s * (centered.T * p) @ centered
        step = np.linalg.solve(h, g)
        largest = max(np.abs((z - z[c]) @ step).max() for z, c in zip(sets, chosen))
        theta = theta - step / max(1, largest)
    theta = mp.matrix([mp.mpf(t) for t in theta])
    for _ in range(2):  # each doubles the 10 or more digits it starts from
        g = mp.matrix([mp.mpf(q) * t for q, t in zip(penalty, theta)])
        h = mp.matrix(extra.tolist())
        for i in range(count):
            h[i, i] += mp.mpf(penalty[i])
        loss = mp.mpf(0)
        for z, c, s in zip(sets, chosen, share):
            if s == 0:
                continue
            used = [[i for i in range(count) if v[i] != 0] for v in z]
            eta = [mp.fsum(mp.mpf(v[i]) * theta[i] for i in u) for v, u in zip(z, used)]
            top = max(eta)
            e = [mp.exp(t - top) for t in eta]
            total = mp.fsum(e)
            loss += s * (mp.log(total) - (eta[c] - top))
            p = [t / total for t in e]
            mean = [mp.mpf(0)] * count
            for v, q, u in zip(z, p, used):
                for i in u:
                    mean[i] += q * mp.mpf(v[i])
                    for j in u:
                        if j <= i:
                            h[i, j] += s * q * mp.mpf(v[i]) * mp.mpf(v[j])
            for i in range(count):
                g[i] += s * (mean[i] - mp.mpf(z[c][i]))
                for j in range(i + 1):
                    h[i, j] -= s * mean[i] * mean[j]
        for i in range(count):
            for j in range(i):
                h[j, i] = h[i, j]
        step = mp.lu_solve(h, g)
        theta = theta - step
    assert max(abs(s) for s in step) < 1e-14
    return np.array([float(t) for t in theta]), float(loss)


def multinomial(x, y, k, l2, w=None, mask=None):
    """Parameters class by class: intercept, then the columns."""
    n, p = x.shape
    w = np.ones(n) if w is None else w
    mask = np.ones((n, k), bool) if mask is None else mask
    sets, chosen = [], []
    for i in range(n):
        classes = np.flatnonzero(mask[i])
        z = np.zeros((len(classes), k * (p + 1)))
        for row, c in enumerate(classes):
            z[row, c * (p + 1):(c + 1) * (p + 1)] = np.concatenate([[1], x[i]])
        sets.append(z)
        chosen.append(int(np.flatnonzero(classes == y[i])[0]))
    penalty = np.tile(np.concatenate([[0], np.full(p, l2)]), k)
    means = [np.arange(k) * (p + 1) + j for j in range(p + 1)]
    theta, loss = exact(sets, chosen, w / w.sum(), penalty, means)
    return theta.reshape(k, p + 1), loss


def other_multinomial(x, y, k, l2, w):
    n = len(y)
    weights = np.ones(n) if w is None else w
    if l2 > 0:
        model = LogisticRegression(
            C=1 / (l2 * weights.sum()), solver="newton-cholesky", tol=1e-12, max_iter=1000)
        model.fit(x, y, sample_weight=weights)
        theta = np.column_stack([model.intercept_, model.coef_])
    else:
        assert w is None
        design = np.column_stack([np.ones(n), x])
        fit = MNLogit(y, design).fit(method="newton", tol=1e-14, maxiter=200, disp=False)
        theta = np.vstack([np.zeros(x.shape[1] + 1), fit.params.T])
    return theta - theta.mean(0)


def draw(rng, eta, mask=None):
    noisy = eta + rng.gumbel(size=eta.shape)
    if mask is not None:
        noisy[~mask] = -np.inf
    return noisy.argmax(1)


def multinomial_cases():
    rng = np.random.default_rng(20240811)

    def normal(*shape):
        return np.round(rng.standard_normal(shape), 3)

    x, b = normal(200, 3), rng.standard_normal((3, 4))
    y = draw(rng, x @ b[:, :3] + [0.5, 0, -0.5])
    yield "plain", x, y, 3, 0.0, None, None
    y = draw(rng, x @ b + [0.5, 0, -0.5, 1])
    yield "penalised", x, y, 4, 0.05, None, None
    yield "weighted", x, y, 4, 0.01, np.round(rng.gamma(0.5, 1, 200), 3), None
    mask = rng.random((200, 4)) < 0.6
    mask[np.arange(200), rng.integers(0, 4, 200)] = True
    y = draw(rng, x @ b, mask)
    yield "masked", x, y, 4, 0.02, None, mask
    yield "maskedUnpenalised", x, y, 4, 0.0, rng.integers(0, 4, 200).astype(float), mask
    x = normal(20, 30)
    yield "wide", x, np.arange(20) % 3, 3, 0.1, None, None
    x = normal(600, 2)
    y = draw(rng, x @ normal(2, 5) + [0, 0, 0, -2, -6])
    y[:3] = 4
    yield "rare", x, y, 5, 0.001, None, None
    x = normal(300, 2)
    yield "twelve", x, draw(rng, x @ normal(2, 12)), 12, 0.01, None, None
    x = np.round(rng.lognormal(0, 1.5, (250, 3)), 3)
    yield "skewed", x, draw(rng, x @ normal(3, 3) * 0.3), 3, 0.001, None, None


def conditional_cases():
    rng = np.random.default_rng(20240812)
    offers_of = [rng.permutation(5)[:rng.integers(2, 6)] for _ in range(150)]
    sizes = np.array([len(o) for o in offers_of])
    offers = np.concatenate(offers_of)
    groups = np.repeat(np.arange(150), sizes)
    x = np.round(rng.standard_normal((len(groups), 3)), 3)
    eta = x @ [1, -0.5, 0.2] + np.array([0.4, 0, -0.3, 0.8, -0.9])[offers]
    eta += rng.gumbel(size=len(eta))
    chosen = np.zeros(len(groups), int)
    for s in range(150):
        rows = np.flatnonzero(groups == s)
        chosen[rows[eta[rows].argmax()]] = 1
    yield "conditional", x, groups, chosen, None, 0.0, None
    yield "conditionalOffers", x, groups, chosen, offers, 0.0, None
    yield ("conditionalPenalised", x, groups, chosen, offers, 0.1,
           rng.integers(0, 4, 150).astype(float))


def conditional(x, groups, chosen, offers, l2, w):
    """Parameters: intercepts of the offers, then the columns."""
    k = 0 if offers is None else offers.max() + 1
    z = np.column_stack([np.zeros((len(x), 0)) if k == 0 else np.eye(k)[offers], x])
    count = groups.max() + 1
    sets = [z[groups == s] for s in range(count)]
    picked = [int(chosen[groups == s].argmax()) for s in range(count)]
    share = np.full(count, 1 / count) if w is None else w / w.sum()
    penalty = np.concatenate([np.zeros(k), np.full(x.shape[1], l2)])
    theta, loss = exact(sets, picked, share, penalty, [np.arange(k)] if k else [])
    if l2 == 0 and w is None:
        fit = ConditionalLogit(chosen, z[:, 1:] if k else z, groups=groups).fit(
            method="newton", maxiter=200, disp=False)
        params = np.concatenate([[0], fit.params]) if k else fit.params
        params[:k] -= params[:k].mean() if k else 0
        report("conditional", np.abs(params - theta).max())
    return theta[:k], theta[k:], loss


def report(name, gap):
    print(f"{name}: {gap:.1e} from the other fit")
    assert gap < 1e-6, name


def main():
    multinomials, conditionals = [], []
    for name, x, y, k, l2, w, mask in multinomial_cases():
        theta, loss = multinomial(x, y, k, l2, w, mask)
        if mask is None:
            report(name, np.abs(theta - other_multinomial(x, y, k, l2, w)).max())
        case = {"name": name, "rows": x.tolist(), "outcomes": y.tolist(), "classCount": k,
                "l2Penalty": l2, "intercepts": theta[:, 0].tolist(),
                "coefficients": theta[:, 1:].tolist(), "logLoss": loss}
        if w is not None:
            case["sampleWeights"] = w.tolist()
        if mask is not None:
            case["available"] = mask.ravel().tolist()
        multinomials.append(case)
    for name, x, groups, chosen, offers, l2, w in conditional_cases():
        intercepts, coefficients, loss = conditional(x, groups, chosen, offers, l2, w)
        case = {"name": name, "rows": x.tolist(), "choiceSets": groups.tolist(),
                "chosen": [bool(c) for c in chosen], "l2Penalty": l2,
                "offerIntercepts": intercepts.tolist(), "coefficients": coefficients.tolist(),
                "logLoss": loss}
        if offers is not None:
            case["offers"] = offers.tolist()
        if w is not None:
            case["sampleWeights"] = w.tolist()
        conditionals.append(case)
    made = f"scikit-learn {sklearn.__version__}, statsmodels {statsmodels.__version__}"
    text = json.dumps({"madeWith": made, "multinomial": multinomials, "conditional": conditionals},
                      sort_keys=True)
    (FIXTURES / "multinomial.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
