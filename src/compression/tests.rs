use super::*;

#[test]
fn a_format_is_known_by_its_first_bytes_and_not_by_less() {
    let all = [
        (&b"\x1f\x8b\x08\0"[..], Guess::Is(Format::Gzip)),
        (b"\x1f\x8b", Guess::Perhaps),
        (b"\x1f\x8c", Guess::Not),
        (b"\x28\xb5\x2f\xfd", Guess::Is(Format::Zstd)),
        (b"\x5a\x2a\x4d\x18", Guess::Is(Format::Zstd)),
        (b"P*", Guess::Perhaps),
        (b"P*p", Guess::Not),
        (b"\xfd7zXZ\0", Guess::Is(Format::Xz)),
        (b"BZh91AY&SY", Guess::Is(Format::Bzip2)),
        (b"BZh1\x17rE8P\x90", Guess::Is(Format::Bzip2)),
        (b"BZh9", Guess::Perhaps),
        (b"BZh9 is how such a file begins", Guess::Not),
        (b"BZhx1AY&SY", Guess::Not),
        (b"", Guess::Perhaps),
        (b"\n", Guess::Not),
    ];
    for (head, guess) in all {
        assert_eq!(Format::guess(head), guess, "{head:?}");
    }
}
