//! Tests of the program: arguments and input go in, output and exit codes come out.

mod harness;

mod algorithms;
mod audit;
mod check;
mod damaged;
mod descriptors;
mod dict;
mod dict_base;
mod diff;
mod diff_random;
mod dups;
mod dups_random;
mod elsewhere;
mod errors;
mod faults;
mod forms;
mod limits;
mod listing;
mod lists;
mod loops;
mod md5sum;
mod md5sum_random;
mod named;
mod open_files;
mod output;
mod output_dir;
mod resume;
mod seal;
mod segment;
mod segment_dictionaries;
mod segment_files;
mod segment_side_files;
mod segment_worlds;
mod signals;
mod streams;

mod truth;
mod unmounted;
mod untagged;
mod update;
mod walk;
