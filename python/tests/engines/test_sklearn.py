"""scikit-learn: `Segmenter.cut` is a tokenizer. It can be pickled, and so can what is trained with it."""

import pickle

import batchproc
import pytest
from processes import lines

pytest.importorskip("sklearn", reason="scikit-learn is not installed")

from joblib import Parallel, delayed  # noqa: E402
from sklearn.base import clone  # noqa: E402
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer  # noqa: E402


def vectorizer(kind=CountVectorizer):
    segmenter = batchproc.Segmenter(drop=["space", "punct"], user_words=["杭研大厦"])
    return kind(tokenizer=segmenter.cut, token_pattern=None, lowercase=False)


def test_the_words_are_the_features():
    counting = vectorizer()
    counts = counting.fit_transform(["来到杭研大厦，来到北京", "北京"])
    assert list(counting.get_feature_names_out()) == ["北京", "来到", "杭研大厦"]
    assert counts.toarray().tolist() == [[1, 2, 1], [1, 0, 0]]


def test_a_trained_model_can_be_pickled_and_used_by_other_processes():
    texts = lines()
    trained = vectorizer(TfidfVectorizer).fit(texts)
    expected = trained.transform(texts).sum()
    assert pickle.loads(pickle.dumps(trained)).transform(texts).sum() == expected
    sums = Parallel(n_jobs=2)(delayed(lambda it: it.transform(texts).sum())(it) for it in [trained] * 2)
    assert sums == [expected] * 2
    assert clone(trained).fit(texts).transform(texts).sum() == expected
