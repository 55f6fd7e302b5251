//! Digests of many streams at once, on one core. Each stream has a lane of the vector registers. A
//! single stream cannot use several lanes, because each step of a digest needs the result of the
//! step before.

pub mod md5;
