//! The kinds of patterns that have names, and their regular expressions. `borders.rs` says where a
//! match may begin and end.

/// What a part of the text that stays whole is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A date, such as `2024年7月5日` or `2024-07-05`.
    Date,
    /// A time of day, such as `12:30` or `下午3点20分`.
    Time,
    /// A number with a unit or a sign of money, such as `100公里` or `¥5`.
    Unit,
    /// A number, such as `23,876`, `3.5万` or `-3.5%`.
    Number,
    /// A web address.
    Url,
    /// An address for mail.
    Email,
    /// The name of a user after `@`.
    Mention,
    /// A topic after `#`, or between two of them.
    Hashtag,
    /// What the user's own regular expression describes.
    Regex,
}

impl Kind {
    /// The kinds that have names. Of two that match the same text, the first one counts.
    pub const NAMED: [Kind; 8] = *Self::ALL.first_chunk().unwrap();

    /// All kinds. The last one has no name.
    pub(super) const ALL: [Kind; 9] = [
        Kind::Date,
        Kind::Time,
        Kind::Unit,
        Kind::Number,
        Kind::Url,
        Kind::Email,
        Kind::Mention,
        Kind::Hashtag,
        Kind::Regex,
    ];

    /// The name of the part of speech of such a token, as jieba names parts of speech.
    pub(crate) fn tag(self) -> &'static str {
        match self {
            Kind::Date | Kind::Time => "t",
            Kind::Unit | Kind::Number => "m",
            Kind::Url | Kind::Email | Kind::Mention | Kind::Hashtag | Kind::Regex => "x",
        }
    }

    /// A set with this kind only.
    pub(super) fn bit(self) -> u16 {
        1 << self as u16
    }

    /// The regular expressions of this kind; none for [`Kind::Regex`].
    pub(super) fn patterns(self) -> Vec<String> {
        match self {
            Kind::Date => dates(),
            Kind::Time => times(),
            Kind::Unit => units(),
            Kind::Number => numbers(),
            Kind::Url => urls(),
            Kind::Email => vec![format!("{LOCAL}@(?:{LABEL}[.])+[A-Za-z]{{2,}}")],
            Kind::Mention => vec![format!("@{NAME}(?:[{NAME_SET}-]*{NAME})?")],
            Kind::Hashtag => {
                let content = r##"[^#\t-\r \u{85}\u{a0}\u{2000}-\u{200a}\u{2028}\u{2029}\u{3000}。；,;:"'<>(){}\[\]|=\\/]"##;
                vec![format!("#{content}{{1,40}}#"), format!("#[0-9]*{TAG_LETTER}{NAME}*")]
            }
            Kind::Regex => Vec::new(),
        }
    }
}

/// A digit.
const DIGIT: &str = "[0-9０-９]";

/// Characters of names, as the inside of a class.
const NAME_SET: &str = "0-9A-Za-z_À-ÖØ-öø-ɏЀ-ӿぁ-ゖァ-ヺー㐀-䶿一-鿿가-힣";

/// A character of a name.
const NAME: &str = "[0-9A-Za-z_À-ÖØ-öø-ɏЀ-ӿぁ-ゖァ-ヺー㐀-䶿一-鿿가-힣]";

/// A character of a topic that is no digit.
const TAG_LETTER: &str = "[A-Za-z_À-ÖØ-öø-ɏЀ-ӿぁ-ゖァ-ヺー㐀-䶿一-鿿가-힣]";

/// Whether a name can have this character.
pub(super) fn is_of_name(c: char) -> bool {
    matches!(c,
        '0'..='9' | 'A'..='Z' | 'a'..='z' | '_' | 'À'..='Ö' | 'Ø'..='ö' | 'ø'..='ɏ' | 'Ѐ'..='ӿ'
        | 'ぁ'..='ゖ' | 'ァ'..='ヺ' | 'ー' | '㐀'..='䶿' | '一'..='鿿' | '가'..='힣')
}

/// The part of a mail address before the `@`.
const LOCAL: &str = "[0-9A-Za-z_](?:[0-9A-Za-z._%+-]*[0-9A-Za-z_%+-])?";

/// A part of the name of a host.
const LABEL: &str = "[0-9A-Za-z](?:[0-9A-Za-z-]*[0-9A-Za-z])?";

/// A number without a sign: digits, or groups of three digits with commas, and decimals.
fn plain() -> String {
    format!("(?:{DIGIT}{{1,3}}(?:,{DIGIT}{{3}})+|{DIGIT}+)(?:[.．]{DIGIT}+)?")
}

/// A sign of a number.
const SIGN: &str = "[-+−－＋±]";

/// Myriads and the like.
const LARGE: &str = "(?:[十百千]?[万亿兆]亿?)";

fn numbers() -> Vec<String> {
    let one = format!("{}{LARGE}?[%％‰]?", plain());
    vec![format!("{SIGN}?{one}(?:[-~～–—]{one})?")]
}

fn units() -> Vec<String> {
    let (mut latin, mut others) = (Vec::new(), Vec::new());
    let lines = include_str!("units.txt").lines().filter(|line| !line.starts_with('#'));
    for unit in lines.flat_map(str::split_whitespace) {
        match unit.is_ascii() {
            true => latin.push(unit),
            false => others.push(unit),
        }
    }
    let unit = format!("(?:{}|(?i-u:{}))", others.join("|"), latin.join("|"));
    let number = format!("{}(?:{LARGE}|[百千])?[多余来几]?", plain());
    vec![
        format!("{SIGN}?{number}{unit}"),
        format!("{SIGN}?{number}{unit}?[-~～–—至到]{number}{unit}"),
        format!("{SIGN}?[¥￥$€£]{0}{LARGE}?(?:[-~～–—][¥￥$€£]?{0}{LARGE}?)?", plain()),
    ]
}

/// A month and a day of a month, as numbers with one or two digits.
const MONTH: &str = "(?:[0０]?[1-9１-９]|[1１][0-2０-２])";
const DAY: &str = "(?:[0０]?[1-9１-９]|[12１２][0-9０-９]|[3３][01０１])";
/// The time of a day.
const CLOCK: &str = "(?:[01０１]?[0-9０-９]|[2２][0-4０-４])[:：][0-5０-５][0-9０-９](?:[:：][0-5０-５][0-9０-９](?:[.．][0-9０-９]+)?)?";

fn dates() -> Vec<String> {
    let year = format!("[1-9１-９]{DIGIT}{{3}}");
    let mut all = vec![
        format!("{DIGIT}{{2,4}}年{MONTH}月(?:{DAY}[日号]|[份初底末]|[上中下]旬)?"),
        format!("{year}年[初底末代度]?"),
        format!("{MONTH}月{DAY}[日号]"),
        format!("{MONTH}月(?:[份初底末]|[上中下]旬)?"),
        format!("{DAY}日"),
        format!("{year}-{MONTH}-{DAY}T{CLOCK}(?:Z|[-+]{DIGIT}{{2}}:?{DIGIT}{{2}})?"),
    ];
    all.extend(["-", "/", "[.]"].map(|between| format!("{year}{between}{MONTH}{between}{DAY}")));
    all
}

fn times() -> Vec<String> {
    let part = "(?:上午|下午|中午|正午|凌晨|清晨|早晨|早上|晚上|傍晚|午后|午夜|深夜|半夜|夜里|夜间|晚间|今早|今晚|昨晚|明早|明晚)";
    let two = format!("{DIGIT}{{1,2}}");
    let minutes = format!("(?:{two}分(?:{two}秒)?|{two}|半钟?|整|[一三]刻|钟)");
    vec![
        format!("{part}?{CLOCK}(?i-u:am|pm)?"),
        format!("{part}?{two}[点點]{minutes}"),
        format!("{part}?{two}[时時]{two}分?(?:{two}秒)?"),
        format!("{part}{two}[点點时時]"),
    ]
}

/// The characters of a web address, other than parentheses, and those that may be its last one.
/// Parentheses belong to it in pairs only.
fn urls() -> Vec<String> {
    let inside = r"0-9A-Za-z._~:/?#\[\]@!$&'*+,;=%-";
    let last = "0-9A-Za-z_~/#@$&*+=%-";
    let pair = format!("[(][{inside}]*[)]");
    let rest = format!("(?:[{inside}]|{pair})*(?:[{last}]|{pair})");
    let host = format!("(?:{LABEL}[.])+{LABEL}");
    vec![
        format!(r"(?i-u:https?|ftps?)://(?:[0-9A-Za-z]|\[[0-9A-Fa-f:.]+\])(?:{rest})?"),
        format!("(?i-u:www)[.]{host}(?::[0-9]+)?(?:[/?#](?:{rest})?)?"),
    ]
}
