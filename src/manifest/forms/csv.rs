//! CSV as in RFC 4180 with a header: lines end with CR LF, and a field that contains a comma, a
//! quote or a line end is quoted. Names are raw bytes in any encoding. Each digest has a row. In a
//! manifest that is read, columns may have any order, unknown columns are ignored, and `hash` is another
//! name of the column `digest`, as in `Get-FileHash | Export-Csv` of PowerShell. A symbolic link has a
//! row without algorithm and digest, and its target in the column `link`.

use std::fmt::Display;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;

use csv_core::{ReadRecordResult, Reader};
use memchr::memchr2_iter;

use super::format::{Format, Record};
use crate::escape::push_hex;
use crate::manifest::entry::{Accept, Entry, Parsed, digest_of, parse_time};
use crate::manifest::seal::Seal;
use crate::marks::BOM;

/// How the header of each manifest in CSV begins that this program has written.
pub const BEGIN: &[u8] = b"path,algorithm,digest,";

pub(super) struct Csv {
    /// Whether there is a column for the time at which each file was read.
    pub(super) hashed: bool,
    /// Whether there is a column for files that changed while they were read.
    pub(super) changed: bool,
    /// Whether there is a column for the targets of symbolic links.
    pub(super) links: bool,
}

impl Format for Csv {
    fn begin(&self, out: &mut Vec<u8>) {
        out.extend(BEGIN);
        out.extend(b"size,mtime,ino,dev,ctime");
        out.extend(if self.hashed { &b",hashed"[..] } else { b"" });
        out.extend(if self.changed { &b",changed"[..] } else { b"" });
        out.extend(if self.links { &b",link\r\n"[..] } else { b"\r\n" });
    }

    fn record(&self, record: &Record<'_>, out: &mut Vec<u8>) {
        for (algorithm, digest) in record.digests() {
            push_field(record.path.as_os_str().as_bytes(), out);
            out.push(b',');
            out.extend(algorithm.name().bytes());
            out.push(b',');
            push_hex(digest, out);
            self.push_facts(record, out);
        }
        if record.link.is_some() {
            push_field(record.path.as_os_str().as_bytes(), out);
            out.extend(b",,");
            self.push_facts(record, out);
        }
    }

    fn seal(&self, seal: &Seal, out: &mut Vec<u8>) {
        let more = [self.hashed, self.changed, self.links];
        let columns = COLUMNS + more.iter().filter(|&&more| more).count();
        push_seal(seal, columns, out);
    }
}

impl Csv {
    /// Appends the columns after the digest, and ends the row.
    fn push_facts(&self, record: &Record<'_>, out: &mut Vec<u8>) {
        push_number(record.size, out);
        push_number(record.mtime, out);
        push_number(record.identity.map(|(_, ino)| ino), out);
        push_number(record.identity.map(|(dev, _)| dev), out);
        push_number(record.ctime, out);
        if self.hashed {
            push_number(record.hashed, out);
        }
        if self.changed {
            push_number(record.changed.then_some(true), out);
        }
        if self.links {
            out.push(b',');
            if let Some(target) = record.link {
                push_field(target.as_os_str().as_bytes(), out);
            }
        }
        out.extend(b"\r\n");
    }
}

/// The number of columns that are always written.
const COLUMNS: usize = 8;

/// How a seal begins: a row without a name.
pub(super) const SEAL: &[u8] = b",seal,";

/// Appends a seal: its digest is in the column of digests, its number in the column of sizes.
fn push_seal(seal: &Seal, columns: usize, out: &mut Vec<u8>) {
    out.extend(SEAL);
    push_hex(&seal.sha256, out);
    push_number(Some(seal.entries), out);
    out.extend(std::iter::repeat_n(b',', columns.saturating_sub(4)));
    out.extend(b"\r\n");
}

fn push_number(number: Option<impl Display>, out: &mut Vec<u8>) {
    out.push(b',');
    if let Some(number) = number {
        // Writing to a vector cannot fail.
        let _ = write!(out, "{number}");
    }
}

fn push_field(field: &[u8], out: &mut Vec<u8>) {
    // A field that begins or ends with white space is quoted too, since some readers remove that
    // space from fields without quotes, and a byte order mark at the beginning of a row.
    let edge = |byte: Option<&u8>| byte.is_none_or(u8::is_ascii_whitespace);
    let special = |byte: &u8| b",\"\r\n".contains(byte);
    if field.starts_with(BOM)
        || edge(field.first())
        || edge(field.last())
        || field.iter().any(special)
    {
        out.push(b'"');
        for &byte in field {
            out.push(byte);
            if byte == b'"' {
                out.push(b'"');
            }
        }
        out.push(b'"');
    } else {
        out.extend(field);
    }
}

/// The position of each column, from the header.
pub struct Columns {
    /// The CSV reader. It is reused for all rows, since making a reader takes longer than parsing a
    /// row.
    reader: Reader,
    /// The number of columns.
    count: usize,
    path: usize,
    algorithm: usize,
    digest: usize,
    size: Option<usize>,
    mtime: Option<usize>,
    ctime: Option<usize>,
    ino: Option<usize>,
    dev: Option<usize>,
    hashed: Option<usize>,
    changed: Option<usize>,
    link: Option<usize>,
}

impl Columns {
    /// The columns in a header line. `None` if the line is no header.
    pub fn of_header(line: &[u8]) -> Option<Self> {
        // This function runs for every line, so lines that are no header must be rejected fast.
        if line.len() > 1000 || line.starts_with(b"{") || !has_algorithm(line) {
            return None;
        }
        let mut reader = Reader::new();
        let fields = fields(&mut reader, line.strip_prefix(BOM).unwrap_or(line))?;
        let place = |name: &str| {
            fields.iter().position(|field| field.eq_ignore_ascii_case(name.as_bytes()))
        };
        Some(Self {
            reader,
            count: fields.len(),
            path: place("path")?,
            algorithm: place("algorithm")?,
            digest: place("digest").or_else(|| place("hash"))?,
            size: place("size"),
            mtime: place("mtime"),
            ctime: place("ctime"),
            ino: place("ino"),
            dev: place("dev"),
            hashed: place("hashed"),
            changed: place("changed"),
            link: place("link"),
        })
    }

    /// The number of fields that a row must have at least.
    pub fn needed(&self) -> usize {
        self.path.max(self.algorithm).max(self.digest) + 1
    }

    /// Parses a seal with its terminator. `None` unless this program writes exactly this row.
    pub(super) fn parse_seal(&self, row: &[u8]) -> Option<Seal> {
        let (hex, rest) = row.strip_prefix(SEAL)?.split_at_checked(64)?;
        let number = rest.strip_prefix(b",")?;
        let digits = number.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let seal = Seal::parse(&number[..digits], hex)?;
        let mut again = Vec::new();
        push_seal(&seal, self.count, &mut again);
        (again == row).then_some(seal)
    }

    /// Parses a row without its terminator.
    pub fn parse(&mut self, row: &[u8], accept: Accept) -> Parsed<Entry> {
        let fields = fields(&mut self.reader, row).ok_or("it is not a row of CSV")?;
        let field = |place: usize| fields.get(place).ok_or("the row has too few fields");
        let name = field(self.path)?.clone();
        let target = self.link.and_then(|place| fields.get(place)).filter(|it| !it.is_empty());
        let entry = match target {
            Some(_) if !(field(self.algorithm)?.is_empty() && field(self.digest)?.is_empty()) => {
                return Err("the row has both a digest and the target of a symbolic link");
            }
            Some(target) => Entry::of_link(name, target.clone())?,
            None => {
                let algorithm = accept.named(field(self.algorithm)?);
                let algorithm = algorithm.ok_or("the algorithm is unknown or was not requested")?;
                Entry::new(name, algorithm, &digest_of(algorithm, field(self.digest)?)?)?
            }
        };
        let unsigned = |place: Option<usize>| -> Parsed<Option<u64>> {
            match place.map(field).transpose()?.map_or(&[][..], |field| field) {
                [] => Ok(None),
                digits => {
                    let number = std::str::from_utf8(digits).ok().and_then(|d| d.parse().ok());
                    number.map(Some).ok_or("size, ino or dev is not a whole number or is too large")
                }
            }
        };
        // A malformed time is ignored, since the digest can still be compared.
        let time = |place: Option<usize>| place.and_then(|place| parse_time(fields.get(place)?));
        Ok(Entry {
            size: unsigned(self.size)?,
            mtime: time(self.mtime),
            ctime: time(self.ctime),
            identity: unsigned(self.dev)?.zip(unsigned(self.ino)?),
            hashed: time(self.hashed),
            changed: self
                .changed
                .and_then(|place| fields.get(place))
                .is_some_and(|it| it == b"true"),
            ..entry
        })
    }
}

/// Whether the line contains the word `algorithm`, in upper or lower case. The search is for its `g`,
/// which digests lack.
fn has_algorithm(line: &[u8]) -> bool {
    memchr2_iter(b'g', b'G', line).any(|at| {
        let word = at.checked_sub(2).and_then(|start| line.get(start..start + 9));
        word.is_some_and(|word| word.eq_ignore_ascii_case(b"algorithm"))
    })
}

/// Whether the line is the one that `Export-Csv` of PowerShell 5 writes before the header, such as
/// `#TYPE Microsoft.PowerShell.Commands.FileHashInfo`.
pub(super) fn is_type(line: &[u8]) -> bool {
    line.starts_with(b"#TYPE ") && !line.contains(&b',')
}

/// Tracks the quotes of a row across its lines. By RFC 4180 a field is quoted as a whole or not at all.
#[derive(Default)]
pub struct Quotes {
    place: Place,
    commas: usize,
}

/// Where in a row the byte read last is.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Place {
    /// Before a field: at the start of the row, or after a comma.
    #[default]
    Before,
    /// Inside a field without quotes.
    Bare,
    /// Inside a quoted field.
    Quoted,
    /// After a quote inside a quoted field. It ends the field, or is the first of two quotes that
    /// stand for one.
    Closed,
    /// After a quote where none is allowed. The row is malformed.
    Stray,
}

impl Quotes {
    /// Tracks the next line, without its terminator.
    pub fn follow(&mut self, line: &[u8]) {
        for &byte in line {
            self.place = match (self.place, byte) {
                (Place::Stray, _) => return,
                (Place::Quoted, b'"') => Place::Closed,
                (Place::Before | Place::Closed, b'"') | (Place::Quoted, _) => Place::Quoted,
                (_, b',') => {
                    self.commas += 1;
                    Place::Before
                }
                (Place::Closed, b'\r') => Place::Closed,
                (Place::Bare, b'"') | (Place::Closed, _) => Place::Stray,
                (Place::Before | Place::Bare, _) => Place::Bare,
            };
        }
    }

    /// Whether a quoted field continues on the next line.
    pub fn are_open(&self) -> bool {
        self.place == Place::Quoted
    }

    /// Whether the row is complete and has at least this many fields.
    pub fn close(&self, fields: usize) -> bool {
        !matches!(self.place, Place::Quoted | Place::Stray) && self.commas + 1 >= fields
    }
}

/// The fields of one row.
fn fields(reader: &mut Reader, row: &[u8]) -> Option<Vec<Vec<u8>>> {
    reader.reset();
    let (mut text, mut ends) = (vec![0; row.len() + 1], vec![0; row.len() + 2]);
    let (_, read, written, mut count) = reader.read_record(row, &mut text, &mut ends);
    if read < row.len() {
        return None;
    }
    let (result, _, _, more) = reader.read_record(&[], &mut text[written..], &mut ends[count..]);
    count += more;
    if result != ReadRecordResult::Record {
        return None;
    }
    let mut start = 0;
    let field = |&end: &usize| {
        let field = text[start..end].to_vec();
        start = end;
        field
    };
    let mut fields: Vec<_> = ends[..count].iter().map(field).collect();
    // The reader removes a byte order mark. At the beginning of a row it belongs to the name.
    if row.strip_prefix(BOM).is_some_and(|rest| !rest.starts_with(b"\""))
        && let Some(first) = fields.first_mut()
    {
        first.splice(..0, BOM.iter().copied());
    }
    Some(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "d41d8cd98f00b204e9800998ecf8427e";

    /// Reads a row below a header with all columns.
    fn read(rest: &str) -> Parsed<Entry> {
        let header = b"path,algorithm,digest,size,mtime,ino,dev,ctime,hashed,changed,link";
        let mut columns = Columns::of_header(header).unwrap();
        columns.parse(rest.as_bytes(), Accept::default())
    }

    #[test]
    fn an_entry_has_what_the_columns_of_its_row_say() {
        let entry = read(&format!("a,MD5,{DIGEST},1,-2,3,4,5,6,true,")).unwrap();
        assert_eq!((entry.size, entry.mtime, entry.ctime), (Some(1), Some(-2), Some(5)));
        assert_eq!((entry.identity, entry.hashed), (Some((4, 3)), Some(6)));
        assert!(entry.changed && entry.link.is_none());
        let empty = read(&format!("a,md5,{DIGEST},,,3,,,,false,")).unwrap();
        assert_eq!((empty.size, empty.mtime, empty.ctime), (None, None, None));
        assert_eq!((empty.identity, empty.hashed, empty.changed), (None, None, false));
    }

    #[test]
    fn a_link_has_a_target_and_neither_algorithm_nor_digest() {
        let link = read("a,,,,,,,,,,there").unwrap();
        assert_eq!(link.link.as_deref(), Some(std::path::Path::new("there")));
        for row in [format!("a,md5,{DIGEST}"), "a,md5,".into(), format!("a,,{DIGEST}")] {
            let both = read(&format!("{row},,,,,,,,there")).err();
            assert_eq!(both, Some("the row has both a digest and the target of a symbolic link"));
        }
    }

    #[test]
    fn a_field_is_quoted_where_a_reader_could_take_it_for_something_else() {
        for (field, written) in [
            ("a b", "a b"),
            ("", "\"\""),
            (" a", "\" a\""),
            ("a\t", "\"a\t\""),
            ("a,b", "\"a,b\""),
            ("a\"b", "\"a\"\"b\""),
            ("a\nb", "\"a\nb\""),
            ("a\rb", "\"a\rb\""),
            ("\u{feff}a", "\"\u{feff}a\""),
            ("a\u{feff}", "a\u{feff}"),
        ] {
            let mut out = Vec::new();
            push_field(field.as_bytes(), &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), written);
        }
    }

    #[test]
    fn a_header_names_an_algorithm_and_is_not_longer_than_1000_bytes() {
        let header = |length: usize| {
            let names = "path,Algorithm,HASH,";
            format!("{names}{}", "x".repeat(length - names.len()))
        };
        assert!(Columns::of_header(header(1000).as_bytes()).is_some());
        assert!(Columns::of_header(header(1001).as_bytes()).is_none());
        assert!(Columns::of_header(b"path,digest,size").is_none());
        assert!(Columns::of_header(b"{path,algorithm,digest").is_none());
    }
}
