"""Draws the medians that peers.sh writes as an SVG bar chart: python3 chart.py < CSV > SVG"""

import sys

TITLES = {"small": "60,000 small files", "mid": "64 files of 32 MiB", "large": "8 files of 256 MiB", "one": "1 file of 1 GiB"}
trees = {}
for line in sys.stdin:
    tree, program, seconds = line.rstrip("\n").split(",")
    trees.setdefault(tree, []).append((program, float(seconds)))

BAR, GAP, LEFT, WIDTH = 16, 5, 150, 420
parts, y = [], 10
for tree, bars in trees.items():
    parts.append(f'<text x="10" y="{y + 14}" class="title">{TITLES.get(tree, tree)}</text>')
    y += 24
    most = max(seconds for _, seconds in bars)
    for program, seconds in bars:
        ours = " ours" if program == "batchproc" else ""
        parts.append(f'<text x="{LEFT - 8}" y="{y + 12}" class="name">{program}</text>')
        parts.append(f'<rect x="{LEFT}" y="{y}" width="{seconds / most * WIDTH:.1f}" height="{BAR}" class="bar{ours}"/>')
        parts.append(f'<text x="{LEFT + seconds / most * WIDTH + 6:.1f}" y="{y + 12}">{seconds:.2f} s</text>')
        y += BAR + GAP
    y += 12
style = ("text{font:12px sans-serif;fill:#444}.title{font-weight:bold}.name{text-anchor:end}"
         ".bar{fill:#b8c2cc}.ours{fill:#2b7de9}")
print(f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDTH + 80}" height="{y}" role="img" '
      f'aria-label="Seconds to hash trees of files with batchproc and other programs">')
print(f'<style>{style}</style><rect width="100%" height="100%" fill="#fff"/>')
print("\n".join(parts))
print("</svg>")
