//! The library through its public items, as another program uses it.

use std::fs;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use batchproc::files::WalkRules;
use batchproc::hash::{Algorithm, Hasher};
use batchproc::pipeline::{Control, Order};
use batchproc::segment::{Compat, Method, Mode, Options, Scratch, Segmenter};
use batchproc::verify::{self, AuditVerdict, Verdict};

/// A directory with this many files.
fn tree(files: usize) -> (tempfile::TempDir, Vec<PathBuf>) {
    let directory = tempfile::TempDir::new().unwrap();
    let paths: Vec<_> = (0..files).map(|n| directory.path().join(format!("{n:04}"))).collect();
    for (n, path) in paths.iter().enumerate() {
        fs::write(path, "x".repeat(n % 300)).unwrap();
    }
    (directory, paths)
}

fn md5sum(paths: &[PathBuf]) -> String {
    let output = Command::new("md5sum").args(paths).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

fn hasher() -> Hasher {
    Hasher::new([Algorithm::MD5])
}

#[test]
fn files_and_trees_have_the_digests_of_md5sum_in_their_order() {
    let (directory, paths) = tree(700);
    let lines = |results: batchproc::hash::Results| -> String {
        let line = |result: batchproc::hash::FileResult| {
            let file = result.unwrap();
            format!("{}  {}\n", file.digests.hex(Algorithm::MD5).unwrap(), file.path.display())
        };
        results.map(line).collect()
    };
    let expected = md5sum(&paths);
    assert_eq!(lines(hasher().files(paths.clone())), expected);
    assert_eq!(lines(hasher().threads(1).tree(directory.path(), &WalkRules::default())), expected);
}

#[test]
fn a_tree_is_walked_as_walkdir_walks_it() {
    let directory = tempfile::TempDir::new().unwrap();
    let names = ["a", "a b", "a-", "a.d", "b", ".c", "\u{fc}", "Z"];
    for (n, outer) in names.iter().enumerate() {
        for inner in &names[n..] {
            let place = directory.path().join(outer).join(format!("{inner}d"));
            fs::create_dir_all(&place).unwrap();
            fs::write(place.join(inner), inner).unwrap();
            fs::write(directory.path().join(outer).join(inner), outer).unwrap();
        }
    }
    let walk = walkdir::WalkDir::new(directory.path()).sort_by_file_name();
    let files = walk.into_iter().map(Result::unwrap).filter(|entry| entry.file_type().is_file());
    let expected: Vec<PathBuf> = files.map(walkdir::DirEntry::into_path).collect();
    let found = hasher().tree(directory.path(), &WalkRules::default());
    assert_eq!(found.map(|result| result.unwrap().path).collect::<Vec<_>>(), expected);
}

#[test]
fn links_have_their_targets_in_place_of_digests() {
    let (directory, paths) = tree(2);
    let link = directory.path().join("link");
    std::os::unix::fs::symlink("nowhere", &link).unwrap();
    let rules = WalkRules { links: true, ..WalkRules::default() };
    let found: Vec<_> = hasher().tree(directory.path(), &rules).map(Result::unwrap).collect();
    let facts: Vec<_> = found.iter().map(|file| (&file.path, file.link.is_some())).collect();
    assert_eq!(facts, [(&paths[0], false), (&paths[1], false), (&link, true)]);
    let last = &found[2];
    assert_eq!((last.link.clone(), last.size), (Some("nowhere".into()), 7));
    assert_eq!(last.digests.hex(Algorithm::MD5), None);

    let line =
        |target: &str| format!("{{\"path\":\"{}\",\"link\":\"{target}\"}}\n", link.display());
    for (target, same) in [("nowhere", true), ("elsewhere", false)] {
        let bytes = || std::io::Cursor::new(line(target).into_bytes());
        let options = verify::Options::default();
        let checked: Vec<_> = verify::check(bytes(), &options).unwrap().collect();
        let verdict = &checked[0].as_ref().unwrap().verdict;
        assert_eq!(matches!(verdict, Verdict::Ok), same);
        let audited = verify::audit(bytes(), [directory.path()], &options).unwrap();
        let audited: Vec<_> = audited.map(Result::unwrap).collect();
        let file = audited.iter().find(|file| file.path == link).unwrap();
        let expected = if same { AuditVerdict::Ok } else { AuditVerdict::Changed };
        assert_eq!(file.verdict, expected);
        assert_eq!(file.reason.is_none(), same);
    }
}

#[test]
fn an_unreadable_file_gives_an_error_in_order() {
    let (directory, mut paths) = tree(2);
    paths.insert(1, directory.path().join("gone"));
    paths.push(directory.path().to_path_buf());
    let results: Vec<_> = hasher().files(paths.clone()).collect();
    let is_error: Vec<_> = results.iter().map(Result::is_err).collect();
    assert_eq!(is_error, [false, true, false, true]);
    let error = results[1].as_ref().unwrap_err();
    assert_eq!(error.path, paths[1]);
    assert_eq!(error.io_error().unwrap().kind(), std::io::ErrorKind::NotFound);
}

#[test]
fn a_run_ends_when_its_results_are_dropped_or_its_control_says_so() {
    let (_directory, paths) = tree(500);
    // Far more files than the run reads ahead.
    let endless = paths.into_iter().cycle();
    let first: Vec<_> = hasher().files(endless.clone()).take(3).collect();
    assert!(first.iter().all(Result::is_ok));

    let control = Control::default();
    let mut results = hasher().control(control.clone()).files(endless.clone());
    results.next().unwrap().unwrap();
    control.stop();
    assert!(results.all(|result| result.is_ok()), "the remaining results are whole");

    let mut count = 0;
    let each = |_| {
        count += 1;
        if count == 5 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    hasher().order(Order::Completion).for_each(endless, each).unwrap();
    assert_eq!(count, 5);
}

#[test]
fn bytes_have_their_digests_alone_and_together() {
    let data: Vec<Vec<u8>> = (0..100).map(|n| vec![n as u8; n * 7]).collect();
    let slices: Vec<&[u8]> = data.iter().map(Vec::as_slice).collect();
    let hasher = Hasher::new(Algorithm::all());
    let together = hasher.digest_all(&slices);
    for (slice, digests) in slices.iter().zip(together) {
        assert_eq!(hasher.digest(slice), digests);
    }
}

#[test]
fn a_manifest_of_md5sum_is_checked_and_audited() {
    let (directory, paths) = tree(20);
    let manifest = md5sum(&paths) + "no line of a manifest\n";
    fs::write(&paths[3], "changed").unwrap();
    fs::remove_file(&paths[4]).unwrap();
    let bytes = || std::io::Cursor::new(manifest.clone().into_bytes());

    let checked: Vec<_> = verify::check(bytes(), &verify::Options::default()).unwrap().collect();
    assert_eq!(checked.len(), 21);
    let verdict = |line: usize| &checked[line].as_ref().unwrap().verdict;
    assert!(matches!((verdict(2), verdict(3)), (Verdict::Ok, Verdict::Failed)));
    assert!(matches!(verdict(4), Verdict::Unreadable(_)));
    assert!(checked[20].as_ref().unwrap_err().reason.starts_with("21: "));

    let options = verify::Options::default();
    let audited = verify::audit(bytes(), [directory.path()], &options).unwrap();
    let audited: Vec<_> = audited.filter_map(Result::ok).collect();
    let count = |verdict| audited.iter().filter(|file| file.verdict == verdict).count();
    let counts = [AuditVerdict::Ok, AuditVerdict::Changed, AuditVerdict::Missing].map(count);
    assert_eq!(counts, [18, 1, 1]);
}

#[test]
fn names_made_elsewhere_are_changed_before_the_root_is_added() {
    let (directory, paths) = tree(3);
    let here = format!("{}/", directory.path().display());
    let manifest = md5sum(&paths).replace(&here, "D:\\far\\");
    let bytes = || std::io::Cursor::new(manifest.clone().into_bytes());
    let root = Some(directory.path().to_path_buf());
    for options in [
        verify::Options { base_name: true, ..verify::Options::default() },
        verify::Options { strip_prefix: Some("D:/far/".into()), ..verify::Options::default() },
    ] {
        let options = verify::Options { backslashes: true, root: root.clone(), ..options };
        let checked: Vec<_> = verify::check(bytes(), &options).unwrap().collect();
        let good = checked.iter().flatten().filter(|file| matches!(file.verdict, Verdict::Ok));
        let names: Vec<_> = good.map(|file| file.name.to_str().unwrap()).collect();
        assert_eq!(names, ["0000", "0001", "0002"]);
        let audited = verify::audit(bytes(), [directory.path()], &options).unwrap();
        let verdicts: Vec<_> = audited.map(|file| file.unwrap().verdict).collect();
        assert_eq!(verdicts, [AuditVerdict::Ok; 3]);
    }
}

#[test]
fn a_segmenter_is_shared_by_threads_and_gives_what_jieba_rs_gives() {
    let text = "我来到北京清华大学\n小明硕士毕业于中国科学院计算所，后在日本京都大学深造";
    let jieba = jieba_rs::Jieba::new();
    let segmenter = Arc::new(Segmenter::default());
    let words = |text: &str| segmenter.cut(text, Mode::Exact).join("|");
    let oracle = |text: &str| {
        jieba.cut(text, true).iter().map(|token| token.word).collect::<Vec<_>>().join("|")
    };
    for line in text.lines() {
        assert_eq!(words(line), oracle(line));
    }
    let lines: Vec<&str> = text.lines().cycle().take(100).collect();
    let many = segmenter.cut_many(&lines, &Options::default(), 3);
    for (line, words) in lines.iter().zip(many) {
        assert_eq!(words.join("|"), oracle(line));
    }
    let (mut scratch, mut tokens) = (Scratch::default(), Vec::new());
    segmenter.cut_into(text, &Options::default(), &mut scratch, &mut tokens).unwrap();
    let all: String = tokens.iter().map(|t| &text[t.start as usize..t.end as usize]).collect();
    assert_eq!(all, text);
    assert_eq!(segmenter.keywords(text, Method::TfIdf, 2).len(), 2);
    std::thread::spawn({
        let segmenter = segmenter.clone();
        move || assert!(!segmenter.tag("北京").is_empty())
    })
    .join()
    .unwrap();
}

#[test]
fn the_error_of_a_dictionary_names_the_line() {
    let words = "好 3 n\n坏\tx5\tn\n".as_bytes();
    let error = Segmenter::builder(Compat::JiebaRs).user_words(words).unwrap().build().unwrap_err();
    assert!(error.to_string().contains("line 2"), "{error}");
    struct Broken;
    impl std::io::Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("bad sector"))
        }
    }
    let error = Segmenter::builder(Compat::Python).dictionary(Broken).err().unwrap();
    assert!(std::error::Error::source(&error).is_some());
}

#[test]
fn a_manifest_that_is_not_whole_is_an_error_item() {
    let (directory, paths) = tree(3);
    let lines = md5sum(&paths);
    let mut sha256sum = Command::new("sha256sum");
    let manifest = directory.path().join("lines");
    fs::write(&manifest, &lines).unwrap();
    let sum = String::from_utf8(sha256sum.arg(&manifest).output().unwrap().stdout).unwrap();
    fs::remove_file(&manifest).unwrap();
    let seal = format!("# batchproc seal: entries=3 sha256={}\n", &sum[..64]);
    let second = lines.find('\n').unwrap() + 1;
    let errors = |manifest: String, require_seal: bool| {
        let options = verify::Options { require_seal, ..verify::Options::default() };
        let read = |text: &str| std::io::Cursor::new(text.to_string().into_bytes());
        let checked = verify::check(read(&manifest), &options).unwrap();
        let checked: Vec<_> = checked.filter_map(Result::err).map(|e| e.to_string()).collect();
        let audited = verify::audit(read(&manifest), [directory.path()], &options).unwrap();
        let audited: Vec<_> = audited.filter_map(Result::err).map(|e| e.to_string()).collect();
        assert_eq!(checked, audited);
        checked
    };
    assert!(errors(format!("{lines}{seal}"), true).is_empty());
    assert!(errors(lines.clone(), false).is_empty());
    assert_eq!(errors(lines.clone(), true), ["manifest: cut off, or never sealed: it has no seal"]);
    assert_eq!(
        errors(format!("{}{seal}", &lines[second..]), false),
        ["manifest: cut off: it has only 2 of 3 entries"]
    );
}
