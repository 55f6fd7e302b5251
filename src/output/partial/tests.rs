//! Tests: what a partial file keeps, and which files are not touched.

use super::*;
use proptest::prelude::*;

fn run() -> Run {
    Run { arguments: "a".into(), begun: 5 }
}

fn opened(target: &Path, resume: bool) -> Partial {
    match Partial::open(target, 0o600, resume, &mut run(), &|| false).unwrap() {
        Opened::New(partial, _) => partial,
        Opened::Resumed(mut partial) => {
            partial.replay().unwrap();
            partial
        }
        Opened::Refused(_, reason) => panic!("{reason}"),
    }
}

proptest! {
    /// Whatever an interrupted run wrote, the final file has exactly what the resumed run wrote, in
    /// pieces of any size.
    #[test]
    fn the_result_never_depends_on_what_was_there(
        before in prop::collection::vec(0..3u8, 0..40),
        now in prop::collection::vec(0..3u8, 0..40),
        common in 0..40_usize,
        pieces in prop::collection::vec(1..9_usize, 1..20))
    {
        let directory = tempfile::TempDir::new().unwrap();
        let target = directory.path().join("f");
        let now = [&before[..common.min(before.len())], &now[..]].concat();
        opened(&target, false).write_all(&before).unwrap();
        let mut partial = opened(&target, true);
        let mut rest = &now[..];
        for piece in pieces.iter().cycle() {
            let (head, tail) = rest.split_at((*piece).min(rest.len()));
            partial.write_all(head).unwrap();
            rest = tail;
            if rest.is_empty() {
                break;
            }
        }
        partial.commit().unwrap();
        prop_assert_eq!(fs::read(&target).unwrap(), now);
        prop_assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }
}

#[test]
fn what_equals_is_not_written_again_and_nothing_is_lost_meanwhile() {
    let directory = tempfile::TempDir::new().unwrap();
    let target = directory.path().join("f");
    opened(&target, false).write_all(b"one\ntwo\nthr").unwrap();
    let read = || fs::read(directory.path().join("f.partial")).unwrap();
    let mut partial = opened(&target, true);
    partial.write_all(b"one\n").unwrap();
    assert_eq!(read(), b"one\ntwo\nthr");
    partial.write_all(b"two\nTHREE\n").unwrap();
    assert_eq!(read(), b"one\ntwo\nTHREE\n");
}

#[test]
fn a_run_that_wrote_nothing_leaves_nothing() {
    let directory = tempfile::TempDir::new().unwrap();
    drop(opened(&directory.path().join("f"), true));
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[test]
fn what_is_of_others_is_left_alone() {
    let directory = tempfile::TempDir::new().unwrap();
    let target = directory.path().join("f");
    let refused = |run: &mut Run| match Partial::open(&target, 0o600, true, run, &|| false).unwrap()
    {
        Opened::Refused(_, reason) => reason,
        _ => panic!("opened"),
    };
    fs::write(directory.path().join("f.partial"), "a download").unwrap();
    assert!(refused(&mut run()).contains("not from"));
    assert_eq!(fs::read(directory.path().join("f.partial")).unwrap(), b"a download");
    fs::remove_file(directory.path().join("f.partial")).unwrap();
    let mut held = opened(&target, false);
    held.write_all(b"x").unwrap();
    assert!(refused(&mut run()).contains("another run"));
    drop(held);
    assert!(refused(&mut Run { arguments: "b".into(), begun: 1 }).contains("other arguments"));
    let mut later = Run { begun: 9, ..run() };
    assert!(matches!(
        Partial::open(&target, 0o600, true, &mut later, &|| false).unwrap(),
        Opened::Resumed(..)
    ));
    assert_eq!(later.begun, 5, "it began when the first one did");
}
