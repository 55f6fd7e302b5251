//! Cuts sentences in three modes, tags them, and adds a word.
//!
//!     cargo run --release --example cut_strings

use batchproc::segment::{Compat, Method, Mode, Segmenter};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let text = "小明硕士毕业于中国科学院计算所";
    let segmenter = Segmenter::default();
    for mode in [Mode::Exact, Mode::Search, Mode::Full] {
        println!("{mode:?}: {}", segmenter.cut(text, mode).join(" / "));
    }
    let tagged = segmenter.tag(text);
    let tagged: Vec<_> = tagged.iter().map(|(word, tag)| format!("{word}/{tag}")).collect();
    println!("with tags: {}", tagged.join(" "));

    let sentence = "石墨烯是一种新材料";
    let with_word =
        Segmenter::builder(Compat::JiebaRs).add_word("石墨烯", None, Some("n")).build()?;
    println!("before: {}", segmenter.cut(sentence, Mode::Exact).join(" / "));
    println!("after:  {}", with_word.cut(sentence, Mode::Exact).join(" / "));

    for (word, weight) in segmenter.keywords(text, Method::TfIdf, 3) {
        println!("keyword: {word} {weight:.2}");
    }
    Ok(())
}
