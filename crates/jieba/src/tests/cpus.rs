//! The code for each kind of CPU gives the same tokens as the portable code.
#![cfg(target_arch = "x86_64")]

use super::{CORE, MODES, SENTENCES};
use crate::builder::codes::{HAN_END, HAN_START};
use crate::cut::Cut;
use crate::dispatch::CpuKind;
use crate::hmm::{MAX_SHORT, Run};
use crate::kernel::avx2::Avx2;
use crate::kernel::avx512::Avx512;
use crate::kernel::cpu::{Cpu, Work};
use crate::kernel::portable::Portable;
use crate::kernel::sse2::Sse2;
use crate::tables::Model;
use crate::{Compat, Mode, Options, Scratch, Token};
use proptest::prelude::*;

fn tokens(text: &str, options: &Options, cpu: impl Cpu) -> Vec<Token> {
    let (mut scratch, mut tokens) = (Scratch::default(), Vec::new());
    cut(text, options, &mut scratch, &mut tokens).run(cpu);
    tokens
}

fn cut<'a>(
    text: &'a str,
    options: &'a Options,
    scratch: &'a mut Scratch,
    tokens: &'a mut Vec<Token>,
) -> Cut<'a> {
    Cut { dictionary: &CORE.dictionary, text, options, posseg: false, scratch, tokens }
}

/// Cuts a text with the code for each kind of CPU that this machine can run, except the portable
/// code. Returns the tokens of each.
fn all_tokens(text: &str, options: &Options) -> Vec<Vec<Token>> {
    let with_sse2 = [tokens(text, options, Sse2)];
    let with_avx2 = Avx2::detect().map(|avx2| tokens(text, options, avx2));
    let with_avx512 = Avx512::detect().map(|avx512| tokens(text, options, avx512));
    with_sse2.into_iter().chain(with_avx2).chain(with_avx512).collect()
}

fn assert_same(text: &str) {
    for mode in MODES {
        for (hmm, tags) in [(true, true), (false, false)] {
            for compat in [Compat::JiebaRs, Compat::Python] {
                let options = Options { mode, hmm, compat, tags };
                let portable = tokens(text, &options, Portable);
                for tokens in all_tokens(text, &options) {
                    assert_eq!(tokens, portable, "{options:?}: {text:?}");
                }
            }
        }
    }
}

#[test]
fn all_characters_are_cut_alike() {
    let all: String = (0..=char::MAX as u32).filter_map(char::from_u32).collect();
    let options = Options { mode: Mode::Exact, ..Options::default() };
    // The first text has all characters side by side. The second has a letter after each, so that
    // every character occurs at different alignments.
    for text in [all.clone(), all.chars().flat_map(|c| [c, 'a']).collect()] {
        let portable = tokens(&text, &options, Portable);
        for tokens in all_tokens(&text, &options) {
            assert_eq!(tokens, portable);
        }
    }
}

#[test]
fn texts_of_every_length_around_a_chunk_and_a_piece_are_cut_alike() {
    let text: String = SENTENCES.chars().cycle().take(1200).collect();
    let ends = text.char_indices().map(|(at, _)| at);
    for end in ends.filter(|at| *at < 300 || *at > text.len() - 300) {
        assert_same(&text[..end]);
    }
}

#[test]
fn ascii_words_of_every_length_at_every_position_are_cut_alike() {
    for position in 0..70 {
        for length in [1, 2, 3, 31, 32, 33, 62, 63, 64, 65, 66, 130] {
            for after in [" ", "-", "，", "的", "\r\n"] {
                let mut text = format!("。{} {}{after}", ".".repeat(position), "x".repeat(length));
                text += &"填充。".repeat(30);
                assert_same(&text);
            }
        }
    }
}

#[test]
fn nothing_of_a_piece_is_left_for_the_next() {
    // At some positions, one or several longer words begin in the first text, but none in the
    // second. The words of the first text must not stay in the buffers.
    let [first, second] = ["中华人民共和国，清华大学，", "我他你她它我他你，我他你她，"];
    for repeated in [1, 40] {
        let [first, second] = [first, second].map(|text| text.repeat(repeated));
        let options = Options { hmm: false, ..Options::default() };
        let cut_second = |scratch: &mut Scratch, cpu: CpuKind| {
            let mut tokens = Vec::new();
            cpu.run(cut(&second, &options, scratch, &mut tokens));
            tokens
        };
        for cpu in CpuKind::available() {
            let mut used = Scratch::default();
            cpu.run(cut(&first, &options, &mut used, &mut Vec::new()));
            assert_eq!(cut_second(&mut used, cpu), cut_second(&mut Scratch::default(), cpu));
        }
    }
}

proptest! {
    #[test]
    fn random_texts_are_cut_alike(
        text in "([a-c]{1,9}|[A-Z]{1,4}|[0-9]{1,3}| |\\r\\n|[-.+_%#&]|IC卡|PC机|[的一是在不了中国人民法院]{1,9}|，|é|\\u{20000}|😀){0,120}"
    ) {
        assert_same(&text);
    }

    #[test]
    fn sets_of_64_are_the_same(codes in prop::array::uniform32(any::<u16>()), small in prop::array::uniform32(0u16..80)) {
        let mut all = [0; 64];
        for (at, code) in codes.into_iter().zip(small).flat_map(|(a, b)| [a, b]).enumerate() {
            all[at] = code;
        }
        let classes = Portable.classes(&all);
        prop_assert_eq!(classes, Sse2.classes(&all));
        let words = [classes.in_block, classes.alphanumeric, 0, u64::MAX];
        let (mut one, mut two) = ([0; 264], [0; 264]);
        let count = Portable.set_bits(&words, &mut one);
        prop_assert_eq!(count, Portable.set_bits_of_few(&words, &mut two));
        prop_assert_eq!(&one[..count], &two[..count]);
        let Some(avx2) = Avx2::detect() else { return Ok(()) };
        prop_assert_eq!(classes, avx2.classes(&all));
        prop_assert_eq!(count, avx2.set_bits(&words, &mut two));
        prop_assert_eq!(&one[..count], &two[..count]);
    }

    #[test]
    fn four_runs_are_cut_as_each_alone(
        codes in prop::collection::vec(prop_oneof![HAN_START..HAN_START + 300, HAN_START..HAN_END], 200),
        runs in prop::array::uniform4((0..150u32, 2..=MAX_SHORT as u32))
    ) {
        let Some(avx2) = Avx2::detect() else { return Ok(()) };
        let runs = runs.map(|(from, length)| Run { from, length });
        for model in [Model::jieba_rs(), Model::python()] {
            let mut room = [[0; 4]; MAX_SHORT + 1];
            let alone = Portable.find_ends_of_four(&model, &codes, &runs, &mut room);
            prop_assert_eq!(avx2.find_ends_of_four(&model, &codes, &runs, &mut room), alone);
        }
    }
}
