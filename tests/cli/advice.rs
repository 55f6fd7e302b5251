//! Wrong usage is answered with the option or the command that was meant.

use crate::harness::{Dir, Ran};

#[test]
fn options_of_other_programs_are_answered_with_ours() {
    let dir = Dir::new();
    dir.file("exists", "");
    for (arguments, advice) in [
        (&["segment", "-u"][..], "--user-dict FILE"),
        (&["segment", "-D"], "--dict FILE"),
        (&["segment", "-n"], "--no-hmm"),
        (&["segment", "-nq"], "--no-hmm"),
        (&["segment", "-a"], "--mode full"),
        (&["segment", "--cut-all"], "--mode full"),
        (&["segment", "-p"], "--pos"),
        (&["segment", "-q"], "leave -q out"),
        (&["segment", "-d"], "leave -d out"),
        (&["hash", "-r", "x"], "directories are read with all that is below them"),
        (&["hash", "--recursive", "x"], "directories are read with all that is below them"),
        (&["hash", "--sha256", "x"], "use batchproc hash -a sha256"),
        (&["hash", "-k", "known", "x"], "use batchproc audit MANIFEST PATH"),
        (&["hash", "--jobs", "2", "x"], "use --threads N"),
        (&["sha256sum", "x"], "use batchproc hash -a sha256"),
        (&["b3sum", "x"], "use batchproc hash -a blake3"),
        (&["md5deep", "x"], "use batchproc hash -a md5"),
        (&["verify", "x"], "use batchproc check MANIFEST"),
        (&["hash", "--hidden", "x"], "hidden files are read unless --no-hidden"),
        (&["hash", "--force", "x"], "use --overwrite"),
        (&["hash", "-m", "known", "x"], "use batchproc audit MANIFEST PATH"),
        (&["hash", "-f", "list"], "use --files-from LIST"),
        (&["segment", "--recursive", "x"], "directories are read with all that is below them"),
        (&["audit", "-r", "m", "x"], "directories are read with all that is below them"),
        (&["dups", "--recurse", "x"], "directories are read with all that is below them"),
        (&["dups", "-d", "x"], "nothing is deleted; use -fz"),
        (&["diff", "-r", "x", "y"], "directories are read with all that is below them"),
        (&["check", "-r", "x"], "the manifests name the files"),
        (&["check", "-c", "x"], "check always compares"),
        (&["check", "--sha256", "x"], "use -a sha256"),
        (&["update", "x"], "use batchproc hash --update"),
        (&["exists", "-a", "md5"], "use batchproc hash exists"),
        (&["-a", "md5", "x"], "name the command first, such as batchproc hash"),
        (&["-c", "a.md5"], "use batchproc check a.md5"),
        (&["--check", "--quiet", "a.md5", "b"], "use batchproc check a.md5 b"),
        (&["hash", "--include", "*.txt", "x"], "use -g GLOB"),
        (&["hash", "--exclude-dir", "x"], "use --exclude GLOB"),
        (&["audit", "--include=*.txt", "m", "x"], "use -g GLOB"),
        (&["hash", "--checksum", "x"], "use -c to check manifests"),
        (&["hash", "--hash", "sha1", "x"], "use -a NAME"),
        (&["hash", "--no-mmap", "x"], "leave it out: files are read"),
        (&["hash", "--mindepth", "2", "x"], "use -g GLOB"),
        (&["hash", "-maxdepth", "2", "x"], "use --max-depth N"),
        (&["hash", "x", "-iname", "*.jpg"], "use -g GLOB; [jJ]"),
        (&["dups", "x", "-mtime", "-1"], "choose files by their times with find"),
        (&["audit", "--num-threads", "2", "m", "x"], "use --threads N"),
        (&["diff", "--mount", "x", "y"], "use --one-file-system"),
        (&["segment", "--tag", "x"], "use --pos to add the part of speech"),
        (&["segment", "--tsv", "x"], "use --field FIELD"),
        (&["segment", "--pos=_", "x"], "--pos has no delimiter to choose: it prints word/tag"),
        (&["segment", "--stopword", "x"], "a similar argument exists: '--stop-words'"),
        (&["hash", "--maxdepth", "2", "x"], "a similar argument exists: '--max-depth'"),
        (&["--sha256", "x"], "use batchproc hash -a sha256"),
        (&["hash", "--follow-links", "x"], "a similar argument exists: '--follow'"),
        (&["hash", "--algoritm", "md5"], "a similar argument exists: '--algorithm'"),
        (&["sgment"], "a similar subcommand exists: 'segment'"),
    ] {
        let ran = Ran::of(dir.batchproc(arguments).spawn().unwrap());
        assert_eq!((ran.code(), ran.stdout.len()), (2, 0), "{arguments:?}");
        let tips: Vec<_> = ran.stderr.lines().filter(|line| line.contains("tip: ")).collect();
        assert!(tips.len() == 1 && tips[0].contains(advice), "{arguments:?}: {}", ran.stderr);
    }
    // What has no relative here gets no guess.
    for option in ["--sparse", "--tiger", "--multiline", "--no-text", "--permissions"] {
        let ran = Ran::of(dir.batchproc(&["hash", option, "x"]).spawn().unwrap());
        assert_eq!(ran.code(), 2);
        assert!(!ran.stderr.contains("similar"), "{}", ran.stderr);
    }
    for other in [&["hash", "-u"][..], &["segment", "--sha256", "x"], &["photos", "x"]] {
        let ran = Ran::of(dir.batchproc(other).spawn().unwrap());
        assert!(!ran.stderr.contains("tip: use"), "{}", ran.stderr);
    }
}
