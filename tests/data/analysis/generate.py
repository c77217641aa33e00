#!/usr/bin/env python3
"""Computes what the sequential test must answer, by other means than its C++: the blocks with 60 digits of mpmath, and
whole streams by a plain program that follows docs/analysis.md. Needs mpmath. Writes blocks.txt, bounds.txt, gates.txt
and streams.txt beside itself; their first lines name the columns.
"""
import math
import pathlib
import random

import mpmath as mp

mp.mp.dps = 60
HERE = pathlib.Path(__file__).resolve().parent
D = [0.4, 0.8, 1.4, 2.1, 3.0, 4.0, 5.5, 8.0]


# ---- Blocks, exactly ----

def kl(p, q):
    return (p * mp.log(p / q) if p > 0 else mp.mpf(0)) + ((1 - p) * mp.log((1 - p) / (1 - q)) if p < 1 else mp.mpf(0))


def bisect(function, low, high):
    """The root of a rising function, to about 55 digits."""
    for _ in range(220):
        middle = (low + high) / 2
        if function(middle) < 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def bernoulli(rho, d, tb, ng, kg, nb, kb):
    rho, d, tb = mp.mpf(rho), mp.mpf(d), mp.mpf(tb)
    answers = []
    allowed = rho * tb + d
    for step in D:
        odds = allowed / (1 - allowed) * mp.exp(mp.mpf(step))
        tg = odds / (1 + odds)

        def slope(b):
            g = rho * b + d
            return nb * (b - tb) / (b * (1 - b)) - ng * rho * (tg - g) / (g * (1 - g))

        b = bisect(slope, tb, min((tg - d) / rho, 1 - mp.mpf(10) ** -50))
        g = rho * b + d
        answers.append(kg * mp.log(tg / g) + (ng - kg) * mp.log((1 - tg) / (1 - g)) +
                       kb * mp.log(tb / b) + (nb - kb) * mp.log((1 - tb) / (1 - b)))
    return answers


def poisson(rho, d, tb, ng, kg, nb, kb):
    rho, d, tb = mp.mpf(rho), mp.mpf(d), mp.mpf(tb)
    answers = []
    for step in D:
        tg = (rho * tb + d) * mp.exp(mp.mpf(step))

        def slope(b):
            return ng * rho * (1 - tg / (rho * b + d)) + nb * (1 - tb / b)

        b = bisect(slope, tb, (tg - d) / rho)
        g = rho * b + d
        answers.append(kg * mp.log(tg / g) - ng * (tg - g) + kb * mp.log(tb / b) - nb * (tb - b))
    return answers


def write_blocks():
    chance = random.Random(1)
    lines = ["family ratio slack blue_rate green_requests green_events blue_requests blue_events log_e*8"]
    cases = []
    for family in ("bernoulli", "poisson"):
        for rho, d in ((1.5, 0.0), (1.0, 0.01), (5.0, 0.0), (0.5, 0.1), (1.5, 0.0025)):
            for tb in (1e-5, 0.0005, 0.02, 0.3, 0.5):
                for ng, nb in ((1, 1), (2, 18), (10, 90), (500, 500), (3, 100000), (10**9, 10**9)):
                    if family == "bernoulli" and rho * tb + d >= 0.97:
                        continue
                    for kind in ("none", "all", "some"):
                        if kind == "none":
                            kg, kb = 0, 0
                        elif kind == "all":
                            kg, kb = ng, nb
                        else:
                            kg, kb = chance.randint(0, ng), int(nb * tb * chance.random() * 2) % (nb + 1)
                        cases.append((family, rho, d, tb, ng, kg, nb, kb))
    chance.shuffle(cases)
    for case in cases[:400]:
        family, rho, d, tb, ng, kg, nb, kb = case
        answers = (bernoulli if family == "bernoulli" else poisson)(rho, d, tb, ng, kg, nb, kb)
        lines.append(" ".join([family, repr(rho), repr(d), repr(tb), str(ng), str(kg), str(nb), str(kb)] +
                              [mp.nstr(a, 17) for a in answers]))
    (HERE / "blocks.txt").write_text("\n".join(lines) + "\n")


# ---- Bounds ----

TILTS = [0.9, 0.6, 0.35, 0.18, 0.08, 0.03, 0.01, 0.003]
SHARES = [0.3, 0.2, 0.15, 0.1, 0.1, 0.05, 0.05, 0.05]


def price(t):
    return -mp.log(1 - t) - t


class Bound:
    def __init__(self):
        self.weight = mp.mpf(0)
        self.observed = mp.mpf(0)
        self.scatter = [mp.mpf(0)] * 8

    def below(self, alpha):
        def excess(s):
            return mp.log(sum(mp.mpf(w) * mp.exp(mp.mpf(t) * s - v)
                              for w, t, v in zip(SHARES, TILTS, self.scatter))) + mp.log(mp.mpf(alpha))
        return (self.observed + bisect(excess, mp.mpf(-10) ** 9, mp.mpf(10) ** 9)) / self.weight


def squares(n, k, guess):
    return k * (1 - guess) ** 2 + (n - k) * guess ** 2


def difference_bound(blocks, alpha, prior=mp.mpf("0.001"), prior_requests=200):
    bound, green, blue = Bound(), [mp.mpf(0), mp.mpf(0)], [mp.mpf(0), mp.mpf(0)]
    for ng, kg, nb, kb, phi in blocks:
        a, b = mp.mpf(nb) / (ng + nb), mp.mpf(ng) / (ng + nb)
        guess_green = (green[1] + prior * prior_requests) / (green[0] + prior_requests)
        guess_blue = (blue[1] + prior * prior_requests) / (blue[0] + prior_requests)
        for i, t in enumerate(TILTS):
            bound.scatter[i] += (price(t * a) * squares(ng, kg, guess_green) + price(t * b) * squares(nb, kb, guess_blue)) / phi
        bound.weight += ng * a / phi
        bound.observed += (a * kg - b * kb) / phi
        green[0] += ng
        green[1] += kg
        blue[0] += nb
        blue[1] += kb
    return bound.below(alpha)


def write_bounds():
    chance = random.Random(2)
    lines = ["alpha bound blocks (green_requests green_events blue_requests blue_events tempering)*blocks"]
    for pg, pb in ((0.0, 0.0), (0.001, 0.001), (0.05, 0.01), (0.5, 0.4), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)):
        for count in (1, 10, 60):
            blocks = []
            for _ in range(count):
                ng, nb = chance.randint(1, 400), chance.randint(1, 2000)
                kg = sum(chance.random() < pg for _ in range(ng))
                kb = sum(chance.random() < pb for _ in range(nb))
                blocks.append((ng, kg, nb, kb, chance.choice([1, 1, 1.25, 3])))
            alpha = chance.choice([0.05, 0.01, 0.5])
            lines.append(" ".join([repr(alpha), mp.nstr(difference_bound(blocks, alpha), 17), str(count)] +
                                  [str(x) for block in blocks for x in block]))
    (HERE / "bounds.txt").write_text("\n".join(lines) + "\n")


# ---- The gate of an alarm ----

def gate_evidence(parts, phi):
    """The mixture over D, from the odds of whose each bad request is."""
    most = mp.log(10000) / 3
    sums = [mp.mpf(0)] * 8
    for ng, kg, nb, kb in parts:
        share = mp.mpf("1.5") * ng / (mp.mpf("1.5") * ng + nb)
        for i, step in enumerate(D):
            worse = share * mp.exp(mp.mpf(step)) / (share * mp.exp(mp.mpf(step)) + 1 - share)
            log_e = kg * mp.log(worse / share) + kb * mp.log((1 - worse) / (1 - share))
            sums[i] += min(most, log_e / mp.mpf(phi))
    return mp.log(sum(mp.exp(s) for s in sums) / 8)


def write_gates():
    chance = random.Random(3)
    lines = ["tempering log_e parts (green_requests green_events blue_requests blue_events)*parts"]
    for pg, pb in ((0.01, 0.01), (0.02, 0.001), (0.05, 0.0), (0.5, 0.4), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)):
        for count in (1, 12, 40):
            parts = []
            for _ in range(count):
                ng, nb = chance.randint(1, 200), chance.randint(1, 1000)
                kg = sum(chance.random() < pg for _ in range(ng))
                kb = sum(chance.random() < pb for _ in range(nb))
                parts.append((ng, kg, nb, kb))
            phi = chance.choice([1.0, 1.5, 4.0])
            lines.append(" ".join([repr(phi), mp.nstr(gate_evidence(parts, phi), 17), str(count)] +
                                  [str(x) for part in parts for x in part]))
    (HERE / "gates.txt").write_text("\n".join(lines) + "\n")


# ---- Whole streams, by floats ----

EDGES = [0.1]
while len(EDGES) < 400:
    EDGES.append(EDGES[-1] * 1.04)


def bucket_of(milliseconds):
    for i, edge in enumerate(EDGES):
        if edge >= milliseconds:
            return i
    return 399


class Chance:
    """The same numbers as the test's."""

    def __init__(self, seed):
        self.state = seed

    def below(self, n):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2 ** 64
        return (self.state >> 33) % n


def logsumexp(values):
    most = max(values)
    if most == -math.inf:
        return most
    return most + math.log(sum(math.exp(v - most) for v in values))


def bernoulli_by_floats(rho, d, tb, ng, kg, nb, kb):
    """As `bernoulli`, which would take an hour for whole streams."""
    answers = []
    for step in D:
        odds = (rho * tb + d) / (1 - rho * tb - d) * math.exp(step)
        tg = odds / (1 + odds)
        low, high = tb, min((tg - d) / rho, 1 - 1e-15)
        for _ in range(60):
            b = (low + high) / 2
            g = rho * b + d
            if nb * (b - tb) * g * (1 - g) < ng * rho * (tg - g) * b * (1 - b):
                low = b
            else:
                high = b
        b = (low + high) / 2
        g = rho * b + d
        answers.append(kg * math.log(tg / g) + (ng - kg) * math.log((1 - tg) / (1 - g)) +
                       kb * math.log(tb / b) + (nb - kb) * math.log((1 - tb) / (1 - b)))
    return answers


class Mixture:
    def __init__(self):
        self.base, self.added, self.rest = [-math.inf] * 8, [0.0] * 8, 1.0

    def fold(self):
        self.base = [b + min(2.0, a) for b, a in zip(self.base, self.added)]
        self.added = [0.0] * 8

    def invest(self, amount):
        amount = min(amount, self.rest)
        if amount <= 0:
            return
        self.rest -= amount
        self.fold()
        self.base = [logsumexp([b, math.log(amount)]) for b in self.base]

    def log(self):
        parts = [b + min(2.0, a) - math.log(8) for b, a in zip(self.base, self.added)]
        return logsumexp(parts + [math.log(self.rest) if self.rest > 0 else -math.inf])


class Process:
    def __init__(self, rho, d, prior, floor=0.0):
        self.rho, self.d, self.prior, self.floor = rho, d, prior, floor
        self.two, self.one = Mixture(), Mixture()
        self.n = self.k = 0.0
        self.scatter = self.expected = 0.0
        self.before = (0, 0)
        self.tick = [0, 0]
        self.rate, self.phi = prior, 1.0

    def open(self):
        self.fixed = (self.rate, self.phi)
        self.block = [0, 0, 0, 0]

    def see(self, ng, kg, nb, kb, is_open):
        self.tick[0] += nb
        self.tick[1] += kb
        if is_open:
            self.block = [x + y for x, y in zip(self.block, (ng, kg, nb, kb))]

    def close(self):
        tb, phi = self.fixed
        tb = min(max(tb, 1e-5), 0.98)
        ng, kg, nb, kb = self.block
        if self.rho * tb + self.d < 0.97 and ng > 0 and nb > 0:
            answers = bernoulli_by_floats(self.rho, self.d, tb, ng, kg, nb, kb)
            self.two.added = [a + e / phi for a, e in zip(self.two.added, answers)]
        if self.floor:
            q = self.floor
            for i, step in enumerate(D):
                odds = q / (1 - q) * math.exp(step)
                t = odds / (1 + odds)
                self.one.added[i] += (kg * math.log(t / q) + (ng - kg) * math.log((1 - t) / (1 - q))) / phi

    def end_tick(self, fading, adjoining):
        self.two.fold()
        self.one.fold()
        n, x = self.tick
        m, y = self.before if adjoining else (0, 0)
        if n > 0 and m > 0:
            self.scatter += (x * m - y * n) ** 2 / (n * m)
            self.expected += (x + y) * (1 - (x + y) / (n + m))
        self.before = (n, x)
        self.n = (self.n + n) * fading
        self.k = (self.k + x) * fading
        self.tick = [0, 0]
        self.rate = (self.k + 200 * self.prior) / (self.n + 200)
        self.phi = min(max((4 + self.scatter) / (4 + self.expected), 1), 10)

    def log(self):
        return min(self.two.log(), self.one.log()) if self.floor else self.two.log()


LEVELS = [0.5, 0.8, 0.95]


class Engine:
    def __init__(self):
        self.errors = Process(1.5, 0.0, 0.001, 0.0025)
        self.log_errors = Process(5.0, 0.0, 0.001, 0.002)
        self.latency = [Process(1.0, 0.01, 1 - level) for level in LEVELS]
        self.all = [self.errors, self.log_errors] + self.latency
        self.histogram = [0.0] * 400
        self.current = [(-1, -1)] * 3
        self.used = [(-1, -1)] * 3
        self.rest = 1.0
        self.open = False
        self.comparing = False
        self.started = False
        self.planned = 480.0
        self.fading = 2 ** (-1 / 60)
        self.adjoining = False

    def take(self, amount, kept):
        taken = min(max(amount, 0), max(0, self.rest - kept))
        self.rest -= taken
        for process in self.all:
            process.two.invest(taken)
            process.one.invest(taken)

    def weight(self, percent):
        if not self.started:
            self.started = self.comparing = True
            self.take(0.5, 0)
        else:
            if self.open:
                self.finish()
            self.take(0.1, 0.05)

    def slot(self, index, green, blue):
        """A slot: (requests, errors, log errors, latencies in milliseconds)."""
        if self.comparing and not self.open:
            self.open, self.opened, self.of_block = True, index, [0, 0]
            self.block_thresholds = list(self.current)
            for process in self.all:
                process.open()
        self.errors.see(green[0], green[1], blue[0], blue[1], self.open)
        self.log_errors.see(green[0], green[2], blue[0], blue[2], self.open)
        thresholds = self.block_thresholds if self.open else self.current
        for process, (of_blue, of_green) in zip(self.latency, thresholds):
            if of_blue < 0:
                continue
            process.see(len(green[3]), sum(bucket_of(v) > of_green for v in green[3]),
                        len(blue[3]), sum(bucket_of(v) > of_blue for v in blue[3]), self.open)
        for value in blue[3]:
            self.histogram[bucket_of(value)] += 1
        if self.open:
            self.of_block = [self.of_block[0] + green[0], self.of_block[1] + blue[0]]
            if min(self.of_block) >= 2 or index + 1 - self.opened >= 100:
                self.finish()
        if (index + 1) % 10 == 0:
            self.second()

    def finish(self):
        self.open = False
        if min(self.of_block) > 0:
            for process in self.all:
                process.close()

    def second(self):
        now_used = [self.block_thresholds[i] if self.open else self.current[i] for i in range(3)]
        self.errors.end_tick(self.fading, self.adjoining)
        self.log_errors.end_tick(self.fading, self.adjoining)
        for i, process in enumerate(self.latency):
            process.end_tick(self.fading, self.adjoining and now_used[i] == self.used[i])
        self.used = now_used
        self.adjoining = True
        if self.started:
            if self.rest > 0.05:
                self.take(0.4 / self.planned, 0.05)
            else:
                self.take(self.rest * -math.expm1(-1 / self.planned), 0)
        total = sum(self.histogram)
        if total < 20:
            self.current = [(-1, -1)] * 3
        else:
            for i, level in enumerate(LEVELS):
                if self.stays(i, total):
                    continue
                running = 0.0
                for j, count in enumerate(self.histogram):
                    running += count
                    if running >= level * total:
                        allowed = max(1.25 * EDGES[j], EDGES[j] + 20)
                        self.current[i] = (j, bucket_of(allowed))
                        break
        self.histogram = [h * self.fading for h in self.histogram]

    def stays(self, i, total):
        """The odds of BLUE's share beyond the threshold are within 1.5 times the level's."""
        if self.current[i][0] < 0:
            return False
        above = sum(self.histogram[self.current[i][0] + 1:])
        here, there = above * LEVELS[i], (1 - LEVELS[i]) * (total - above)
        return here <= 1.5 * there and there <= 1.5 * here

    def answer(self):
        latency = logsumexp([p.log() for p in self.latency]) - math.log(3)
        return [self.errors.log(), latency, self.log_errors.log()]


def colour(chance, most, bad, slow):
    requests = chance.below(most + 1)
    errors = sum(chance.below(1000) < bad for _ in range(requests))
    logs = sum(chance.below(1000) < bad // 2 for _ in range(requests))
    latencies = [slow * (10 + chance.below(400)) for _ in range(requests)]
    return requests, errors, logs, latencies


def write_streams():
    lines = ["stream second errors latency error_log: the log evidence at the second's end"]
    # Requests a slot of BLUE and of GREEN at most, GREEN's errors in thousandths, how many times slower GREEN is.
    for stream, (of_blue, of_green, bad, slow) in enumerate(
            [(20, 3, 2, 1), (20, 3, 40, 1), (20, 3, 2, 2), (2, 0, 2, 1), (1, 1, 60, 1), (60, 60, 500, 3)]):
        engine, chance = Engine(), Chance(stream + 1)
        for index in range(900):
            if index == 305:
                engine.weight(10)
            if index == 600:
                engine.weight(50)
            faulty = index >= 400
            # Stream 3 has a GREEN request only now and then.
            rare = stream == 3 and index % 70 == 0
            green = colour(chance, of_green + rare, bad if faulty else 2, slow if faulty else 1)
            blue = colour(chance, of_blue, 2, 1)
            if index < 305:
                green = (0, 0, 0, [])
            engine.slot(index, green, blue)
            if index >= 309 and index % 10 == 9 and index % 50 == 49:
                lines.append(f"{stream} {index // 10} " + " ".join(repr(x) for x in engine.answer()))
    (HERE / "streams.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    write_blocks()
    write_bounds()
    write_gates()
    write_streams()
