//! Finds the number of readers that suits a device. This number cannot be known in advance: cached
//! files need a few readers, a solid-state disk or a network many, a hard disk one or two, and the
//! flag by which the system marks hard disks is wrong on virtual machines. So the number is found
//! during the run, by hill climbing: try more readers as long as the speed rises, then fewer as
//! long as that makes the speed rise; otherwise keep the number, and try others again from time to
//! time. This file uses no threads and no clocks; [`super::devices`] measures the speed.

/// What was measured over one span of time, in which the number of readers was the same.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Observation {
    /// How much was read per second, in any unit that is always the same.
    pub(crate) speed: f64,
    /// Whether more readers could not help, since the CPUs were busy or the readers had nothing to
    /// read.
    pub(crate) saturated: bool,
    /// Whether the CPUs had little to do, so that many more readers may help.
    pub(crate) idle: bool,
}

/// A new number of readers is kept only if the speed rises by more than this factor, so that noise
/// does not change the number. A higher number must gain more than a lower one, since it costs
/// threads.
const GAIN_UP: f64 = 1.10;
const GAIN_DOWN: f64 = 1.05;
/// If the CPUs are busy while one reader alone is tried, that reader must be faster by more than
/// this factor to be kept. A smaller gain proves little: cached files are read more slowly in the
/// first span of time, while all memory is new; and with one reader the workers compute less
/// efficiently, so the CPUs look busy. A hard disk gains more than this from a single reader.
const GAIN_BUSY: f64 = 1.5;
/// While the number of readers stays the same, a speed that is this many times higher or lower
/// shows that different files are being read, such as files that are not cached or that lie on
/// another device.
const CHANGE: f64 = 4.0;
/// For how many measured spans of time the number of readers stays the same before another number
/// is tried: at first, and at most.
const FIRST_STAY: u32 = 8;
const LONGEST_STAY: u32 = 128;

/// The search for the number of readers.
#[derive(Clone, Debug)]
pub(crate) struct Climb {
    readers: usize,
    first: usize,
    most: usize,
    phase: Phase,
    stay: u32,
}

#[derive(Clone, Copy, Debug)]
enum Phase {
    /// Nothing is measured yet. The number of readers is still the first one.
    Unknown,
    /// Tries one reader alone, after the first number of readers had the speed `speed` and did not
    /// keep the CPUs busy. A hard disk reads one file several times as fast as two files in turns,
    /// but it reads four files in turns as fast as two. So if the search only halved the number as
    /// long as that helped, it would stop before it reached one reader.
    Alone { speed: f64 },
    /// Tries `factor` times the number of readers that had the speed `speed`.
    Up { speed: f64, factor: usize },
    /// Tries half the number of readers that had the speed `speed`.
    Down { speed: f64 },
    /// Keeps the number of readers that had the speed `speed` for `left` more spans of time.
    Stay { speed: f64, left: u32 },
}

impl Climb {
    pub(crate) fn new(first: usize, most: usize) -> Self {
        let first = first.min(most);
        Self { readers: first, first, most, phase: Phase::Unknown, stay: FIRST_STAY }
    }

    /// The number of readers now.
    pub(crate) fn readers(&self) -> usize {
        self.readers
    }

    /// Records what was measured with the present number of readers, and chooses the next number.
    pub(crate) fn observe(&mut self, observation: Observation) {
        let Observation { speed, saturated, .. } = observation;
        match self.phase {
            Phase::Unknown if saturated || self.first == 1 => self.try_up(observation),
            Phase::Unknown => {
                self.readers = 1;
                self.phase = Phase::Alone { speed };
            }
            Phase::Alone { speed: before }
                if speed > before * if saturated { GAIN_BUSY } else { GAIN_DOWN } =>
            {
                self.try_up(observation);
            }
            Phase::Alone { speed: before } => {
                self.readers = self.first;
                self.try_up(Observation { speed: before, ..observation });
            }
            Phase::Up { speed: before, .. } if speed > before * GAIN_UP => {
                self.stay = FIRST_STAY;
                self.try_up(observation);
            }
            Phase::Up { speed: before, factor } => {
                self.readers /= factor;
                if factor > 2 && speed * GAIN_UP > before {
                    // Both numbers of readers are about equally fast: the best number may lie
                    // between them.
                    self.readers *= 2;
                    self.phase = Phase::Up { speed: before, factor: 2 };
                } else {
                    // More readers were not faster, so the device may be overloaded, and fewer may
                    // be faster.
                    self.try_down(before);
                }
            }
            Phase::Down { speed: before } if speed > before * GAIN_DOWN => {
                self.stay = FIRST_STAY;
                self.try_down(speed);
            }
            Phase::Down { speed: before } => {
                self.readers = (self.readers * 2).min(self.most);
                self.settle(before);
            }
            Phase::Stay { speed: before, .. }
                if !(before / CHANGE..=before * CHANGE).contains(&speed) =>
            {
                *self = Self::new(self.first, self.most);
            }
            Phase::Stay { left: 0, .. } => self.try_up(observation),
            Phase::Stay { speed, left } => self.phase = Phase::Stay { speed, left: left - 1 },
        }
    }

    fn try_up(&mut self, Observation { speed, saturated, idle }: Observation) {
        let leap = idle && self.readers >= self.first && self.readers * 4 <= self.most;
        let factor = if leap { 4 } else { 2 };
        if saturated || self.readers * factor > self.most {
            self.settle(speed);
        } else {
            self.readers *= factor;
            self.phase = Phase::Up { speed, factor };
        }
    }

    fn try_down(&mut self, speed: f64) {
        if self.readers < 2 {
            self.settle(speed);
        } else {
            self.readers /= 2;
            self.phase = Phase::Down { speed };
        }
    }

    fn settle(&mut self, speed: f64) {
        self.phase = Phase::Stay { speed, left: self.stay };
        self.stay = (self.stay * 2).min(LONGEST_STAY);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A device: a function from the number of readers to the speed.
    type Device = fn(f64) -> f64;
    /// Whether this many readers are all that the device can use.
    type Saturated = fn(f64) -> bool;

    const NEVER: Saturated = |_| false;
    const CACHE: Device = |n| n.min(3.0);
    /// Each additional reader costs seeks.
    const HARD_DISK: Device = |n| 1.0 / (1.0 + 0.35 * (n - 1.0));
    const NETWORK: Device = |n| n;

    /// Lets `climb` observe this many spans of time, with a little noise. Returns the mean speed,
    /// and the last number of readers.
    fn run(climb: &mut Climb, spans: u32, device: Device, saturated: Saturated) -> (f64, usize) {
        let (mut done, mut noise) = (0.0, 12345_u32);
        for _ in 0..spans {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let readers = climb.readers() as f64;
            let speed = device(readers) * (0.98 + 0.04 * f64::from(noise >> 16) / 65536.0);
            done += speed;
            let saturated = saturated(readers);
            climb.observe(Observation { speed, saturated, idle: !saturated });
        }
        (done / f64::from(spans), climb.readers())
    }

    fn best(device: Device) -> f64 {
        (0..7).map(|power| device(f64::from(1 << power))).fold(0.0, f64::max)
    }

    #[test]
    fn it_comes_near_the_best_fixed_number_on_every_kind_of_device() {
        let devices: [(&str, Device, Saturated); 8] = [
            ("cached files, where four readers keep the CPUs busy", CACHE, |n| n >= 3.0),
            (
                "a fast disk that is best with 32 readers",
                |n| if n <= 32.0 { n.sqrt() } else { 5.0 },
                NEVER,
            ),
            ("a disk that is best with 8 readers", |n| n.min(8.0) / (n / 8.0).max(1.0), NEVER),
            ("a hard disk with small files", HARD_DISK, NEVER),
            (
                "a hard disk with large files, which sorts the requests of many readers",
                |n| if n > 1.0 { 0.2 * (1.0 + n.log2() / 6.0) } else { 1.0 },
                NEVER,
            ),
            ("two hard disks", |n| if n > 2.0 { 2.0 / n } else { n }, NEVER),
            ("a network with a delay and no limit", NETWORK, NEVER),
            ("a device on which all numbers of readers are equally fast", |_| 1.0, NEVER),
        ];
        for (name, device, saturated) in devices {
            let (speed, readers) = run(&mut Climb::new(4, 64), 100, device, saturated);
            let share = speed / best(device);
            assert!(
                share >= 0.85,
                "{name}: {share:.2} of the best speed, {readers} readers at the end"
            );
            assert!(speed >= 0.9 * device(1.0), "{name}: slower than one reader");
        }
    }

    #[test]
    fn it_is_at_the_best_after_three_spans_where_there_is_much_to_gain() {
        let mut climb = Climb::new(4, 64);
        run(&mut climb, 3, NETWORK, NEVER);
        assert_eq!(climb.readers(), 64);
    }

    #[test]
    fn it_starts_over_when_something_else_is_read() {
        let mut climb = Climb::new(4, 64);
        for device in [HARD_DISK, NETWORK, HARD_DISK, CACHE, NETWORK] {
            let (_, readers) = run(&mut climb, 200, device, NEVER);
            let share = device(readers as f64) / best(device);
            assert!(share >= 0.85, "{share:.2} of the best speed, {readers} readers");
        }
    }

    #[test]
    fn busy_processors_keep_it_from_trying_more() {
        let mut climb = Climb::new(4, 64);
        for _ in 0..50 {
            climb.observe(Observation { speed: 1.0, saturated: true, idle: false });
            assert_eq!(climb.readers(), 4);
        }
    }

    #[test]
    fn a_slow_first_span_does_not_leave_one_reader_to_busy_processors() {
        let mut climb = Climb::new(4, 64);
        climb.observe(Observation { speed: 1.0, saturated: false, idle: false });
        assert_eq!(climb.readers(), 1);
        for _ in 0..10 {
            climb.observe(Observation { speed: 1.3, saturated: true, idle: false });
            assert_eq!(climb.readers(), 4);
        }
    }

    #[test]
    fn it_never_leaves_its_bounds() {
        for most in [1, 2, 3, 5, 64] {
            let mut climb = Climb::new(4, most);
            for step in 0_u32..500 {
                let speed = f64::from(step.wrapping_mul(2_654_435_761) >> 20);
                let (saturated, idle) = (step % 7 == 0, step % 3 == 0);
                climb.observe(Observation { speed, saturated, idle });
                assert!((1..=most).contains(&climb.readers()), "{climb:?}");
            }
        }
    }

    /// Each case: the first and the highest number of readers, then what is observed (the speed, and
    /// whether the CPUs have little to do) and the number of readers that follows.
    #[test]
    fn the_numbers_of_readers_follow_from_the_gains() {
        const BUSY: bool = false;
        const IDLE: bool = true;
        type Case<'a> = (&'a str, usize, usize, &'a [(f64, bool, usize)]);
        let cases: [Case; 9] = [
            (
                "a gain that is just the least one proves nothing",
                4,
                64,
                &[(1.0, BUSY, 1), (1.05, BUSY, 8), (1.1, BUSY, 2), (1.05, BUSY, 4)],
            ),
            (
                "after one reader alone, the speed of the first number counts again",
                4,
                64,
                &[(1.0, BUSY, 1), (1.05, BUSY, 8), (1.12, BUSY, 16)],
            ),
            (
                "a leap that is about as fast is halved once",
                4,
                64,
                &[(1.0, IDLE, 1), (0.5, IDLE, 16), (0.95, IDLE, 8), (0.95, IDLE, 2)],
            ),
            (
                "a leap that is slower is taken back",
                4,
                64,
                &[(1.0, IDLE, 1), (0.5, IDLE, 16), (0.9, IDLE, 2), (1.06, IDLE, 1), (1.2, IDLE, 1)],
            ),
            (
                "a leap that is slower by just the least gain is taken back",
                4,
                64,
                &[(1.1, IDLE, 1), (0.5, IDLE, 16), (1.0, IDLE, 2)],
            ),
            (
                "another speed begins the search anew",
                4,
                64,
                &[
                    (1.0, BUSY, 1),
                    (1.0, BUSY, 8),
                    (1.0, BUSY, 2),
                    (1.0, BUSY, 4),
                    (4.5, BUSY, 4),
                    (4.5, BUSY, 1),
                ],
            ),
            (
                "a speed that is just four times as high or low does not",
                4,
                64,
                &[
                    (1.0, BUSY, 1),
                    (1.0, BUSY, 8),
                    (1.0, BUSY, 2),
                    (1.0, BUSY, 4),
                    (4.0, BUSY, 4),
                    (0.25, BUSY, 4),
                    (1.0, BUSY, 4),
                ],
            ),
            ("no step beyond the highest number", 3, 5, &[(1.0, BUSY, 1), (0.5, BUSY, 3)]),
            ("no leap beyond the highest number", 32, 64, &[(1.0, IDLE, 1), (0.5, IDLE, 64)]),
        ];
        for (name, first, most, observed) in cases {
            let mut climb = Climb::new(first, most);
            for &(speed, idle, readers) in observed {
                climb.observe(Observation { speed, saturated: false, idle });
                assert_eq!(climb.readers(), readers, "{name}: {climb:?} after {speed}");
            }
        }
    }

    #[test]
    fn it_stays_twice_as_long_each_time_that_nothing_is_gained() {
        let mut climb = Climb::new(4, 64);
        let mut observe = || {
            climb.observe(Observation { speed: 1.0, saturated: false, idle: false });
            climb.readers()
        };
        assert_eq!([observe(), observe(), observe(), observe()], [1, 8, 2, 4]);
        for spans in [8, 16, 32, 64, 128, 128] {
            for _ in 0..spans {
                assert_eq!(observe(), 4);
            }
            assert_eq!([observe(), observe(), observe()], [8, 2, 4], "after {spans}");
        }
    }
}
