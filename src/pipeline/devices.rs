//! The devices that are read, and how many readers each has. Every device has a number of
//! *places*, found by a [`Climb`] of its own: a reader takes a place before it begins to read
//! and gives it up when it asks for its next task. So a disk that one reader drives best has one
//! beside a network that wants many, and no more readers than its places wait for a slow one.

use std::time::{Duration, Instant};

use super::adapt::{Climb, Observation};
use super::stats::{processor_time, processors};

/// A span lasts at least so long and has at least so many deliveries for each reader, or lasts
/// until the longest time is over. (In tests the number shall change all the time.)
const SPAN: Duration = Duration::from_millis(if cfg!(test) { 0 } else { 20 });
const SPAN_DELIVERIES: usize = 4;
const LONGEST_SPAN: Duration = Duration::from_secs(1);
/// Processors that are busy for this share of a span leave nothing to gain.
const BUSY: f64 = 0.85;
/// Those that are busy for less than this share of it leave much.
const IDLE: f64 = 0.5;
/// Where places were used for less than this share of it, more of them would not be.
const USED: f64 = 0.5;

/// What a delivery tells of its device.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {
    /// How much was read, in whatever unit.
    pub(super) units: u64,
    /// How long that took.
    pub(super) time: Duration,
}

/// All devices of a run.
#[derive(Debug)]
pub(super) struct Devices {
    all: Vec<Device>,
    first: usize,
    most: usize,
    processors: usize,
}

#[derive(Debug)]
struct Device {
    name: Option<u64>,
    climb: Climb,
    /// Places that are taken.
    taken: usize,
    /// Deliveries that belong to an earlier number of places.
    late: usize,
    begun: Instant,
    processor_time: Duration,
    reading: Reading,
    deliveries: usize,
}

impl Device {
    fn places(&self) -> usize {
        self.climb.readers()
    }

    fn begin_span(&mut self) {
        self.begun = Instant::now();
        self.processor_time = processor_time();
        self.reading = Reading { units: 0, time: Duration::ZERO };
        self.deliveries = 0;
    }
}

impl Devices {
    /// A device has `first` places to begin with and at most `most`. If both are the same their
    /// number is fixed, and it is that of all devices together.
    pub(super) fn new(first: usize, most: usize) -> Self {
        Self { all: Vec::new(), first, most, processors: processors() }
    }

    /// The index of a device; those without a name share one.
    pub(super) fn index(&mut self, name: Option<u64>) -> usize {
        let name = if self.first == self.most { None } else { name };
        self.all.iter().position(|device| device.name == name).unwrap_or_else(|| {
            self.all.push(Device {
                name,
                climb: Climb::new(self.first, self.most),
                taken: 0,
                late: 0,
                begun: Instant::now(),
                processor_time: processor_time(),
                reading: Reading { units: 0, time: Duration::ZERO },
                deliveries: 0,
            });
            self.all.len() - 1
        })
    }

    /// Whether a further reader may read from the device.
    pub(super) fn has_place(&self, index: usize) -> bool {
        self.all[index].taken < self.all[index].places()
    }

    /// Whether more readers are reading from the device than should.
    pub(super) fn is_crowded(&self, index: usize) -> bool {
        self.all[index].taken > self.all[index].places()
    }

    pub(super) fn take_place(&mut self, index: usize) {
        self.all[index].taken += 1;
    }

    pub(super) fn give_up_place(&mut self, index: usize) {
        self.all[index].taken -= 1;
    }

    /// Whether no device has a place left.
    pub(super) fn is_full(&self) -> bool {
        (0..self.all.len()).all(|index| !self.has_place(index))
    }

    /// Places that are taken, on all devices.
    pub(super) fn taken(&self) -> usize {
        self.all.iter().map(|device| device.taken).sum()
    }

    /// The devices' names and places.
    pub(super) fn places(&self) -> Vec<(Option<u64>, usize)> {
        self.all.iter().map(|device| (device.name, device.places())).collect()
    }

    /// Takes note of a delivery from the device. Says how many places it has won by that.
    pub(super) fn delivered(&mut self, index: usize, Reading { units, time }: Reading) -> usize {
        if self.first == self.most {
            return 0;
        }
        let device = &mut self.all[index];
        if device.late > 0 {
            device.late -= 1;
            if device.late == 0 {
                device.begin_span();
            }
            return 0;
        }
        device.reading.units += units;
        device.reading.time += time;
        device.deliveries += 1;
        let before = device.places();
        let span = device.begun.elapsed();
        let enough = device.deliveries >= SPAN_DELIVERIES * before;
        if span < SPAN || (!enough && span < LONGEST_SPAN) {
            return 0;
        }
        let seconds = span.as_secs_f64();
        let used = processor_time().saturating_sub(device.processor_time).as_secs_f64();
        let processors = seconds * self.processors as f64;
        let reading = device.reading.time.as_secs_f64();
        device.climb.observe(Observation {
            speed: device.reading.units as f64 / seconds,
            saturated: used > BUSY * processors || reading < USED * seconds * before as f64,
            idle: used < IDLE * processors,
        });
        let after = device.places();
        log::debug!(
            "{before} readers: {seconds:.3} s, {used:.3} s of processor time, {reading:.3} s of \
             reading; now {after}"
        );
        if after == before {
            device.begin_span();
        } else {
            // Those who read now may do so until then, and new ones have to begin.
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
        devices.take_place(one);
        devices.take_place(one);
        assert!(!devices.has_place(one) && devices.has_place(other));
        devices.give_up_place(one);
        assert!(devices.has_place(one));
    }

    #[test]
    fn a_fixed_number_is_that_of_all_devices_together() {
        let mut devices = Devices::new(2, 2);
        assert_eq!(devices.index(Some(1)), devices.index(Some(2)));
    }
}
