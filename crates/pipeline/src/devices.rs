//! The devices that are read, and how many readers each has. Every device has a number of slots,
//! one for each reader that may read from it at once. A search of its own ([`Climb`]) adjusts this
//! number. A reader takes a slot before it begins to read and gives it up when it asks for its next
//! task. So a hard disk that is fastest with one reader gets one slot, while a network that needs
//! many gets many. And no more readers wait for a slow device than the device has slots.

use std::time::Duration;

use crate::adapt::{Climb, Observation};
use crate::reading::Reading;
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
    /// How many of the deliveries came from memory.
    from_memory: usize,
}

impl Device {
    fn slots(&self) -> usize {
        self.climb.readers()
    }

    fn begin_span(&mut self, now: Duration, processor_time: Duration) {
        self.begun = now;
        self.processor_time = processor_time;
        self.reading = Reading { units: 0, time: Duration::ZERO };
        (self.deliveries, self.from_memory) = (0, 0);
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
                from_memory: 0,
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
        reading: Reading,
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
        device.reading.units += reading.units;
        device.reading.time += reading.time;
        device.deliveries += 1;
        device.from_memory += usize::from(reading.came_from_memory());
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
        // Then other programs may keep the processors busy.
        let nothing_waits = 2 * device.from_memory > device.deliveries;
        device.climb.observe(Observation {
            speed: device.reading.units as f64 / seconds,
            saturated: used > BUSY * processors
                || reading < USED * seconds * before as f64
                || nothing_waits && before >= self.processors,
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
mod tests;
