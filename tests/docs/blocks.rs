//! Finds the code blocks of a document, and decides how each is tested.
//!
//! - An `sh` block is a script. Each of its commands must succeed.
//! - A `console` block has commands after `$ ` (continued after `> `), each followed by its output.
//! - A `crontab` block has commands that cron runs. They must succeed and print nothing.
//! - A `python` block is a program, which must succeed.
//!
//! All run, unless a comment before the block gives a reason: `<!-- not run: builds the program -->`.
//! A block that needs what may be missing names it: `<!-- needs: jq -->`, `<!-- needs: python3 -m jieba -->`
//! for a module, `<!-- needs: a disk -->`.

/// Languages of blocks without commands.
const NO_COMMANDS: [&str; 3] = ["text", "json", "rust"];

/// Languages of blocks with commands.
const COMMANDS: [&str; 4] = ["sh", "console", "crontab", "python"];

/// A block of code.
#[derive(Debug, PartialEq)]
pub struct Block {
    /// The line on which it begins.
    pub line: usize,
    pub language: String,
    pub text: String,
    pub fate: Fate,
}

/// How a block is tested.
#[derive(Debug, PartialEq)]
pub enum Fate {
    /// Its commands run, if this is there.
    Run { needs: Option<String> },
    /// It does not run; a comment says why.
    Marked,
    /// It has no commands.
    NoCommands,
}

/// All blocks of a document.
///
/// # Errors
/// When a block is neither run nor marked, or a mark has no block.
pub fn blocks(text: &str) -> Result<Vec<Block>, String> {
    let mut blocks = Vec::new();
    let mut mark = None;
    let mut lines = text.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        let line_number = number + 1;
        if let Some(language) = line.trim_start().strip_prefix("```") {
            let inside: Vec<_> =
                lines.by_ref().map(|(_, line)| line).take_while(|line| !is_fence(line)).collect();
            let fate = fate(language, mark.take().map(|(_, mark)| mark))
                .map_err(|reason| format!("line {line_number}: {reason}"))?;
            let (language, text) = (language.to_string(), inside.join("\n") + "\n");
            blocks.push(Block { line: line_number, language, text, fate });
        } else if let Some(comment) = comment(line) {
            if comment.starts_with("not run") || comment.starts_with("needs") {
                mark = Some((line_number, comment));
            }
        } else if let (Some((marked, _)), false) = (mark, line.trim().is_empty()) {
            return Err(format!("line {marked}: no block follows the mark"));
        }
    }
    Ok(blocks)
}

fn is_fence(line: &str) -> bool {
    line.trim_start().starts_with("```")
}

fn comment(line: &str) -> Option<&str> {
    Some(line.trim().strip_prefix("<!--")?.strip_suffix("-->")?.trim())
}

fn fate(language: &str, mark: Option<&str>) -> Result<Fate, String> {
    let reason = |mark: &str, prefix| {
        mark.strip_prefix(prefix).map(str::trim).filter(|it| !it.is_empty()).map(str::to_string)
    };
    if NO_COMMANDS.contains(&language) {
        return Ok(Fate::NoCommands);
    }
    if mark.is_some_and(|mark| reason(mark, "not run:").is_some()) {
        return Ok(Fate::Marked);
    }
    if !COMMANDS.contains(&language) {
        return Err(format!("a block of {language:?} is neither run nor marked"));
    }
    match mark {
        None => Ok(Fate::Run { needs: None }),
        Some(mark) => match reason(mark, "needs:") {
            Some(program) => Ok(Fate::Run { needs: Some(program) }),
            None => Err(format!("the mark {mark:?} gives no reason")),
        },
    }
}

/// A command of a `console` block, with the output in the document.
#[derive(Debug, PartialEq)]
pub struct Shown {
    pub command: String,
    pub output: String,
}

/// The commands of a `console` block.
///
/// # Errors
/// When text comes before the first command.
pub fn shown(text: &str) -> Result<Vec<Shown>, String> {
    let mut all: Vec<Shown> = Vec::new();
    for line in text.lines() {
        if let Some(command) = line.strip_prefix("$ ") {
            all.push(Shown { command: command.into(), output: String::new() });
            continue;
        }
        let last = all.last_mut().ok_or("a console block begins with `$ `")?;
        match line.strip_prefix("> ") {
            Some(more) if last.output.is_empty() => last.command += &format!("\n{more}"),
            _ => last.output += &format!("{line}\n"),
        }
    }
    Ok(all)
}

/// Whether output matches the document. In a line `…` stands for any text; alone on a line it stands for
/// any number of lines.
pub fn fits(shown: &[&str], printed: &[&str]) -> bool {
    match shown {
        [] => printed.is_empty(),
        ["…", rest @ ..] => (0..=printed.len()).any(|skipped| fits(rest, &printed[skipped..])),
        [line, rest @ ..] => printed
            .split_first()
            .is_some_and(|(first, others)| line_fits(line, first) && fits(rest, others)),
    }
}

fn line_fits(shown: &str, printed: &str) -> bool {
    let Some((begin, rest)) = shown.split_once('…') else { return shown == printed };
    let Some(printed) = printed.strip_prefix(begin) else { return false };
    let places = printed.char_indices().map(|(place, _)| place).chain([printed.len()]);
    places.into_iter().any(|place| line_fits(rest, &printed[place..]))
}

#[test]
fn a_block_that_is_neither_run_nor_marked_is_an_error() {
    let error = blocks("text\n\n```\nbatchproc hash\n```\n").unwrap_err();
    assert_eq!(error, r#"line 3: a block of "" is neither run nor marked"#);
    let error = blocks("```yaml\nx: y\n```\n").unwrap_err();
    assert_eq!(error, r#"line 1: a block of "yaml" is neither run nor marked"#);
    let error = blocks("<!-- not run: -->\n```sh\nx\n```\n").unwrap_err();
    assert_eq!(error, r#"line 2: the mark "not run:" gives no reason"#);
    let error = blocks("<!-- not run: why -->\ntext\n").unwrap_err();
    assert_eq!(error, "line 1: no block follows the mark");
}

#[test]
fn marks_say_how_a_block_is_tested() {
    let fates =
        |text| blocks(text).unwrap().into_iter().map(|block| block.fate).collect::<Vec<_>>();
    let text = "```sh\n```\n<!-- needs: jq -->\n\n```console\n```\n```text\n```\n";
    let needs = |program: Option<&str>| Fate::Run { needs: program.map(str::to_string) };
    assert_eq!(fates(text), [needs(None), needs(Some("jq")), Fate::NoCommands]);
    assert_eq!(fates("<!-- not run: builds -->\n```yaml\n```\n"), [Fate::Marked]);
}

#[test]
fn dots_stand_for_text_and_for_lines() {
    let all = |shown: &str, printed: &str| {
        let lines = |text: &'static str| text.lines().collect::<Vec<_>>();
        fits(&lines(shown.to_string().leak()), &lines(printed.to_string().leak()))
    };
    assert!(all("a…c", "abc") && all("a…c", "ac") && !all("a…c", "abd") && !all("a", "ab"));
    assert!(all("a\n…\nd", "a\nb\nc\nd") && all("…", "") && !all("a\n…", "b"));
    assert!(!all("a", "a\nb") && !all("a\nb", "a"));
}
