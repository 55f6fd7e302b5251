//! Tests of the core. All modes are compared with jieba-rs, and `Compat::Python` with recorded
//! output of Python jieba. Other tests check properties of the core itself.

mod cpus;
mod crowded;
mod dictionaries;
mod goldens;
mod keywords;
mod merge;
mod posseg;
mod tables;
mod vocabulary;

use crate::{Compat, Core, Mode, Options, Scratch, Token};
use jieba_rs::Jieba;
use proptest::prelude::*;
use std::sync::LazyLock;

static CORE: LazyLock<Core> = LazyLock::new(Core::new);
static JIEBA: LazyLock<Jieba> = LazyLock::new(Jieba::new);

/// The text and the tag of a token. The tag is empty without `Options::tags`.
type Word<'a> = (&'a str, &'a str);

const MODES: [Mode; 3] = [Mode::Exact, Mode::Search, Mode::Full];

fn options(mode: Mode, hmm: bool, tags: bool) -> Options {
    Options { mode, hmm, compat: Compat::JiebaRs, tags }
}

/// All tokens of a text.
fn cut<'a>(core: &'a Core, text: &'a str, options: Options) -> Vec<Word<'a>> {
    let mut tokens = Vec::new();
    core.cut(text, &options, &mut Scratch::default(), &mut tokens);
    let word = |token: &Token| {
        let tag = if options.tags { core.tag_name(token.tag) } else { "" };
        (&text[token.start as usize..token.end as usize], tag)
    };
    tokens.iter().map(word).collect()
}

/// The tokens that jieba-rs gives for each line of a text, and a token for each line end, as the
/// core gives them.
fn expected<'a>(jieba: &'a Jieba, text: &'a str, options: Options) -> Vec<Word<'a>> {
    let mut words = Vec::new();
    for line in text.split_inclusive('\n') {
        let content = line.strip_suffix("\r\n").or_else(|| line.strip_suffix('\n')).unwrap_or(line);
        let untagged = |tokens: Vec<jieba_rs::Token<'a>>| -> Vec<Word<'a>> {
            tokens.iter().map(|token| (token.word, "")).collect()
        };
        words.extend(match (options.mode, options.tags) {
            (Mode::Exact, true) => {
                let tagged = jieba.tag(content, options.hmm);
                tagged.iter().map(|token| (token.word, token.tag)).collect()
            }
            (Mode::Exact, false) => untagged(jieba.cut(content, options.hmm)),
            (Mode::Search, _) => untagged(jieba.cut_for_search(content, options.hmm)),
            (Mode::Full, _) => untagged(jieba.cut_all(content)),
        });
        if content.len() < line.len() {
            words.push((&line[content.len()..], if options.tags { "x" } else { "" }));
        }
    }
    words
}

/// Asserts that the core gives the same tokens as jieba-rs, in all modes.
fn assert_same(core: &Core, jieba: &Jieba, text: &str) {
    for hmm in [true, false] {
        for mode in MODES {
            let options = options(mode, hmm, false);
            assert_eq!(cut(core, text, options), expected(jieba, text, options), "{options:?}");
        }
        let tagged = options(Mode::Exact, hmm, true);
        assert_eq!(cut(core, text, tagged), expected(jieba, text, tagged), "{tagged:?}");
    }
}

/// Sentences with dictionary words.
const SENTENCES: &str = "我来到北京清华大学他来到了网易杭研大厦小明硕士毕业于中国科学院计算所\
后在日本京都大学深造结婚的和尚未结婚的工信处女干事每月经过下属科室都要亲口交代交换机等技术性器件的安装工作\
滾滾長江東逝水浪花淘盡英雄葡萄蝴蝶玻璃鹦鹉囫囵吞枣乒乓球拍卖完了南京市长江大桥研究生命的起源乔布斯特朗普";

/// A few neighbouring characters of [`SENTENCES`], which often are a dictionary word.
fn dictionary_words() -> impl Strategy<Value = String> {
    let characters: Vec<char> = SENTENCES.chars().collect();
    (0..characters.len(), 1usize..8)
        .prop_map(move |(start, length)| characters.iter().skip(start).take(length).collect())
}

fn part() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => dictionary_words(),
        2 => "[\u{4e00}-\u{9fff}]{1,4}",
        2 => "[a-zA-Z0-9+#&._%-]{1,8}",
        1 => "[\u{3400}-\u{4dbf}\u{f900}-\u{faff}\u{20000}-\u{2a6df}\u{2a700}-\u{2ebef}\u{2f800}-\u{2fa1f}]{1,3}",
        1 => "[ ,。，\u{3000}\t😀👨‍👩‍👧ñ]{1,2}",
        1 => ".{1,4}",
        1 => "\r|\n|\r\n|\r\r\n",
        1 => "[\u{0}-\u{10ffff}]{1,3}",
    ]
}

/// Lines that are hard to cut.
fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(part(), 0..24).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn any_text_is_cut_as_jieba_rs_cuts_its_lines(text in text()) {
        assert_same(&CORE, &JIEBA, &text);
    }

    #[test]
    fn a_text_may_be_cut_in_two_beside_a_character_outside_blocks(
        a in text(), gap in "[ 。，\n😀\u{3000}/]", b in text(), before: bool,
    ) {
        let (a, b) = if before { (a, gap + &b) } else { (a + &gap, b) };
        prop_assume!(!(a.ends_with('\r') && b.starts_with('\n')));
        let whole = a.clone() + &b;
        for (mode, compat) in MODES.into_iter().flat_map(|m| [(m, Compat::JiebaRs), (m, Compat::Python)]) {
            // Python's full mode joins neighbouring gaps into one token, so its texts may be split
            // only at line ends.
            if mode == Mode::Full && compat == Compat::Python && !a.ends_with('\n') {
                continue;
            }
            let options = Options { mode, hmm: true, compat, tags: true };
            let parts = [cut(&CORE, &a, options), cut(&CORE, &b, options)].concat();
            prop_assert_eq!(cut(&CORE, &whole, options), parts, "{:?}", options);
        }
    }

    #[test]
    fn tokens_of_exact_mode_are_the_whole_text_in_order(text in text(), hmm: bool) {
        for compat in [Compat::JiebaRs, Compat::Python] {
            let options = Options { mode: Mode::Exact, hmm, compat, tags: false };
            let words: String = cut(&CORE, &text, options).iter().map(|word| word.0).collect();
            prop_assert_eq!(&words, &text);
        }
    }
}

#[test]
fn scratch_that_was_used_before_changes_nothing() {
    let mut scratch = Scratch::default();
    let long = SENTENCES.repeat(600);
    for text in [SENTENCES, "", &long, "a", "他来到了网易杭研大厦\n", SENTENCES] {
        let options = options(Mode::Exact, true, true);
        let (mut tokens, mut fresh) = (Vec::new(), Vec::new());
        CORE.cut(text, &options, &mut scratch, &mut tokens);
        CORE.cut(text, &options, &mut Scratch::default(), &mut fresh);
        assert_eq!(tokens, fresh);
    }
}

#[test]
fn endless_blocks_are_cut_as_jieba_rs_cuts_them() {
    let repeated = "的".repeat(100_000);
    let ascii = "a-1.".repeat(30_000);
    let unknown = "\u{9fa6}龘".repeat(30_000);
    for text in [&SENTENCES.repeat(300), &repeated, &ascii, &unknown, &"\r".repeat(50_000)] {
        for mode in MODES {
            let options = options(mode, true, false);
            assert!(cut(&CORE, text, options) == expected(&JIEBA, text, options), "{mode:?}");
        }
    }
}

#[test]
fn every_code_point_is_cut_as_jieba_rs_cuts_it() {
    let all: Vec<char> = (0..=0x10_ffff).filter_map(char::from_u32).collect();
    for characters in all.chunks(997) {
        let text: String = characters.iter().collect();
        assert_same(&CORE, &JIEBA, &text);
        let between: String = characters.iter().flat_map(|&c| ['中', c, '国']).collect();
        let options = options(Mode::Exact, true, false);
        assert_eq!(cut(&CORE, &between, options), expected(&JIEBA, &between, options));
    }
}

/// The core handles sets of 64 characters. The test moves a text over the border of two sets, so
/// that the border falls on many different characters.
#[test]
fn identifiers_and_line_ends_at_every_position_are_cut_as_jieba_rs_cuts_them() {
    for before in 0..70 {
        let text = "，".repeat(before)
            + "a-b2.c%5%了的v4-%x..--T恤\r\n，3.5%了x1\r，\r\n\r\nAT&T卡拉OK c++ 12 3d B超 .NET v１"
            + &"，".repeat(40)
            + "ab_c的12的x3。\r\n";
        assert_same(&CORE, &JIEBA, &text);
    }
}

/// The best route takes no word of frequency 0, so `ab%` and `a%` stay runs of single characters.
/// The model must leave such a run as it is, because the run is a dictionary word.
#[test]
fn runs_that_are_words_are_cut_as_jieba_rs_cuts_them() {
    let (mut core, mut jieba) = (Core::new(), Jieba::new());
    for (word, frequency) in [("a", 1 << 20), ("b", 1 << 20), ("%", 1 << 20), ("ab%", 0), ("a%", 0)]
    {
        core.add_word(word, Some(frequency as u64), None);
        jieba.add_word(word, Some(frequency), None);
    }
    assert_same(&core, &jieba, "，ab%，a%，abc%，b%，ab%的，");
}
