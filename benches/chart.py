"""Draws medians of both jobs as one SVG bar chart, those of peers.sh for hashing and those of segment.py:
python3 benches/chart.py benches/peers.csv benches/segment.csv > benches/speed.svg"""

import sys

TITLES = {"small": "MD5 of 60,000 small files", "mid": "MD5 of 64 files of 32 MiB", "one": "MD5 of 1 file of 1 GiB",
          "segment: exact": "words of 40.6 MB of Chinese text", "segment: tags": "the same with parts of speech"}
PROGRAMS = ["batchproc", "batchproc -j 1", "xargs -P md5sum", "md5sum", "hashdeep", "rhash", "loop of jieba-rs"]
charts = {job: [] for job in TITLES}
for name in sys.argv[1:]:
    for line in open(name, encoding="utf-8"):
        job, program, seconds = line.rstrip("\n").split(",")
        if job in TITLES and program in PROGRAMS:
            charts[job].append((program, float(seconds)))

BAR, GAP, LEFT, WIDTH = 15, 4, 128, 280
parts, y = [], 6
for job, bars in charts.items():
    parts.append(f'<text x="10" y="{y + 14}" class="title">{TITLES[job]}</text>')
    y += 22
    most = max(seconds for _, seconds in bars)
    for program, seconds in bars:
        ours = " ours" if program.startswith("batchproc") else ""
        parts.append(f'<text x="{LEFT - 8}" y="{y + 12}" class="name">{program}</text>')
        parts.append(f'<rect x="{LEFT}" y="{y}" width="{seconds / most * WIDTH:.1f}" height="{BAR}" class="bar{ours}"/>')
        parts.append(f'<text x="{LEFT + seconds / most * WIDTH + 6:.1f}" y="{y + 12}">{seconds:.2f} s</text>')
        y += BAR + GAP
    y += 8
style = ("text{font:13px sans-serif;fill:#444}.title{font-weight:bold}.name{text-anchor:end}"
         ".bar{fill:#b8c2cc}.ours{fill:#2b7de9}")
width = LEFT + WIDTH + 58
print(f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{y}" viewBox="0 0 {width} {y}" role="img" '
      'aria-label="Seconds that batchproc and other programs take to hash files and to segment Chinese text">')
print(f'<style>{style}</style><rect width="100%" height="100%" fill="#fff"/>')
print("\n".join(parts))
print("</svg>")
