//! The program in README.md that uses the library.

include!("library.rs");

#[test]
fn the_program_in_the_readme_is_library_rs_and_runs() {
    let readme = std::fs::read_to_string(crate::root().join("README.md")).unwrap();
    let blocks = crate::blocks::blocks(&readme).unwrap();
    let programs: Vec<_> = blocks.into_iter().filter(|block| block.language == "rust").collect();
    assert_eq!(programs.len(), 1);
    assert_eq!(programs[0].text, include_str!("library.rs"));
    main();
}
