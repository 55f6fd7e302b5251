"""TextRank: words rank high that are often near other words of high rank."""

import sys
from collections import defaultdict
from operator import itemgetter

from .. import posseg
from .tfidf import KeywordExtractor


class UndirectWeightedGraph:
    """Words, and how often two of them are near each other."""

    d = 0.85

    def __init__(self):
        self.graph = defaultdict(list)

    def addEdge(self, start, end, weight):
        self.graph[start].append((start, end, weight))
        self.graph[end].append((end, start, weight))

    def rank(self):
        """The rank of each word. Sums are in jieba's order, since this decides how they are rounded."""
        graph = self.graph
        ranks = dict.fromkeys(graph, 1.0 / (len(graph) or 1.0))
        sums = {word: sum((edge[2] for edge in edges), 0.0) for word, edges in graph.items()}
        shares = {
            word: [(weight / sums[other], other) for _, other, weight in graph[word]]
            for word in sorted(graph)
        }
        for _ in range(10):
            for word, near in shares.items():
                total = 0
                for share, other in near:
                    total += share * ranks[other]
                ranks[word] = (1 - self.d) + self.d * total
        # These two are how jieba begins: with the greatest float, and with the least normal one.
        least = min([sys.float_info.max, *ranks.values()])
        most = max([sys.float_info.min, *ranks.values()])
        return {word: (rank - least / 10.0) / (most - least / 10.0) for word, rank in ranks.items()}


class TextRank(KeywordExtractor):
    """Finds keywords by TextRank."""

    def __init__(self):
        self.tokenizer = self.postokenizer = posseg.dt
        self.stop_words = self.STOP_WORDS.copy()
        self.pos_filt = frozenset(("ns", "n", "vn", "v"))
        self.span = 5

    def pairfilter(self, wp):
        """Whether a word counts."""
        return (
            wp.flag in self.pos_filt
            and len(wp.word.strip()) >= 2
            and wp.word.lower() not in self.stop_words
        )

    def textrank(
        self,
        sentence,
        topK=20,
        withWeight=False,
        allowPOS=("ns", "n", "vn", "v"),
        withFlag=False,
    ):
        """The keywords of a sentence, the best first; all of them if `topK` is `None`. `allowPOS` are the
        parts of speech that count. `withFlag` gives pairs instead of words."""
        self.pos_filt = frozenset(allowPOS)
        words = tuple(self.tokenizer.cut(sentence))
        counts = [self.pairfilter(word) for word in words]
        names = words if allowPOS and withFlag else [word.word for word in words]
        together = defaultdict(int)
        for index, word in enumerate(names):
            if counts[index]:
                for other in range(index + 1, min(index + self.span, len(words))):
                    if counts[other]:
                        together[(word, names[other])] += 1
        graph = UndirectWeightedGraph()
        for (word, other), weight in together.items():
            graph.addEdge(word, other, weight)
        best = sorted(graph.rank().items(), key=itemgetter(1), reverse=True)
        if not withWeight:
            best = [word for word, _ in best]
        return best[:topK] if topK else best

    extract_tags = textrank
