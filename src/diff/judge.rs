//! Gives each name one verdict.

use std::path::Path;

use super::pairs::Pairs;
use super::plan::{are_one_file, have_different_sizes};
use super::side::{File, Side};
use crate::manifest::contents::Contents;
use crate::manifest::crowds::{Crowds, content};
use crate::stamp::is_same_time;

/// The verdict on a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict<'a> {
    /// Both sides have the file, with the same content and time.
    Same,
    /// The content is the same, but the modification time differs.
    Touched,
    /// The content differs.
    Changed,
    /// Only the new side has the name, and the old side does not have the content.
    Added,
    /// Only the old side has the name.
    Removed,
    /// Only the new side has the name. The old side has the content under this name, which the new
    /// side does not have.
    Moved(&'a Path),
    /// Only the new side has the name. The old side has the content under this name, and so has the
    /// new side a file of that name.
    Copied(&'a Path),
    /// The files could not be compared.
    Unknown,
    /// Both sides are manifests that have no algorithm in common for this file.
    Incomparable,
}

impl Verdict<'_> {
    /// The word for the verdict.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Same => "same",
            Verdict::Touched => "touched",
            Verdict::Changed => "changed",
            Verdict::Added => "added",
            Verdict::Removed => "removed",
            Verdict::Moved(_) => "moved",
            Verdict::Copied(_) => "copied",
            Verdict::Unknown | Verdict::Incomparable => "unknown",
        }
    }
}

/// Judges all names, and calls `emit` with each name and its verdict, in the order of the names. A
/// name whose file was moved gets no verdict: the new name has it.
pub fn judge<'a, E>(
    old: &'a Side,
    new: &'a Side,
    pairs: &Pairs,
    mut emit: impl FnMut(&'a Path, Verdict<'a>) -> Result<(), E>,
) -> Result<(), E> {
    let origins = Origins::new(old, pairs);
    let (from, moved) = origins.find(new, pairs);
    let mut from = from.into_iter();
    for pair in pairs.iter() {
        match pair {
            (Some(a), Some(b)) => {
                let (a, b) = (old.file(a), new.file(b));
                emit(b.path(), both(&a, &b))?;
            }
            (Some(a), None) if moved[a] => {}
            (Some(a), None) => {
                let file = old.file(a);
                let unknown = file.failed || new.may_have(file.name);
                emit(file.path(), if unknown { Verdict::Unknown } else { Verdict::Removed })?;
            }
            (None, Some(b)) => {
                let file = new.file(b);
                let verdict = match from.next().flatten() {
                    _ if file.failed || old.may_have(file.name) => Verdict::Unknown,
                    None => Verdict::Added,
                    Some((a, true)) => Verdict::Moved(old.file(a as usize).path()),
                    Some((a, false)) => Verdict::Copied(old.file(a as usize).path()),
                };
                emit(file.path(), verdict)?;
            }
            (None, None) => {}
        }
    }
    Ok(())
}

/// The verdict on a name that both sides have.
fn both(old: &File<'_>, new: &File<'_>) -> Verdict<'static> {
    if old.failed || new.failed {
        return Verdict::Unknown;
    }
    let is_link = old.link.is_some() || new.link.is_some();
    if have_different_sizes(old, new) || old.link != new.link {
        return Verdict::Changed;
    }
    if !is_link && !are_one_file(old, new) && !old.digests.agree(new.digests) {
        let common = old.digests.set().intersection(new.digests.set());
        return if common.is_empty() { Verdict::Incomparable } else { Verdict::Changed };
    }
    let times = old.mtime.zip(new.mtime);
    let is_same = times.is_none_or(|(a, b)| is_same_time(a, b, false));
    if is_same { Verdict::Same } else { Verdict::Touched }
}

/// The old files by content.
struct Origins<'a> {
    old: &'a Side,
    contents: Contents,
    /// Whether the new side lacks the name of an old file.
    gone: Vec<bool>,
}

/// For each name that only the new side has: the old file with its content, and whether it was moved
/// from there.
type From = Vec<Option<(u32, bool)>>;

impl<'a> Origins<'a> {
    fn new(old: &'a Side, pairs: &Pairs) -> Self {
        // Without new names, none of them can come from an old file.
        let any = pairs.iter().any(|(a, _)| a.is_none());
        let all = old.files().enumerate().filter(|_| any);
        let usable = all.filter(|(_, file)| !file.failed && file.size != Some(0));
        let contents = Contents::new(usable.map(|(index, file)| (index, file.digests)));
        let mut gone = vec![false; old.len()];
        for pair in pairs.iter() {
            if let (Some(a), None) = pair {
                gone[a] = true;
            }
        }
        Self { old, contents, gone }
    }

    /// Finds where the new files come from. Each old name that is gone is used once. Also returns
    /// which old files were moved.
    fn find(&self, new: &Side, pairs: &Pairs) -> (From, Vec<bool>) {
        let mut moved = vec![false; self.old.len()];
        let (mut from, mut crowds) = (Vec::new(), Crowds::default());
        for pair in pairs.iter() {
            let (None, Some(b)) = pair else { continue };
            let file = new.file(b);
            if file.failed || self.old.may_have(file.name) {
                from.push(None);
                continue;
            }
            let same = || {
                let mut same = self.contents.find_packed(file.digests);
                same.retain(|&index| is_same(&self.old.file(index), &file));
                same
            };
            let is_free = |index: usize| {
                self.gone[index] && !moved[index] && !new.may_have(self.old.name(index))
            };
            let found = crowds.find(content(file.digests.iter(), file.size), same, is_free);
            if let Some((index, true)) = found {
                moved[index] = true;
            }
            from.push(found.map(|(index, is_move)| (index as u32, is_move)));
        }
        (from, moved)
    }
}

/// Whether an old and a new file have the same content.
fn is_same(old: &File<'_>, new: &File<'_>) -> bool {
    !have_different_sizes(old, new) && new.size != Some(0) && old.digests.agree(new.digests)
}
