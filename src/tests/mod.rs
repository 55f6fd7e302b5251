//! Tests that go over several modules.

mod fuzz;
