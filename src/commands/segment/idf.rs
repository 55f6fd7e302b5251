//! Writes the table of `batchproc idf`: the inverse document frequency of each word, in the form of
//! jieba.
//!
//! The frequency of a word is ln(N / n), if n of N documents have the word. A word that is in all
//! documents has 0, and no word has less.

use std::io::Write;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Mutex, PoisonError};

use super::word_lines::write_lines;
use crate::error::Fatal;
use crate::output::Output;
use crate::run::session::Session;
use crate::segment::documents::Documents;

/// The words that the form of jieba cannot have.
#[derive(Default)]
struct LeftOut {
    number: u64,
    first: String,
}

/// Writes the table, the words of most documents first.
///
/// # Errors
/// If it cannot be written, or if there are no words.
pub(super) fn write(
    documents: Documents,
    session: &Session,
    output: &mut Output,
) -> Result<(), Fatal> {
    if documents.number() == 0 {
        return Err(Fatal("no text has a word, so there is no table to write".into()));
    }
    let number = documents.number() as f64;
    let left_out = Mutex::new(LeftOut::default());
    let line = |word: &[u8], count: &str, out: &mut Vec<u8>| {
        // Words of one character are never keywords.
        let word = str::from_utf8(word).unwrap_or_default();
        if word.trim().chars().nth(1).is_none() {
            return;
        }
        if word.contains(is_space) {
            let mut left_out = left_out.lock().unwrap_or_else(PoisonError::into_inner);
            left_out.number += 1;
            if left_out.number == 1 || word < left_out.first.as_str() {
                left_out.first = word.to_string();
            }
            return;
        }
        let count: f64 = count.parse().unwrap_or(1.0);
        // Writing to a vector cannot fail.
        let _ = writeln!(out, "{word} {}", (number / count).ln());
    };
    write_lines(documents.into_tally(), line, output)?;
    let LeftOut { number, first } = left_out.into_inner().unwrap_or_else(PoisonError::into_inner);
    if number > 0 {
        let words = if number == 1 { "1 word has" } else { &format!("{number} words have") };
        session.console.line(&format!(
            "{words} spaces, which the form of jieba cannot have, and are left out: {}{}",
            first.escape_debug(),
            if number > 1 { " and others" } else { "" }
        ));
        session.counters.failed.fetch_add(1, Relaxed);
    }
    Ok(())
}

/// Whether Python ends a line or a word at this character.
fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}
