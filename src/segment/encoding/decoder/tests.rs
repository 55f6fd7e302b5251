//! Compares the decoder with that of `encoding_rs`.

use super::*;
use encoding_rs::*;
use proptest::prelude::*;
use proptest::sample::select;

/// All encodings but UTF-8.
static ENCODINGS: [&Encoding; 38] = [
    GBK,
    GB18030,
    BIG5,
    EUC_JP,
    EUC_KR,
    SHIFT_JIS,
    ISO_2022_JP,
    UTF_16LE,
    UTF_16BE,
    X_USER_DEFINED,
    IBM866,
    ISO_8859_2,
    ISO_8859_3,
    ISO_8859_4,
    ISO_8859_5,
    ISO_8859_6,
    ISO_8859_7,
    ISO_8859_8,
    ISO_8859_8_I,
    ISO_8859_10,
    ISO_8859_13,
    ISO_8859_14,
    ISO_8859_15,
    ISO_8859_16,
    KOI8_R,
    KOI8_U,
    MACINTOSH,
    X_MAC_CYRILLIC,
    WINDOWS_874,
    WINDOWS_1250,
    WINDOWS_1251,
    WINDOWS_1252,
    WINDOWS_1253,
    WINDOWS_1254,
    WINDOWS_1255,
    WINDOWS_1256,
    WINDOWS_1257,
    WINDOWS_1258,
];

/// What a decoder makes of a text: UTF-8, and for each invalid sequence how many bytes of UTF-8 come
/// before it, its length, and where it ends.
#[derive(Debug, Default, PartialEq, Eq)]
struct Decoded {
    utf8: Vec<u8>,
    invalid: Vec<(usize, u8, usize)>,
}

type Decode<'a> = &'a mut dyn FnMut(&[u8], &mut [u8], bool) -> (DecoderResult, usize, usize);

/// Decodes a text in chunks of these lengths, into pieces of output of these lengths, each in turn.
fn decode(raw: &[u8], chunks: &[usize], rooms: &[usize], decode: Decode<'_>) -> Decoded {
    let mut decoded = Decoded::default();
    let (mut chunks, mut rooms) = (chunks.iter().cycle(), rooms.iter().cycle());
    let (mut start, mut end) = (0, 0);
    loop {
        if start == end {
            end = raw.len().min(end + chunks.next().unwrap());
        }
        let mut out = vec![0xcc; *rooms.next().unwrap()];
        let last = end == raw.len();
        let (result, read, written) = decode(&raw[start..end], &mut out, last);
        start += read;
        decoded.utf8.extend_from_slice(&out[..written]);
        match result {
            DecoderResult::Malformed(length, behind) => {
                let before = decoded.utf8.len();
                decoded.invalid.push((before, length, start - usize::from(behind)));
            }
            DecoderResult::InputEmpty if last => return decoded,
            DecoderResult::InputEmpty | DecoderResult::OutputFull => {}
        }
    }
}

/// Decodes a text with `encoding_rs` alone, in one go.
fn decode_whole(raw: &[u8], mut decoder: Decoder) -> Decoded {
    decode(raw, &[raw.len()], &[3 * raw.len() + 16], &mut |raw, out, last| {
        decoder.decode_to_utf8_without_replacement(raw, out, last)
    })
}

fn with_table(decoder: Decoder) -> FastDecoder {
    let encoding = decoder.encoding();
    let pairs = encoding.is_ascii_compatible().then(|| {
        Pairs::once_worth_it(encoding, WORTH_A_TABLE);
        Pairs::once_worth_it(encoding, 0).expect("the table exists now")
    });
    FastDecoder { pairs, ..decoder.into() }
}

#[test]
fn any_two_bytes_are_decoded_as_encoding_rs_does() {
    for encoding in ENCODINGS {
        let new = || encoding.new_decoder_without_bom_handling();
        for pair in 0..=u16::MAX {
            let [lead, trail] = pair.to_be_bytes();
            // The line end and the letters tell what the decoder thinks of the bytes before them.
            let raw = [b'a', lead, trail, b'\n', lead, trail, lead, b'\n', b'1', b'A', b'b', b'c'];
            let expected = decode_whole(&raw, new());
            let mut fast = with_table(new());
            let room = [40];
            let found =
                decode(&raw, &[12], &room, &mut |raw, out, last| fast.decode(raw, out, last));
            assert_eq!(found, expected, "{} {raw:x?}", encoding.name());
        }
    }
}

/// Bytes that are often, but not always, valid in the encoding.
fn text(encoding: &'static Encoding) -> impl Strategy<Value = Vec<u8>> {
    let words = "中文，·北京大學。日本語カナ한국어Привет\u{20087}\u{f75}é€ａ\u{a0}ｱｲｳ";
    let valid = prop::collection::vec(select(words.chars().collect::<Vec<_>>()), 0..30).prop_map(
        move |characters| {
            let (mut bytes, mut buffer) = (Vec::new(), [0; 4]);
            for character in characters {
                let (encoded, _, unmappable) = encoding.encode(character.encode_utf8(&mut buffer));
                bytes.extend_from_slice(if unmappable { b"" } else { &encoded });
            }
            bytes
        },
    );
    let ascii = "[ -~\\n\\x00\\x1b]{0,20}".prop_map(String::into_bytes);
    let lead = prop::collection::vec(0x80..=0xffu8, 0..4);
    let digits = prop::collection::vec(select(&b"\x81\x30\x84\x39\xfe\x90\x0a"[..]), 0..8);
    let piece = prop_oneof![8 => valid, 3 => ascii, 1 => lead, 1 => digits];
    let mark = select(vec![&b""[..], b"\xef\xbb\xbf", b"\xef\xbb", b"\xff\xfe", b"\xfe\xff"]);
    (mark, prop::collection::vec(piece, 0..12))
        .prop_map(|(mark, pieces)| [mark.to_vec(), pieces.concat()].concat())
}

proptest! {
    #[test]
    fn a_text_in_chunks_is_decoded_as_encoding_rs_decodes_it_whole(
        (encoding, raw) in select(&ENCODINGS[..]).prop_flat_map(|encoding| (Just(encoding), text(encoding))),
        chunks in prop::collection::vec(1..200usize, 1..5),
        rooms in prop::collection::vec(16..400usize, 1..5),
        removes_mark: bool,
    ) {
        let new = || match removes_mark {
            true => encoding.new_decoder_with_bom_removal(),
            false => encoding.new_decoder_without_bom_handling(),
        };
        let mut fast = with_table(new());
        let found = decode(&raw, &chunks, &rooms, &mut |raw, out, last| fast.decode(raw, out, last));
        prop_assert_eq!(found, decode_whole(&raw, new()), "{}", encoding.name());
    }
}
