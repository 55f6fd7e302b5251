//! What `audit` concludes: one verdict for each file of a tree, and for each name of its manifest that the
//! tree lacks. What a name is now, its caller says.

use std::collections::HashSet;
use std::path::Path;
use std::{fs, mem};

use crate::error::FileError;
use crate::files::present::{Present, is_gone};
use crate::hash::file_digest::FileDigest;
use crate::hash::job::Context;
use crate::manifest::Entry;
use crate::manifest::held::Held;
use crate::manifest::judge::{Content, Ignored, judge};
use crate::manifest::names::{key, lies_in_one};
use crate::manifest::roots::Roots;
use crate::manifest::spelling;
use crate::stamp::identity;

/// What was found about a file; in the order of the summary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Verdict {
    Ok,
    Touched,
    Edited,
    Replaced,
    Corrupt,
    Changed,
    Respelled,
    Moved,
    Copied,
    New,
    Missing,
    Unreadable,
}

/// The verdicts in words.
pub const WORDS: [&str; 12] = [
    "ok",
    "touched",
    "edited",
    "replaced",
    "corrupt",
    "changed",
    "respelled",
    "moved",
    "copied",
    "new",
    "missing",
    "unreadable",
];

/// A verdict.
#[derive(Debug)]
pub struct Finding<'a> {
    /// The file.
    pub path: &'a Path,
    /// What was found.
    pub verdict: Verdict,
    /// Its name in the manifest, if that is another one.
    pub from: Option<&'a Path>,
    /// What is wrong, where the verdict alone does not say it.
    pub reason: Option<String>,
}

/// The place of a file in the manifest.
pub struct Known(pub Option<usize>);

impl Context for Known {}

/// The place of a file in the manifest, by its name or another form of that in Unicode.
pub fn place(held: &Held, path: &Path) -> Option<usize> {
    held.find(path).or_else(|| respelled(held, path))
}

/// The place of a file that the manifest has under another form of its name in Unicode.
fn respelled(held: &Held, path: &Path) -> Option<usize> {
    let places = spelling::others(path).into_iter().filter_map(|other| held.find(&other));
    let identity = |path: &Path| fs::symlink_metadata(path).map(|file| identity(&file));
    // Some file systems find a file by all forms of its name.
    let is_same = |old: &Path| is_gone(old) || identity(old).ok() == identity(path).ok();
    places.into_iter().find(|&place| is_same(&held.entries()[place].path))
}

/// An audit while it goes on.
pub struct Audit<'a> {
    held: &'a Held,
    /// What may differ without a meaning.
    ignored: Ignored,
    /// The entries that have a verdict, or whose content was found under another name.
    seen: Vec<bool>,
    /// Names that could not be read; what lies below is not missing.
    unreadable: HashSet<Box<[u8]>>,
    /// Names that were not there any more when they were to be read.
    vanished: HashSet<Box<[u8]>>,
    counts: [u64; WORDS.len()],
    /// Entries outside of what was to be looked at.
    left_out: u64,
}

impl<'a> Audit<'a> {
    /// Nothing was looked at yet.
    pub fn new(held: &'a Held, ignored: Ignored) -> Self {
        Self {
            held,
            ignored,
            seen: vec![false; held.entries().len()],
            unreadable: HashSet::new(),
            vanished: HashSet::new(),
            counts: [0; WORDS.len()],
            left_out: 0,
        }
    }

    fn find<'b>(
        &mut self,
        path: &'b Path,
        verdict: Verdict,
        from: Option<&'b Path>,
        reason: Option<String>,
    ) -> Finding<'b> {
        self.counts[verdict as usize] += 1;
        Finding { path, verdict, from, reason }
    }

    /// A file that the manifest knows at this place. Nothing if it has its verdict already, as where
    /// arguments overlap.
    pub fn compare<'b>(&mut self, digest: &'b FileDigest, place: usize) -> Option<Finding<'b>>
    where
        'a: 'b,
    {
        let entry = &self.held.entries()[place];
        if mem::replace(&mut self.seen[place], true) {
            return None;
        }
        let respelled = Some(&*entry.path).filter(|old| key(old) != key(&digest.path));
        let verdict = match judge(entry, digest, self.ignored) {
            Content::Same | Content::Touched if respelled.is_some() => Verdict::Respelled,
            Content::Same => Verdict::Ok,
            Content::Touched => Verdict::Touched,
            Content::Edited => Verdict::Edited,
            Content::Replaced => Verdict::Replaced,
            Content::Corrupt => Verdict::Corrupt,
            Content::Changed => Verdict::Changed,
        };
        Some(self.find(&digest.path, verdict, respelled, None))
    }

    /// A file whose name is not in the manifest. `is_file` says whether a name is a file's now.
    pub fn look_for<'b>(
        &mut self,
        digest: &'b FileDigest,
        is_file: impl Fn(&Path) -> bool,
    ) -> Finding<'b>
    where
        'a: 'b,
    {
        let held = self.held;
        // Nothing is like anything.
        let places = match digest.size {
            0 => Vec::new(),
            size => held.with_content(&digest.digests, size),
        };
        let old = |place: usize| &*held.entries()[place].path;
        let gone = places.iter().find(|&&place| !self.seen[place] && !is_file(old(place)));
        match (gone, places.first()) {
            (Some(&place), _) => {
                self.seen[place] = true;
                self.find(&digest.path, Verdict::Moved, Some(old(place)), None)
            }
            (None, Some(&place)) => {
                self.find(&digest.path, Verdict::Copied, Some(old(place)), None)
            }
            (None, None) => self.find(&digest.path, Verdict::New, None, None),
        }
    }

    /// A file that could not be read. What `is_gone` is missing, as the rest will find.
    pub fn failed<'b>(
        &mut self,
        failure: &'b FileError,
        place: Option<usize>,
        is_gone: bool,
    ) -> Option<Finding<'b>> {
        if is_gone {
            self.vanished.insert(key(&failure.path));
            return None;
        }
        // A walk does not look whether the manifest knows what it fails at.
        match place.or_else(|| self.held.find(&failure.path)) {
            Some(place) => self.seen[place] = true,
            None => drop(self.unreadable.insert(key(&failure.path))),
        }
        let reason = Some(failure.reason.clone());
        Some(self.find(&failure.path, Verdict::Unreadable, None, reason))
    }

    /// The entries whose files did not come, of which each verdict is given. `leaves_out` says whether
    /// options leave a file out, there or not, and `present` what a name is now.
    pub fn rest(
        &mut self,
        roots: &Roots,
        leaves_out: impl Fn(&Entry) -> bool,
        present: impl Fn(&Path) -> Present,
        mut give: impl FnMut(Finding<'a>),
    ) {
        let held = self.held;
        for (place, entry) in held.entries().iter().enumerate() {
            if self.seen[place] {
                continue;
            }
            let name = key(&entry.path);
            if lies_in_one(&name, &self.unreadable) {
                give(self.find(&entry.path, Verdict::Unreadable, None, None));
                continue;
            }
            if !roots.hold(&entry.path) || leaves_out(entry) {
                self.left_out += 1;
                continue;
            }
            let (verdict, reason) = match present(&entry.path) {
                Present::File if lies_in_one(&name, &self.vanished) => {
                    (Verdict::Unreadable, Some("was not there when it was to be read".into()))
                }
                Present::File => {
                    self.left_out += 1;
                    continue;
                }
                Present::Gone => (Verdict::Missing, None),
                Present::Other(kind) => {
                    (Verdict::Missing, Some(format!("no longer a regular file: it is a {kind}")))
                }
                Present::Unknown(error) => {
                    (Verdict::Unreadable, Some(crate::error::reason(&error)))
                }
            };
            give(self.find(&entry.path, verdict, None, reason));
        }
    }

    /// How many files have this verdict.
    pub fn count(&self, verdict: Verdict) -> u64 {
        self.counts[verdict as usize]
    }

    /// Whether every file is as in the manifest, and there is one.
    pub fn is_fine(&self) -> bool {
        let ok = self.count(Verdict::Ok);
        ok > 0 && self.counts.iter().sum::<u64>() == ok
    }

    /// The counts as a line for people.
    pub fn summary(&self) -> String {
        let counts = WORDS.iter().zip(self.counts).filter(|(_, count)| *count > 0);
        let counts: Vec<_> = counts.map(|(word, count)| format!("{count} {word}")).collect();
        let mut line = match counts.len() {
            0 => "no file was found".to_string(),
            _ => counts.join(", "),
        };
        if self.left_out > 0 {
            line += &format!("; {} in the manifest were not to be looked at", self.left_out);
        }
        line
    }

    /// The counts as a line of JSON.
    pub fn summary_json(&self) -> String {
        let counts = WORDS.iter().zip(self.counts).map(|(word, n)| format!("\"{word}\":{n}"));
        let counts = counts.collect::<Vec<_>>().join(",");
        format!("{{\"summary\":{{{counts},\"left_out\":{}}}}}\n", self.left_out)
    }
}
