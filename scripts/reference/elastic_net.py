"""Makes elastic-net.json in Tests/TrainingTests/Fixtures, by other software.

    apt-get install r-cran-glmnet
    pip install numpy scikit-learn mpmath
    python scripts/reference/elastic_net.py

The objective is

    sum(w * logloss) / sum(w) + sum(factor * (l1 * |coefficient| + l2 / 2 * coefficient^2))

with l1 = share * penalty and l2 = (1 - share) * penalty; with `standardize`, of coefficients times the
columns' standard deviations (divisor sum(w)). glmnet finds which coefficients are not 0, and their
signs; Newton's method in 50 digits then solves for those, and the script stops unless the signs stand
and every other column's derivative is within its l1 penalty: the conditions that make the minimum. It
also stops when glmnet, or scikit-learn (saga, where it can fit the case), differs by more than 1e-6.
"""

import json
import pathlib
import subprocess
import tempfile
import warnings

import mpmath as mp
import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegression

mp.mp.dps = 50
warnings.filterwarnings("ignore")
HERE = pathlib.Path(__file__).resolve().parent
FIXTURES = HERE.parent.parent / "Tests/TrainingTests/Fixtures"
GLMNET = """
library(glmnet)
glmnet.control(fdev=0, devmax=1, eps=1e-300)
x <- as.matrix(read.csv("x.csv", header=FALSE)); y <- scan("y.csv", quiet=TRUE)
w <- scan("w.csv", quiet=TRUE); o <- scan("o.csv", quiet=TRUE); f <- scan("f.csv", quiet=TRUE)
l <- scan("l.csv", quiet=TRUE)
fit <- glmnet(x, y, family="binomial", alpha=%r, lambda=l * mean(f), standardize=%s, weights=w,
              offset=o, penalty.factor=f, thresh=1e-20, maxit=1e8)
write.table(rbind(fit$a0, as.matrix(fit$beta)), "out.csv", sep=",", row.names=FALSE,
            col.names=FALSE)
cat(as.character(packageVersion("glmnet")))
"""


def glmnet(case):
    with tempfile.TemporaryDirectory() as folder:
        for name, key in [("x", "x"), ("y", "y"), ("w", "w"), ("o", "offset"), ("f", "factors"),
                          ("l", "penalties")]:
            np.savetxt(f"{folder}/{name}.csv", case[key], delimiter=",", fmt="%.17g")
        code = GLMNET % (float(case["share"]), "TRUE" if case["standardize"] else "FALSE")
        done = subprocess.run(["Rscript", "-e", code], cwd=folder, capture_output=True, text=True,
                              check=True)
        return np.loadtxt(f"{folder}/out.csv", delimiter=",").T, done.stdout


def saga(case, penalty):
    model = LogisticRegression(
        C=1 / (penalty * case["w"].sum()), l1_ratio=case["share"], solver="saga", tol=1e-13,
        max_iter=200000)
    model.fit(case["x"], case["y"], sample_weight=case["w"])
    return np.concatenate([model.intercept_, model.coef_[0]])


def scales(case):
    """What a penalty of 1 is on each coefficient: l1 and l2."""
    f = case["factors"]
    unit = np.ones(len(f))
    if case["standardize"]:
        share = case["w"] / case["w"].sum()
        center = share @ case["x"]
        unit = np.sqrt(share @ (case["x"] - center) ** 2)
    return f * unit, f * unit * unit


def exact(case, penalty, start):
    """Newton in 50 digits over the coefficients of `start` that are not 0; checks the rest."""
    n, p = case["x"].shape
    l1 = [mp.mpf(case["share"] * penalty) * mp.mpf(s) for s in scales(case)[0]]
    l2 = [mp.mpf((1 - case["share"]) * penalty) * mp.mpf(s) for s in scales(case)[1]]
    total = mp.fsum(mp.mpf(v) for v in case["w"])
    share = [mp.mpf(v) / total for v in case["w"]]
    active = [j for j in range(p) if start[j + 1] != 0 or case["factors"][j] == 0]
    sign = [mp.sign(start[j + 1]) for j in active]
    rows = [[mp.mpf(1)] + [mp.mpf(v) for v in row] for row in case["x"]]
    kept = [[row[0]] + [row[j + 1] for j in active] for row in rows]
    theta = mp.matrix([mp.mpf(start[0])] + [mp.mpf(start[j + 1]) for j in active])
    for _ in range(8):
        eta = [mp.fdot(row, theta) + mp.mpf(o) for row, o in zip(kept, case["offset"])]
        mu = [1 / (1 + mp.exp(-e)) for e in eta]
        r = [s * (m - mp.mpf(y)) for s, m, y in zip(share, mu, case["y"])]
        c = [s * m * (1 - m) for s, m in zip(share, mu)]
        count = len(active) + 1
        g = mp.matrix(count, 1)
        h = mp.matrix(count, count)
        for i in range(count):
            g[i] = mp.fsum(ri * row[i] for ri, row in zip(r, kept))
            for k in range(i + 1):
                h[i, k] = h[k, i] = mp.fsum(ci * row[i] * row[k] for ci, row in zip(c, kept))
        for k, j in enumerate(active):
            g[k + 1] += l1[j] * sign[k] + l2[j] * theta[k + 1]
            h[k + 1, k + 1] += l2[j]
        step = mp.lu_solve(h, g)
        theta -= step
        if max(abs(s) for s in step) < mp.mpf(10) ** -25:
            break
    else:
        raise AssertionError("Newton has not converged")
    for k, j in enumerate(active):
        assert case["factors"][j] == 0 or sign[k] * theta[k + 1] > 0, "a sign has changed"
    for j in set(range(p)) - set(active):
        gradient = mp.fsum(ri * row[j + 1] for ri, row in zip(r, rows))
        assert abs(gradient) <= l1[j], "a column is missing"
    loss = mp.fsum(
        s * (mp.log1p(mp.exp(e)) - mp.mpf(y) * e) for s, e, y in zip(share, eta, case["y"]))
    result = np.zeros(p + 1)
    result[0] = float(theta[0])
    for k, j in enumerate(active):
        result[j + 1] = float(theta[k + 1])
        loss += l1[j] * abs(theta[k + 1]) + l2[j] / 2 * theta[k + 1] ** 2
    return result, float(loss)


def outcomes(rng, eta):
    return (rng.random(len(eta)) < 1 / (1 + np.exp(-eta))).astype(float)


def cases():
    rng = np.random.default_rng(20120301)

    def normal(n, p):
        return np.round(rng.standard_normal((n, p)), 3)

    def case(name, x, y, penalties, share=1.0, **more):
        n, p = x.shape
        return {"name": name, "x": x, "y": y, "penalties": np.array(penalties), "share": share,
                "w": np.ones(n), "offset": np.zeros(n), "factors": np.ones(p),
                "standardize": False} | more

    x = normal(150, 8)
    y = outcomes(rng, x[:, :3] @ [1.2, -0.8, 0.5] - 0.4)
    path = [0.12, 0.05, 0.02, 0.005]
    yield case("lasso", x, y, path)
    yield case("mixed", x, y, path, 0.5)
    yield case("ridge", x, y, path, 0.0)
    yield case("weighted", x, y, path, 0.7, w=rng.integers(0, 5, 150).astype(float))
    yield case("offset", x, y, path, offset=np.round(rng.normal(0, 1.5, 150), 3))
    yield case("factors", x, y, path, 0.8,
               factors=np.array([0, 1, 2.5, 0.5, 1, 0, 1, 3.0]))
    yield case("standardized", x * [1, 10, 0.1, 1, 100, 1, 1e-3, 1], y, path, 0.9, standardize=True)
    base = normal(120, 1)
    x = np.round(base + 0.05 * rng.standard_normal((120, 6)), 4)
    yield case("correlated", x, outcomes(rng, base[:, 0]), [0.1, 0.02, 0.004, 0.001], 0.95)
    x = normal(40, 90)
    yield case("wide", x, outcomes(rng, x[:, 0] - x[:, 1]), [0.15, 0.08, 0.04])
    x = normal(2000, 3)
    y = np.zeros(2000)
    y[np.argsort(-(x @ [1.0, 0.7, 0] + rng.gumbel(size=2000)))[[0, 2, 7, 40]]] = 1
    yield case("rare", x, y, [2e-3, 5e-4, 5e-5])


def main():
    result = []
    for case in cases():
        others, version = glmnet(case)
        points = []
        for penalty, other in zip(case["penalties"], others):
            theta, objective = exact(case, penalty, other)
            gap = np.max(np.abs(theta - other))
            note = ""
            if not case["offset"].any() and np.all(case["factors"] == 1) \
                    and not case["standardize"]:
                second = np.max(np.abs(theta - saga(case, penalty)))
                note = f", saga {second:.1e}"
                assert second < 1e-6, case["name"]
            print(f"{case['name']} {penalty}: glmnet {gap:.1e}{note}")
            assert gap < 1e-6 * max(1, np.max(np.abs(theta))), case["name"]
            points.append({"penalty": penalty, "intercept": theta[0],
                           "coefficients": theta[1:].tolist(), "objective": objective})
        entry = {"name": case["name"], "rows": case["x"].tolist(), "outcomes": case["y"].tolist(),
                 "l1Share": case["share"], "standardize": case["standardize"], "points": points}
        for key, name in [("w", "sampleWeights"), ("offset", "offset"),
                          ("factors", "penaltyFactors")]:
            if not np.all(case[key] == case[key][0]):
                entry[name] = case[key].tolist()
        result.append(entry)
    made = f"glmnet {version}, scikit-learn {sklearn.__version__}"
    text = json.dumps({"madeWith": made, "cases": result}, sort_keys=True)
    (FIXTURES / "elastic-net.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
