//! Compares the renderers with simple ones, which look at every token in the same way.

use std::fmt::Write;
use std::path::Path;
use std::sync::LazyLock;

use proptest::prelude::*;

use super::{Block, Form, Rendered};
use crate::escape::{push_hex, push_path, push_string};
use crate::segment::blocks::{Position, characters};
use batchproc_jieba::{Compat, Core, Cutter, Mode, Options, Scratch, Token, ends_line};

/// The built-in dictionary, and a word whose tag is longer than all others.
static CORE: LazyLock<Core> = LazyLock::new(|| {
    let mut core = Core::new();
    core.add_word("鹦鹉", Some(1_000_000), Some("\"a tag of thirty-two bytes, é\"!"));
    core
});

/// What a renderer gives: the bytes, and whether the block goes on, has open tokens, and ends a
/// line.
type Result = (String, [bool; 3]);

fn result(rendered: Rendered) -> Result {
    let Rendered { bytes, goes_on, open_tokens, ends_line } = rendered;
    // Text keeps invalid bytes. Nothing else in this module can tell two of them apart.
    (bytes.iter().map(|&byte| char::from(byte)).collect(), [goes_on, open_tokens, ends_line])
}

/// The tokens of a line with their words, and its line end.
type Line<'a> = (Vec<(Token, &'a [u8])>, &'a [u8]);

/// The lines of a block.
fn lines<'a>(block: &Block<'a>) -> Vec<Line<'a>> {
    let mut lines = vec![(Vec::new(), &b""[..])];
    for &token in block.tokens {
        let word = &block.text[token.start as usize..token.end as usize];
        let (words, end) = lines.last_mut().unwrap();
        if ends_line(word) {
            *end = word;
            lines.push(Default::default());
        } else {
            words.push((token, word));
        }
    }
    lines
}

fn marks(block: &Block<'_>) -> [bool; 3] {
    let lines = lines(block);
    let has_words = |at: usize| !lines[at].0.is_empty();
    [has_words(0), has_words(lines.len() - 1), lines.len() > 1]
}

fn simple_text(block: &Block<'_>, delimiter: &[u8], tags: bool) -> Result {
    let mut bytes = Vec::new();
    for (words, end) in lines(block) {
        let tag = |token: &Token| match tags {
            true => format!("/{}", CORE.tag_name(token.tag)),
            false => String::new(),
        };
        let words = words.iter().map(|(token, word)| [word, tag(token).as_bytes()].concat());
        bytes.extend(words.collect::<Vec<_>>().join(delimiter));
        bytes.extend(end);
    }
    (bytes.iter().map(|&byte| char::from(byte)).collect(), marks(block))
}

fn simple_json(block: &Block<'_>, tags: bool) -> Result {
    let mut out = String::new();
    let push = |write: &dyn Fn(&mut Vec<u8>), out: &mut String| {
        let mut bytes = Vec::new();
        write(&mut bytes);
        out.extend(bytes.iter().map(|&byte| char::from(byte)));
    };
    let Position { line: mut number, line_byte, line_character, .. } = block.position;
    // Where the line begins in the block, and what of it lies before the block.
    let mut start = 0;
    let mut before = [line_byte, line_character];
    let all = lines(block);
    for (at, (words, end)) in all.iter().enumerate() {
        let last = at + 1 == all.len();
        // A line has an object if an earlier block began it, or if this block has any text of it.
        let rest = &block.text[memchr::memrchr(b'\n', block.text).map_or(0, |at| at + 1)..];
        let is_begun = at == 0 && line_byte > 0;
        let is_nothing = last && words.is_empty() && rest.is_empty();
        if !is_begun && !is_nothing {
            out.push('{');
            push(&|out| push_path("path", block.path, out), &mut out);
            write!(out, ",\"line\":{},\"tokens\":[", number + 1).unwrap();
        }
        let open = is_begun || !is_nothing;
        for (index, (token, word)) in words.iter().enumerate() {
            out.push_str(if index == 0 { "{\"text\":" } else { ",{\"text\":" });
            match str::from_utf8(word) {
                Ok(word) => push(&|out| push_string(word, out), &mut out),
                Err(_) => push(
                    &|out| {
                        out.extend("\"\u{fffd}\",\"invalid\":\"".bytes());
                        push_hex(word, out);
                        out.push(b'"');
                    },
                    &mut out,
                ),
            }
            let [from, to] = [token.start, token.end].map(|at| {
                let text = &block.text[start..at as usize];
                [before[0] + text.len() as u64, before[1] + characters(text)]
            });
            let [[a, b], [c, d]] = [0, 1].map(|kind: usize| [from[kind], to[kind]]);
            write!(out, ",\"bytes\":[{a},{b}],\"characters\":[{c},{d}]").unwrap();
            if tags {
                out.push_str(",\"tag\":");
                push(&|out| push_string(CORE.tag_name(token.tag), out), &mut out);
            }
            out.push('}');
        }
        if !last || open && block.last {
            out.push_str("]}\n");
        }
        if let Some(length) =
            memchr::memchr(b'\n', &block.text[start..]).filter(|_| !end.is_empty())
        {
            start += length + 1;
        }
        number += 1;
        before = [0, 0];
    }
    let [goes_on, open_tokens, ends_line] = marks(block);
    (out, [goes_on && line_byte > 0, open_tokens, ends_line])
}

/// Texts with all that a renderer treats in a special way.
fn text() -> impl Strategy<Value = Vec<u8>> {
    let part = prop_oneof![
        6 => "我来到北京清华大学|鹦鹉|[他的鹦鹉来到了清华大学]{1,9}|中华人民共和国".prop_map(String::into_bytes),
        2 => "[，。“” \u{3000}]{1,3}|[a-z0-9é]{1,30}|[ñ😀]{1,9}|～{20}".prop_map(String::into_bytes),
        2 => "\n|\r\n|\r|\n\n".prop_map(String::into_bytes),
        1 => "[\"\\\\\u{0}-\u{1f}\u{7f}/]{1,3}".prop_map(String::into_bytes),
        1 => ".{1,4}".prop_map(String::into_bytes),
    ];
    let invalid: [&[u8]; 4] = [b"\xff", b"\xff\xff", b"\xe4\xb8", b"\xf0\x9f\x98"];
    let invalid = prop_oneof![9 => Just(&b""[..]), 1 => prop::sample::select(invalid.to_vec())];
    let parts = (prop::collection::vec(part, 0..30), invalid, any::<prop::sample::Index>());
    parts.prop_map(|(mut parts, invalid, at)| {
        parts.insert(at.index(parts.len() + 1), invalid.to_vec());
        parts.concat()
    })
}

/// A position, above all where the numbers get one more digit, or too many for the fast path.
fn position() -> impl Strategy<Value = Position> {
    let near = |border: u64| border.saturating_sub(30)..border + 30;
    let number = prop_oneof![
        Just(0),
        near(100),
        near(10_000),
        near(10_000_000),
        near(4_000_000_000),
        0..20_000u64
    ];
    (number.clone(), number, 0..3u64).prop_map(|(line, line_byte, per_byte)| Position {
        line,
        byte: line_byte + line,
        line_byte,
        line_character: line_byte / (per_byte + 1),
    })
}

fn options() -> impl Strategy<Value = Options> {
    let mode = prop::sample::select(&[Mode::Exact, Mode::Search, Mode::Full][..]);
    let compat = prop::sample::select(&[Compat::JiebaRs, Compat::Python][..]);
    (mode, compat).prop_map(|(mode, compat)| Options { mode, hmm: true, compat, tags: true })
}

proptest! {
    #[test]
    fn each_form_is_rendered_as_by_a_simple_renderer(
        text in text(), options in options(), position in position(), last: bool,
        kept in prop::collection::vec(prop::bool::weighted(0.8), 1..9),
        delimiter in prop::sample::select(&["", " ", "::", "a delimiter of 28 bytes, long"][..]),
        path in prop::sample::select(&["f", "a \"path\" \\ of some length/é"][..]),
    ) {
        let mut tokens = Vec::new();
        let cutter = Cutter { core: &CORE, options, protected: None };
        let invalid = cutter.cut(&text, &mut Scratch::default(), &mut tokens);
        let mut kept = kept.iter().cycle();
        tokens.retain(|token| {
            *kept.next().unwrap() || ends_line(&text[token.start as usize..token.end as usize])
        });
        let block = Block {
            path: Path::new(path),
            position,
            text: &text,
            tokens: &tokens,
            shown: None,
            valid: invalid.sequences == 0,
            last,
            origins: None,
        };
        for core in [None, Some(&*CORE)] {
            let delimiter = delimiter.as_bytes();
            let forms = [
                (Form::text(delimiter.to_vec(), core), simple_text(&block, delimiter, core.is_some())),
                (Form::json(core), simple_json(&block, core.is_some())),
            ];
            for (form, expected) in forms {
                prop_assert_eq!(&result(form.render(&block)), &expected);
                // A buffer that was used before changes nothing.
                form.reuse(vec![b'?'; 100_000]);
                prop_assert_eq!(&result(form.render(&block)), &expected);
            }
        }
    }
}

/// A text that is larger than the room that a buffer begins with, and many bytes to escape.
#[test]
fn a_large_block_is_rendered_as_by_a_simple_renderer() {
    let text = "我来到\"北京\"清华大学\\\u{1}鹦鹉，😀\u{7f}\r\n".repeat(3_000);
    let mut tokens = Vec::new();
    let options = Options { tags: true, ..Options::default() };
    CORE.cut(&text, &options, &mut Scratch::default(), &mut tokens);
    let block = Block {
        path: Path::new("f"),
        position: Position::default(),
        text: text.as_bytes(),
        tokens: &tokens,
        shown: None,
        valid: true,
        last: true,
        origins: None,
    };
    let form = Form::json(Some(&CORE));
    for _ in 0..2 {
        let rendered = form.render(&block);
        form.reuse(rendered.bytes.clone());
        assert!(result(rendered) == simple_json(&block, true));
    }
    for delimiter in ["", " ", "a long delimiter"] {
        let form = Form::text(delimiter.into(), Some(&CORE));
        assert!(result(form.render(&block)) == simple_text(&block, delimiter.as_bytes(), true));
    }
}
