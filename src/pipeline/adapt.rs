//! How many readers. Nobody can say beforehand: a cached tree wants a few, a solid-state disk or
//! a network many, a hard disk one or two, and the flag that should tell them apart lies on
//! virtual machines. So the number is found while running, by climbing: double the readers as
//! long as the speed rises, halve them as long as that makes it rise, else stay, and look again
//! from time to time. [`Climb`] does that, without threads and clocks; [`Readers`] measures for it.

use std::time::{Duration, Instant};

use super::stats::{processor_time, processors};

/// One observation of a span of time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Observation {
    /// Work done per second, in whatever unit.
    pub(super) speed: f64,
    /// Whether more readers could not help, since the processors were busy or the readers had
    /// nothing to read.
    pub(super) saturated: bool,
}

/// A change must make this much of a difference to be kept. Upwards it must be worth the threads;
/// noise must not make the number wander.
const GAIN_UP: f64 = 1.10;
const GAIN_DOWN: f64 = 1.05;
/// Spans to stay before looking again, at first and at most.
const FIRST_STAY: u32 = 8;
const LONGEST_STAY: u32 = 128;

/// Finds the number of readers.
#[derive(Debug)]
pub(super) struct Climb {
    readers: usize,
    most: usize,
    phase: Phase,
    stay: u32,
}

#[derive(Clone, Copy, Debug)]
enum Phase {
    /// Nothing is known about the present number.
    Unknown,
    /// Tries more than the number that had this speed.
    Up { speed: f64 },
    /// Tries fewer than the number that had this speed.
    Down { speed: f64 },
    /// Stays for so many spans.
    Stay { left: u32 },
}

impl Climb {
    pub(super) fn new(first: usize, most: usize) -> Self {
        let readers = first.min(most);
        Self { readers, most, phase: Phase::Unknown, stay: FIRST_STAY }
    }

    /// The number of readers now.
    pub(super) fn readers(&self) -> usize {
        self.readers
    }

    /// Takes note of how the present number did, and chooses the next one.
    pub(super) fn observe(&mut self, Observation { speed, saturated }: Observation) {
        match self.phase {
            Phase::Unknown => self.try_up(speed, saturated),
            Phase::Up { speed: before } if speed > before * GAIN_UP => {
                self.stay = FIRST_STAY;
                self.try_up(speed, saturated);
            }
            Phase::Up { speed: before } => {
                self.readers /= 2;
                // A speed that fell is a sign of a device that suffers: fewer may be better still.
                self.try_down(before);
            }
            Phase::Down { speed: before } if speed > before * GAIN_DOWN => {
                self.stay = FIRST_STAY;
                self.try_down(speed);
            }
            Phase::Down { .. } => {
                self.readers = (self.readers * 2).min(self.most);
                self.settle();
            }
            Phase::Stay { left: 0 } => self.try_up(speed, saturated),
            Phase::Stay { left } => self.phase = Phase::Stay { left: left - 1 },
        }
    }

    fn try_up(&mut self, speed: f64, saturated: bool) {
        if saturated || self.readers * 2 > self.most {
            self.settle();
        } else {
            self.readers *= 2;
            self.phase = Phase::Up { speed };
        }
    }

    fn try_down(&mut self, speed: f64) {
        if self.readers < 2 {
            self.settle();
        } else {
            self.readers /= 2;
            self.phase = Phase::Down { speed };
        }
    }

    fn settle(&mut self) {
        self.phase = Phase::Stay { left: self.stay };
        self.stay = (self.stay * 2).min(LONGEST_STAY);
    }
}

/// A span lasts at least so long and has at least so many deliveries for each reader, or lasts
/// until the longest time is over. (In tests the number shall change all the time.)
const SPAN: Duration = Duration::from_millis(if cfg!(test) { 0 } else { 50 });
const SPAN_DELIVERIES: usize = 4;
const LONGEST_SPAN: Duration = Duration::from_secs(1);
/// Processors that are busy for this share of a span leave nothing to gain.
const BUSY: f64 = 0.85;
/// Nor do readers that waited for this share of it.
const WAITED: f64 = 0.5;

/// The number of readers of a run: what they deliver goes in, how many there should be comes out.
#[derive(Debug)]
pub(super) struct Readers {
    /// None: the number is fixed.
    climb: Option<Climb>,
    fixed: usize,
    processors: usize,
    begun: Instant,
    processor_time: Duration,
    waited: Duration,
    units: u64,
    deliveries: usize,
}

impl Readers {
    pub(super) fn new(first: usize, most: usize) -> Self {
        Self {
            climb: (most > first).then(|| Climb::new(first, most)),
            fixed: first,
            processors: processors(),
            begun: Instant::now(),
            processor_time: processor_time(),
            waited: Duration::ZERO,
            units: 0,
            deliveries: 0,
        }
    }

    /// How many readers there should be now.
    pub(super) fn wanted(&self) -> usize {
        self.climb.as_ref().map_or(self.fixed, Climb::readers)
    }

    /// Takes note of a delivery, and of the time that all readers have waited so far. Says whether
    /// the wanted number has changed.
    pub(super) fn delivered(&mut self, units: u64, waited: Duration) -> bool {
        let Some(climb) = &mut self.climb else { return false };
        self.units += units;
        self.deliveries += 1;
        let span = self.begun.elapsed();
        let enough = self.deliveries >= SPAN_DELIVERIES * climb.readers();
        if span < SPAN || (!enough && span < LONGEST_SPAN) {
            return false;
        }
        let seconds = span.as_secs_f64();
        let processor_time = processor_time();
        let used = processor_time.saturating_sub(self.processor_time).as_secs_f64();
        let idle = waited.saturating_sub(self.waited).as_secs_f64();
        let before = climb.readers();
        climb.observe(Observation {
            speed: self.units as f64 / seconds,
            saturated: used > BUSY * seconds * self.processors as f64
                || idle > WAITED * seconds * before as f64,
        });
        let after = climb.readers();
        self.begun = Instant::now();
        self.processor_time = processor_time;
        self.waited = waited;
        (self.units, self.deliveries) = (0, 0);
        log::debug!("{before} readers: {seconds:.3} s, {used:.3} s of processor time; now {after}");
        after != before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A device by its speed for each number of readers.
    type Device = fn(f64) -> f64;
    /// Whether that many readers are all that it can use.
    type Saturated = fn(f64) -> bool;

    /// A hundred spans with a little noise; the work done, and the last number of readers.
    fn run(device: Device, saturated: Saturated) -> (f64, usize) {
        let mut climb = Climb::new(4, 64);
        let (mut done, mut noise) = (0.0, 12345_u32);
        for _ in 0..100 {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let readers = climb.readers() as f64;
            let speed = device(readers) * (0.98 + 0.04 * f64::from(noise >> 16) / 65536.0);
            done += speed;
            climb.observe(Observation { speed, saturated: saturated(readers) });
        }
        (done / 100.0, climb.readers())
    }

    #[test]
    fn it_comes_near_the_best_fixed_number_on_every_kind_of_device() {
        let never: Saturated = |_| false;
        let devices: [(&str, Device, Saturated); 5] = [
            ("a cache, four readers fill the processors", |n| n.min(3.0), |n| n >= 3.0),
            ("a fast disk, best at 32", |n| if n <= 32.0 { n.sqrt() } else { 5.0 }, never),
            (
                "a hard disk, each further reader costs seeks",
                |n| 1.0 / (1.0 + 0.35 * (n - 1.0)),
                never,
            ),
            ("a network with a delay and no limit", |n| n, never),
            ("a device to which all is the same", |_| 1.0, never),
        ];
        for (name, device, saturated) in devices {
            let best = (0..7).map(|power| device(f64::from(1 << power))).fold(0.0, f64::max);
            let (speed, readers) = run(device, saturated);
            let share = speed / best;
            assert!(share >= 0.85, "{name}: {share:.2} of the best, {readers} readers at the end");
            assert!(speed >= 0.9 * device(1.0), "{name}: slower than one reader");
        }
    }

    #[test]
    fn busy_processors_keep_it_from_trying_more() {
        let mut climb = Climb::new(4, 64);
        for _ in 0..50 {
            climb.observe(Observation { speed: 1.0, saturated: true });
            assert_eq!(climb.readers(), 4);
        }
    }

    #[test]
    fn it_never_leaves_its_bounds() {
        for most in [1, 2, 3, 5, 64] {
            let mut climb = Climb::new(4, most);
            for step in 0_u32..500 {
                let speed = f64::from(step.wrapping_mul(2_654_435_761) >> 20);
                climb.observe(Observation { speed, saturated: step % 7 == 0 });
                assert!((1..=most).contains(&climb.readers()), "{climb:?}");
            }
        }
    }
}
