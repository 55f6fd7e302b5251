//! Decides the verdicts of `audit`: one for each file of a tree, and one for each name in the
//! manifest that has no file in the tree.

#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::mem;
use std::path::{Path, PathBuf};

use super::assumed::Assumed;
use super::links;
use super::unread::Lacking;
use super::words::{UNREAD_WORDS, WORDS};
pub use super::words::{Verdict, words};
use crate::error::FileError;
use crate::files::long;
use crate::files::present::{Present, is_gone, no_longer};
use crate::files::rules::{Sizes, WalkRules};
use crate::files::{Found, Item, Refused};
use crate::hash::algorithms::Set;
use crate::hash::file_digest::FileDigest;
use crate::hash::job::{Context, Outcome, Task};
use crate::manifest::View;
use crate::manifest::crowds::{Crowds, content};
use crate::manifest::differences::Differences;
use crate::manifest::held::Held;
use crate::manifest::judge::{Content, Ignored, judge};
use crate::manifest::names::{key, lies_in_one};
use crate::manifest::roots::Roots;
use crate::manifest::spelling;
use crate::stamp::identity;

/// A verdict and the file that it is about.
#[derive(Debug)]
pub struct Finding<'a> {
    /// The path of the file.
    pub path: &'a Path,
    /// The verdict.
    pub verdict: Verdict,
    /// The name of the file in the manifest, if it differs from `path`.
    pub from: Option<&'a Path>,
    /// The reason, if the verdict alone does not explain it.
    pub reason: Option<String>,
    /// The name of an entry as the manifest has it, if no file has this name any more.
    pub gone: Option<&'a Path>,
    /// What differs, if the file was not read.
    pub differences: Differences,
}

/// The index of the entry that the manifest has for a file, if any.
pub struct Known(pub Option<usize>);

impl Context for Known {}

/// The task for a file that a walk found. If the manifest does not list the file, all `algorithms`
/// of the manifest are computed, so that its content can be searched under other names.
///
/// # Errors
/// If the walk skipped the file or reported an error; then there is nothing to read.
pub fn task(held: &Held, algorithms: Set, found: Found) -> Result<Task<Known>, Outcome<Known>> {
    let item = found.map_err(Outcome::from)?;
    let index = match &item {
        Item::File(path, _) => entry_index(held, path),
        Item::Stdin => None,
    };
    let listed = index.map(|index| held.view(index).digests.set());
    // The entry of a symbolic link has no digests.
    let algorithms = listed.filter(|listed| !listed.is_empty()).unwrap_or(algorithms);
    Ok(Task { item, algorithms, context: Known(index) })
}

/// The index of the entry that has a file's name, in the same or another Unicode normalization
/// form.
pub fn entry_index(held: &Held, path: &Path) -> Option<usize> {
    held.find(path).or_else(|| respelled(held, path))
}

/// The index of the entry that has a file's name in another Unicode normalization form.
fn respelled(held: &Held, path: &Path) -> Option<usize> {
    let indices = spelling::others(path).into_iter().filter_map(|other| held.find(&other));
    let identity = |path: &Path| long::symlink_metadata(path).map(|file| identity(&file));
    // If a different file has the name in the manifest, that entry belongs to it. If the same file
    // has both names, the file system accepts every Unicode form of a name.
    let is_same = |old: &Path| is_gone(old) || identity(old).ok() == identity(path).ok();
    indices.into_iter().find(|&index| is_same(held.view(index).path))
}

/// Where the walk of an audit went.
pub struct Walked<'a> {
    roots: Roots,
    rules: &'a WalkRules,
    sizes: Sizes,
}

impl<'a> Walked<'a> {
    /// A walk of these paths.
    pub fn new(paths: &[PathBuf], rules: &'a WalkRules, sizes: Sizes) -> Self {
        Self { roots: Roots::new(paths), rules, sizes }
    }

    /// Whether options exclude the file of an entry. The file need not exist.
    fn excludes(&self, entry: &View<'_>) -> bool {
        let Self { roots, rules, sizes } = self;
        let device = entry.identity.map(|(device, _)| device);
        entry.size.is_some_and(|size| sizes.exclude(size))
            || roots.leave_out(entry.key, device, |root, below, device| {
                rules.skips(root, below, device)
            })
    }
}

/// The state of an audit.
pub struct Audit<'a> {
    held: &'a Held,
    /// The differences between a file and its entry that are ignored.
    ignored: Ignored,
    /// For each entry: whether it has a verdict, or its content was found under another name.
    seen: Vec<bool>,
    /// The contents that many entries have.
    crowds: Crowds,
    /// The normalized paths of files and directories that could not be read. The files that the
    /// manifest lists below them are unreadable, not missing.
    unreadable: HashSet<Box<[u8]>>,
    /// The normalized paths of files that the walk found, but that had vanished when they were to
    /// be opened.
    vanished: HashSet<Box<[u8]>>,
    counts: [u64; WORDS.len()],
    /// The digests that do not match, and whose algorithm was only assumed.
    assumed: Assumed,
    /// The number of entries that lie outside of the PATH arguments or that options exclude.
    left_out: u64,
    /// In an audit that reads no file: what its entries lack.
    unread: Option<Lacking>,
}

impl<'a> Audit<'a> {
    /// Begins an audit.
    pub fn new(held: &'a Held, ignored: Ignored) -> Self {
        Self {
            held,
            ignored,
            seen: vec![false; held.len()],
            crowds: Crowds::default(),
            unreadable: HashSet::new(),
            vanished: HashSet::new(),
            counts: [0; WORDS.len()],
            assumed: Assumed::default(),
            left_out: 0,
            unread: None,
        }
    }

    /// Begins an audit that reads no file.
    pub fn unread(held: &'a Held, ignored: Ignored) -> Self {
        Self { unread: Some(Lacking::default()), ..Self::new(held, ignored) }
    }

    /// Counts a verdict and returns it with its file.
    fn find<'b>(
        &mut self,
        path: &'b Path,
        verdict: Verdict,
        from: Option<&'b Path>,
        reason: Option<String>,
    ) -> Finding<'b> {
        self.counts[verdict as usize] += 1;
        Finding { path, verdict, from, reason, gone: None, differences: Differences::default() }
    }

    /// Returns the verdict on a file that the pipeline has processed. `None` if the file gets no
    /// verdict, or gets it later from [`Audit::left`].
    pub fn judge<'b>(&mut self, outcome: &'b Outcome<Known>) -> Option<Finding<'b>>
    where
        'a: 'b,
    {
        match outcome {
            Outcome::Digest(digest, Known(Some(index))) => self.compare(digest, *index),
            Outcome::Digest(digest, Known(None)) => Some(self.look_for(digest)),
            Outcome::Refused(refused, known) => {
                self.judge_refused(refused, known.as_ref().and_then(|Known(index)| *index))
            }
            Outcome::Settled(..) | Outcome::Carried(..) => None,
        }
    }

    /// Compares a file with its entry, which has this index. Returns `None` if the entry already
    /// has a verdict; this happens if a file lies below two of the PATH arguments.
    fn compare<'b>(&mut self, digest: &'b FileDigest, index: usize) -> Option<Finding<'b>>
    where
        'a: 'b,
    {
        if mem::replace(&mut self.seen[index], true) {
            return None;
        }
        let view = self.held.view(index);
        let entry = &view.entry();
        self.assumed.compare(entry.assumed, &entry.digests, &digest.digests);
        let respelled = Some(view.path).filter(|_| *view.key != *key(&digest.path));
        let verdict = match judge(entry, digest, self.ignored) {
            Content::Same | Content::Touched if respelled.is_some() => Verdict::Respelled,
            Content::Same => Verdict::Ok,
            Content::Touched => Verdict::Touched,
            Content::Edited => Verdict::Edited,
            Content::Replaced => Verdict::Replaced,
            Content::Corrupt => Verdict::Corrupt,
            Content::Changed => Verdict::Changed,
        };
        let reason = links::reason(entry, digest);
        Some(self.find(&digest.path, verdict, respelled, reason))
    }

    /// Returns the verdict on a file that was looked at but not read. `known` is the index of its
    /// entry with what differs from it; `None` if the manifest does not list the file. Nothing shows
    /// then whether the file was moved or copied.
    pub fn judge_unread<'b>(
        &mut self,
        path: &'b Path,
        known: Option<(usize, Differences)>,
    ) -> Option<Finding<'b>>
    where
        'a: 'b,
    {
        let Some((index, differences)) = known else {
            return Some(self.find(path, Verdict::New, None, None));
        };
        if mem::replace(&mut self.seen[index], true) {
            return None;
        }
        let entry = self.held.view(index);
        self.unread.get_or_insert_default().compare(&entry);
        let respelled = Some(entry.path).filter(|_| *entry.key != *key(path));
        let verdict = match (differences.is_empty(), respelled) {
            (false, _) => Verdict::Changed,
            (true, Some(_)) => Verdict::Respelled,
            (true, None) => Verdict::Ok,
        };
        let finding = self.find(path, verdict, respelled, None);
        Some(Finding { differences, ..finding })
    }

    /// Returns the verdict on a file that was refused, and that has an entry with this index, if
    /// any; see [`Audit::judge`].
    pub fn judge_refused<'b>(
        &mut self,
        refused: &'b Refused,
        index: Option<usize>,
    ) -> Option<Finding<'b>> {
        match refused {
            Refused::Failed(error) | Refused::Broken(error) => self.failed(error, index),
            Refused::Skipped(..) => None,
        }
    }

    /// Returns the verdict on a file whose name is not in the manifest, after searching the
    /// manifest for its content under other names.
    fn look_for<'b>(&mut self, digest: &'b FileDigest) -> Finding<'b>
    where
        'a: 'b,
    {
        let held = self.held;
        // All empty files have the same content, so nothing shows that one was moved or copied.
        let all = || match digest.size {
            0 => Vec::new(),
            size => held.with_content(&digest.digests, size),
        };
        let old = |index: usize| held.view(index).path;
        let is_file = |path: &Path| matches!(Present::at(path, false), Present::File);
        let is_free = |index: usize| !self.seen[index] && !is_file(old(index));
        let content = content(digest.digests.iter(), Some(digest.size));
        match self.crowds.find(content, all, is_free) {
            Some((index, true)) => {
                self.seen[index] = true;
                let found = self.find(&digest.path, Verdict::Moved, Some(old(index)), None);
                Finding { gone: Some(held.view(index).written()), ..found }
            }
            Some((index, false)) => {
                self.find(&digest.path, Verdict::Copied, Some(old(index)), None)
            }
            None => self.find(&digest.path, Verdict::New, None, None),
        }
    }

    /// Returns the verdict on a file that could not be read. If the file is gone, there is no
    /// verdict yet: [`Audit::left`] reports it as missing.
    fn failed<'b>(&mut self, failure: &'b FileError, index: Option<usize>) -> Option<Finding<'b>> {
        if is_gone(&failure.path) {
            self.vanished.insert(key(&failure.path));
            return None;
        }
        // An error of the walk comes without an index, so the entry is searched by the path.
        match index.or_else(|| self.held.find(&failure.path)) {
            Some(index) => self.seen[index] = true,
            None => drop(self.unreadable.insert(key(&failure.path))),
        }
        let reason = Some(failure.reason.clone());
        Some(self.find(&failure.path, Verdict::Unreadable, None, reason))
    }

    /// The verdict on the entry with this index, if the walk did not find its file. `None` if the entry has
    /// a verdict already, or gets none because the walk does not go there. To be called for each entry
    /// once, after the walk.
    pub fn left(&mut self, index: usize, walk: &Walked<'_>) -> Option<Finding<'a>> {
        if self.seen[index] {
            return None;
        }
        let Walked { roots, rules, .. } = walk;
        let entry = self.held.view(index);
        // Whatever a shard could not read, files of other shards are none of its business.
        if rules.shard.is_some() && walk.excludes(&entry) {
            self.left_out += 1;
            return None;
        }
        if lies_in_one(entry.key, &self.unreadable) {
            return Some(self.find(entry.path, Verdict::Unreadable, None, None));
        }
        if !roots.hold_key(entry.key) || walk.excludes(&entry) {
            self.left_out += 1;
            return None;
        }
        let link = entry.link.is_some();
        let present =
            Present::of(entry.path, rules.follow, link, || roots.is_behind_link(entry.path));
        let (verdict, reason) = match present {
            Present::File if lies_in_one(entry.key, &self.vanished) => {
                (Verdict::Unreadable, Some("vanished before it was read".into()))
            }
            Present::File => {
                self.left_out += 1;
                return None;
            }
            Present::Gone => (Verdict::Missing, None),
            Present::Other(kind) => (Verdict::Missing, Some(no_longer(link, kind))),
            Present::Unknown(error) => (Verdict::Unreadable, Some(crate::error::reason(&error))),
        };
        let gone = (verdict == Verdict::Missing && reason.is_none()).then(|| entry.written());
        Some(Finding { gone, ..self.find(entry.path, verdict, None, reason) })
    }

    /// The number of files with this verdict.
    pub fn count(&self, verdict: Verdict) -> u64 {
        self.counts[verdict as usize]
    }

    /// Whether there is at least one verdict, and all of them are `ok`.
    pub fn is_fine(&self) -> bool {
        let ok = self.count(Verdict::Ok);
        ok > 0 && self.counts.iter().sum::<u64>() == ok
    }

    /// Whether there is no verdict at all.
    pub fn is_empty(&self) -> bool {
        self.counts.iter().all(|&count| count == 0)
    }

    /// Lines that say which other algorithms may have made the digests that do not match, for a
    /// manifest with this name.
    pub fn hints(&self, manifest: &str) -> impl Iterator<Item = String> {
        self.assumed.hints(manifest)
    }

    /// The word for a verdict of this audit.
    pub fn word(&self, verdict: Verdict) -> &'static str {
        let words = if self.unread.is_some() { UNREAD_WORDS } else { WORDS };
        words[verdict as usize]
    }

    /// The numbers of files, by their verdict.
    pub fn counts(&self) -> impl Iterator<Item = (Verdict, u64)> {
        let all = Verdict::ALL.into_iter().zip(self.counts);
        all.filter(|(verdict, _)| {
            self.unread.is_none() || !UNREAD_WORDS[*verdict as usize].is_empty()
        })
    }

    /// The numbers of files, by the word for their verdict, and of entries that were left out.
    pub fn kinds(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let counts = self.counts().map(|(verdict, count)| (self.word(verdict), count));
        counts.chain([("left_out", self.left_out)])
    }

    /// The counts as a line of text.
    pub fn summary(&self) -> String {
        let counts = self.counts().filter(|(_, count)| *count > 0);
        let counts = counts.map(|(verdict, count)| format!("{count} {}", self.word(verdict)));
        let counts = counts.collect::<Vec<_>>().join(", ");
        let mut line = if counts.is_empty() { "no file was found".to_string() } else { counts };
        line.extend(self.remarks().iter().flat_map(|remark| ["; ", remark]));
        line
    }

    /// What the counts do not say: how much was left out, and what was not looked at.
    pub fn remarks(&self) -> Vec<String> {
        let left_out = (self.left_out > 0).then(|| {
            format!("{} in the manifest were outside of the PATHs or excluded", self.left_out)
        });
        let unread = self.unread.as_ref().map(Lacking::remark);
        left_out.into_iter().chain(unread).collect()
    }

    /// The counts as a line of JSON.
    pub fn summary_json(&self) -> String {
        let counts = self.kinds().map(|(word, count)| format!("\"{word}\":{count}"));
        let read = self.unread.as_ref().map(|_| "\"content_read\":false".to_string());
        let members = counts.chain(read).collect::<Vec<_>>().join(",");
        format!("{{\"summary\":{{{members}}}}}\n")
    }
}
