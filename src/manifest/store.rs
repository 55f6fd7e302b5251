//! Entries in memory, packed into one buffer: what an entry does not record takes no room, and small numbers
//! take few bytes. An entry of this program's JSON takes about 50 bytes beyond its name and digest.
//!
//! ```text
//!  flags │ names │ algorithms │ digests │ line │ size, times, identity, … as the flags say
//! ```

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use super::arena::Arena;
use super::entry::{Entry, Form};
use super::names::key;
use super::numbers::{Fields, push_number, push_signed};
use crate::hash::algorithms::{Algorithm, Set};
use crate::hash::packed::Packed;
use crate::stamp::Identity;

/// What an entry records, as bits.
mod flag {
    /// The name has another form in the manifest, or another key.
    pub const NAMES: u16 = 1;
    pub const LINK: u16 = 1 << 1;
    pub const ASSUMED: u16 = 1 << 2;
    pub const SEVERAL: u16 = 1 << 3;
    pub const SIZE: u16 = 1 << 4;
    pub const MTIME: u16 = 1 << 5;
    pub const CTIME: u16 = 1 << 6;
    pub const IDENTITY: u16 = 1 << 7;
    pub const HASHED: u16 = 1 << 8;
    pub const CHANGED: u16 = 1 << 9;
    pub const WRITTEN: u16 = 1 << 10;
    /// The form is in the bits from this one on.
    pub const FORM: u32 = 12;
}

/// A packed entry; the fields are those of [`Entry`].
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub struct View<'a> {
    pub path: &'a Path,
    written: Option<&'a Path>,
    /// The name without what changes nothing; see [`key`].
    pub key: &'a [u8],
    pub digests: Packed<'a>,
    pub link: Option<&'a Path>,
    assumed: Option<Algorithm>,
    several: &'a [u8],
    pub size: Option<u64>,
    pub mtime: Option<i128>,
    ctime: Option<i128>,
    pub identity: Option<Identity>,
    hashed: Option<i128>,
    changed: bool,
    form: Form,
    pub line: u64,
}

impl<'a> View<'a> {
    /// The name as the manifest has it.
    pub fn written(&self) -> &'a Path {
        self.written.unwrap_or(self.path)
    }

    /// The entry itself.
    pub fn entry(&self) -> Entry {
        Entry {
            path: self.path.to_path_buf(),
            written: self.written.map(Into::into),
            digests: self.digests.digests(),
            link: self.link.map(Into::into),
            assumed: self.assumed,
            several: self.several.iter().map(|&number| Algorithm::of_number(number)).collect(),
            size: self.size,
            mtime: self.mtime,
            ctime: self.ctime,
            identity: self.identity,
            hashed: self.hashed,
            changed: self.changed,
            form: self.form,
            line: self.line,
        }
    }
}

/// The entries; see the module documentation.
#[derive(Debug, Default)]
pub struct Store(Arena);

impl Store {
    /// The number of entries.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is room for another entry. There is for 4 billion entries, and for 1 TiB.
    pub fn has_room(&self, entry: &Entry) -> bool {
        self.0.has_room(4 * entry.weight() + 1024)
    }

    /// Adds an entry.
    pub fn push(&mut self, entry: &Entry) {
        self.0.push(|buffer| push(entry, buffer));
    }

    /// Replaces the entry with this index.
    pub fn replace(&mut self, index: usize, entry: &Entry) {
        let length = |bytes: &[u8]| bytes.len() - view(bytes).1.len();
        self.0.replace(index, |buffer| push(entry, buffer), length);
    }

    /// The entry with this index.
    pub fn view(&self, index: usize) -> View<'_> {
        view(self.0.get(index)).0
    }

    /// The key of the name of the entry with this index.
    pub fn key(&self, index: usize) -> &[u8] {
        let mut fields = Fields(self.0.get(index));
        let flags = fields.flags();
        Names::read(flags, &mut fields).key
    }
}

fn push(entry: &Entry, buffer: &mut Vec<u8>) {
    let key = key(&entry.path);
    let path = entry.path.as_os_str().as_bytes();
    let has_names = entry.written.is_some() || *key != *path;
    let flags = [
        (flag::NAMES, has_names),
        (flag::WRITTEN, entry.written.is_some()),
        (flag::LINK, entry.link.is_some()),
        (flag::ASSUMED, entry.assumed.is_some()),
        (flag::SEVERAL, !entry.several.is_empty()),
        (flag::SIZE, entry.size.is_some()),
        (flag::MTIME, entry.mtime.is_some()),
        (flag::CTIME, entry.ctime.is_some()),
        (flag::IDENTITY, entry.identity.is_some()),
        (flag::HASHED, entry.hashed.is_some()),
        (flag::CHANGED, entry.changed),
    ];
    let flags = flags.iter().filter(|(_, is_set)| *is_set).fold(0, |all, (flag, _)| all | flag);
    buffer.extend((flags | u16::from(entry.form.0) << flag::FORM).to_le_bytes());
    if has_names {
        let written = entry.written().as_os_str().as_bytes();
        Names { path, written, key: &key }.push(buffer);
    } else {
        push_text(path, buffer);
    }
    push_number(entry.digests.set().bits(), buffer);
    Packed::push(&entry.digests, buffer);
    push_number(entry.line.into(), buffer);
    if let Some(target) = &entry.link {
        push_text(target.as_os_str().as_bytes(), buffer);
    }
    buffer.extend(entry.assumed.map(Algorithm::number));
    if !entry.several.is_empty() {
        let several: Vec<u8> = entry.several.iter().map(|algorithm| algorithm.number()).collect();
        push_text(&several, buffer);
    }
    if let Some(size) = entry.size {
        push_number(size.into(), buffer);
    }
    // A time is stored as the difference from the time before, which is small or nothing for most.
    let mut before = 0;
    for time in [entry.mtime, entry.ctime, entry.hashed].into_iter().flatten() {
        push_signed(time.wrapping_sub(before), buffer);
        before = time;
    }
    if let Some((device, inode)) = entry.identity {
        push_number(device.into(), buffer);
        push_number(inode.into(), buffer);
    }
}

fn push_text(text: &[u8], buffer: &mut Vec<u8>) {
    push_number(text.len() as u128, buffer);
    buffer.extend(text);
}

/// The packed entry with which `bytes` begins, and the bytes after it.
fn view(bytes: &[u8]) -> (View<'_>, &[u8]) {
    let mut fields = Fields(bytes);
    let flags = fields.flags();
    let Names { path, written, key } = Names::read(flags, &mut fields);
    let has = |flag| flags & flag != 0;
    let set = Set::of_bits(fields.number());
    let (digests, rest) = Packed::split(set, fields.0);
    fields.0 = rest;
    let line = fields.number() as u64;
    let link = has(flag::LINK).then(|| named(fields.text()));
    let assumed = has(flag::ASSUMED).then(|| Algorithm::of_number(fields.bytes(1)[0]));
    let several = if has(flag::SEVERAL) { fields.text() } else { &[] };
    let size = has(flag::SIZE).then(|| fields.number() as u64);
    let mut before: i128 = 0;
    let mut time = |flag| {
        has(flag).then(|| {
            before = before.wrapping_add(fields.signed());
            before
        })
    };
    let (mtime, ctime, hashed) = (time(flag::MTIME), time(flag::CTIME), time(flag::HASHED));
    let identity = has(flag::IDENTITY).then(|| (fields.number() as u64, fields.number() as u64));
    let written = has(flag::WRITTEN).then(|| named(written));
    let (path, changed) = (named(path), has(flag::CHANGED));
    let form = Form((flags >> flag::FORM) as u8);
    let view = View {
        path,
        written,
        key,
        digests,
        link,
        assumed,
        several,
        size,
        mtime,
        ctime,
        identity,
        hashed,
        changed,
        form,
        line,
    };
    (view, fields.0)
}

fn named(name: &[u8]) -> &Path {
    Path::new(OsStr::from_bytes(name))
}

/// The three names of an entry. Mostly the shorter ones are the end of the longest one, and then only this
/// one is stored.
struct Names<'a> {
    path: &'a [u8],
    written: &'a [u8],
    key: &'a [u8],
}

impl<'a> Names<'a> {
    fn push(&self, buffer: &mut Vec<u8>) {
        let names = [self.path, self.written, self.key];
        let mut by_length = [0, 1, 2];
        by_length.sort_by_key(|&name| std::cmp::Reverse(names[name].len()));
        let mut text = Vec::new();
        let mut starts = [0; 3];
        for name in by_length {
            if !text.ends_with(names[name]) {
                text.extend(names[name]);
            }
            starts[name] = text.len() - names[name].len();
        }
        push_text(&text, buffer);
        for (name, start) in names.into_iter().zip(starts) {
            push_number(start as u128, buffer);
            push_number(name.len() as u128, buffer);
        }
    }

    fn read(flags: u16, fields: &mut Fields<'a>) -> Self {
        let text = fields.text();
        if flags & flag::NAMES == 0 {
            return Self { path: text, written: text, key: text };
        }
        let mut name = || {
            let start = fields.number() as usize;
            &text[start..start + fields.number() as usize]
        };
        Self { path: name(), written: name(), key: name() }
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt;

    use proptest::option;
    use proptest::prelude::*;

    use super::*;

    fn name() -> impl Strategy<Value = Vec<u8>> {
        let odd = prop::collection::vec(1_u8.., 1..6);
        prop_oneof![4 => "[ab./]{1,9}".prop_map(String::into_bytes), 1 => odd]
    }

    fn path(name: &[u8]) -> Box<Path> {
        Path::new(&OsString::from_vec(name.to_vec())).into()
    }

    /// Times as they are, and all others.
    fn time() -> impl Strategy<Value = i128> {
        prop_oneof![
            1_600_000_000_000_000_000..1_800_000_000_000_000_000_i128,
            any::<i128>(),
            -9..9_i128
        ]
    }

    prop_compose! {
        fn entry()(
            (name, written, link) in (name(), option::of(name()), option::of(name())),
            algorithms in prop::collection::vec((0..79_u8, any::<u8>()), 0..4),
            (assumed, several) in (option::of(0..79_u8), any::<bool>()),
            (size, line) in (option::of(any::<u64>()), any::<u64>()),
            (mtime, ctime, hashed) in (option::of(time()), option::of(time()), option::of(time())),
            (identity, changed, form) in (option::of(any::<Identity>()), any::<bool>(), 0..8_u8),
        ) -> Entry {
            let mut entry = Entry::empty(name).unwrap();
            for (number, byte) in algorithms {
                let algorithm = Algorithm::of_number(number);
                entry.digests.insert(algorithm, &vec![byte; algorithm.bytes()]);
            }
            if several {
                entry.several = entry.digests.set().iter().collect();
                entry.several.reverse();
            }
            let (written, link) = (written.as_deref().map(path), link.as_deref().map(path));
            let (assumed, form) = (assumed.map(Algorithm::of_number), Form(form));
            Entry { written, link, assumed, size, mtime, ctime, identity, hashed, changed, form, line, ..entry }
        }
    }

    proptest! {
        #[test]
        fn entries_come_out_as_they_went_in(
            entries in prop::collection::vec(entry(), 1..6),
            later in prop::collection::vec((any::<prop::sample::Index>(), entry()), 0..12))
        {
            let (mut store, mut expected) = (Store::default(), entries.clone());
            entries.iter().for_each(|entry| store.push(entry));
            for (index, entry) in later {
                let index = index.index(expected.len());
                store.replace(index, &entry);
                expected[index] = entry;
            }
            prop_assert_eq!(store.len(), expected.len());
            for (index, entry) in expected.iter().enumerate() {
                let view = store.view(index);
                prop_assert_eq!(&view.entry(), entry);
                prop_assert_eq!(view.written(), entry.written());
                prop_assert_eq!(view.key, &*key(&entry.path));
                prop_assert_eq!(store.key(index), view.key);
            }
        }
    }

    #[test]
    fn an_entry_takes_50_bytes_beyond_its_name_and_digest() {
        let mut entry = Entry::empty(b"a".repeat(30)).unwrap();
        entry.digests.insert(Algorithm::MD5, &[9; 16]);
        let time = 1_700_000_001_123_456_789;
        let (mtime, ctime, hashed) =
            (Some(time), Some(time + 5_000_000_000), Some(time + 86_400_000_000_000));
        let (size, identity) = (Some(1 << 30), Some((66_306, 1 << 31)));
        let entry = Entry { size, mtime, ctime, hashed, identity, line: 10_000_000, ..entry };
        let mut buffer = Vec::new();
        push(&entry, &mut buffer);
        assert!(buffer.len() <= 30 + 16 + 50 - 5, "{}", buffer.len());
        // A root before the name, or what it begins with in the manifest, is stored once.
        let rooted = Entry { path: ["/root/", &"a".repeat(30)].concat().into(), ..entry };
        let rooted = Entry { written: Some(path(&b"a".repeat(30))), ..rooted };
        let before = buffer.len();
        push(&rooted, &mut buffer);
        assert!(buffer.len() - before <= before + 6 + 6);
    }
}
