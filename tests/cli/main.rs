//! Tests of the program: arguments and input go in, output and exit codes come out.

mod harness;

mod algorithms;
mod audit;
mod check;
mod damaged;
mod descriptors;
mod dict;
mod errors;
mod faults;
mod limits;
mod listing;
mod lists;
mod loops;
mod md5sum;
mod named;
mod open_files;
mod output;
mod resume;
mod segment;
mod segment_dictionaries;
mod segment_files;
mod segment_side_files;
mod segment_worlds;
mod signals;
mod streams;

mod truth;
mod unmounted;
mod update;
mod walk;
