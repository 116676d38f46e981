"""Trains the judgement: a logistic regression over what is measured of four seconds. It must not know any tested service."""

import subprocess
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from scipy.optimize import minimize

from .examples import program, service, truth
from .score import KINDS, kind_of
from .tools import SCRIPT

SEEDS = range(101, 106)
MINUTES = 20
# As in crates/dial-audio/src/chapters/window.rs.
BLOCK_S, WINDOW, AHEAD = 0.512, 8, 4
# So near to a boundary both kinds are in the window.
MIXED_S = 0.75
# Large weights are paid for: it has to hold for halls and voices that it never heard.
THRIFT = 1e-3
WEIGHTS = SCRIPT.parent / "crates" / "dial-audio" / "src" / "chapters" / "weights.rs"


def examples(measure, seed):
    """The numbers of a service, and the kinds that are true of them."""
    out = service("mixed", MINUTES, seed)
    run = subprocess.run([measure, "--measure", f"{out}.mp3"], check=True, capture_output=True, text=True)
    rows = np.array([[float(number) for number in line.split(",")] for line in run.stdout.splitlines()])
    at = (np.arange(len(rows)) + WINDOW - AHEAD - 0.5) * BLOCK_S
    kinds = np.full(len(rows), -1)
    for segment in truth(out):
        if segment["kind"] in ("speech", "music"):
            inside = (at > segment["start_s"] + MIXED_S) & (at < segment["end_s"] - MIXED_S)
            kinds[inside] = KINDS.index(kind_of(segment))
    return rows[kinds >= 0], kinds[kinds >= 0]


def fit(rows, kinds):
    """Bias and weights for each kind; each kind counts the same, however much there is of it."""
    mean, spread = rows.mean(axis=0), rows.std(axis=0) + 1e-6
    known = np.c_[(rows - mean) / spread, np.ones(len(rows))]
    share = 1 / np.bincount(kinds)[kinds]
    share /= share.sum()
    truth_of = np.eye(len(KINDS))[kinds]

    def loss(flat):
        weights = flat.reshape(len(KINDS), -1)
        scores = known @ weights.T
        likely = np.exp(scores - scores.max(axis=1, keepdims=True))
        likely /= likely.sum(axis=1, keepdims=True)
        cost = -(share * np.log(likely[np.arange(len(kinds)), kinds] + 1e-12)).sum() + THRIFT * (weights[:, :-1] ** 2).sum()
        slope = ((likely - truth_of) * share[:, None]).T @ known
        slope[:, :-1] += 2 * THRIFT * weights[:, :-1]
        return cost, slope.ravel()

    found = minimize(loss, np.zeros(len(KINDS) * known.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 1000})
    weights = found.x.reshape(len(KINDS), -1)
    plain = weights[:, :-1] / spread
    return weights[:, -1] - plain @ mean, plain


def train():
    """Composes, measures, fits, and writes the table."""
    measure = program()
    with ThreadPoolExecutor(2) as pool:
        services = list(pool.map(lambda seed: examples(measure, seed), SEEDS))
    rows, kinds = (np.concatenate(part) for part in zip(*services))
    bias, weights = fit(rows, kinds)
    right = (rows @ weights.T + bias).argmax(axis=1) == kinds
    print(f"{len(rows)} half seconds, {100 * right.mean():.1f} % of them right by themselves")
    text = "//! How much each number of a window says for each kind, and a bias before them.\n//!\n"
    text += "//! Made by `script/chapters --train`, never by hand.\n\n"
    text += "use super::{FEATURES, Kind};\n\n"
    text += "/// In the order of [`Kind::ALL`].\n#[rustfmt::skip]\n"
    text += "pub(super) const WEIGHTS: [(f32, [f32; FEATURES]); Kind::ALL.len()] = [\n"
    for kind in range(len(KINDS)):
        numbers = [f"{number:.4f}" for number in weights[kind]]
        lines = [", ".join(numbers[at : at + 8]) for at in range(0, len(numbers), 8)]
        text += f"    // {KINDS[kind].capitalize()}.\n    ({bias[kind]:.4f}, [\n" + "".join(f"        {line},\n" for line in lines) + "    ]),\n"
    WEIGHTS.write_text(text + "];\n")
