//! Cuts the texts of a column. Some chunks are cut together, since many are small; all of them would
//! fill the memory if they are made while they are read.

use arrow_data::ArrayData;
use batchproc::segment::Token;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;

use super::build::{Block, Builder};
use super::capsules::Chunks;
use super::column::Column;
use super::texts::{Texts, strings};
use crate::errors::error;
use crate::segmenter::{Segmenter, join};

/// How many bytes of chunks are cut together, if there is not more in one.
const TOGETHER: usize = 32 << 20;

impl Segmenter {
    /// The words of each text of a column, as a column of lists.
    pub fn lists(&self, column: &Bound<'_, PyAny>) -> PyResult<Column> {
        self.each_row(column, true, |block, text, tokens| {
            for token in tokens {
                block.text.push_str(&text[token.start as usize..token.end as usize]);
                block.strings.push(block.text.len());
            }
            block.rows.push(block.strings.len());
        })
    }

    /// The words of each text of a column, joined.
    pub fn joined(&self, column: &Bound<'_, PyAny>, delimiter: &str) -> PyResult<Column> {
        self.each_row(column, false, |block, text, tokens| {
            join(&mut block.text, text, tokens, delimiter);
            block.strings.push(block.text.len());
        })
    }

    fn each_row(
        &self,
        column: &Bound<'_, PyAny>,
        lists: bool,
        each: impl Fn(&mut Block, &str, &[Token]) + Send + Sync,
    ) -> PyResult<Column> {
        let py = column.py();
        let mut chunks = Chunks::new(column)?;
        let mut builder = Builder::new(lists);
        loop {
            let some = py.detach(|| take(&mut chunks))?;
            if some.is_empty() {
                break;
            }
            let texts = py.detach(|| {
                let mut texts = Texts::default();
                some.iter().try_for_each(|array| texts.add(array)).map(|()| texts)
            });
            let Texts { texts, valid } = texts.map_err(PyValueError::new_err)?;
            self.many(py, &texts, &each, |_, rows, block| {
                builder.add(&block, &valid[rows]).map_err(|wrong| error(&wrong))
            })?;
        }
        let chunks = py.detach(|| builder.end()).map_err(|wrong| error(&wrong))?;
        Ok(Column::new(chunks))
    }
}

/// Takes chunks until they are worth cutting; none if there are no more.
fn take(chunks: &mut Chunks) -> PyResult<Vec<ArrayData>> {
    let (mut some, mut bytes) = (Vec::new(), 0);
    while bytes < TOGETHER
        && let Some(chunk) = chunks.next()
    {
        let chunk = strings(chunk.map_err(|wrong| error(&wrong))?).map_err(PyTypeError::new_err)?;
        bytes += chunk.get_slice_memory_size().unwrap_or(TOGETHER);
        some.push(chunk);
    }
    Ok(some)
}
