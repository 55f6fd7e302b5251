//! Tests of the core against jieba-rs.
