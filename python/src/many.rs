//! Cuts many texts, on several threads. A call for each text would cost more than to cut a short one, so
//! many texts are cut together, as the lines of a block.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use batchproc::pipeline::processors;
use batchproc::segment::{Compat, Mode, Token, TooLong};
use pyo3::PyResult;

use crate::cutting::{Cutting, Workspace, is_line_end};
use crate::errors::error;

/// The bytes of the texts that are cut together.
const BLOCK: usize = 64 << 10;

/// Calls `each` with the tokens of each text, on any thread, and then `take`, in the order of the texts
/// and on the thread of the caller, with what `each` made of some of them.
///
/// # Errors
/// A text is too long, no thread can be started, or `take` has failed.
pub fn cut_all<'t, Out: Default + Send>(
    cutting: &Cutting,
    texts: &[&'t str],
    threads: Option<usize>,
    each: impl Fn(&mut Out, &'t str, &[Token]) + Sync,
    mut take: impl FnMut(Range<usize>, Out) -> PyResult<()>,
) -> PyResult<()> {
    let blocks = blocks(texts);
    let one = |block: &Range<usize>, work: &mut Work| {
        let mut out = Out::default();
        let texts = &texts[block.clone()];
        work.cut(cutting, texts, |text, tokens| each(&mut out, text, tokens)).map(|()| out)
    };
    let threads = threads.unwrap_or_else(processors).clamp(1, blocks.len().max(1));
    if blocks.len() < 2 {
        let mut work = Work::default();
        return blocks.into_iter().try_for_each(|block| {
            let out = one(&block, &mut work).map_err(|long| error(&long))?;
            take(block, out)
        });
    }
    let (next, ended) = (AtomicUsize::new(0), AtomicBool::new(false));
    let (sender, results) = channel();
    let work = |sender: Sender<_>| {
        let mut work = Work::default();
        while !ended.load(Relaxed)
            && let Some((index, block)) = next_block(&next, &blocks)
        {
            if sender.send((index, one(block, &mut work))).is_err() {
                break;
            }
        }
    };
    thread::scope(|scope| {
        let start = |_| {
            let (sender, work) = (sender.clone(), &work);
            thread::Builder::new().spawn_scoped(scope, move || work(sender)).ok()
        };
        if (0..threads).filter_map(start).count() == 0 {
            return Err(error(&"cannot start a thread"));
        }
        // Only the threads have senders now: when they end, so do the results.
        drop(sender);
        let taken = take_in_order(&results, &blocks, &mut take);
        ended.store(true, Relaxed);
        taken
    })
}

fn next_block<'a>(
    next: &AtomicUsize,
    blocks: &'a [Range<usize>],
) -> Option<(usize, &'a Range<usize>)> {
    let index = next.fetch_add(1, Relaxed);
    blocks.get(index).map(|block| (index, block))
}

fn take_in_order<Out>(
    results: &Receiver<(usize, Result<Out, TooLong>)>,
    blocks: &[Range<usize>],
    take: &mut impl FnMut(Range<usize>, Out) -> PyResult<()>,
) -> PyResult<()> {
    let mut waiting = BTreeMap::new();
    for (index, block) in blocks.iter().enumerate() {
        let out = loop {
            if let Some(out) = waiting.remove(&index) {
                break out;
            }
            // The channel ends early only if a thread has panicked, which the scope reports.
            let Ok((done, out)) = results.recv() else { return Ok(()) };
            waiting.insert(done, out);
        };
        take(block.clone(), out.map_err(|long| error(&long))?)?;
    }
    Ok(())
}

/// The ranges of texts that are cut together.
fn blocks(texts: &[&str]) -> Vec<Range<usize>> {
    let mut blocks = Vec::new();
    let (mut start, mut bytes) = (0, 0);
    for (index, text) in texts.iter().enumerate() {
        bytes += text.len() + 1;
        if bytes >= BLOCK || index + 1 == texts.len() {
            blocks.push(start..index + 1);
            (start, bytes) = (index + 1, 0);
        }
    }
    blocks
}

/// Memory that a thread reuses.
#[derive(Default)]
struct Work {
    workspace: Workspace,
    block: String,
    /// For texts that are not cut in the block.
    alone: Workspace,
    /// The tokens of one text.
    tokens: Vec<Token>,
}

impl Work {
    fn cut<'t>(
        &mut self,
        cutting: &Cutting,
        texts: &[&'t str],
        mut each: impl FnMut(&'t str, &[Token]),
    ) -> Result<(), TooLong> {
        let Self { workspace, block, alone, tokens } = self;
        let options = &cutting.options;
        // In the full mode of Python jieba, what is next to a line end may give an empty token.
        if texts.len() == 1 || (options.mode, options.compat) == (Mode::Full, Compat::Python) {
            for text in texts {
                cutting.cut(text, options, workspace)?;
                each(text, &workspace.tokens);
            }
            return Ok(());
        }
        block.clear();
        for text in texts.iter().filter(|text| !is_alone(text)) {
            block.push_str(text);
            block.push('\n');
        }
        cutting.cut_block(block, options, workspace)?;
        let mut all = workspace.tokens.iter().peekable();
        let mut start = 0;
        for text in texts {
            if is_alone(text) {
                cutting.cut(text, options, alone)?;
                each(text, &alone.tokens);
                continue;
            }
            let end = start + text.len() as u32;
            tokens.clear();
            // The token that begins at the end is the line end that was added.
            while let Some(&Token { start: from, end: to, tag }) = all.next_if(|t| t.start <= end) {
                let token = Token { start: from - start, end: to - start, tag };
                if from < end && !(cutting.drops_line_ends && is_line_end(text, &token)) {
                    tokens.push(token);
                }
            }
            each(text, tokens);
            start = end + 1;
        }
        Ok(())
    }
}

/// Whether a text is cut alone: its last character and the line end behind it would be one token.
fn is_alone(text: &str) -> bool {
    text.ends_with('\r')
}
