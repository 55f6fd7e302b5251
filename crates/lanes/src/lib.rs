//! Digests of many streams side by side, on one core: the streams advance together in the lanes of vector
//! registers, as the rounds of one stream alone have to wait for each other.

pub mod md5;
