//! Where a match of a pattern may begin and end. A pattern must not find a part of what a reader sees
//! as one thing: no number in `iPhone-15` or `1.2.3.4`, no mention in `abc@def`.

use super::super::protect::{is_letter, runs_on};
use super::kinds::{Kind, is_of_name};

/// The kinds that are made of digits.
const NUMERIC: [Kind; 4] = [Kind::Number, Kind::Unit, Kind::Date, Kind::Time];

/// The set of kinds of which a match may begin at byte `at` of the line. `follows` says whether
/// another match ends there.
pub(super) fn kinds_at(line: &str, at: usize, follows: bool, all: u16) -> u16 {
    let (before, after) = line.split_at(at);
    let mut last = before.chars().rev();
    let (Some(previous), Some(next)) = (last.next(), after.chars().next()) else { return all };
    if is_letter(previous) && is_letter(next) {
        return 0;
    }
    let letter_before = || {
        // `C++17` is one thing too.
        last.clone().find(|&c| c != previous).is_some_and(is_letter)
    };
    let digit_before = || last.clone().next().is_some_and(is_digit);
    let mut refused = 0;
    let mut refuse = |kind: Kind, is: bool| refused |= if is { kind.bit() } else { 0 };
    let joined = match previous {
        '+' | '#' | '&' | '.' | '_' | '%' => letter_before(),
        ',' | ':' | '：' | '/' | '~' => digit_before(),
        _ => false,
    };
    let hyphen = previous == '-' && letter_before();
    // What looks like a sign is a hyphen, or stands between two numbers, where it follows these.
    let is_no_sign = is_sign(next)
        && (follows
            || is_letter(previous)
            || is_sign(previous)
            || ")]}）】%％‰℃℉°".contains(previous));
    for kind in NUMERIC {
        let no = joined || is_no_sign || hyphen && kind != Kind::Time;
        refuse(kind, no);
    }
    refuse(Kind::Email, matches!(previous, '.' | '_' | '-' | '+' | '%' | '@'));
    let of_address = is_letter(previous) || matches!(previous, '.' | '_' | '-' | '+' | '@');
    refuse(Kind::Mention, of_address);
    refuse(Kind::Hashtag, is_letter(previous) || matches!(previous, '&' | '/' | '_'));
    all & !refused
}

/// Whether a match of this kind may end at byte `at` of the line.
pub(super) fn ends(kind: Kind, line: &str, at: usize) -> bool {
    let (before, after) = line.split_at(at);
    let mut rest = after.chars();
    let (Some(last), Some(next)) = (before.chars().next_back(), rest.next()) else { return true };
    if kind != Kind::Url && runs_on(line, at) {
        return false;
    }
    let letter_after = || rest.clone().next().is_some_and(is_letter);
    let digit_after = || rest.clone().next().is_some_and(is_digit);
    match kind {
        Kind::Url | Kind::Regex => true,
        Kind::Date | Kind::Time | Kind::Unit | Kind::Number => {
            let joined = match next {
                '-' => kind != Kind::Time && letter_after(),
                '+' | '#' | '&' | '.' | '_' | '%' => letter_after(),
                ',' | ':' | '：' | '/' | '~' => digit_after(),
                _ => false,
            };
            !(joined && is_letter(last))
        }
        Kind::Email => next != '@' && !(matches!(next, '-' | '_') && letter_after()),
        Kind::Mention => next != '@' && !is_of_name(next) && !(next == '.' && letter_after()),
        Kind::Hashtag => last == '#' || !is_of_name(next),
    }
}

fn is_sign(c: char) -> bool {
    matches!(c, '-' | '+' | '−' | '－' | '＋' | '±')
}

fn is_digit(c: char) -> bool {
    matches!(c, '0'..='9' | '０'..='９')
}
