//! Lines that are hard to cut. They mix dictionary words, run together without spaces, with
//! characters of all planes, connectors, digits, emoji, repetitions, white space and stray carriage
//! returns.

/// A source of random lines, which depend only on the seed.
pub struct Fuzz {
    state: u64,
    words: Vec<String>,
}

/// The words are one to four neighbouring characters of this text.
const SEEDS: &str = "我来到北京清华大学他来到了网易杭研大厦小明硕士毕业于中国科学院计算所后在日本京都大学深造\
结婚的和尚未结婚的买水果然后来世博园工信处女干事每月经过下属科室都要亲口交代交换机等技术性器件的安装工作\
这是一个伸手不见五指的黑夜我叫孙悟空我爱北京我爱Python和C++草泥马和欺实马是今年的流行词汇伊藤洋华堂总府店\
中华人民共和国最高人民法院关于适用民事诉讼法的解释第三百七十八条之规定依照刑法第二百六十四条判决如下\
話說天下大勢分久必合合久必分滾滾長江東逝水浪花淘盡英雄是非成敗轉頭空葡萄蝴蝶玻璃琵琶鹦鹉蜘蛛囫囵吞枣\
乒乓球拍卖完了南京市长江大桥研究生命的起源乔布斯特朗普京欧几里得分一二三四五六七八九十百千万亿两零〇";

const ODD: [&str; 40] = [
    "😀",
    "👨‍👩‍👧",
    "𠮷",
    "𪚥",
    "http://a.b/c?d=1&e=2",
    "foo_bar-1.2.3",
    "C++17",
    "K-Means",
    "ＡＢＣ１２",
    "\u{3000}",
    "\t",
    "\u{200b}",
    "3.14%",
    "a.b.c",
    "…",
    "㍿",
    "豈",
    "ｶﾅ",
    "한글",
    "ñ",
    "\u{301}",
    "WES-5.4.5",
    "1,000",
    "A/B",
    "<NUM>",
    "\r",
    "T恤",
    "卡拉OK",
    "AA制",
    "\u{9fd6}",
    "\u{9fff}",
    "γ射线",
    "㐀",
    "B超",
    "100%",
    "--",
    "._-",
    "\u{2028}",
    "\u{1c}",
    "\u{0}",
];

impl Fuzz {
    /// Makes a source of lines from a seed.
    pub fn new(seed: u64) -> Self {
        let characters: Vec<char> = SEEDS.chars().collect();
        let words = (1..=4)
            .flat_map(|length| characters.windows(length))
            .map(|word| word.iter().collect())
            .collect();
        Fuzz { state: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1, words }
    }

    fn below(&mut self, limit: u64) -> u64 {
        // The generator xorshift64* (Vigna 2014).
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        (self.state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % limit
    }

    fn character(&mut self, first: u32, last: u32) -> char {
        let point = first + self.below(u64::from(last - first + 1)) as u32;
        char::from_u32(point).unwrap_or('\u{fffd}')
    }

    /// Appends a line with its line end.
    pub fn line(&mut self, text: &mut String) {
        for _ in 0..self.below(14) {
            match self.below(20) {
                0..=9 => {
                    let at = self.below(self.words.len() as u64) as usize;
                    text.push_str(&self.words[at]);
                }
                10..=11 => {
                    let character = self.character(0x4e00, 0x9fff);
                    let times = 1 + self.below(4);
                    (0..times).for_each(|_| text.push(character));
                }
                12 => {
                    let (first, last) = [
                        (0x3400, 0x4dbf),
                        (0xf900, 0xfaff),
                        (0x20000, 0x2a6df),
                        (0x2a700, 0x2ebff),
                        (0x2f800, 0x2fa20),
                        (0x9fc0, 0xa010),
                        (0x30000, 0x3134f),
                        (0x2e80, 0x33ff),
                    ][self.below(8) as usize];
                    text.push(self.character(first, last));
                }
                13 => {
                    let limit = [0x7f, 0x7ff, 0xffff, 0x10_ffff][self.below(4) as usize];
                    let character = self.character(0, limit);
                    text.push(if character == '\n' { ' ' } else { character });
                }
                14..=16 => {
                    for _ in 0..1 + self.below(8) {
                        let place = self.below(22) as usize;
                        text.push_str(
                            [
                                "a", "Z", "0", "9", "+", "#", "&", ".", "_", "%", "-", "-", ".",
                                "_", "x", "7", "K", " ", "/", ",", "。", "，",
                            ][place],
                        );
                    }
                }
                17..=18 => {
                    let at = self.below(ODD.len() as u64) as usize;
                    text.push_str(ODD[at]);
                }
                _ => {
                    // Many single characters, which the hidden Markov model must cut as one long
                    // sequence.
                    for _ in 0..self.below(12) {
                        let at = self.below(SEEDS.len() as u64) as usize;
                        let character = SEEDS[..].char_indices().find(|&(start, _)| start >= at);
                        text.extend(character.map(|(_, character)| character));
                    }
                }
            }
        }
        text.push_str(if self.below(10) == 0 { "\r\n" } else { "\n" });
    }
}
