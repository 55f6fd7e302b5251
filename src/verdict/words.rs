//! The verdicts of an audit and the words for them.

/// The verdict on a file. The variants are in the order in which the summary prints them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The content is as the manifest records it.
    Ok,
    /// The content is as the manifest records it, but the modification time is not.
    Touched,
    /// The content differs, and so does the size or the modification time.
    Edited,
    /// The content differs, although the size and the modification time are the same; a program may
    /// have written it.
    Replaced,
    /// The content differs, although the size and the modification time are the same, and nothing
    /// shows that a program wrote to the file.
    Corrupt,
    /// The content differs, and the manifest records no size or time that could show why.
    Changed,
    /// The content is as the manifest records it, but the name is in another Unicode normalization
    /// form.
    Respelled,
    /// The manifest records this content under another name, and no file has that name now.
    Moved,
    /// The manifest records this content under another name, and a file with that name still
    /// exists.
    Copied,
    /// The manifest records neither the name nor the content.
    New,
    /// The manifest records the name, but no file has it.
    Missing,
    /// The file could not be read.
    Unreadable,
}

impl Verdict {
    /// All verdicts, in the order of the summary.
    pub(crate) const ALL: [Verdict; 12] = [
        Verdict::Ok,
        Verdict::Touched,
        Verdict::Edited,
        Verdict::Replaced,
        Verdict::Corrupt,
        Verdict::Changed,
        Verdict::Respelled,
        Verdict::Moved,
        Verdict::Copied,
        Verdict::New,
        Verdict::Missing,
        Verdict::Unreadable,
    ];
}

/// The words for the verdicts, in the order of [`Verdict`].
pub(super) const WORDS: [&str; 12] = [
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

/// Every word for a verdict.
pub fn words() -> impl Iterator<Item = &'static str> {
    WORDS.into_iter().chain(UNREAD_WORDS).filter(|word| !word.is_empty())
}

/// The words for the verdicts, in the order of [`Verdict`], of an audit that reads no file. They show that
/// the content is not known: a file that seems unchanged is `ok?`, not `ok`. Empty if there is no such
/// verdict without reading.
pub(super) const UNREAD_WORDS: [&str; 12] =
    ["ok?", "", "", "", "", "changed?", "respelled?", "", "", "new", "missing", "unreadable"];
