"""batchproc.jieba against jieba itself."""

import inspect
import io
import operator
import random

import batchproc.jieba as ours
import batchproc.jieba.analyse
import batchproc.jieba.posseg
import pytest

CHARACTERS = "来到北京清华大学ab1+-的"


def pairs(words):
    return [tuple(word) for word in words]


@pytest.fixture
def theirs(jieba):
    """jieba, in which no word was ever deleted. Deleted words are global there."""
    import jieba.analyse
    import jieba.finalseg
    import jieba.posseg

    jieba.finalseg.Force_Split_Words.clear()
    yield jieba
    jieba.finalseg.Force_Split_Words.clear()


@pytest.fixture
def sentences(lines):
    return [
        *lines,
        "",
        "\n",
        "a\r\n\r",
        "\r\nabc\n\nd e",
        "\ud800来到北京",
        "恍欲遇兮，，  ",
        *("\n".join(lines[n : n + 3]) for n in range(20)),
    ]


def test_words_are_the_same(theirs, sentences):
    for text in sentences:
        for hmm in [True, False]:
            assert ours.lcut(text, HMM=hmm) == theirs.lcut(text, HMM=hmm)
            assert list(ours.cut_for_search(text, HMM=hmm)) == theirs.lcut_for_search(text, HMM=hmm)
            for mode in ["default", "search"]:
                expected = list(theirs.tokenize(text, mode=mode, HMM=hmm))
                assert list(ours.tokenize(text, mode=mode, HMM=hmm)) == expected
        assert list(ours.cut(text, cut_all=True)) == theirs.lcut(text, cut_all=True)
    for encoding in ["utf-8", "gbk"]:
        assert ours.lcut("来到北京".encode(encoding)) == ["来到", "北京"]


def test_parts_of_speech_are_the_same(theirs, sentences):
    for text in sentences:
        for hmm in [True, False]:
            expected = pairs(theirs.posseg.cut(text, HMM=hmm))
            assert pairs(ours.posseg.lcut(text, HMM=hmm)) == expected, text
    one = next(ours.posseg.cut("北京"))
    other = next(theirs.posseg.cut("北京"))
    assert (str(one), repr(one), tuple(one)) == (str(other), repr(other), tuple(other))
    with pytest.raises(NotImplementedError):
        ours.posseg.dt.tokenize


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"withWeight": True, "topK": 3},
        {"topK": None},
        {"allowPOS": ("n", "v", "nr")},
        {"withFlag": True, "allowPOS": ("n", "ns"), "withWeight": True},
    ],
)
def test_keywords_are_the_same(theirs, sentences, arguments):
    def plain(found):
        return [
            tuple(one)
            if hasattr(one, "flag")
            else tuple(map(str, one))
            if isinstance(one, tuple)
            else one
            for one in found
        ]

    for text in [*sentences, "\n".join(sentences[:60])]:
        for name in ["extract_tags", "textrank"]:
            expected = getattr(theirs.analyse, name)(text, **arguments)
            assert plain(getattr(ours.analyse, name)(text, **arguments)) == plain(expected), (
                name,
                text,
            )


def test_other_stop_words_and_frequencies_change_keywords_alike(theirs, lines, tmp_path):
    (tmp_path / "stop").write_text("北京\n研究\n")
    (tmp_path / "idf").write_text("北京 3.5\n来到 8.25\n大厦 0.5\n")
    for name in ["TFIDF", "TextRank"]:
        one, other = getattr(ours.analyse, name)(), getattr(theirs.analyse, name)()
        for finder in [one, other]:
            finder.set_stop_words(tmp_path / "stop")
            if name == "TFIDF":
                finder.set_idf_path(str(tmp_path / "idf"))
        for line in lines:
            assert one.extract_tags(line, withWeight=True) == other.extract_tags(
                line, withWeight=True
            )
        with pytest.raises(Exception, match="jieba: file does not exist"):
            one.set_stop_words("/does/not/exist")


def test_dictionaries_that_change_stay_the_same(theirs, tmp_path):
    """Random dictionaries, to which the same is done here and there."""
    import jieba.finalseg

    chance = random.Random(7)

    def word(most=4):
        return "".join(chance.choices(CHARACTERS, k=chance.randint(1, most)))

    def change(number):
        one = word()
        return [
            lambda it: it.add_word(one),
            lambda it, frequency=chance.choice([0, 3, 50, "7"]): it.add_word(one, frequency, "vn"),
            lambda it: it.del_word(one),
            lambda it: it.suggest_freq(one, True),
            lambda it: it.suggest_freq((one[:1], one[1:] or "来"), True),
            lambda it: it.suggest_freq(one),
            lambda it: (it.FREQ.get(one), one in it.FREQ, it.total),
            lambda it: it.load_userdict(io.StringIO(f"{one} 5 n\n\ufeff\n{word()}\n大学 北京 3\n")),
        ][number]

    for round in range(60):
        jieba.finalseg.Force_Split_Words.clear()
        path = tmp_path / f"{round}.txt"
        tags, frequencies = ["n", "v", "nr"], [0, 1, 5, 100, 3000]
        path.write_text(
            "".join(
                f"{word()} {chance.choice(frequencies)} {chance.choice(tags)}\n"
                for _ in range(chance.randint(3, 40))
            )
        )
        one, other = ours.Tokenizer(str(path)), theirs.Tokenizer(str(path))
        other.cache_file = f"{path}.cache"
        other.initialize()
        tagged, other_tagged = ours.posseg.POSTokenizer(one), theirs.posseg.POSTokenizer(other)
        for _ in range(12):
            state = chance.getstate()
            number = chance.randrange(8)
            step = change(number)
            answer = step(one)
            after = chance.getstate()
            if number == 7:
                # Both must read the same random word.
                chance.setstate(state)
                step = change(chance.randrange(8))
            assert answer == step(other), path.read_text()
            chance.setstate(after)
        for _ in range(15):
            text = "".join(chance.choices(CHARACTERS + "，\n ", k=chance.randint(0, 30)))
            assert one.lcut(text) == other.lcut(text), text
            assert one.lcut(text, HMM=False) == other.lcut(text, HMM=False), text
            assert one.lcut(text, cut_all=True) == other.lcut(text, cut_all=True), text
            assert one.lcut_for_search(text) == other.lcut_for_search(text), text
            assert one.get_DAG(text) == other.get_DAG(text), text
            for hmm in [True, False]:
                assert pairs(tagged.lcut(text, HMM=hmm)) == pairs(
                    other_tagged.lcut(text, HMM=hmm)
                ), text


def test_user_dictionaries_come_from_paths_files_and_lists(theirs, tmp_path):
    (tmp_path / "words").write_text("\ufeff云计算 5\n杭研大厦 3 nt\n创新办 i\n\n台中\n")
    content = (tmp_path / "words").read_bytes()
    text = "李小福是创新办主任也是云计算方面的专家，来到了杭研大厦，台中"
    for make in [
        lambda: str(tmp_path / "words"),
        lambda: io.BytesIO(content),
        lambda: io.StringIO(content.decode()),
        lambda: ["云计算 5", "杭研大厦 3 nt", "创新办 i", "台中"],
        lambda: (f"{word} 900 n" for word in ["云计算", "台中"]),
    ]:
        one, other = ours.Tokenizer(), theirs.Tokenizer()
        for it in [one, other]:
            it.load_userdict(make())
        assert one.lcut(text) == other.lcut(text)
        assert one.user_word_tag_tab == other.user_word_tag_tab
        tagged = [
            module.posseg.POSTokenizer(it).lcut(text)
            for module, it in [(ours, one), (theirs, other)]
        ]
        assert pairs(tagged[0]) == pairs(tagged[1])
    # More words than are looked up one by one.
    many = [f"{a}{b}{c} 4 nz" for a in "来到北京清" for b in "华大学的" for c in CHARACTERS]
    one, other = ours.Tokenizer(), theirs.Tokenizer()
    one.load_userdict(many), other.load_userdict(many)
    for line in many:
        assert one.lcut(line) == other.lcut(line)


def test_errors_are_the_same(theirs, tmp_path):
    (tmp_path / "bad").write_text("北京 5 ns\n来到\n")
    (tmp_path / "latin").write_bytes(b"\xff\xfe\n")

    def raised(call):
        with pytest.raises(Exception) as error:
            call()
        return type(error.value), str(error.value)

    for call in [
        lambda it: it.Tokenizer(str(tmp_path / "bad")).lcut("a"),
        lambda it: it.Tokenizer(str(tmp_path / "none")).lcut("a"),
        lambda it: it.Tokenizer().set_dictionary(str(tmp_path / "none")),
        lambda it: it.Tokenizer().load_userdict(str(tmp_path / "none")),
        lambda it: it.Tokenizer().load_userdict(str(tmp_path / "latin")),
        lambda it: it.Tokenizer().add_word("来到", "many"),
        lambda it: list(it.Tokenizer().tokenize(b"bytes")),
        lambda it: it.lcut(None),
        lambda it: it.Tokenizer().FREQ["没有这个"],
    ]:
        assert raised(lambda: call(ours)) == raised(lambda: call(theirs))
    # An error of a generator comes with its first word.
    words = ours.cut(None)
    with pytest.raises(AttributeError):
        next(words)


def test_another_dictionary_takes_the_place_of_the_first(theirs, tmp_path):
    path = tmp_path / "small"
    path.write_text("北京清华 5 ns\n来 3 v\n来 9 n\n")
    one, other = ours.Tokenizer(), theirs.Tokenizer()
    for it in [one, other]:
        it.add_word("京清")
        it.set_dictionary(str(path))
        it.cache_file = str(tmp_path / "cache")
    assert (
        one.lcut("来北京清华", HMM=False)
        == other.lcut("来北京清华", HMM=False)
        == ["来", "北京清华"]
    )
    assert one.total == other.total
    assert repr(one) == repr(other)


def test_names_and_arguments_are_the_same(theirs):
    names = """cut cut_for_search tokenize load_userdict add_word del_word suggest_freq set_dictionary
        initialize get_FREQ get_DAG calc get_dict_file setLogLevel enable_parallel disable_parallel
        posseg.cut posseg.lcut posseg.initialize posseg.POSTokenizer.cut posseg.pair
        analyse.extract_tags analyse.textrank analyse.set_stop_words analyse.set_idf_path analyse.TFIDF
        analyse.TextRank"""
    for name in names.split():
        one, other = (operator.attrgetter(name)(module) for module in [ours, theirs])
        assert str(inspect.signature(one)) == str(inspect.signature(other)), name
    for (
        name
    ) in "lcut lcut_for_search dt Tokenizer user_word_tag_tab posseg.dt analyse.tfidf".split():
        operator.attrgetter(name)(ours)
    assert ours.__version__ == theirs.__version__
    ours.enable_parallel(4)
    ours.setLogLevel(20)
    assert inspect.isgenerator(ours.cut("a")) and inspect.isgenerator(ours.posseg.cut("a"))
    assert ours.lcut("来到北京") == ["来到", "北京"]
    ours.disable_parallel()
    assert ours.get_FREQ("北京") == theirs.get_FREQ("北京")
    assert ours.get_FREQ("没有这个词", 5) == 5
