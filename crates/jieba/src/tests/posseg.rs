//! Parts of speech as `jieba.posseg` of Python jieba 0.42.1 gives them: what it printed for these texts.
//! The tests of the Python package ask Python jieba itself, for far more. Other tests compare with a naive
//! program that follows Python jieba step by step.

mod model;
mod naive;

use super::{CORE, SENTENCES, text};
use crate::{Core, Scratch, Token};
use model::{END, MIDDLE, SINGLE};
use proptest::prelude::*;

fn tagged(text: &str, hmm: bool) -> String {
    let mut tokens = Vec::new();
    CORE.cut_with_tags_of_python(text, hmm, &mut Scratch::default(), &mut tokens);
    let word = |token: &crate::Token| {
        let word = &text[token.start as usize..token.end as usize];
        format!("{word}/{}", CORE.tag_name(token.tag))
    };
    tokens.iter().map(word).collect::<Vec<_>>().join(" ")
}

#[test]
fn words_and_tags_are_those_of_posseg() {
    for (text, with_model, without) in [
        (
            "小明硕士毕业于中国科学院计算所，后在日本京都大学深造",
            "小明/nr 硕士/n 毕业/n 于/p 中国科学院/nt 计算所/n ，/x 后在/t 日本京都大学/nt 深造/v",
            "小/a 明/a 硕士/n 毕业/n 于/p 中国科学院/nt 计算所/n ，/x 后/f 在/p 日本京都大学/nt 深造/v",
        ),
        (
            "3D打印T恤\r\n v1.2-beta+来了 ab",
            "3/m D/eng 打印/v T恤/n \r\n/x  /x v1/eng .2/m -/x beta/eng +/x 来/v 了/ul  /x ab/eng",
            "3D/eng 打印/v T恤/n \r\n/x  /x v1/eng ./x 2/eng -/x beta/eng +/x 来/v 了/ul  /x ab/eng",
        ),
        (
            "他来到了网易杭研大厦",
            "他/r 来到/v 了/ul 网易/n 杭/j 研/vn 大厦/n",
            "他/r 来到/v 了/ul 网易/n 杭/nr 研/vn 大厦/n",
        ),
        ("曇曇兮滾滾逝水", "曇曇/n 兮/y 滾/v 滾/v 逝水/v", "曇/x 曇/x 兮/y 滾/x 滾/x 逝水/v"),
    ] {
        assert_eq!(tagged(text, true), with_model);
        assert_eq!(tagged(text, false), without);
    }
    assert_eq!(tagged("", true), "");
}

/// Compares with the naive program. The buffers may have been used before.
fn assert_same(core: &Core, text: &str, scratch: &mut Scratch) {
    for hmm in [true, false] {
        let mut tokens: Vec<Token> = Vec::new();
        core.cut_with_tags_of_python(text, hmm, scratch, &mut tokens);
        assert!(tokens == naive::cut(core, text, hmm), "{text:?}, hmm {hmm}");
    }
}

/// Characters that are hard for the model: frequent ones, ones that it does not know, and ones that have
/// only states of S (single), only of E (end) and M (middle), or only of M; and others.
const HARD: &str = "的在我人一小国年曇丂丄両仳佾俜倮厝哏嗽栅捭珮鎔镕a1.+";

#[test]
fn short_runs_of_hard_characters_are_those_of_the_naive_program() {
    let characters: Vec<char> = HARD.chars().collect();
    let mut scratch = Scratch::default();
    for a in &characters {
        let mut runs = String::new();
        for b in &characters {
            for c in &characters {
                runs.extend(['，', *a, *b, *c]);
            }
            runs.extend(['，', *a, *b]);
        }
        runs.extend(['，', *a]);
        assert_same(&CORE, &runs, &mut scratch);
    }
}

#[test]
fn the_hard_characters_are_what_they_are_said_to_be() {
    let positions = |character| {
        let mut positions: Vec<u8> =
            model::states(character).iter().map(|state| state.0.position).collect();
        positions.dedup();
        positions
    };
    assert!(positions('丂').is_empty());
    assert_eq!(positions('仳'), [SINGLE]);
    assert_eq!(positions('厝'), [END, MIDDLE]);
    assert_eq!(positions('捭'), [MIDDLE]);
}

/// So the search needs no rule for a character that nothing can follow, where Python jieba fails.
#[test]
fn after_every_state_of_a_character_goes_a_path_without_end() {
    for character in '\u{4e00}'..='\u{9fd5}' {
        let states = model::states(character);
        assert!(states.iter().all(|(state, _)| model::goes_on(*state)), "{character}");
    }
    let all = model::all_states();
    let going: Vec<_> = all.into_iter().filter(|&state| model::goes_on(state)).collect();
    for &state in &going {
        let mut after = going.iter().map(|&after| model::transition(state, after));
        assert!(after.any(|probability| probability.is_some()), "{state:?}");
    }
}

/// A few words that change what blocks and routes are.
fn changed() -> Core {
    let mut core = Core::new();
    let words = [
        ("的", 0, Some("zero")),
        ("我", 9_000_000, Some("mine")),
        ("的在", 0, Some("none")),
        ("人一", 1, Some("rare")),
        ("人一小", 1, None),
        ("a-b", 100, Some("dash")),
        ("50%", 100, None),
        ("ab1", 100, Some("latin")),
        ("a1", 1, Some("few")),
        ("曇", 5, Some("cloud")),
        ("\u{9fe0}的", 500, None),
    ];
    for (word, frequency, tag) in words {
        core.add_word(word, Some(frequency), tag);
    }
    core
}

#[test]
fn words_of_users_are_those_of_the_naive_program() {
    let (mut core, mut scratch) = (changed(), Scratch::default());
    let texts = [
        "我的在人一小国，的在，的，人一，人一小，a-b50%ab1 a1 a1的曇曇\u{9fe0}的\r\n\r\r\n\n的\r",
        "人一小国年的在我a-b的50%的ab1的a1a1ab1a1",
    ];
    for merged in [false, true] {
        if merged {
            core.merge_added_words().expect("few words");
        }
        for text in texts {
            assert_same(&core, text, &mut scratch);
        }
    }
}

fn run() -> impl Strategy<Value = String> {
    let any = "[\u{4e00}-\u{9fd5}]{1,12}";
    let hard = prop::collection::vec(prop::sample::select(HARD.chars().collect::<Vec<_>>()), 1..12);
    prop_oneof![any, hard.prop_map(|characters| characters.into_iter().collect::<String>())]
}

proptest! {
    #[test]
    fn any_text_has_the_words_and_tags_of_the_naive_program(
        text in text(), runs in prop::collection::vec(run(), 0..8), gap in "[ ，%-]?",
    ) {
        let mut scratch = Scratch::default();
        let text = text + &gap + &runs.join(&gap);
        assert_same(&CORE, &text, &mut scratch);
        assert_same(&changed(), &text, &mut scratch);
    }
}

#[test]
fn long_runs_are_those_of_the_naive_program() {
    let singles: String = SENTENCES.chars().flat_map(|c| [c, '仳', '曇', '的']).collect();
    let mut scratch = Scratch::default();
    for text in [singles.repeat(8), "的在我人".repeat(3000), "a-b.c%".repeat(3000)] {
        assert_same(&CORE, &text, &mut scratch);
        assert_same(&CORE, "的在我", &mut scratch);
    }
}
