//! What an audit compared that reads no file (`audit --no-read`).

use crate::manifest::Entry;

/// What the entries that were compared lack.
#[derive(Default)]
pub(super) struct Lacking {
    compared: u64,
    without_size: u64,
    without_time: u64,
}

impl Lacking {
    /// Counts an entry that is compared with its file.
    pub(super) fn compare(&mut self, entry: &Entry) {
        self.compared += 1;
        self.without_size += u64::from(entry.size.is_none());
        self.without_time += u64::from(entry.mtime.is_none());
    }

    /// Says that no content was read, and what was compared instead.
    pub(super) fn remark(&self) -> String {
        let Self { compared, without_size, without_time } = *self;
        let files = |count: u64| if count == 1 { "file" } else { "files" };
        let compared = match (without_size, without_time) {
            (0, 0) => "names, sizes and times were compared".into(),
            (sizes, times) if sizes == compared && times == compared => {
                "only names were compared, since the manifest has no sizes and times".into()
            }
            (0, times) if times == compared => {
                "only names and sizes were compared, since the manifest has no times".into()
            }
            (sizes, times) => format!(
                "names, sizes and times were compared, but the manifest has no size of {sizes} {} \
                 and no time of {times} {}",
                files(sizes),
                files(times)
            ),
        };
        format!("no content was read: {compared}")
    }
}
