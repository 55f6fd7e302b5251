"""Makes a book of the documents, for mdBook.

`mdbook build` runs this file as a preprocessor (see book.toml): it reads the chapters of docs/SUMMARY.md as
JSON, adds the pages outside of docs/ that belong to the book, and makes their links lead to each other.
Pictures are put into the pages. A link to a file that is no page becomes plain text.

`python3 build/book.py check DIR` says which links in the finished book lead nowhere."""

import base64
import json
import pathlib
import posixpath
import re
import sys
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Pages outside of docs/, each with its name in the book; the first one is the introduction.
OUTSIDE = {"README.md": "index.md", "benches/results.md": "results.md", "CONTRIBUTING.md": "contributing.md",
           "CHANGELOG.md": "changelog.md"}
LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")


def moved(text, home):
    """The text of a page from the directory `home` of the repository, with links as they are in the book."""

    def link(match):
        picture, words, target = match.groups()
        path, hash_, anchor = target.partition("#")
        if not path or "://" in target:
            return match[0]
        path = posixpath.normpath(posixpath.join(home, path))
        if picture:
            data = base64.b64encode((ROOT / path).read_bytes()).decode()
            return f"![{words}](data:image/svg+xml;base64,{data})"
        if path in OUTSIDE:
            return f"[{words}]({OUTSIDE[path]}{hash_}{anchor})"
        if path.startswith("docs/") and path.endswith(".md"):
            return f"[{words}]({path.removeprefix('docs/')}{hash_}{anchor})"
        return words

    parts = re.split(r"(^```.*?^```$)", text, flags=re.M | re.S)
    return "".join(part if part.startswith("```") else LINK.sub(link, part) for part in parts)


def chapter(path):
    text = (ROOT / path).read_text()
    name = re.search(r"^# (.*)$", text, re.M)[1]
    place = OUTSIDE[path]
    return {"Chapter": {"name": name, "content": moved(text, posixpath.dirname(path)), "number": None, "sub_items": [],
                        "path": place, "source_path": place, "parent_names": []}}


def preprocess():
    _, book = json.load(sys.stdin)
    items = book["items" if "items" in book else "sections"]
    for item in items:
        if "Chapter" in item:
            item["Chapter"]["content"] = moved(item["Chapter"]["content"], "docs")
    first, *others = map(chapter, OUTSIDE)
    items[:] = [first, *items, *others]
    json.dump(book, sys.stdout)


def check(book):
    """Names every link between pages of the book that has no target."""
    pages = {page.relative_to(book).as_posix(): page.read_text() for page in book.rglob("*.html")}
    anchors = {name: set(re.findall(r'\bid="([^"]+)"', text)) for name, text in pages.items()}
    wrong = []
    for name, text in pages.items():
        if name in ("print.html", "404.html", "toc.html"):
            continue
        for target in re.findall(r'<a [^>]*href="([^"]+)"', text):
            if re.match(r"[a-z]+:", target):
                continue
            path, _, anchor = urllib.parse.unquote(target).partition("#")
            page = posixpath.normpath(posixpath.join(posixpath.dirname(name), path)) if path else name
            if not (book / page).exists() or (anchor and anchor not in anchors.get(page, ())):
                wrong.append(f"{name}: {target}")
    print("\n".join(wrong) or f"{len(pages)} pages, and every link leads somewhere")
    sys.exit(1 if wrong else 0)


if sys.argv[1:2] == ["supports"]:
    sys.exit(0)
elif sys.argv[1:2] == ["check"]:
    check(pathlib.Path(sys.argv[2]))
else:
    preprocess()
