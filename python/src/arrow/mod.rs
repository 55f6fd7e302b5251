//! Columns of strings in the format of Apache Arrow, such as those of pyarrow, polars, pandas and DuckDB.
//! They come and go through Arrow's C interface, which costs no copy, so none of these packages is
//! needed here.

mod build;
#[allow(unsafe_code)]
mod capsules;
mod column;
mod cut;
mod texts;

pub use column::Column;
