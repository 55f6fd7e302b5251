//! What an audit concludes from what is there, in a directory made for each test.

use std::fs;

use std::os::unix::fs::symlink;

use super::*;
use crate::files::{Origin, Shard};
use crate::hash::algorithms::Algorithm;
use crate::manifest::{Entries, ReadOptions, Records};

const A: &str = "0cc175b9c0f1b6a831c399e269772661";

fn held(manifest: &str, root: &Path) -> Held {
    let entries = Entries::new(Records::new(manifest.as_bytes(), ReadOptions::default()));
    Held::read(entries, Some(root), |line, wrong| panic!("{line}: {wrong}")).unwrap()
}

/// The verdict, the reason, and whether the name is one that no file has any more.
fn said(finding: Option<Finding<'_>>) -> Option<(Verdict, Option<String>, bool)> {
    finding.map(|finding| (finding.verdict, finding.reason, finding.gone.is_some()))
}

#[test]
fn what_the_walk_did_not_find_is_looked_for() {
    let tree = tempfile::TempDir::new().unwrap();
    let at = |name: &str| tree.path().join(name);
    fs::create_dir_all(at("dir")).unwrap();
    fs::create_dir_all(at("locked")).unwrap();
    for name in ["skipped", "back", "locked/in"] {
        fs::write(at(name), "a").unwrap();
    }
    symlink("skipped", at("link")).unwrap();
    let names = ["gone", "dir", "skipped", "back", "locked/in", "/no such place/outside", "link"];
    let manifest: String = names.iter().map(|name| format!("{A}  {name}\n")).collect();
    let manifest = manifest + "{\"path\":\"was\",\"link\":\"b\"}\n";
    let big = |name| {
        format!("{{\"path\":\"{name}\",\"algorithm\":\"md5\",\"digest\":\"{A}\",\"size\":5}}\n")
    };
    let manifest = manifest + &big("big") + &big("locked/big");
    let held = held(&manifest, tree.path());
    let paths = [tree.path().to_path_buf()];
    let rules = WalkRules::default();
    let walked = Walked::new(&paths, &rules, Sizes { min: None, max: Some(4) });
    let mut audit = Audit::new(&held, Ignored::default());
    // This one had vanished when it was to be read, and is there again now.
    fs::remove_file(at("back")).unwrap();
    let vanished = Refused::Failed(FileError::new(at("back"), "no such file".into()));
    assert!(audit.judge_refused(&vanished, Some(3)).is_none());
    fs::write(at("back"), "a").unwrap();
    let locked = Refused::Failed(FileError::new(at("locked"), "permission denied".into()));
    let verdict = said(audit.judge_refused(&locked, None));
    assert_eq!(verdict, Some((Verdict::Unreadable, Some("permission denied".into()), false)));

    let missing = |kind: &str| {
        Some((Verdict::Missing, Some(format!("no longer a regular file: it is a {kind}")), false))
    };
    let left: Vec<_> = (0..names.len()).map(|index| said(audit.left(index, &walked))).collect();
    assert_eq!(
        left,
        [
            Some((Verdict::Missing, None, true)),
            missing("directory"),
            None,
            Some((Verdict::Unreadable, Some("vanished before it was read".into()), false)),
            Some((Verdict::Unreadable, None, false)),
            None,
            missing("symbolic link"),
        ]
    );
    assert_eq!(audit.left_out, 2);
    assert_eq!(said(audit.left(7, &walked)), Some((Verdict::Missing, None, true)));
    // A size that is left out does not matter where nothing could be read.
    assert!(audit.left(8, &walked).is_none());
    assert_eq!(said(audit.left(9, &walked)), Some((Verdict::Unreadable, None, false)));
    // What was judged is not judged again.
    audit.seen[0] = true;
    assert!(audit.left(0, &walked).is_none());
    assert!(!audit.is_fine() && !audit.is_empty());
    assert_eq!(
        audit.summary(),
        "4 missing, 4 unreadable; 3 in the manifest were outside of the PATHs or excluded"
    );
}

#[test]
fn a_shard_leaves_the_files_of_other_shards_alone_even_in_a_locked_directory() {
    let tree = tempfile::TempDir::new().unwrap();
    let names: Vec<_> = (0..20).map(|number| format!("locked/{number}")).collect();
    let manifest: String = names.iter().map(|name| format!("{A}  {name}\n")).collect();
    let held = held(&manifest, tree.path());
    let paths = [tree.path().to_path_buf()];
    fs::create_dir(tree.path().join("locked")).unwrap();
    let locked = FileError::new(tree.path().join("locked"), "permission denied".into());
    let locked = Refused::Failed(locked);
    let mut unreadable = 0;
    for index in 1..=2 {
        let rules = WalkRules { shard: Shard::new(index, 2), ..WalkRules::default() };
        let walked = Walked::new(&paths, &rules, Sizes::default());
        let mut audit = Audit::new(&held, Ignored::default());
        let _ = audit.judge_refused(&locked, None);
        let found = (0..names.len()).filter(|&entry| audit.left(entry, &walked).is_some()).count();
        assert_eq!(found as u64 + audit.left_out, 20);
        unreadable += found;
    }
    assert_eq!(unreadable, 20);
}

#[test]
fn a_file_is_digested_as_its_entry_is_and_one_without_an_entry_with_all_algorithms() {
    let root = Path::new("/r");
    let manifest = format!("{A}  a\n{{\"path\":\"l\",\"link\":\"b\"}}\n");
    let held = held(&manifest, root);
    let all = ["md5", "sha1"].iter().filter_map(|name| Algorithm::by_name(name)).collect();
    let md5 = Set::from_iter(Algorithm::by_name("md5"));
    for (name, index, algorithms) in [("a", Some(0), md5), ("l", Some(1), all), ("n", None, all)] {
        let found = Ok(Item::File(root.join(name), Origin::Listed));
        let Ok(task) = task(&held, all, found) else { panic!("{name} is no task") };
        assert!(task.algorithms == algorithms && task.context.0 == index, "{name}");
    }
}

#[test]
fn the_words_are_those_of_the_kind_of_audit() {
    let root = Path::new("/no such directory");
    let members = "\"algorithm\":\"md5\",\"digest\":\"0cc175b9c0f1b6a831c399e269772661\"";
    let time = "\"mtime\":5";
    let manifest = format!(
        "{{\"path\":\"a\",{members},\"size\":1}}\n{{\"path\":\"b\",{members}}}\n{{\"path\":\"c\",{members},{time}}}\n"
    );
    let held = held(&manifest, root);
    let path = |name: &str| root.join(name);
    let (a, b, c, d) = (path("a"), path("b"), path("c"), path("d"));
    let mut audit = Audit::unread(&held, Ignored::default());
    assert!(audit.is_empty() && !audit.is_fine());
    assert!(audit.summary().starts_with("no file was found; no content was read: "));
    let none = Differences::default();
    assert_eq!(said(audit.judge_unread(&a, Some((0, none)))), Some((Verdict::Ok, None, false)));
    assert!(audit.is_fine() && !audit.is_empty());
    assert!(audit.judge_unread(&a, Some((0, none))).is_none());
    assert!(audit.judge_unread(&b, Some((1, none))).is_some());
    assert!(audit.judge_unread(&c, Some((2, none))).is_some());
    assert_eq!(said(audit.judge_unread(&d, None)), Some((Verdict::New, None, false)));
    assert!(!audit.is_fine());
    let remark = "no content was read: names, sizes and times were compared, but the manifest has no size of 2 files and no time of 2 files";
    assert_eq!(audit.summary(), format!("3 ok?, 1 new; {remark}"));
    assert_eq!(
        audit.summary_json(),
        "{\"summary\":{\"ok?\":3,\"changed?\":0,\"respelled?\":0,\"new\":1,\"missing\":0,\"unreadable\":0,\"left_out\":0,\"content_read\":false}}\n"
    );
    let mut audit = Audit::unread(&held, Ignored::default());
    assert!(audit.judge_unread(&b, Some((1, none))).is_some());
    let remark =
        "no content was read: only names were compared, since the manifest has no sizes and times";
    assert_eq!(audit.summary(), format!("1 ok?; {remark}"));
    let audit = Audit::new(&held, Ignored::default());
    assert_eq!(audit.summary(), "no file was found");
    assert_eq!(
        audit.summary_json(),
        "{\"summary\":{\"ok\":0,\"touched\":0,\"edited\":0,\"replaced\":0,\"corrupt\":0,\"changed\":0,\"respelled\":0,\"moved\":0,\"copied\":0,\"new\":0,\"missing\":0,\"unreadable\":0,\"left_out\":0}}\n"
    );
}

#[test]
fn an_entry_belongs_to_another_spelling_of_its_name_unless_a_file_has_it_as_it_is() {
    let tree = tempfile::TempDir::new().unwrap();
    let (listed, other) = (tree.path().join("\u{e9}"), tree.path().join("e\u{301}"));
    let held = held(&format!("{A}  \u{e9}\n"), tree.path());
    fs::write(&other, "a").unwrap();
    assert_eq!(entry_index(&held, &listed), Some(0));
    assert_eq!(entry_index(&held, &other), Some(0));
    fs::write(&listed, "a").unwrap();
    assert_eq!(entry_index(&held, &other), None);
    // As on a file system for which both are one name.
    fs::remove_file(&other).unwrap();
    fs::hard_link(&listed, &other).unwrap();
    assert_eq!(entry_index(&held, &other), Some(0));
}

#[test]
fn a_content_is_moved_once_and_then_copied() {
    let tree = tempfile::TempDir::new().unwrap();
    let held = held(&format!("{A}  old\n"), tree.path());
    let mut audit = Audit::new(&held, Ignored::default());
    let mut digests = crate::hash::digests::Digests::default();
    let bytes = crate::escape::unhex(A.as_bytes()).unwrap();
    digests.insert(Algorithm::by_name("md5").unwrap(), &bytes);
    let digest = |name: &str, digests: &_, size| {
        let digests = crate::hash::digests::Digests::clone(digests);
        let path = tree.path().join(name);
        let digest = FileDigest { path, digests, link: None, size, stamp: None, changed: false };
        Outcome::Digest(Box::new(digest), Known(None))
    };
    for (name, size, verdict, gone) in [
        ("empty", 0, Verdict::New, false),
        ("new", 1, Verdict::Moved, true),
        ("newer", 1, Verdict::Copied, false),
    ] {
        let outcome = digest(name, &digests, size);
        assert_eq!(said(audit.judge(&outcome)), Some((verdict, None, gone)), "{name}");
    }
    assert_eq!(audit.summary(), "1 moved, 1 copied, 1 new");
}
