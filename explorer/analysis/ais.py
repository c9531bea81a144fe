"""Annealed importance sampling (AIS) of an RBM's partition function, forwards and in reverse.

Neal, "Annealed importance sampling", 2001; Salakhutdinov & Murray, "On the quantitative analysis of deep belief
networks", 2008, section 4. The path leads from independent units with biases a₀ and b₀, the base (β = 0), to the model
(β = 1): p*_β(v) = exp((1 − β) a₀ᵀv + β aᵀv) Πⱼ (1 + exp((1 − β) b₀ + β (vW + b))ⱼ), so that Z at β = 0 is known:
Πⱼ (1 + exp b₀ⱼ) Πᵢ (1 + exp a₀ᵢ). With other units, v stands for what they tell, the energy they have of their own is a
factor of every p*_β, and Z at β = 0 is that of independent ones.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from explorer.analysis.measures import Pulse
from explorer.analysis.peaks import log_sum_around, peaks
from explorer.models.rbm import RBM

BETAS, REPETITIONS = 300, 10  # of each path; in reverse as many chains as in one repetition
CHAINS, WORK = (
    (100, 400),
    14_000_000,
)  # bounds of a repetition's chains, and what they may cost a temperature, see there
AT_ONCE = 100_000  # units of the chains that move at once: those of small models do not wait for calls
PILOTS, PILOT_BETAS = 5, 100  # runs by which a base moves to what it finds, of twice as many chains
NEARBY = 5  # Gibbs steps around a likely hidden state
SETTLING = 200  # Gibbs steps of the chains whose means are the first bases
CARRYING = 20  # effective chains that a base's means rest on at least, and a region's share where that can be had
PEAKS = 4  # how many of the likeliest hidden states are bases, too
PATHS, NEGLIGIBLE = 5, 0.01  # how many bases count at most, and a part of Z that is not looked at again
STUDENT = 2.262  # the 97.5 % point of Student's t with 9 degrees of freedom, one less than repetitions
SURE = 3  # standard errors by which a path is trusted less
UNSEEN = 0.25  # nats: what modes that no path finds hold at most, in nine of ten models that can be counted
TRUSTED = 1.0  # nats between the estimates forwards and in reverse at which an interval means something


@dataclass(frozen=True, eq=False)
class Base:
    """Independent units at which a path begins: their biases a₀ (V,) and b₀ (H,)."""

    a: Tensor
    b: Tensor


@dataclass(frozen=True, eq=False)
class LogPartition:
    """An estimate of log Z in nats, its standard error over the chains (delta method), and what the chains ended with.

    Of each chain `log_weights` (chains,) is an estimate of log Z by itself, in reverse of −log Z, and `states`
    (chains, V) is where it ended: after a forward run, drawn by their weights, these approximate samples of the model.
    """

    value: float
    standard_error: float
    log_weights: Tensor
    states: Tensor


@dataclass(frozen=True)
class Bracket:
    """Estimates of log Z in nats that tend to be too low and too high, and how far to trust the former.

    interval: half of the former's 95 % interval, or None where the two are more than a nat apart and it would mean
    nothing. effective: the effective sample size of the former's chains.
    """

    forward: float
    reverse: float
    interval: float | None
    effective: float


def ais_log_partition(
    rbm: RBM,
    chains: int,
    betas: int | Tensor,
    generator: torch.Generator,
    *,
    base: Base | None = None,
    pulse: Pulse = lambda: None,
) -> LogPartition:
    """Return an estimate of log Z from `chains` chains annealed from independent pixels to the model.

    betas: the rising temperatures from 0 to 1 (K,), or how many to space evenly. base: by default a₀ = a
    and b₀ = 0. E[exp(estimate)] = Z, so the estimate of log Z itself tends to be too low, and likelihoods too high,
    with too few temperatures: see the reverse estimate.

    Raises:
        ValueError: betas do not rise from 0 to 1, or there is less than one chain.
    """
    path = _Path(rbm, base)
    schedule = _schedule(betas, chains)
    v = rbm.visible.sample(rbm.visible.mean(path.a).expand(chains, -1), generator)
    log_weight = torch.zeros(chains, dtype=torch.double, device=v.device)
    for lower, upper in pairwise(schedule):
        pulse()
        # First weigh the state that the lower temperature left, then move it: the product of the weights is unbiased
        # for Z / Z₀ only in this order.
        drive = path.drive(v)
        log_weight += path.log_ratio(v, drive, lower, upper)
        v = path.transition(drive, upper, generator)
    return _estimate(path.log_base_partition() + log_weight, v)


def reverse_ais_log_partition(
    rbm: RBM,
    samples: Tensor,
    betas: int | Tensor,
    generator: torch.Generator,
    *,
    base: Base | None = None,
    pulse: Pulse = lambda: None,
) -> LogPartition:
    """Return an estimate of log Z from chains that start at samples of the model (chains, V) and anneal back to β = 0.

    For exact samples E[exp(−estimate)] = 1/Z, so the estimate of log Z tends to be too high (Burda, Grosse &
    Salakhutdinov, 2015): where it agrees with the forward one, both can be trusted. Long Gibbs chains from data
    stand in for exact samples.

    Raises:
        ValueError: betas do not rise from 0 to 1, or there is no sample.
    """
    path = _Path(rbm, base)
    schedule = _schedule(betas, len(samples))
    v, drive = samples, path.drive(samples)
    # The forward run read backwards: each step moves at the upper temperature, then weighs towards the lower one.
    log_weight = torch.zeros(len(samples), dtype=torch.double, device=samples.device)
    for upper, lower in pairwise(reversed(schedule)):
        pulse()
        v = path.transition(drive, upper, generator)
        drive = path.drive(v)
        log_weight += path.log_ratio(v, drive, upper, lower)
    inverse = _estimate(log_weight - path.log_base_partition(), v)
    return LogPartition(-inverse.value, inverse.standard_error, inverse.log_weights, inverse.states)


def bracket_log_partition(rbm: RBM, data: Tensor, generator: torch.Generator, pulse: Pulse = lambda: None) -> Bracket:
    """Return estimates of log Z that tend to be too low and too high; data (N, V) are states to look for modes at.

    A path finds the modes that its base leads to, and the spread of its chains tells nothing of others. Contrastive
    divergence leaves modes far from the data, which hold most of Z at times. So there are several bases: the means of
    Gibbs chains begun at data, at random, of both, and at the likeliest hidden states, the model's biases, and
    half-way. Each moves some times to the means of what its path finds that no base before it finds likelier: then the
    weights of most chains are alike.

    Each state counts to the base that finds it likelier, which divides Z into sums. All paths estimate each of them
    without bias, so that an estimate is too high by b nats with probability exp(−b) at most (Markov's inequality), and
    the one that surely finds most counts: a few heavy chains, of a path that has lost its way, are not sure. But there
    are a dozen of such sums, and in three of a hundred estimates of small models a single chain was too heavy by 3 to 6
    nats; so fewer than 20 effective chains do not count where another path has as many. The reverse runs begin at what
    these chains have found: they check how well it is weighed, not whether all was found. Neither estimate is left
    below what is certain, the sum over the likeliest hidden states.

    Raises:
        ValueError: there are no data.
    """
    if not len(data):
        raise ValueError("chains begin at data, and there are none")
    chains = _chains(rbm)
    likeliest = peaks(rbm, generator, pulse)
    bases = _bases(rbm, data, likeliest[:PEAKS], chains, generator, pulse)
    paths = [_Annealed(rbm, base, bases, chains, generator, pulse) for base in bases]
    total = torch.full((REPETITIONS,), -torch.inf, dtype=torch.double, device=data.device)
    counted = []
    for region in range(len(bases)):
        path = paths[surest([path.within(region).flatten() for path in paths])]
        total = total.logaddexp(path.within(region).logsumexp(dim=1) - math.log(chains))
        counted.append((path, region))
    forward = float(total.logsumexp(dim=0)) - math.log(REPETITIONS)
    parts = torch.tensor([path.reversed(region, forward) for path, region in counted], dtype=torch.double)
    reverse = float(parts.logsumexp(dim=0))
    least = log_sum_around(rbm, likeliest)
    forward, reverse = max(forward, least), max(reverse, least)
    interval = UNSEEN + STUDENT * float((total - forward).exp().std()) / math.sqrt(REPETITIONS)
    effective = effective_size(torch.cat([path.within(region).flatten() for path, region in counted]))
    return Bracket(forward, reverse, interval if abs(forward - reverse) <= TRUSTED else None, effective)


def _chains(rbm: RBM) -> int:
    """Return how many chains of a repetition some ten seconds have room for; a state costs as much as 70 weights."""
    work = rbm.W.numel() + 70 * (rbm.n_visible + rbm.n_hidden)
    return min(max(WORK // work, CHAINS[0]), CHAINS[1])


def _bases(rbm: RBM, data: Tensor, likely: Tensor, chains: int, generator: torch.Generator, pulse: Pulse) -> list[Base]:
    """Return bases, each moved to what a path from it finds and no base before it finds likelier."""
    found: list[tuple[Base, float]] = []
    for first in _first_bases(rbm, data, likely, chains, generator, pulse):
        base, value = first, -math.inf
        for _ in range(PILOTS):
            run = ais_log_partition(rbm, 2 * chains, PILOT_BETAS, generator, base=base, pulse=pulse)
            ends = _base_at(rbm, run.states, _equal(run.states), generator)
            own = _nearest(rbm, run.states, [*(other for other, _ in found), ends]) == len(found)
            log_shares = run.log_weights.where(own, -torch.inf)
            value = float(log_shares.logsumexp(dim=0)) - math.log(2 * chains)
            if not own.any():
                break
            while effective_size(log_shares) < min(CARRYING, int(own.sum()) - 0.1):
                log_shares = log_shares / 2  # a few chains would tell of themselves only
            base = _base_at(rbm, run.states, log_shares.softmax(dim=0).float(), generator)
        found.append((base, value))
    found.sort(key=lambda entry: -entry[1])
    highest = found[0][1]
    return [base for base, value in found[:PATHS] if not value <= highest + math.log(NEGLIGIBLE)]  # nor where it is NaN


def _first_bases(
    rbm: RBM, data: Tensor, likely: Tensor, chains: int, generator: torch.Generator, pulse: Pulse
) -> Iterator[Base]:
    """Yield as bases the means of Gibbs chains begun at data (N, V), at random, of both, and at hidden states (P, H).

    After the first comes one half-way between it and the model's biases, which are the last.
    """
    drawn = torch.randint(len(data), (chains,), generator=generator, device=data.device)
    noise = rbm.visible.sample(rbm.visible.mean(torch.zeros_like(data[drawn])), generator)
    v = torch.cat([data[drawn], noise])
    for _ in range(SETTLING):
        pulse()
        v, _ = rbm.gibbs(generator, v=v, steps=1)
    from_data, from_noise, both = (_base_at(rbm, part, _equal(part), generator) for part in (v[:chains], v[chains:], v))
    yield from_data
    yield Base((from_data.a + rbm.a) / 2, torch.zeros_like(rbm.b))
    yield from_noise
    yield both
    for h in likely:
        v, _ = rbm.gibbs(generator, h=h.expand(chains, -1), steps=NEARBY)
        yield _base_at(rbm, v, _equal(v), generator)
    yield Base(rbm.a, rbm.b)


def _base_at(rbm: RBM, v: Tensor, shares: Tensor, generator: torch.Generator) -> Base:
    """Return the base whose units have the means of states v (B, V), each with its share (B,) in them."""
    hidden = rbm.mean_hidden(v)
    visible = rbm.mean_visible(rbm.hidden.sample(hidden, generator))
    return Base(rbm.visible.input_for(shares @ visible), rbm.hidden.input_for(shares @ hidden))


def _equal(v: Tensor) -> Tensor:
    return torch.full((len(v),), 1 / len(v), device=v.device)


def _nearest(rbm: RBM, v: Tensor, bases: Sequence[Base]) -> Tensor:
    """Return for states v (…, V) the index of the base that finds them likeliest (…)."""
    told = rbm.visible.statistic(v)
    return torch.stack([told @ base.a - rbm.visible.log_normaliser(base.a) for base in bases]).argmax(dim=0)


def effective_size(log_weights: Tensor) -> float:
    """Return (Σw)² / Σw² of the logarithms of weights (B,): how many equal ones would scatter as their sum does."""
    return float((2 * log_weights.logsumexp(dim=0) - (2 * log_weights).logsumexp(dim=0)).exp())


def sure_log_sum(log_weights: Tensor) -> float:
    """Return the logarithm of the sum of weights, by their logarithms (B,), less three standard errors of it.

    By the delta method one is 1 / √(effective size): a single heavy chain is trusted 3 nats less than many alike.
    """
    value = float(log_weights.logsumexp(dim=0))
    return value - SURE / math.sqrt(effective_size(log_weights)) if math.isfinite(value) else -math.inf


def surest(log_weights: Sequence[Tensor]) -> int:
    """Return which path surely finds most of a region, by the logarithms of each one's weights within it (B,).

    Of those with 20 effective chains there at least, if there are any.
    """
    carried = [effective_size(each) >= CARRYING for each in log_weights]
    sums = [sure_log_sum(each) for each in log_weights]
    return max(range(len(sums)), key=lambda path: (carried[path], sums[path]))


class _Annealed:
    """Repeated runs from one base, and to which of all bases each of the states belongs where they end."""

    def __init__(
        self,
        rbm: RBM,
        base: Base,
        bases: Sequence[Base],
        chains: int,
        generator: torch.Generator,
        pulse: Pulse,
    ) -> None:
        self._rbm, self._base, self._generator, self._pulse = rbm, base, generator, pulse
        at_once = max(1, AT_ONCE // (chains * (rbm.n_visible + rbm.n_hidden)))
        sizes = [min(at_once, REPETITIONS - done) * chains for done in range(0, REPETITIONS, at_once)]
        runs = [ais_log_partition(rbm, size, BETAS, generator, base=base, pulse=pulse) for size in sizes]
        self._log_weights = torch.cat([run.log_weights for run in runs]).view(REPETITIONS, chains)
        self._states = torch.cat([run.states for run in runs]).view(REPETITIONS, chains, -1)
        self._region = _nearest(rbm, self._states, bases)

    def within(self, region: int) -> Tensor:
        """Return the log-weights (repetitions, chains) of chains that ended in a region, −∞ for others."""
        return self._log_weights.where(self._region == region, -torch.inf)

    def reversed(self, region: int, log_partition: float) -> float:
        """Return a region's part of log Z by reverse runs from its states, or what the forward runs say of a small one.

        Of samples of the model within the region, E[1 / w] = share of the forward chains that end there / part of Z.
        """
        log_weights = self.within(region).flatten()
        forward = float(log_weights.logsumexp(dim=0)) - math.log(len(log_weights))
        if not forward >= log_partition + math.log(NEGLIGIBLE):  # as of weights that are not finite
            return forward
        drawn = torch.multinomial(
            log_weights.softmax(dim=0), self._log_weights.shape[1], replacement=True, generator=self._generator
        )
        samples = self._states.flatten(end_dim=1)[drawn]
        run = reverse_ais_log_partition(self._rbm, samples, BETAS, self._generator, base=self._base, pulse=self._pulse)
        return run.value + math.log(float((log_weights > -torch.inf).double().mean()))


class _Path:
    """The distributions between independent units and the model, and room for what moves along them."""

    def __init__(self, rbm: RBM, base: Base | None) -> None:
        self.rbm = rbm
        self.a, self.b = (rbm.a, torch.zeros_like(rbm.b)) if base is None else (base.a.to(rbm.a), base.b.to(rbm.b))
        self._from_b = rbm.b - self.b

    def log_base_partition(self) -> float:
        return float(self.rbm.hidden.log_normaliser(self.b.double()) + self.rbm.visible.log_normaliser(self.a.double()))

    def drive(self, v: Tensor) -> Tensor:
        """Return vW + b − b₀, (B, V) → (B, H): what a weight and a transition both need."""
        return torch.addmm(self._from_b, self.rbm.visible.statistic(v), self.rbm.W)

    def log_ratio(self, v: Tensor, drive: Tensor, old: float, new: float) -> Tensor:
        """Return log p*_new(v) − log p*_old(v), (B, V) and (B, H) → (B,)."""
        rbm = self.rbm
        at_new, at_old = (torch.add(self.b, drive, alpha=beta) for beta in (new, old))
        hidden = rbm.hidden.log_normaliser(at_new) - rbm.hidden.log_normaliser(at_old)
        return (hidden + (new - old) * (rbm.visible.statistic(v) @ (rbm.a - self.a))).double()

    def transition(self, drive: Tensor, beta: float, generator: torch.Generator) -> Tensor:
        """Return v (B, V) after one Gibbs step that leaves p_β unchanged, from the drive (B, H) of the v before."""
        rbm = self.rbm
        x = torch.add(self.b, drive, alpha=beta)
        h = rbm.hidden.sample(rbm.hidden.mean(x, out=x), generator)
        y = torch.addmm(torch.lerp(self.a, rbm.a, beta), rbm.hidden.statistic(h), rbm.W.T, alpha=beta)
        return rbm.visible.sample(rbm.visible.mean(y, out=y), generator)


def _schedule(betas: int | Tensor, chains: int) -> list[float]:
    schedule = torch.linspace(0, 1, betas, dtype=torch.double) if isinstance(betas, int) else betas.double()
    rising = len(schedule) >= 2 and bool((schedule.diff() > 0).all())
    if not rising or schedule[0] != 0 or schedule[-1] != 1:
        raise ValueError("betas must rise from exactly 0 to exactly 1")
    if chains < 1:
        raise ValueError(f"AIS needs at least one chain, not {chains}")
    return [float(beta) for beta in schedule]


def _estimate(log_weights: Tensor, v: Tensor) -> LogPartition:
    # log of the mean weight, in double and by its largest term; exp(w) itself is beyond any number. The error is that
    # of the mean over the mean, which is the one of its logarithm as long as it is small (delta method).
    n = len(log_weights)
    value = float(log_weights.logsumexp(dim=0)) - math.log(n)
    relative = (log_weights - value).exp()
    error = float(relative.std()) / math.sqrt(n) if n > 1 else math.inf
    return LogPartition(value, error, log_weights, v)
