//! What a new file takes over from the file that it replaces: the mode and, if permitted, the owner.

use std::fs::{File, Metadata, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};

use rustix::fs::Stat;

/// The mode and the owner of a file that will be replaced.
#[derive(Clone, Copy, Debug)]
pub(super) struct Inherited {
    mode: u32,
    user: u32,
    group: u32,
}

impl From<&Metadata> for Inherited {
    fn from(old: &Metadata) -> Self {
        Self { mode: old.mode() & 0o777, user: old.uid(), group: old.gid() }
    }
}

impl From<&Stat> for Inherited {
    fn from(old: &Stat) -> Self {
        Self { mode: old.st_mode & 0o777, user: old.st_uid, group: old.st_gid }
    }
}

impl Inherited {
    /// Gives the new file what it takes over.
    pub(super) fn give_to(self, file: &File) {
        // The umask must not restrict the mode of a file that replaces another one, so the mode is
        // set here.
        let _ = file.set_permissions(Permissions::from_mode(self.mode));
        let _ = fchown(file, Some(self.user), Some(self.group));
    }
}

/// The mode for a file that replaces `old`, or for a new file if there is none.
pub(super) fn mode<'a, Old>(old: Option<&'a Old>) -> u32
where
    Inherited: From<&'a Old>,
{
    old.map_or(0o666, |old| Inherited::from(old).mode)
}
