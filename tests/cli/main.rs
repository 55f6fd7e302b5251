//! The program as its users meet it: arguments in, bytes and exit codes out.

mod harness;

mod errors;
mod lists;
mod md5sum;
mod output;
mod segment;
mod segment_dictionaries;
mod segment_files;
mod signals;
mod walk;
