//! Makes the built-in tables of the segmentation core. The library includes the files as they are,
//! without parsing.
//!
//! The numbers are in the byte order of the target machine. Logarithms are computed here too, not
//! at run time.

#[path = "../src/builder/mod.rs"]
#[allow(dead_code, reason = "the library uses more of it")]
mod builder;
mod hmm;
mod idf;
mod posseg;
mod ranked;
mod sources;

use builder::Entry;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::PathBuf;

/// A number in the byte order of the target.
trait Bytes: Copy {
    fn append(self, bytes: &mut Vec<u8>, little: bool);
}

macro_rules! bytes {
    ($($number:ty),*) => {$(
        impl Bytes for $number {
            fn append(self, bytes: &mut Vec<u8>, little: bool) {
                bytes.extend(if little { self.to_le_bytes() } else { self.to_be_bytes() });
            }
        }
    )*};
}
bytes!(u8, u16, u32, u64, f64);

fn write<T: Bytes>(name: &str, numbers: &[T]) {
    let little = std::env::var("CARGO_CFG_TARGET_ENDIAN").as_deref() != Ok("big");
    let mut bytes = Vec::with_capacity(size_of_val(numbers));
    for &number in numbers {
        number.append(&mut bytes, little);
    }
    write_text(&format!("{name}.bin"), &bytes);
}

fn write_text(name: &str, bytes: &[u8]) {
    std::fs::write(output(name), bytes).expect("the output directory can be written to");
}

/// The bytes of the table with this name, which was written before.
fn read(name: &str) -> Vec<u8> {
    std::fs::read(output(&format!("{name}.bin"))).expect("the table was written before")
}

fn output(name: &str) -> PathBuf {
    let directory = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    directory.join(name)
}

/// A hash of the built-in tables. Compiled dictionary files hold this hash, so that the library
/// refuses a file that was made for other tables. The hash leaves out the logarithms, since their
/// last bit may depend on the machine.
fn fingerprint(tags: &[String]) -> u64 {
    let names = ["bmp", "astral", "astral_codes", "first", "single_value", "units", "filter"];
    let more = ["triples", "frequent", "frequencies", "value_tags", "posseg_tags"];
    let mut bytes: Vec<u8> = names.into_iter().chain(more).flat_map(read).collect();
    bytes.extend(tags.join("\n").bytes());
    sources::fnv::fnv1a(&bytes)
}

/// Python jieba's dictionary has a second line for `B超`, which jieba-rs's dictionary does not have.
/// This is its frequency.
const SECOND_LINE: u64 = 3;

fn main() {
    let counts = "data/python-hmm.txt";
    println!("cargo::rerun-if-changed=build");
    println!("cargo::rerun-if-changed=src/builder");
    println!("cargo::rerun-if-changed=src/keywords/fnv.rs");
    println!("cargo::rerun-if-changed={counts}");
    let dictionary = sources::read("jieba-rs", "src/data/dict.txt", DICTIONARY_HASH);
    let posseg = sources::read("jieba-rs", "src/data/posseg.txt", POSSEG_HASH);
    let model = sources::read("jieba-macros", "src/hmm.model", MODEL_HASH);
    let counts = std::fs::read_to_string(counts).expect("the counts are part of this package");

    let posseg = posseg::parse(&posseg);
    let mut tags = vec![String::new(), "x".to_owned(), "m".to_owned(), "eng".to_owned()];
    let mut posseg_tags = Vec::new();
    for tag in &posseg.tags {
        let number = tags.iter().position(|known| known == tag).unwrap_or_else(|| {
            tags.push(tag.clone());
            tags.len() - 1
        });
        posseg_tags.push(number as u16);
    }

    let entries: Vec<Entry<'_>> = dictionary
        .lines()
        .map(|line| {
            let mut fields = line.split(' ');
            let mut field = || fields.next().expect("three fields");
            let (word, frequency) = (field(), field());
            Entry { word, frequency: frequency.parse().expect("a frequency"), tag: field() }
        })
        .collect();
    let mut weights: HashMap<char, u64> = HashMap::new();
    for entry in &entries {
        for character in entry.word.chars() {
            *weights.entry(character).or_default() += entry.frequency;
        }
    }
    let built = builder::build(&entries, ranked::ranked(&weights), &mut tags)
        .unwrap_or_else(|error| panic!("cannot build the built-in dictionary: {error}"));

    write("bmp", &built.codes.bmp);
    write("astral", &built.codes.astral);
    write("astral_codes", &built.codes.astral_codes);
    write("first", &built.first);
    write("single_log", &built.single_log);
    write("single_value", &built.single_value);
    write("units", &built.units);
    write("filter", &built.filter);
    write("triples", &built.triples);
    write("frequent", &built.frequent);
    write("logs", &built.logs);
    write("frequencies", &built.frequencies);
    write("value_tags", &built.value_tags);
    let model = hmm::parse_model(&model, &built.codes);
    write("emissions", model.emissions.as_flattened());
    write("python_emissions", hmm::parse_counts(&counts, &built.codes).as_flattened());
    let posseg = posseg.tables(&built.codes, posseg_tags, 1);
    write("posseg_start", &posseg.start);
    write("posseg_transitions", &posseg.transitions);
    write("posseg_inside", &posseg.inside);
    write("posseg_others", &posseg.others);
    write("posseg_rows", &posseg.rows);
    write("posseg_states", &posseg.states);
    write("posseg_emissions", &posseg.emissions);
    write("posseg_tags", &posseg.tags);
    write("posseg_places", &posseg.places);
    write("posseg_single", &posseg.single);

    let idf = idf::parse(&sources::read("jieba-rs", "src/data/idf.txt", IDF_HASH));
    write("idf_words", &idf.words);
    write("idf_numbers", &idf.numbers);
    write("idf_values", &idf.values);
    write("idf_median", &[idf.median]);

    let mut source = String::new();
    let outside: Vec<String> = built
        .outside
        .iter()
        .map(|(word, value)| format!("(Cow::Borrowed({word:?}), {value})"))
        .collect();
    writeln!(source, "pub const CODES_END: u16 = {};", built.codes.end)
        .expect("writing to a string cannot fail");
    writeln!(source, "pub const FINGERPRINT: u64 = {:#x};", fingerprint(&tags))
        .expect("writing to a string cannot fail");
    writeln!(source, "const LATIN: [[u8; 16]; 2] = {:?};", built.latin)
        .expect("writing to a string cannot fail");
    let [total, of_all_lines] = built.totals;
    let totals = [total, of_all_lines + SECOND_LINE];
    writeln!(source, "const TOTALS: [u64; 2] = {totals:?};")
        .expect("writing to a string cannot fail");
    writeln!(source, "const TAGS: &[Cow<'static, str>] = &[{}];", {
        tags.iter().map(|tag| format!("Cow::Borrowed({tag:?}), ")).collect::<String>()
    })
    .expect("writing to a string cannot fail");
    writeln!(source, "const OUTSIDE: &[(Cow<'static, str>, u32)] = &[{}];", outside.join(", "))
        .expect("writing to a string cannot fail");
    writeln!(source, "const START: [f64; 4] = {:?};", model.start)
        .expect("writing to a string cannot fail");
    writeln!(source, "const TRANSITIONS: [[f64; 4]; 4] = {:?};", model.transitions)
        .expect("writing to a string cannot fail");
    write_text("names.rs", source.as_bytes());
}

// FNV-1a hashes of the data files of jieba-rs and jieba-macros 0.11.0.
const DICTIONARY_HASH: u64 = 0x7942_e99e_5601_5da4;
const POSSEG_HASH: u64 = 0x3e1a_9a92_ef19_c10b;
const IDF_HASH: u64 = 0xee96_8b00_4330_08e8;
const MODEL_HASH: u64 = 0x0a40_a25c_7dc3_985f;
