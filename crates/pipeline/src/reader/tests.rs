//! What a reader puts together, worked out by hand from the constants of this module: buffers of 256 KiB,
//! streams at multiples of 64 bytes, and 16 KiB that must be free for another stream.

use std::cell::Cell;
use std::sync::Mutex;

use super::*;
use crate::job::{Bytes, Step};
use crate::{Control, Order, Settings};

const K: usize = 1 << 10;

/// What opening an item gives.
#[derive(Clone, Copy)]
enum Item {
    /// A stream of so many bytes.
    Bytes(usize),
    /// The same, whose bytes are in memory.
    Mapped(usize),
    Result,
    Later,
    Busy,
}

/// A job that opens such items.
struct Sizes {
    together: usize,
    lanes: usize,
    opened: Mutex<usize>,
}

impl Job for Sizes {
    type Item = Item;
    type Stream = (Cell<usize>, bool);
    type State = ();
    type Output = ();
    fn lanes(&self) -> usize {
        self.lanes
    }
    fn together(&self) -> usize {
        self.together
    }
    fn open(&self, item: Item, may_wait: bool) -> Result<Self::Stream, Unopened<Item, ()>> {
        *self.opened.lock().unwrap() += 1;
        assert!(may_wait);
        // No time is the same as the one before.
        let begun = Instant::now();
        while begun.elapsed().is_zero() {}
        match item {
            Item::Bytes(size) => Ok((Cell::new(size), false)),
            Item::Mapped(size) => Ok((Cell::new(size), true)),
            Item::Result => Err(Unopened::Result(())),
            Item::Later => Err(Unopened::Later(item)),
            Item::Busy => Err(Unopened::Busy(item)),
        }
    }
    fn expected(&self, (size, _): &Self::Stream) -> usize {
        size.get()
    }
    fn read(&self, (rest, _): &mut Self::Stream, buffer: &mut [u8]) -> Filled {
        let bytes = rest.get().min(buffer.len());
        rest.set(rest.get() - bytes);
        Filled { bytes, last: rest.get() == 0 }
    }
    fn may_map(&self, (_, mapped): &Self::Stream) -> bool {
        *mapped
    }
    fn map(&self, (rest, _): &mut Self::Stream, most: usize) -> Option<Mapped> {
        let bytes = rest.get().min(most);
        rest.set(rest.get() - bytes);
        let zeros: Bytes = Box::new(vec![0; bytes]);
        Some(Mapped { bytes: zeros, last: rest.get() == 0 })
    }
    fn begin(&self, _: &mut Self::Stream) {}
    fn work(&self, _: &mut [Step<'_, ()>]) {}
    fn finish(&self, _: Self::Stream, (): ()) {}
}

/// What a reader that has this patience delivers from these items, which are all queued, with this many
/// buffers.
fn delivered(
    items: &[Item],
    (together, lanes, buffers, patience): (usize, usize, usize, Duration),
) -> (Delivery<Sizes>, usize) {
    let job = Sizes { together, lanes, opened: Mutex::default() };
    let settings = Settings::for_memory(256 << 20, 1, None, 4, Order::Input);
    let settings = Settings { buffers, ..settings };
    let control = Control::default();
    let exchange = Exchange::new(&job, &settings, &control);
    exchange.supply(items.iter().copied().map(Ok));
    let (task, buffer, _) = exchange.next_task(&mut None).unwrap();
    let Task::Start(first) = task else { panic!("nothing was begun") };
    let delivery = read_run(&exchange, &job, first, buffer, patience);
    let opened = *job.opened.lock().unwrap();
    (delivery, opened)
}

/// Where the pieces in each buffer begin and end.
fn ranges(delivery: &Delivery<Sizes>) -> Vec<Vec<(usize, usize)>> {
    let of = |group: &Group<Sizes>| {
        group.pieces.iter().map(|piece| (piece.range.start, piece.range.end)).collect::<Vec<_>>()
    };
    delivery.groups.iter().map(of).collect()
}

#[test]
fn streams_share_a_buffer_as_long_as_they_fit() {
    use Item::{Bytes, Mapped};
    // Pieces begin at multiples of 64 bytes.
    let full = (240 * K - size_of::<Piece<Sizes>>()) / 64 * 64;
    for (items, expected) in [
        (&[Bytes(10), Bytes(100), Bytes(64)][..], &[&[(0, 10), (64, 164), (192, 256)][..]][..]),
        // 16 KiB are left beside what a piece holds, and less.
        (&[Bytes(full), Bytes(1)], &[&[(0, full), (full, full + 1)], &[]]),
        (&[Bytes(full + 1), Bytes(1)], &[&[(0, full + 1)], &[(0, 1)]]),
        // A stream that fits, one that would not, and one for which no buffer is enough.
        (&[Bytes(100 * K), Bytes(156 * K)], &[&[(0, 100 * K), (100 * K, 256 * K)], &[]]),
        (&[Bytes(100 * K), Bytes(156 * K + 1)], &[&[(0, 100 * K)], &[(0, 156 * K + 1)]]),
        (&[Bytes(100 * K), Bytes(256 * K)], &[&[(0, 100 * K)], &[(0, 256 * K)], &[]]),
        (&[Bytes(100 * K), Bytes(256 * K + 1)], &[&[(0, 100 * K), (100 * K, 256 * K)]]),
        // Mapped bytes take the place of a whole buffer.
        (&[Bytes(1), Mapped(1)], &[&[(0, 1)], &[(0, 1)], &[]]),
        (&[Mapped(300 * K), Bytes(1)], &[&[(0, 300 * K)], &[(0, 1)]]),
    ] {
        let (delivery, opened) = delivered(items, (9, 4, 9, Duration::MAX));
        assert_eq!(ranges(&delivery), expected);
        assert_eq!(opened, items.len());
        let is_long = matches!(items, [_, Bytes(size)] if *size > 256 * K);
        assert_eq!(delivery.rest.is_some(), is_long);
        assert!(delivery.starts && delivery.later.is_none() && delivery.results.is_empty());
    }
}

#[test]
fn a_reader_delivers_when_it_has_enough() {
    use Item::{Busy, Bytes, Later, Result};
    let patient = Duration::MAX;
    for (case, items, with, opened, groups) in [
        ("as many as go together", [Bytes(1); 300], (7, 4, 99, patient), 7, 1),
        ("at least one", [Bytes(1); 300], (0, 4, 99, patient), 1, 1),
        ("as many as are ever delivered", [Bytes(1); 300], (999, 4, 99, patient), 256, 1),
        ("all lanes are full, but it has few bytes", [Bytes(9); 300], (9, 2, 99, patient), 9, 1),
        ("it has 1 MiB and fills all lanes", [Bytes(256 * K); 300], (99, 4, 99, patient), 4, 4),
        ("it has 1 MiB and more", [Bytes(256 * K); 300], (99, 2, 99, patient), 4, 4),
        ("it has more than 1 MiB", [Bytes(250 * K); 300], (99, 2, 99, patient), 5, 5),
        ("it fills no more lanes", [Bytes(256 * K); 300], (99, 6, 99, patient), 6, 6),
        ("no buffer is left", [Bytes(256 * K); 300], (99, 9, 3, patient), 3, 3),
        ("no patience is left", [Bytes(1); 300], (99, 4, 99, Duration::ZERO), 1, 1),
        ("nothing can be opened", [Later; 300], (99, 4, 99, patient), 1, 1),
        ("nothing more is wanted", [Busy; 300], (99, 4, 99, patient), 1, 1),
        ("results alone", [Result; 300], (99, 4, 99, patient), 99, 1),
    ] {
        let (delivery, count) = delivered(&items, with);
        assert_eq!((count, delivery.groups.len()), (opened, groups), "{case}");
        let pieces: usize = delivery.groups.iter().map(|group| group.pieces.len()).sum();
        let results = delivery.results.len();
        let later = usize::from(delivery.later.is_some());
        assert_eq!(pieces + results + later, opened, "{case}");
        assert_eq!(
            (results > 0, later > 0),
            (case == "results alone", case.starts_with("nothing"))
        );
        assert_eq!(delivery.busy, case == "nothing more is wanted");
    }
}
