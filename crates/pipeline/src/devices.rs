//! The devices that are read, and how many readers each has. Every device has a number of slots,
//! one for each reader that may read from it at once. A search of its own ([`Climb`]) adjusts this
//! number. A reader takes a slot before it begins to read and gives it up when it asks for its next
//! task. So a hard disk that is fastest with one reader gets one slot, while a network that needs
//! many gets many. And no more readers wait for a slow device than the device has slots.

use std::time::Duration;

use crate::adapt::{Climb, Observation};
use crate::sync::processors;

/// The speed of a device is measured over a span of time. A span lasts at least `SPAN` and has at
/// least `SPAN_DELIVERIES` deliveries of data for each reader, but ends after `LONGEST_SPAN` with
/// fewer. (In tests spans have no least duration, so that the number of readers changes all the
/// time.)
const SPAN: Duration = Duration::from_millis(if cfg!(test) { 0 } else { 20 });
const SPAN_DELIVERIES: usize = 4;
const LONGEST_SPAN: Duration = Duration::from_secs(1);
/// If the CPUs are busy for more than this share of a measured span of time, more readers cannot
/// help.
const BUSY: f64 = 0.85;
/// If the CPUs are busy for less than this share of a measured span of time, many more readers may
/// help.
const IDLE: f64 = 0.5;
/// If the slots of a device are in use for less than this share of a measured span of time, more
/// slots would not be used.
const USED: f64 = 0.5;

/// What one delivery of data says about the speed of the device.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading {
    /// How much was read, in any unit that is the same for all deliveries.
    pub(crate) units: u64,
    /// How long the reading took.
    pub(crate) time: Duration,
}

/// All devices of a run and their slots for readers.
#[derive(Debug)]
pub(crate) struct Devices {
    all: Vec<Device>,
    first: usize,
    most: usize,
    span: Duration,
    processors: usize,
}

#[derive(Debug)]
struct Device {
    name: Option<u64>,
    climb: Climb,
    /// How many slots are taken.
    taken: usize,
    /// How many more deliveries must be left out before the next measured span begins, because
    /// readers began them under an earlier number of slots.
    late: usize,
    begun: Duration,
    processor_time: Duration,
    reading: Reading,
    deliveries: usize,
}

impl Device {
    fn slots(&self) -> usize {
        self.climb.readers()
    }

    fn begin_span(&mut self, now: Duration, processor_time: Duration) {
        self.begun = now;
        self.processor_time = processor_time;
        self.reading = Reading { units: 0, time: Duration::ZERO };
        self.deliveries = 0;
    }
}

impl Devices {
    /// Each device starts with `first` slots and gets at most `most`. If both numbers are the same,
    /// the number of slots is fixed and all devices share them.
    pub(crate) fn new(first: usize, most: usize) -> Self {
        Self { all: Vec::new(), first, most, span: SPAN, processors: processors() }
    }

    /// Whether there may later be more slots than now, at these devices or at new ones.
    pub(crate) fn may_have_more_slots(&self) -> bool {
        self.first != self.most
    }

    /// The index of the device with this name. All items whose device is unknown share one index.
    pub(crate) fn index(&mut self, name: Option<u64>) -> usize {
        let name = if self.may_have_more_slots() { name } else { None };
        self.all.iter().position(|device| device.name == name).unwrap_or_else(|| {
            self.all.push(Device {
                name,
                climb: Climb::new(self.first, self.most),
                taken: 0,
                late: 1,
                begun: Duration::ZERO,
                processor_time: Duration::ZERO,
                reading: Reading { units: 0, time: Duration::ZERO },
                deliveries: 0,
            });
            self.all.len() - 1
        })
    }

    /// Whether the device has a free slot for another reader.
    pub(crate) fn has_slot(&self, index: usize) -> bool {
        self.all[index].taken < self.all[index].slots()
    }

    /// Whether more readers read from the device than it has slots now.
    pub(crate) fn is_crowded(&self, index: usize) -> bool {
        self.all[index].taken > self.all[index].slots()
    }

    pub(crate) fn take_slot(&mut self, index: usize) {
        self.all[index].taken += 1;
    }

    pub(crate) fn give_up_slot(&mut self, index: usize) {
        self.all[index].taken -= 1;
    }

    /// Whether no device has a free slot.
    pub(crate) fn is_full(&self) -> bool {
        (0..self.all.len()).all(|index| !self.has_slot(index))
    }

    /// How many slots are taken, at all devices together.
    pub(crate) fn taken(&self) -> usize {
        self.all.iter().map(|device| device.taken).sum()
    }

    /// The name of each device and its number of slots.
    pub(crate) fn slots(&self) -> Vec<(Option<u64>, usize)> {
        self.all.iter().map(|device| (device.name, device.slots())).collect()
    }

    /// Records a delivery of data from the device. `now` is the time since the start of the run.
    /// Returns how many slots the device has gained.
    pub(crate) fn delivered(
        &mut self,
        index: usize,
        Reading { units, time }: Reading,
        now: Duration,
        processor_time: impl Fn() -> Duration,
    ) -> usize {
        if !self.may_have_more_slots() {
            return 0;
        }
        let device = &mut self.all[index];
        if device.late > 0 {
            device.late -= 1;
            if device.late == 0 {
                device.begin_span(now, processor_time());
            }
            return 0;
        }
        device.reading.units += units;
        device.reading.time += time;
        device.deliveries += 1;
        let before = device.slots();
        let span = now.saturating_sub(device.begun);
        let enough = device.deliveries >= SPAN_DELIVERIES * before;
        if span < self.span || (!enough && span < LONGEST_SPAN) {
            return 0;
        }
        let seconds = span.as_secs_f64();
        let processor_time = processor_time();
        let used = processor_time.saturating_sub(device.processor_time).as_secs_f64();
        let processors = seconds * self.processors as f64;
        let reading = device.reading.time.as_secs_f64();
        device.climb.observe(Observation {
            speed: device.reading.units as f64 / seconds,
            saturated: used > BUSY * processors || reading < USED * seconds * before as f64,
            idle: used < IDLE * processors,
        });
        let after = device.slots();
        log::debug!(
            "{before} readers of a device were measured for {seconds:.3} s: {used:.3} s of CPU \
             time, {reading:.3} s of reading; from now on {after} readers"
        );
        if after == before {
            device.begin_span(now, processor_time);
        } else {
            // Leave out the deliveries of readers that are reading now, and wait until readers have
            // begun under the new number of slots.
            device.late = before.max(after);
        }
        after.saturating_sub(before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_device_has_places_of_its_own() {
        let mut devices = Devices::new(2, 8);
        let (one, other) = (devices.index(Some(1)), devices.index(Some(2)));
        assert_eq!((one, other), (devices.index(Some(1)), devices.index(Some(2))));
        devices.take_slot(one);
        devices.take_slot(one);
        assert!(!devices.has_slot(one) && devices.has_slot(other));
        devices.give_up_slot(one);
        assert!(devices.has_slot(one));
    }

    #[test]
    fn a_fixed_number_is_that_of_all_devices_together() {
        let mut devices = Devices::new(2, 2);
        assert_eq!(devices.index(Some(1)), devices.index(Some(2)));
    }

    #[test]
    fn a_device_is_full_and_crowded_by_its_own_slots() {
        let mut devices = Devices::new(2, 8);
        let device = devices.index(None);
        let mut seen = Vec::new();
        for _ in 0..3 {
            devices.take_slot(device);
            seen.push((devices.is_full(), devices.is_crowded(device)));
        }
        assert_eq!(seen, [(false, false), (true, false), (true, true)]);
        devices.index(Some(1));
        assert!(!devices.is_full(), "the other device has free slots");
    }

    /// Two readers of a device with two processors are measured for a second, in eight deliveries of 100
    /// units, with this CPU time and time of reading; then one reader alone for two seconds of the same kind,
    /// in four deliveries of `units`. Returns the number of slots after each of the two spans.
    fn two_spans(used: Duration, reading: Duration, units: u64) -> [usize; 2] {
        let second = Duration::from_secs(1);
        let mut devices = Devices { span: second, processors: 2, ..Devices::new(2, 64) };
        let device = devices.index(None);
        // What came before the first delivery does not count.
        let (mut now, mut processor_time) = (5 * second, 7 * second);
        let mut deliver =
            |deliveries: u32, units, time: Duration, used: Duration, reading: Duration| {
                for _ in 0..deliveries {
                    now += time / deliveries;
                    processor_time += used / deliveries;
                    let reading = Reading { units, time: reading / deliveries };
                    devices.delivered(device, reading, now, || processor_time);
                }
                devices.slots()[0].1
            };
        deliver(1, 0, second, Duration::ZERO, Duration::ZERO);
        let first = deliver(8, 100, second, used, reading);
        // Two deliveries were begun by two readers.
        deliver(2, 0, second, Duration::ZERO, Duration::ZERO);
        [first, deliver(4, units, 2 * second, 2 * used, 2 * reading)]
    }

    #[test]
    fn busy_processors_idle_readers_and_idle_processors_decide_what_is_tried() {
        let millis = Duration::from_millis;
        for (used, reading, units, slots, why) in [
            (1500, 1500, 100, [1, 4], "one reader alone was slower, so twice as many are tried"),
            (800, 1500, 100, [1, 8], "the same with idle processors: four times as many"),
            (1008, 1500, 100, [1, 4], "more than half of the CPU time of two processors was used"),
            (1500, 1500, 300, [1, 4], "one reader alone read more, in twice the time"),
            (1700, 1500, 100, [1, 4], "just 85 % of the CPU time was used"),
            (1500, 1500, 500, [1, 2], "one reader alone was faster"),
            (1720, 1500, 100, [2, 2], "more than 85 % of the CPU time of two processors was used"),
            (1600, 904, 100, [2, 2], "two readers have read for less than half of the time"),
            (1600, 1008, 100, [1, 4], "they have read for more than half of the time"),
            (0, 1000, 100, [1, 8], "they have read for just half of the time"),
            (1000, 1500, 100, [1, 4], "just half of the CPU time was used"),
        ] {
            let seen = two_spans(millis(used), millis(reading), units);
            assert_eq!(
                seen, slots,
                "{why}: {used} ms of CPU time, {reading} ms of reading, {units} units"
            );
        }
    }

    #[test]
    fn a_span_has_enough_deliveries_or_lasts_a_second() {
        let millis = Duration::from_millis;
        // In each case: when deliveries arrive, and whether the last one, and no other, ends the span.
        let quick = (1..=8).map(|n| millis(100 * n)).collect::<Vec<_>>();
        for (times, ends) in [
            (&quick[..], true),
            (&quick[..7], false),
            (&[millis(50), millis(999)], false),
            (&[millis(999), millis(1000)], true),
            (&[millis(0); 8].map(|_| millis(99)), false),
            (
                &[millis(0); 8]
                    .map(|_| millis(99))
                    .iter()
                    .copied()
                    .chain([millis(100)])
                    .collect::<Vec<_>>(),
                true,
            ),
        ] {
            let mut devices = Devices { span: millis(100), processors: 2, ..Devices::new(2, 64) };
            let device = devices.index(None);
            let mut at = |now: Duration| {
                let reading = Reading { units: 100, time: millis(1000) };
                devices.delivered(device, reading, millis(2000) + now, || Duration::ZERO);
                devices.slots()[0].1
            };
            at(Duration::ZERO);
            let slots: Vec<_> = times.iter().map(|&time| at(time)).collect();
            let mut expected = vec![2; times.len()];
            if ends {
                *expected.last_mut().unwrap() = 1;
            }
            assert_eq!(slots, expected, "{times:?}");
        }
    }

    #[test]
    fn what_an_earlier_number_of_readers_began_tells_nothing_of_the_present_one() {
        let second = Duration::from_secs(1);
        let mut devices = Devices { span: second, ..Devices::new(4, 64) };
        let device = devices.index(None);
        let mut now = Duration::ZERO;
        // Makes deliveries of `units` each, by readers that read all the time. Returns the number
        // of slots after them.
        let mut deliver = |deliveries, units, time: Duration| {
            for _ in 0..deliveries {
                now += time / deliveries;
                let reading = Reading { units, time: 4 * time / deliveries };
                devices.delivered(device, reading, now, || Duration::ZERO);
            }
            devices.slots()[0].1
        };
        assert_eq!(deliver(1, 0, second), 4, "the first delivery only begins the span");
        assert_eq!(deliver(16, 100, second), 1, "one reader alone is tried");
        assert_eq!(
            deliver(4, 1000, Duration::ZERO),
            1,
            "deliveries that the four readers had begun do not count"
        );
        assert_eq!(deliver(4, 100, second), 16, "one reader alone was slower");
    }

    /// A model of a device, which decides how long reading takes.
    #[derive(Clone, Copy)]
    enum Kind {
        /// Answers one request after another. Each request takes twice as long while other requests
        /// wait, since the disk must seek farther.
        HardDisk { seek: Duration },
        /// Answers up to `together` requests at the same time.
        Network { delay: Duration, together: usize },
    }

    const HARD_DISK: Kind = Kind::HardDisk { seek: Duration::from_millis(8) };
    const NETWORK: Kind = Kind::Network { delay: Duration::from_millis(10), together: usize::MAX };
    const SOLID_STATE: Kind = Kind::Network { delay: Duration::from_millis(1), together: 20 };

    /// How many requests each device answers in ten seconds of virtual time, when there is always
    /// more to read.
    fn simulate(kinds: &[Kind], first: usize, most: usize) -> Vec<usize> {
        let second = Duration::from_secs(1);
        let mut devices = Devices { span: second / 50, ..Devices::new(first, most) };
        let indices: Vec<_> = (0..).zip(kinds).map(|(name, _)| devices.index(Some(name))).collect();
        let mut done = vec![0; kinds.len()];
        // When each device will have answered all requests so far.
        let mut free = vec![Duration::ZERO; kinds.len()];
        // For each reader: when its read ends, when it began, and the index of the device.
        let mut reading: Vec<(Duration, Duration, usize)> = Vec::new();
        let mut now = Duration::ZERO;
        while now < 10 * second {
            for (at, &index) in indices.iter().enumerate() {
                while devices.has_slot(index) {
                    devices.take_slot(index);
                    free[at] = free[at].max(now);
                    let end = match kinds[at] {
                        Kind::HardDisk { seek } => {
                            let others = reading.iter().any(|&(.., device)| device == at);
                            free[at] += if others { 2 * seek } else { seek };
                            free[at]
                        }
                        Kind::Network { delay, together } => {
                            free[at] += delay / u32::try_from(together).unwrap_or(u32::MAX);
                            free[at].max(now + delay)
                        }
                    };
                    reading.push((end, now, at));
                }
            }
            let (next, _) = reading.iter().enumerate().min_by_key(|(_, reader)| **reader).unwrap();
            let (end, begun, at) = reading.swap_remove(next);
            now = end;
            done[at] += 1;
            devices.give_up_slot(indices[at]);
            let reading = Reading { units: 1, time: end - begun };
            devices.delivered(indices[at], reading, now, || Duration::ZERO);
        }
        done
    }

    #[test]
    fn beside_each_other_all_devices_come_near_their_best() {
        let kinds = [HARD_DISK, NETWORK, SOLID_STATE, HARD_DISK];
        for (kind, done) in kinds.iter().zip(simulate(&kinds, 4, 64)) {
            let fixed = [1, 2, 4, 8, 16, 32, 64].map(|n| simulate(&[*kind], n, n)[0]);
            let best = *fixed.iter().max().unwrap();
            assert!(
                done * 100 >= best * 85,
                "{done} requests; with fixed numbers of readers {fixed:?}"
            );
            assert!(
                done * 100 >= fixed[0] * 90,
                "{done} requests; with fixed numbers of readers {fixed:?}"
            );
        }
    }
}
