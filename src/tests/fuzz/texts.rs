//! What `segment` reads: dictionaries, stop words, fields, encodings, compressed text. And maps of files.

use std::borrow::Cow;
use std::fs;

use encoding_rs::{BIG5, GB18030, GBK, UTF_8, UTF_16BE, UTF_16LE};

use super::random::Random;
use super::run;
use crate::compression::{Damage, Decoder, Encoder, Format};
use crate::files::mapping::Mapper;
use crate::files::open::Opener;
use crate::files::stdin::Interrupt;
use crate::files::{Item, Origin, Root};
use crate::segment::dictionary_files;
use crate::segment::encoding::{Source, decode};
use crate::segment::fields::{Column, Fields, Header, Picked, Place, Separator};
use crate::segment::side_files::{self, Reading, trimmed_lines};
use crate::segment::{Compat, Mode, Segmenter};

const TEXT: &str = "我来到北京清华大学，深度 学习 is 3.5\n";

const WORDS: [&[u8]; 16] = [
    "清华".as_bytes(),
    "大学".as_bytes(),
    b" ",
    b"\t",
    b" 0",
    b" 5",
    b" -1",
    b" 18446744073709551616",
    b" 1e9",
    b" n",
    b" NZ",
    b"\n",
    b"\r\n",
    b"\0",
    b"\xef\xbb\xbf",
    b"\xff",
];

/// That the words of a text are the text.
fn cuts_all(segmenter: &Segmenter, text: &str) {
    for mode in [Mode::Exact, Mode::Search] {
        let words = segmenter.cut(text, mode);
        if mode == Mode::Exact {
            assert_eq!(words.concat(), text);
        }
    }
    let tagged: String = segmenter.tag(text).into_iter().map(|(word, _)| word).collect();
    assert_eq!(tagged, text);
}

#[test]
#[allow(
    clippy::redundant_closure_for_method_calls,
    reason = "the type of the method cannot be named here"
)]
fn dictionaries_of_any_bytes_are_refused_or_harmless() {
    let seeds = ["清华 5 n\n清华大学 30\n", "大学 3 n\n", "深度 学习\n云计算\n", "a b 3 n\n\n"];
    let seeds: Vec<_> = seeds.iter().map(|seed| seed.as_bytes().to_vec()).collect();
    run("dictionaries", &seeds, &WORDS, |bytes, random| {
        let compat = *random.pick(&[Compat::JiebaRs, Compat::Python]);
        let builder = Segmenter::builder(compat);
        let builder = match random.below(3) {
            0 => builder.user_words(&seeds[0][..]).unwrap().dictionary(bytes),
            1 => builder.dictionary(&seeds[1][..]).unwrap().user_words(bytes),
            _ => builder.dictionary(bytes),
        };
        if let Ok(segmenter) = builder.and_then(|whole| whole.build()) {
            cuts_all(&segmenter, TEXT);
            cuts_all(&segmenter, &String::from_utf8_lossy(bytes));
        }
    });
}

#[test]
fn a_compiled_dictionary_of_any_bytes_is_refused_or_harmless() {
    let source = |text: &'static str| {
        dictionary_files::Source::new("words".into(), text.as_bytes()).unwrap()
    };
    let texts = ["清华 5 n\n清华大学 30 nt\n我 3 r\n", "a 1\n"];
    let compile = |text| {
        let reading = Reading::utf_8(Compat::JiebaRs);
        dictionary_files::compile(Some(source(text)), std::iter::empty(), reading)
    };
    let seeds: Vec<_> =
        texts.into_iter().map(|text| compile(text).unwrap().0.into_bytes()).collect();
    run("compiled", &seeds, &[b"\xff\xff\xff\xff", b"\0\0\0\0", b"\n"], |bytes, _| {
        if let Ok(builder) = Segmenter::builder(Compat::JiebaRs).dictionary(bytes)
            && let Ok(segmenter) = builder.build()
        {
            cuts_all(&segmenter, TEXT);
        }
    });
}

#[test]
fn side_files_of_any_bytes_give_lines_or_a_reason() {
    let seeds = ["的\n是\n\u{feff}了\r\n", "a b\n  c  \n"];
    let mut seeds: Vec<_> = seeds.iter().map(|seed| seed.as_bytes().to_vec()).collect();
    seeds.push(b"\xff\xfe\x84\x76\n\0".to_vec());
    run("side files", &seeds, &WORDS, |bytes, random| {
        let encodings = [
            Source::Utf8,
            Source::Auto,
            Source::Utf16,
            Source::Fixed(GB18030),
            Source::Fixed(BIG5),
        ];
        if let Ok((text, _)) = side_files::text(bytes.to_vec(), *random.pick(&encodings)) {
            for (line, words) in trimmed_lines(&text) {
                assert!(line > 0 && !words.contains(['\n', '\r']) && words.trim() == words);
            }
        }
    });
}

/// The values of the fields, as other parsers read them.
fn values(place: &Place, block: &[u8]) -> Vec<Vec<u8>> {
    match place {
        Place::Csv(..) => {
            let mut reader = csv::ReaderBuilder::new();
            let mut reader = reader.has_headers(false).flexible(true).from_reader(block);
            let rows = reader.byte_records().map_while(Result::ok);
            rows.flat_map(|row| row.iter().map(<[u8]>::to_vec).collect::<Vec<_>>()).collect()
        }
        Place::Json(_) => {
            let lines = block.split(|&byte| byte == b'\n');
            let value = |line: &[u8]| match serde_json::from_slice::<serde_json::Value>(line) {
                Ok(value) => value.to_string().into_bytes(),
                Err(_) => line.to_vec(),
            };
            lines.map(value).collect()
        }
        Place::Column(..) => vec![block.to_vec()],
    }
}

fn has_lone_cr(bytes: &[u8]) -> bool {
    let line_ends = bytes.windows(2).filter(|pair| pair == b"\r\n").count();
    bytes.iter().filter(|&&byte| byte == b'\r').count() > line_ends
}

#[test]
fn a_block_whose_fields_are_not_changed_stays_what_it_is() {
    let seeds = [
        "a\t我来到\tc\n\t\t\nx\n",
        "id,text\r\n1,\"a \"\"b\"\", c\"\r\n2,我\n3\n",
        "{\"text\":\"\\u6211 \\\"x\\\"\",\"n\":1}\n{\"a\":{\"text\":\"b\"}}\n[]\n",
    ];
    let seeds: Vec<_> = seeds.iter().map(|seed| seed.as_bytes().to_vec()).collect();
    let tokens: [&[u8]; 16] = [
        b"\t",
        b",",
        b"\"",
        b"\"\"",
        b"\n",
        b"\r\n",
        b"\r",
        b"{\"text\":\"",
        b"\"}",
        b"\\u0041",
        b"\\ud800",
        b"\\n",
        b"[1]",
        b"null",
        b"\0",
        b"\xff",
    ];
    run("fields", &seeds, &tokens, |bytes, random| {
        let column = random.below(3);
        let separators = [&b"\t"[..], b",", b", "];
        let place = match random.below(3) {
            0 => Place::Column(column, Separator::new(separators[random.below(3)])),
            1 => Place::Csv(Column::Index(column), b','),
            _ => Place::Json(vec!["text".into()]),
        };
        let fields = Fields { place, pass_missing: true, pass_unfit: true, skip: None };
        let (mut picked, mut out) = (Picked::default(), Vec::new());
        fields.pick(bytes, Header::default(), 0, &mut picked);
        let text = picked.text.clone();
        fields.splice(&mut picked, bytes, 0, &text, &mut out);
        match &fields.place {
            Place::Column(..) => {
                assert_eq!(out.escape_ascii().to_string(), bytes.escape_ascii().to_string());
            }
            // For the other parser of CSV, a CR alone ends a record.
            place if picked.take_unfit().count == 0 && !has_lone_cr(bytes) => {
                assert_eq!(values(place, &out), values(place, bytes), "{}", out.escape_ascii());
            }
            _ => {}
        }
    });
}

#[test]
fn encodings_are_decoded_as_encoding_rs_decodes_them() {
    let seeds = [UTF_8, GB18030, GBK, BIG5].map(|encoding| encoding.encode(TEXT).0.into_owned());
    let utf_16 = TEXT.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let seeds = [&seeds[..], &[utf_16]].concat();
    let tokens: [&[u8]; 5] = [b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\x81\x30", b"\xfe"];
    run("encodings", &seeds, &tokens, |bytes, random| {
        let encoding = *random.pick(&[UTF_8, GB18030, GBK, BIG5, UTF_16LE, UTF_16BE]);
        let source = if encoding == UTF_8 { Source::Utf8 } else { Source::Fixed(encoding) };
        let (expected, _) = encoding.decode_with_bom_removal(bytes);
        match decode(bytes, source) {
            Ok(text) => assert_eq!(Cow::from(text), expected),
            Err((before, _)) => assert!(expected.starts_with(&before)),
        }
        for source in [Source::Auto, Source::Utf16] {
            drop(decode(bytes, source));
        }
    });
}

const FORMATS: [Format; 4] = [Format::Gzip, Format::Zstd, Format::Xz, Format::Bzip2];

fn pack(format: Format, text: &[u8]) -> Vec<u8> {
    let (mut encoder, mut out) = (Encoder::new(format).unwrap(), Vec::new());
    encoder.encode(text, &mut out).unwrap();
    out.extend(encoder.finish().unwrap());
    out
}

/// Decompresses at most 4 MiB, in pieces of random sizes.
fn unpack(format: Format, mut bytes: &[u8], random: &mut Random) -> Result<Vec<u8>, Damage> {
    let (mut decoder, mut text) = (Decoder::new(format)?, Vec::new());
    let mut out = vec![0; 1 + random.below(70_000)];
    let mut stuck = 0;
    while text.len() < 4 << 20 && stuck < 3 {
        let most = (1 + random.below(4000)).min(bytes.len());
        let done = decoder.decode(&bytes[..most], &mut out)?;
        assert!(done.read <= most && done.written <= out.len());
        bytes = &bytes[done.read..];
        text.extend_from_slice(&out[..done.written]);
        if done.ended && bytes.is_empty() {
            return Ok(text);
        }
        stuck = if done.read + done.written == 0 { stuck + 1 } else { 0 };
    }
    Ok(text)
}

#[test]
fn compressed_text_of_any_bytes_is_refused_or_harmless() {
    let text = TEXT.repeat(50).into_bytes();
    let seeds: Vec<_> = FORMATS.iter().map(|&format| pack(format, &text)).collect();
    run(
        "compressed",
        &seeds,
        &[b"\x1f\x8b\x08", b"BZh9", b"\0\0\0\0", b"\xff\xff"],
        |bytes, random| {
            let guess = Format::guess(bytes);
            for format in FORMATS {
                if guess == crate::compression::Guess::Is(format) || random.one_in(8) {
                    drop(unpack(format, bytes, random));
                }
            }
            let format = *random.pick(&FORMATS);
            let packed = pack(format, bytes);
            assert_eq!(unpack(format, &packed, random).unwrap(), bytes, "{format:?}");
        },
    );
}

#[test]
fn mapped_and_read_parts_are_the_file() {
    let directory = tempfile::TempDir::new().unwrap();
    let path = directory.path().join("file");
    run("maps", &[], &[], |_, random| {
        if !random.one_in(40) {
            return;
        }
        let length = (1 << 20) + random.below(3 << 20);
        let byte = |index: usize| (index / 3 % 251) as u8;
        let content: Vec<_> = (0..length).map(byte).collect();
        fs::write(&path, &content).unwrap();
        let mapper = Some(Mapper::always(batchproc_os::windows::map));
        let opener = Opener { mapper, ..Opener::new(Interrupt::new().unwrap()) };
        let item = Item::File(path.clone(), Origin::Walked((0, 0), Root::NONE));
        let mut file = opener.open(item, true).unwrap();
        let (mut all, mut buffer) = (Vec::new(), vec![0; 1 + random.below(300_000)]);
        loop {
            let most = 4096 * (1 + random.below(400));
            let mapped = if file.may_map() && !random.one_in(3) { file.map(most) } else { None };
            let last = match mapped {
                Some(mapped) => {
                    all.extend_from_slice(&mapped.bytes);
                    mapped.last
                }
                None => {
                    let filled = file.read(&mut buffer);
                    all.extend_from_slice(&buffer[..filled.bytes]);
                    filled.last
                }
            };
            if last {
                break;
            }
        }
        file.end();
        assert!(file.failure.is_none(), "{:?}", file.failure);
        assert!(all == content, "{} of {length}", all.len());
    });
}
