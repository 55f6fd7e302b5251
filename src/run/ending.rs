//! The possible endings of a run and their exit codes.

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The run succeeded, or the reader of the output closed it, since it had read enough.
    Good,
    /// Some files or other inputs failed.
    SomeFailed,
    /// Some files are corrupt: their content changed although their times show no write.
    SomeCorrupt,
    /// The reader of the output closed it, although every line matters.
    Closed,
    /// The signal with this number stopped the run.
    Signal(i32),
}

/// The exit code of a run that could not go on, and of wrong usage.
pub const FATAL: u8 = 2;

impl Ending {
    /// The exit code.
    pub fn code(self) -> u8 {
        match self {
            Ending::Good => 0,
            Ending::SomeFailed => 1,
            Ending::SomeCorrupt => 3,
            Ending::Closed => FATAL,
            Ending::Signal(number) => signal_exit_code(number),
        }
    }
}

/// The exit code that shells report for a process that a signal ended: 128 plus the number of the
/// signal.
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
