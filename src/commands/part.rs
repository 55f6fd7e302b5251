//! What P.shard says about P, the result of a shard: what it is a part of, and a digest. With it, `merge`
//! notices if a part is missing, doubled, foreign or torn.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering::Relaxed;

use serde::{Deserialize, Serialize};

use crate::error::{Fatal, reason};
use crate::escape::{printable, push_hex, unhex};
use crate::files::Shard;
use crate::files::arguments::Inputs;
use crate::files::pieces::Survey;
use crate::output::Output;
use crate::output::beside::{Description, check_old};
use crate::run::session::Session;

/// How each P.shard begins.
const BEGIN: &str = "{\"batchproc_part\":1,";

/// A part of a result.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Part {
    /// The version of the description.
    pub batchproc_part: u32,
    /// The number of the shard, from 1.
    pub shard: u64,
    /// The number of all shards.
    pub of: u64,
    /// The SHA-256 of the part, in hexadecimal digits.
    pub sha256: String,
    /// How many items of the shard failed.
    pub failed: u64,
    /// Whether the part ends with a seal.
    pub sealed: bool,
    /// The number of lines of the first file, if it begins in an earlier part.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub first: Option<Cut>,
    /// The number of lines of the last file, if it ends in a later part.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub last: Option<Cut>,
    /// What is the same in all parts.
    pub work: Work,
}

/// A file of which a part has only some lines.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Cut {
    /// The name of the file.
    pub path: Name,
    /// How many of its lines the part has.
    pub lines: u64,
    /// Whether the part has neither the first nor the last line of the file.
    pub is_middle: bool,
}

/// The work that is divided.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Work {
    /// The version of the program.
    pub version: String,
    /// What the parts hold.
    pub kind: Kind,
    /// The form of a manifest.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub form: Option<String>,
    /// The algorithms of a manifest.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub algorithms: Vec<String>,
    /// Whether symbolic links are recorded.
    #[serde(default)]
    pub links: bool,
    /// Whether files are left out because of their sizes.
    #[serde(default)]
    pub sized: bool,
    /// Whether lines end with NUL.
    pub zero: bool,
    /// The PATHs. None if a list gives the names.
    pub paths: Option<Vec<Name>>,
    /// Whether the results are in the order of the input.
    pub in_order: bool,
    /// Whether lines of an earlier manifest are kept, which may come out of order.
    pub keeps: bool,
    /// The other options that matter.
    pub options: String,
    /// The files, if they are divided by their bytes.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub files: Option<Files>,
}

/// The files of a run, as [`Survey`] has them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Files {
    count: u64,
    bytes: u64,
    /// A digest of their names and sizes.
    digest: String,
}

/// What the parts hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Lines of a manifest.
    Manifest,
    /// Tokens, line by line.
    Text,
    /// Tokens, as an object for each line.
    Json,
    /// Words with their counts.
    Counts,
    /// Keywords of files.
    Keywords,
}

/// A name of a file, in JSON: a string, or hexadecimal digits if it is not UTF-8.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Name {
    /// UTF-8.
    Text(String),
    /// Other bytes.
    Hex {
        /// The bytes in hexadecimal digits.
        hex: String,
    },
}

impl From<&Path> for Name {
    fn from(path: &Path) -> Self {
        match path.to_str() {
            Some(text) => Self::Text(text.into()),
            None => Self::Hex { hex: hex(path.as_os_str().as_bytes()) },
        }
    }
}

impl From<&Name> for PathBuf {
    fn from(name: &Name) -> Self {
        match name {
            Name::Text(text) => text.into(),
            Name::Hex { hex } => {
                OsString::from_vec(unhex(hex.as_bytes()).unwrap_or_default()).into()
            }
        }
    }
}

impl From<&Survey> for Files {
    fn from(survey: &Survey) -> Self {
        Self { count: survey.files, bytes: survey.bytes, digest: hex(&survey.digest) }
    }
}

impl Work {
    /// Work of this kind on these inputs.
    pub fn new(kind: Kind, inputs: &Inputs, options: String) -> Self {
        let names = || inputs.paths.iter().map(|path| Name::from(&**path)).collect();
        Self {
            version: env!("CARGO_PKG_VERSION").into(),
            kind,
            form: None,
            algorithms: Vec::new(),
            links: false,
            sized: false,
            zero: false,
            paths: inputs.list.is_none().then(names),
            in_order: inputs.rules.sorted,
            keeps: false,
            options,
            files: None,
        }
    }
}

impl Part {
    /// The part that this shard of the work makes.
    pub fn new(shard: Shard, work: Work) -> Self {
        Self {
            batchproc_part: 1,
            shard: shard.index(),
            of: shard.of(),
            sha256: String::new(),
            failed: 0,
            sealed: false,
            first: None,
            last: None,
            work,
        }
    }

    /// Prepares for describing the output of this path, if it is a file.
    ///
    /// # Errors
    /// If another file has the name of the description.
    pub fn begin(path: Option<&Path>, output: &mut Output) -> Result<(), Fatal> {
        if let Some(path) = path.filter(|_| output.replaces()) {
            check_old(&side(path), BEGIN.as_bytes())?;
            output.begin_digest();
        }
        Ok(())
    }

    /// Lets the output of this path be described, if it is a file.
    pub fn describe(mut self, path: Option<&Path>, output: &mut Output, session: &Session) {
        let Some(path) = path.filter(|_| output.replaces()) else { return };
        self.failed = session.counters.failed.load(Relaxed);
        let make = move |sha256: &[u8; 32]| {
            self.sha256 = hex(sha256);
            let mut bytes = serde_json::to_vec(&self).unwrap_or_default();
            bytes.push(b'\n');
            bytes
        };
        output.describe_in(Description::new(side(path), &session.temporaries, Box::new(make)));
    }

    /// What P.shard says about the part P. `None` if there is no such file.
    ///
    /// # Errors
    /// If the file cannot be read, or is another one.
    pub fn of(path: &Path) -> Result<Option<Self>, Fatal> {
        let side = side(path);
        let bytes = match fs::read(&side) {
            Ok(bytes) => bytes,
            Err(error)
                if [io::ErrorKind::NotFound, io::ErrorKind::NotADirectory]
                    .contains(&error.kind()) =>
            {
                return Ok(None);
            }
            Err(error) => {
                return Err(Fatal(format!("cannot read {}: {}", printable(&side), reason(&error))));
            }
        };
        let parsed =
            serde_json::from_slice(&bytes).ok().filter(|_| bytes.starts_with(BEGIN.as_bytes()));
        match parsed {
            Some(part) => Ok(Some(part)),
            None => Err(Fatal(format!(
                "{} does not describe a part that this version can read",
                printable(&side)
            ))),
        }
    }
}

/// The path of the description of a part.
pub fn side(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_os_string();
    name.push(OsStr::new(".shard"));
    name.into()
}

fn hex(bytes: &[u8]) -> String {
    let mut digits = Vec::new();
    push_hex(bytes, &mut digits);
    String::from_utf8(digits).unwrap_or_default()
}
