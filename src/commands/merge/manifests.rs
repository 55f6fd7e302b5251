//! Merges manifests. Each part has its lines in the order of one run over all files, so the next line
//! is always the first of some part. Lines are copied byte by byte; what comes before them, such as the
//! header of CSV, must be the same in all parts.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io::{self, Chain, Cursor, Read};
use std::path::{Path, PathBuf};

use super::order::{Order, Place};
use super::parts::{End, Reading, wrong};
use super::shared::{Merge, Stop};
use crate::commands::part::Part;
use crate::commands::resolve;
use crate::error::Fatal;
use crate::escape::printable;
use crate::files::arguments::open_stream;
use crate::files::list::List;
use crate::files::{Item, Refused, Shard};
use crate::hash::algorithms::{Algorithm, Set};
use crate::manifest::forms::csv;
use crate::manifest::seal::{BadSeal, Seal};
use crate::manifest::{Form, Problem, ReadOptions, Records, UNREAD, Writing};

/// The most bytes that may come before the first line.
const LONGEST_HEADER: usize = 64 << 10;

/// A manifest that is being read.
struct Stream {
    records: Records<Chain<Cursor<Vec<u8>>, Reading>>,
    end: End,
    header: Vec<u8>,
    /// The file of the next line. None at the end.
    next: Option<PathBuf>,
    /// The algorithms of the next line.
    algorithms: Set,
    /// Where the next line comes.
    place: Place,
    /// How many bytes the header and the lines so far have.
    bytes: u64,
    form: Option<Form>,
    is_sealed: bool,
    /// Whether the description says all that is to know about the bytes.
    is_described: bool,
}

impl Stream {
    fn open(mut reading: Reading, part: Option<&Part>) -> Result<Self, Fatal> {
        let end = reading.seen();
        let (header, read) = header(&mut reading).map_err(|error| end.unreadable(&error))?;
        let work = part.map(|part| &part.work);
        let form = work.and_then(|work| work.form.as_deref()).and_then(Form::by_name);
        // By this name, the lines of SFV are told from those of md5sum.
        let path = (form == Some(Form::SFV)).then(|| "part.sfv".into());
        let algorithms = work.iter().flat_map(|work| &work.algorithms);
        let algorithms: Vec<_> = algorithms.filter_map(|name| Algorithm::by_name(name)).collect();
        let accept = resolve::accept(&algorithms);
        let zero = work.map(|work| work.zero);
        let options = ReadOptions { zero, path, accept };
        let mut records = Records::new(Cursor::new(read).chain(reading), options);
        let is_sealed = part.is_none_or(|part| part.sealed);
        if is_sealed {
            records = records.watch_seal(true);
        }
        let (bytes, place) = (header.len() as u64, (0, Vec::new()));
        let is_described = part.is_some();
        Ok(Self {
            records,
            end,
            header,
            next: None,
            algorithms: Set::default(),
            place,
            bytes,
            form,
            is_sealed,
            is_described,
        })
    }

    /// Reads the next line. At the end, checks that the part is whole.
    fn advance(&mut self) -> Result<(), Fatal> {
        self.next = None;
        let path = &self.end.path;
        match self.records.next() {
            Some(Ok(entry)) if !self.records.is_whole() => {
                Err(wrong(path, &format!("torn: its line {} has no end", entry.line)))
            }
            Some(Ok(entry)) => {
                self.form.get_or_insert(entry.form);
                self.bytes += self.records.raw().len() as u64;
                self.algorithms = entry.digests.set();
                self.next = Some(entry.path);
                Ok(())
            }
            Some(Err(Problem::Malformed { line, reason })) => Err(wrong(
                path,
                &format!("line {line}: {reason}; it is no part of a manifest, or damaged"),
            )),
            Some(Err(Problem::Unread { line })) => {
                Err(wrong(path, &format!("line {line}: {UNREAD}")))
            }
            Some(Err(Problem::Seal(BadSeal::Missing))) if !self.is_described => {
                self.is_sealed = false;
                self.finish()
            }
            Some(Err(Problem::Seal(bad))) => Err(wrong(path, &bad.to_string())),
            Some(Err(Problem::Broken(error))) => Err(self.end.unreadable(&error)),
            None => self.finish(),
        }
    }

    fn finish(&self) -> Result<(), Fatal> {
        // Empty lines and comments would be lost.
        if !self.is_sealed && self.end.seen.borrow().bytes != self.bytes {
            return Err(wrong(
                &self.end.path,
                "has lines that are not those of a manifest of batchproc",
            ));
        }
        self.end.check()
    }
}

/// Reads what comes before the first line of a manifest. Returns it, and all that was read.
fn header(reading: &mut impl Read) -> io::Result<(Vec<u8>, Vec<u8>)> {
    let (mut read, mut end) = (Vec::new(), 0);
    loop {
        let line_end = memchr::memchr(b'\n', &read[end..]).map(|at| end + at + 1);
        match line_end {
            Some(line_end) if is_header(&read[end..line_end], end) => end = line_end,
            Some(_) => break,
            None if read.len() >= LONGEST_HEADER => break,
            None => {
                let mut piece = vec![0; 4 << 10];
                match reading.read(&mut piece)? {
                    0 => break,
                    count => read.extend(&piece[..count]),
                }
            }
        }
    }
    Ok((read[..end].to_vec(), read))
}

fn is_header(line: &[u8], at: usize) -> bool {
    at == 0 && line.starts_with(csv::BEGIN)
        || line.starts_with(b"%%%% ")
        || line.starts_with(b"## Generated by ")
        || line.starts_with(b"; Generated by ")
}

impl Merge<'_> {
    /// Merges manifests.
    pub(super) fn manifests(&mut self) -> Result<(), Stop> {
        let mut streams = Vec::new();
        for (index, (_, part)) in self.parts.all().iter().enumerate() {
            streams.push(Stream::open(self.parts.open(index, &self.interrupt)?, part.as_ref())?);
        }
        if let Some(other) = streams.iter().find(|other| other.header != streams[0].header) {
            let first = printable(&streams[0].end.path);
            return Err(wrong(&other.end.path, &format!("has another header than {first}")).into());
        }
        for stream in &mut streams {
            stream.advance()?;
        }
        self.output.begin_digest();
        self.output.buffer.extend(&streams[0].header);
        let work = self.parts.work().cloned();
        let by_list =
            work.as_ref().map_or(self.arguments.files_from.is_some(), |work| work.paths.is_none());
        let entries = match (&self.arguments.files_from, by_list) {
            (Some(list), true) => self.by_list(list, &mut streams)?,
            (None, true) => {
                return Err(Fatal(
                    "a list gave the names of the files; give it with --files-from".into(),
                )
                .into());
            }
            (Some(_), false) => {
                return Err(Fatal("the parts were not made with --files-from".into()).into());
            }
            (None, false) => {
                let paths = work.as_ref().and_then(|work| work.paths.as_ref());
                let paths = match paths {
                    Some(paths) => paths.iter().map(PathBuf::from).collect(),
                    None => self.arguments.paths.clone(),
                };
                let order = Order::new(&paths, work.as_ref().is_none_or(|work| work.in_order));
                let keeps = work.as_ref().is_some_and(|work| work.keeps);
                self.by_walk(&order, keeps, &mut streams)?
            }
        };
        self.seal(&streams, entries);
        Ok(())
    }

    /// Writes the lines of the next file of a part: one, or several with a digest each. Returns how
    /// many there are.
    fn copy(&mut self, stream: &mut Stream, path: &Path) -> Result<u64, Stop> {
        let mut lines = 0;
        let mut seen = Set::default();
        // A list may name a file again. Then the first algorithm comes again.
        while stream.next.as_deref() == Some(path)
            && !stream.algorithms.iter().any(|algorithm| seen.contains(algorithm))
        {
            seen = seen.union(stream.algorithms);
            self.output.buffer.extend(stream.records.raw());
            stream.advance()?;
            lines += 1;
        }
        self.output.write_if_large()?;
        Ok(lines)
    }

    /// Writes all lines in the order of a walk. Returns how many there are.
    fn by_walk(&mut self, order: &Order, keeps: bool, streams: &mut [Stream]) -> Result<u64, Stop> {
        let mut lines = 0;
        let mut heap = BinaryHeap::new();
        for (part, stream) in streams.iter_mut().enumerate() {
            self.put(order, keeps, part, stream, &mut heap)?;
        }
        let mut before: Option<(Place, usize)> = None;
        while let Some(Reverse((place, part))) = heap.pop() {
            let stream = &mut streams[part];
            let Some(path) = stream.next.clone() else { continue };
            if let Some((_, other)) =
                before.filter(|(other, _)| *other == place && !Order::is_last(&place))
            {
                let [one, two] = [other, part].map(|part| printable(&streams[part].end.path));
                return Err(Fatal(format!("{one} and {two} both list {}", printable(&path))).into());
            }
            lines += self.copy(stream, &path)?;
            before = Some((place, part));
            self.put(order, keeps, part, stream, &mut heap)?;
        }
        Ok(lines)
    }

    /// Puts the next line of a part into the order.
    fn put(
        &self,
        order: &Order,
        keeps: bool,
        part: usize,
        stream: &mut Stream,
        heap: &mut BinaryHeap<Reverse<(Place, usize)>>,
    ) -> Result<(), Fatal> {
        let Some(path) = &stream.next else { return Ok(()) };
        self.check_shard(part, path, &order.shard_name(path))?;
        let mut place = order.place(path);
        if place < stream.place {
            if !keeps {
                let what = format!(
                    "{} is not in the order of a walk; name the PATHs with --paths",
                    printable(path)
                );
                return Err(wrong(&stream.end.path, &what));
            }
            place = Order::last();
        }
        stream.place.clone_from(&place);
        heap.push(Reverse((place, part)));
        Ok(())
    }

    /// Checks that a file belongs to the shard of its part, if that is known.
    fn check_shard(&self, part: usize, path: &Path, name: &[u8]) -> Result<(), Fatal> {
        let (part_path, Some(Part { shard, of, .. })) = &self.parts.all()[part] else {
            return Ok(());
        };
        let place = Shard::place(name, *of);
        if place == *shard {
            return Ok(());
        }
        let what = format!("lists {}, which belongs to shard {place}/{of}", printable(path));
        Err(wrong(part_path, &what))
    }

    /// Writes all lines in the order of a list of names. Returns how many there are.
    fn by_list(&mut self, list: &Path, streams: &mut [Stream]) -> Result<u64, Stop> {
        let reader = open_stream("list", list, &self.interrupt)?;
        let names = List::new(reader, list.to_path_buf(), self.arguments.null, Box::new(|_| {}));
        let is_described = self.parts.are_described();
        let (mut lines, mut without) = (0, 0_u64);
        for found in names {
            let path = match found {
                Ok(Item::File(path, _)) => path,
                Err(Refused::Broken(failure)) => return Err(Fatal(failure.to_string()).into()),
                // The shards have reported what is no name.
                _ => continue,
            };
            let part = if is_described {
                let name = path.as_os_str().as_encoded_bytes();
                (Shard::place(name, streams.len() as u64) - 1) as usize
            } else {
                let has = |stream: &Stream| stream.next.as_ref() == Some(&path);
                // A file that failed is in no part.
                let Some(part) = streams.iter().position(has) else { continue };
                part
            };
            let copied = self.copy(&mut streams[part], &path)?;
            lines += copied;
            without += u64::from(copied == 0);
        }
        let left = streams.iter().find_map(|stream| Some((stream, stream.next.as_ref()?)));
        if let Some((stream, path)) = left {
            let what = format!(
                "lists {}, which is not in the list, or not at this place",
                printable(path)
            );
            return Err(wrong(&stream.end.path, &what).into());
        }
        let is_sized = self.parts.work().is_none_or(|work| work.sized);
        let failed: u64 =
            self.parts.all().iter().flat_map(|(_, part)| part).map(|part| part.failed).sum();
        if without > failed && !is_sized {
            let reason = format!(
                "{without} names of the list have no line, but {failed} files failed when the parts were made; \
                 the list is not the one that all of them were made with"
            );
            return Err(Fatal(reason).into());
        }
        Ok(lines)
    }

    /// Writes a seal, if all parts have one.
    fn seal(&mut self, streams: &[Stream], entries: u64) {
        let unsealed = streams.iter().find(|stream| !stream.is_sealed);
        if let Some(unsealed) = unsealed {
            if streams.iter().any(|stream| stream.is_sealed) {
                let name = printable(&unsealed.end.path);
                self.console.line(&format!("the result gets no seal: {name} has none"));
            }
            return;
        }
        let form = streams.iter().find_map(|stream| stream.form);
        let (Some(form), Some(sha256)) = (form, self.output.digest()) else { return };
        let header = &streams[0].header;
        let has = |column: &[u8]| header.windows(column.len()).any(|part| part == column);
        let zero =
            self.parts.work().is_some_and(|work| work.zero) || streams[0].records.ends_with_nul();
        let (hashed, changed, links) = (has(b",hashed"), has(b",changed"), has(b",link"));
        let writing = Writing { zero, hashed, changed, links, algorithms: &[] };
        form.writer(writing).seal(&Seal { entries, sha256 }, &mut self.output.buffer);
    }
}
