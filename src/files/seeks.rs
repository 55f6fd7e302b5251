//! Whether a device has to seek: a disk that rotates is fastest if files are read in the order in which
//! they lie on it. For file systems such as ext4 and XFS, the order of inodes comes near to that.

use std::cell::RefCell;
use std::fs;

thread_local! {
    /// What is known of the devices that this thread has asked about.
    static KNOWN: RefCell<Vec<(u64, bool)>> = const { RefCell::new(Vec::new()) };
}

/// Whether the device with this number (`st_dev`) says that it rotates; a virtual disk may say so without
/// doing so. `false` for what is no block device of this machine, such as a network.
pub fn seeks(device: u64) -> bool {
    KNOWN.with_borrow_mut(|known| match known.iter().find(|(other, _)| *other == device) {
        Some(&(_, seeks)) => seeks,
        None => {
            let seeks = rotates(device);
            known.push((device, seeks));
            seeks
        }
    })
}

fn rotates(device: u64) -> bool {
    let (major, minor) = (rustix::fs::major(device), rustix::fs::minor(device));
    // A partition has no queue of its own: that of its disk is beside it.
    ["", "../"].iter().any(|whole| {
        let path = format!("/sys/dev/block/{major}:{minor}/{whole}queue/rotational");
        fs::read(path).is_ok_and(|text| text.starts_with(b"1"))
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// What the disks below /sys/block say of themselves, and their partitions with them.
    #[test]
    fn disks_and_their_partitions_are_found_by_their_numbers() {
        let text = |path: &Path| fs::read_to_string(path).map(|text| text.trim().to_owned());
        let Ok(disks) = fs::read_dir("/sys/block") else { return };
        for disk in disks.map(|disk| disk.unwrap().path()) {
            let Ok(rotates) = text(&disk.join("queue/rotational")) else { continue };
            let below = fs::read_dir(&disk).unwrap().map(|entry| entry.unwrap().path());
            for part in below.filter(|part| part.join("partition").exists()).chain([disk]) {
                let number = text(&part.join("dev")).unwrap();
                let (major, minor) = number.split_once(':').unwrap();
                let device = rustix::fs::makedev(major.parse().unwrap(), minor.parse().unwrap());
                assert_eq!(seeks(device), rotates == "1", "{part:?}");
                assert_eq!(seeks(device), rotates == "1", "{part:?}, asked again");
            }
        }
        assert!(!seeks(0), "no block device");
    }
}
