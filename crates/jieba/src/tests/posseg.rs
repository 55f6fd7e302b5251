//! Parts of speech as `jieba.posseg` of Python jieba 0.42.1 gives them: what it printed for these texts.
//! The tests of the Python package ask Python jieba itself, for far more.

use super::CORE;
use crate::Scratch;

fn tagged(text: &str, hmm: bool) -> String {
    let mut tokens = Vec::new();
    CORE.cut_with_tags_of_python(text, hmm, &mut Scratch::default(), &mut tokens);
    let word = |token: &crate::Token| {
        let word = &text[token.start as usize..token.end as usize];
        format!("{word}/{}", CORE.tag_name(token.tag))
    };
    tokens.iter().map(word).collect::<Vec<_>>().join(" ")
}

#[test]
fn words_and_tags_are_those_of_posseg() {
    for (text, with_model, without) in [
        (
            "小明硕士毕业于中国科学院计算所，后在日本京都大学深造",
            "小明/nr 硕士/n 毕业/n 于/p 中国科学院/nt 计算所/n ，/x 后在/t 日本京都大学/nt 深造/v",
            "小/a 明/a 硕士/n 毕业/n 于/p 中国科学院/nt 计算所/n ，/x 后/f 在/p 日本京都大学/nt 深造/v",
        ),
        (
            "3D打印T恤\r\n v1.2-beta+来了 ab",
            "3/m D/eng 打印/v T恤/n \r\n/x  /x v1/eng .2/m -/x beta/eng +/x 来/v 了/ul  /x ab/eng",
            "3D/eng 打印/v T恤/n \r\n/x  /x v1/eng ./x 2/eng -/x beta/eng +/x 来/v 了/ul  /x ab/eng",
        ),
        (
            "他来到了网易杭研大厦",
            "他/r 来到/v 了/ul 网易/n 杭/j 研/vn 大厦/n",
            "他/r 来到/v 了/ul 网易/n 杭/nr 研/vn 大厦/n",
        ),
        ("曇曇兮滾滾逝水", "曇曇/n 兮/y 滾/v 滾/v 逝水/v", "曇/x 曇/x 兮/y 滾/x 滾/x 逝水/v"),
    ] {
        assert_eq!(tagged(text, true), with_model);
        assert_eq!(tagged(text, false), without);
    }
    assert_eq!(tagged("", true), "");
}
