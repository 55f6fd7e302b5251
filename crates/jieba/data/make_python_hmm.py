"""Writes python-hmm.txt from the installed jieba 0.42.1: python3 make_python_hmm.py > python-hmm.txt

Every emission of jieba's finalseg model is log(n / N) with integers n and N. The script checks that
this gives each number exactly."""

import math
from jieba.finalseg.prob_emit import P

STATES = "BEMS"
totals = {state: round(math.exp(-min(P[state].values()))) for state in STATES}
counts = {}
for column, state in enumerate(STATES):
    for character, probability in P[state].items():
        n = round(math.exp(probability) * totals[state])
        assert math.log(n / totals[state]) == probability, (state, character)
        counts.setdefault(character, [0] * len(STATES))[column] = n
print("total", *(totals[state] for state in STATES))
for character in sorted(counts):
    print(character, *counts[character])
