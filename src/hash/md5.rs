//! MD5 through the md-5 crate.

use md5::{Digest, Md5};

/// One MD5 stream.
#[derive(Clone, Debug, Default)]
pub struct State(Md5);

impl State {
    /// An empty stream.
    pub fn new() -> Self {
        Self::default()
    }

    /// The digest.
    pub fn digest(&self) -> [u8; 16] {
        self.0.clone().finalize().into()
    }
}

/// Adds bytes.
pub fn update(state: &mut State, data: &[u8]) {
    state.0.update(data);
}
