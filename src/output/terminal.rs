//! What is shown if the results go to a terminal: escapes in place of control characters and of those that
//! turn the writing direction or show nothing. A terminal would obey them, and a name may come from a
//! stranger. Pipes and files get the results as they are.

use std::fs::File;
use std::io::IsTerminal;
use std::os::unix::fs::FileTypeExt;

use crate::escape::push_shown;

/// Makes text fit to be shown. What is cut between two writes is held back until the second one.
#[derive(Debug, Default)]
pub(super) struct Terminal {
    rest: Vec<u8>,
}

impl Terminal {
    /// `None` if the file is no terminal.
    pub(super) fn of(file: &File) -> Option<Self> {
        // No other kind of file can be one, so most runs need not ask.
        let kind = file.metadata().ok()?.file_type();
        (kind.is_char_device() && file.is_terminal()).then(Self::default)
    }

    /// What is shown of these bytes, which follow those of the call before. At the end of the output,
    /// `last` is set.
    pub(super) fn shown(&mut self, bytes: &[u8], last: bool) -> Vec<u8> {
        let mut all = std::mem::take(&mut self.rest);
        all.extend_from_slice(bytes);
        let whole = if last { all.len() } else { whole(&all) };
        let mut shown = Vec::new();
        push_shown(&all[..whole], &mut shown);
        self.rest = all.split_off(whole);
        shown
    }
}

/// How many of these bytes are whole characters, and no CR whose LF may follow.
fn whole(bytes: &[u8]) -> usize {
    let last = bytes.utf8_chunks().last();
    let cut = last.map_or(&[][..], |chunk| chunk.invalid());
    let may_go_on = str::from_utf8(cut).is_err_and(|error| error.error_len().is_none());
    match bytes {
        [.., b'\r'] => bytes.len() - 1,
        _ if may_go_on => bytes.len() - cut.len(),
        _ => bytes.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_shown_alike_wherever_it_is_cut() {
        let bytes = b"a\tb\r\nc\rd\x1b[2J\xc2\x9b \xe4\xb8\xad\xff\xe4\xb8\n\xf0\x9f\x91\xa9\x07";
        let shown = "a\tb\r\nc\\rd\\u{1b}[2J\\u{9b} 中\\xff\\xe4\\xb8\n👩\\u{7}";
        for first in 0..=bytes.len() {
            for second in first..=bytes.len() {
                let mut terminal = Terminal::default();
                let mut all = terminal.shown(&bytes[..first], false);
                all.extend(terminal.shown(&bytes[first..second], false));
                all.extend(terminal.shown(&bytes[second..], true));
                assert_eq!(String::from_utf8(all).unwrap(), shown, "{first} {second}");
            }
        }
    }
}
