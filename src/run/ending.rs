//! The possible endings of a run and their exit codes.

use std::process::ExitCode;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Success, or the reader of the output closed it.
    Good,
    /// Some items failed.
    SomeFailed,
    /// Some files are corrupt: their content changed although their times did not.
    SomeCorrupt,
    /// Stopped by the signal with this number.
    Signal(i32),
}

impl From<Ending> for ExitCode {
    fn from(ending: Ending) -> Self {
        match ending {
            Ending::Good => ExitCode::SUCCESS,
            Ending::SomeFailed => ExitCode::from(1),
            Ending::SomeCorrupt => ExitCode::from(3),
            Ending::Signal(number) => ExitCode::from(signal_exit_code(number)),
        }
    }
}

/// The exit code that shells use for a process that a signal ended: 128 plus the number.
pub fn signal_exit_code(number: i32) -> u8 {
    u8::try_from(128 + number).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_give_the_codes_of_the_shell() {
        assert_eq!((signal_exit_code(2), signal_exit_code(15)), (130, 143));
    }
}
