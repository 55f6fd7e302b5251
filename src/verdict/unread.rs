//! What an audit compared that reads no file (`audit --no-read`).

use crate::manifest::View;

/// What the entries that were compared lack.
#[derive(Default)]
pub(super) struct Lacking {
    compared: u64,
    without_size: u64,
    without_time: u64,
}

impl Lacking {
    /// Counts an entry that is compared with its file.
    pub(super) fn compare(&mut self, entry: &View<'_>) {
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
            (sizes, times) => {
                let lack = |what, count: u64| {
                    (count > 0).then(|| format!("no {what} of {count} {}", files(count)))
                };
                let lacks: Vec<_> =
                    [lack("size", sizes), lack("time", times)].into_iter().flatten().collect();
                format!(
                    "names, sizes and times were compared, but the manifest has {}",
                    lacks.join(" and ")
                )
            }
        };
        format!("no content was read: {compared}")
    }
}

#[cfg(test)]
mod tests {
    use super::Lacking;

    #[test]
    fn only_what_the_manifest_lacks_is_named() {
        for (without_size, without_time, expected) in [
            (0, 0, "names, sizes and times were compared"),
            (2, 2, "only names were compared, since the manifest has no sizes and times"),
            (0, 2, "only names and sizes were compared, since the manifest has no times"),
            (0, 1, "names, sizes and times were compared, but the manifest has no time of 1 file"),
            (
                1,
                2,
                "names, sizes and times were compared, but the manifest has no size of 1 file and no time of 2 files",
            ),
        ] {
            let lacking = Lacking { compared: 2, without_size, without_time };
            assert_eq!(lacking.remark(), format!("no content was read: {expected}"));
        }
    }
}
