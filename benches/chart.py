"""Draws medians as an SVG bar chart, those of peers.sh for hashing or those of segment.py for segmentation:
python3 chart.py hash < peers.csv > peers.svg, python3 chart.py segment < segment.csv > segment.svg"""

import sys

HASH = {"small": "MD5 of 60,000 small files", "mid": "MD5 of 64 files of 32 MiB", "large": "MD5 of 8 files of 256 MiB",
        "one": "MD5 of 1 file of 1 GiB"}
SEGMENT = {"segment: exact": "words of 40.6 MB of text", "segment: search": "the same in search mode",
           "segment: tags": "words with parts of speech", "segment: JSON": "words as JSON",
           "segment: count": "counts of words", "segment: keywords TF-IDF": "keywords by TF-IDF"}
TITLES, LABEL = {"hash": (HASH, "Seconds to hash trees of files with batchproc and other programs"),
                 "segment": (SEGMENT, "Seconds to segment Chinese text with batchproc and a loop of jieba-rs")}[sys.argv[1]]
trees = {}
for line in sys.stdin:
    tree, program, seconds = line.rstrip("\n").split(",")
    if tree in TITLES:
        trees.setdefault(tree, []).append((program, float(seconds)))

BAR, GAP, LEFT, WIDTH = 16, 5, 136, 230
parts, y = [], 10
for tree, bars in trees.items():
    parts.append(f'<text x="10" y="{y + 14}" class="title">{TITLES[tree]}</text>')
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
print(f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDTH + 54}" height="{y}" role="img" '
      f'aria-label="{LABEL}">')
print(f'<style>{style}</style><rect width="100%" height="100%" fill="#fff"/>')
print("\n".join(parts))
print("</svg>")
