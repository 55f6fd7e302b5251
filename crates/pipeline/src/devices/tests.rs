//! Which numbers of readers the devices get.

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

#[test]
fn what_comes_from_memory_needs_no_more_readers_than_there_are_processors() {
    let second = Duration::from_secs(1);
    // How many of twelve deliveries come from memory, and the number of readers that three become, while
    // other programs use the processors.
    for (processors, from_memory, readers) in
        [(2, 12, 3), (2, 7, 3), (2, 6, 1), (3, 12, 3), (4, 12, 1)]
    {
        let mut devices = Devices { span: second, processors, ..Devices::new(3, 64) };
        let device = devices.index(None);
        for delivery in 0..=12_u32 {
            let units = if delivery <= from_memory { 2_000_000_000 } else { 100 };
            let now = delivery * second / 12;
            devices.delivered(device, Reading { units, time: second }, now, || Duration::ZERO);
        }
        assert_eq!(devices.slots()[0].1, readers, "{processors} {from_memory}");
    }
}
