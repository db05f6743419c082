//! Numbers and names as people read them: three or four significant digits,
//! digits grouped by thin spaces, powers of ten in superscript.

/// Stands where there is no number.
pub const NONE: &str = "—";

/// Groups digits and keeps a number and its unit on one line.
const THIN_SPACE: char = '\u{202f}';
const MINUS: &str = "−";

/// Returns `value` to `digits` significant digits; whole numbers in full.
#[must_use]
pub fn significant(value: f64, digits: usize) -> String {
    if value.is_nan() {
        return NONE.to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "∞" } else { "−∞" }.to_owned();
    }
    if value == 0.0 {
        return "0".to_owned();
    }
    if value.fract() == 0.0 && value.abs() < 1e9 {
        return fixed(value, 0);
    }
    // Rounding first decides the exponent: 999.96 is 1000 to four digits.
    let (mantissa, exponent) = scientific_parts(value, digits);
    if (-4..9).contains(&exponent) {
        let decimals = (digits as i32 - 1 - exponent).max(0) as usize;
        fixed(value, decimals)
    } else {
        format!("{}×10{}", minus(&mantissa), superscript(exponent))
    }
}

/// Returns `value` to four significant digits.
#[must_use]
pub fn number(value: f64) -> String {
    significant(value, 4)
}

/// Returns `value` to six significant digits without zeros at its end, for the bounds of a
/// condition: `164.825`, `12 345.6`.
#[must_use]
pub fn plain(value: f64) -> String {
    let text = significant(value, 6);
    match text.split_once('×') {
        None if text.contains('.') => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        _ => text,
    }
}

/// Returns `value` to four significant digits, a dash if there is none.
#[must_use]
pub fn optional(value: Option<f64>) -> String {
    value.map_or_else(|| NONE.to_owned(), number)
}

/// Returns a whole number with its digits grouped.
#[must_use]
pub fn count(value: usize) -> String {
    group(&value.to_string())
}

/// Returns `value` with a fixed number of decimals.
#[must_use]
pub fn fixed(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    let is_zero = text.bytes().all(|b| matches!(b, b'-' | b'0' | b'.'));
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (if is_zero { "" } else { MINUS }, rest),
        None => ("", text.as_str()),
    };
    let (whole, fraction) = match digits.split_once('.') {
        Some((whole, fraction)) => (whole, format!(".{fraction}")),
        None => (digits, String::new()),
    };
    format!("{sign}{}{fraction}", group(whole))
}

/// Returns a share from 0 to 1 as a percentage with one decimal.
#[must_use]
pub fn share(value: f64) -> String {
    percent(value * 100.0)
}

/// Returns a probability that somebody chose: "80 %", but "97.5 %".
#[must_use]
pub fn level(value: f64) -> String {
    let whole = (value * 100.0).round();
    if (value * 100.0 - whole).abs() < 1e-9 {
        format!("{}{THIN_SPACE}%", significant(whole, 3))
    } else {
        share(value)
    }
}

/// Returns a percentage with one decimal, fewer for large ones.
#[must_use]
pub fn percent(value: f64) -> String {
    if !value.is_finite() {
        return NONE.to_owned();
    }
    let text = if value.abs() >= 1e6 {
        significant(value, 3)
    } else if value.abs() >= 1000.0 || value == 100.0 || value == 0.0 {
        fixed(value, 0)
    } else {
        fixed(value, 1)
    };
    format!("{text}{THIN_SPACE}%")
}

/// Returns a percentage with its sign, for changes.
#[must_use]
pub fn signed_percent(value: f64) -> String {
    let text = percent(value);
    let is_zero = !text.bytes().any(|b| b.is_ascii_digit() && b != b'0');
    if value > 0.0 && !is_zero {
        format!("+{text}")
    } else {
        text
    }
}

/// Returns a number with its unit on one line, if there is one.
#[must_use]
pub fn with_unit(value: &str, unit: Option<&str>) -> String {
    match unit.map(clean).filter(|unit| !unit.is_empty()) {
        Some(unit) => format!("{value}\u{a0}{}", shortened(&unit, 12)),
        None => value.to_owned(),
    }
}

/// Returns a count with its noun, digits grouped: "1 row", "12 345 rows".
#[must_use]
pub fn counted(value: usize, noun: &str) -> String {
    let plural = if value == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", count(value))
}

/// Returns the label `mantissa×10ⁿ` of a tick on an axis of exponent `exponent`.
#[must_use]
pub fn scaled(value: f64, exponent: i32, decimals: usize) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let mantissa = fixed(value / 10_f64.powi(exponent), decimals);
    format!("{mantissa}×10{}", superscript(exponent))
}

/// Returns a power of ten, `10ⁿ`.
#[must_use]
pub fn power_of_ten(exponent: i32) -> String {
    format!("10{}", superscript(exponent))
}

/// Returns a name fit for one line, in which control characters are [`visible`].
#[must_use]
pub fn clean(name: &str) -> String {
    visible(name.trim())
}

/// Returns text that a terminal or a browser shows and does not obey: what a cell holds may
/// end lines, change colours or the direction of writing. Such letters are shown by their
/// codes.
#[must_use]
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                shown.extend(letter.escape_unicode());
            }
            letter if letter.is_control() => shown.push_str(&format!("\\x{:02x}", letter as u32)),
            letter => shown.push(letter),
        }
    }
    shown
}

/// Returns at most `limit` characters of a cleaned name, with an ellipsis.
#[must_use]
pub fn shortened(name: &str, limit: usize) -> String {
    let name = clean(name);
    if name.chars().count() <= limit {
        return name;
    }
    let kept: String = name.chars().take(limit.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// Returns a sentence with the digits of its numbers grouped, as those of [`number`] are.
/// What is in single quotes, or is a part of a word, stays as it is.
#[must_use]
pub fn grouped(sentence: &str) -> String {
    let mut text = String::with_capacity(sentence.len());
    let mut is_quoted = false;
    let mut rest = sentence;
    while let Some(first) = rest.chars().next() {
        if first == '\'' {
            is_quoted = !is_quoted;
        }
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        if digits == 0 {
            text.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        }
        let (number, after) = rest.split_at(digits);
        let is_of_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/');
        let begins = !text.chars().next_back().is_some_and(is_of_word);
        // A point ends a sentence, or comes before a fraction.
        let ends = !after
            .trim_start_matches('.')
            .chars()
            .next()
            .is_some_and(|c| is_of_word(c) && !(after.starts_with('.') && c.is_ascii_digit()));
        match begins && ends && !is_quoted {
            true => text.push_str(&group(number)),
            false => text.push_str(number),
        }
        rest = after;
    }
    text
}

fn scientific_parts(value: f64, digits: usize) -> (String, i32) {
    let text = format!("{value:.*e}", digits.saturating_sub(1));
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    (mantissa.to_owned(), exponent.parse().unwrap_or(0))
}

fn minus(text: &str) -> String {
    text.replacen('-', MINUS, 1)
}

fn superscript(exponent: i32) -> String {
    const DIGITS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    exponent
        .to_string()
        .chars()
        .map(|c| c.to_digit(10).map_or('⁻', |d| DIGITS[d as usize]))
        .collect()
}

/// Four digits stay together, more are grouped by three.
fn group(digits: &str) -> String {
    if digits.len() <= 4 {
        return digits.to_owned();
    }
    let mut grouped = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            grouped.push(THIN_SPACE);
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_four_digits_whatever_their_size() {
        assert_eq!(number(0.231), "0.2310");
        assert_eq!(number(12.3456), "12.35");
        assert_eq!(number(999.96), "1000");
        assert_eq!(number(1234.5678), "1235");
        assert_eq!(number(12_345.6), "12\u{202f}346");
        assert_eq!(number(1_234_567.0), "1\u{202f}234\u{202f}567");
        assert_eq!(number(1.234_56e-7), "1.235×10⁻⁷");
        assert_eq!(number(-6.02e23), "−6.020×10²³");
        assert_eq!(number(0.000_123_4), "0.0001234");
        assert_eq!(number(f64::MAX), "1.798×10³⁰⁸");
        assert_eq!(number(5e-324), "4.941×10⁻³²⁴");
    }

    #[test]
    fn bounds_have_no_zeros_at_their_end() {
        assert_eq!(plain(164.825_000_000_000_02), "164.825");
        assert_eq!(plain(0.1 + 0.2), "0.3");
        assert_eq!(plain(-12_345.678), "−12\u{202f}345.7");
        assert_eq!(plain(16.0), "16");
        assert_eq!(plain(1_000_000.0), "1\u{202f}000\u{202f}000");
        assert_eq!(plain(1.5e-9), "1.50000×10⁻⁹");
    }

    #[test]
    fn sentences_have_the_thousands_of_numbers_and_names_stay() {
        let space = "\u{202f}";
        for (plain, said) in [
            (
                "predicted 24150 of 1234 rows",
                format!("predicted 24{space}150 of 1234 rows"),
            ),
            ("x >= 65536.", format!("x >= 65{space}536.")),
            ("(12345.678901 ms)", format!("(12{space}345.678901 ms)")),
            (
                "model = '123456' and a12345b",
                "model = '123456' and a12345b".to_owned(),
            ),
            (
                "0.123456, 1.23456e12345, run_12345",
                "0.123456, 1.23456e12345, run_12345".to_owned(),
            ),
            ("2026-05-31 12345", format!("2026-05-31 12{space}345")),
            ("", String::new()),
        ] {
            assert_eq!(grouped(plain), said);
        }
    }

    #[test]
    fn what_is_no_number_is_a_dash_or_a_sign() {
        assert_eq!(number(f64::NAN), "—");
        assert_eq!(number(f64::INFINITY), "∞");
        assert_eq!(number(f64::NEG_INFINITY), "−∞");
        assert_eq!(number(-0.0), "0");
        assert_eq!(optional(None), "—");
        assert_eq!(percent(f64::NAN), "—");
    }

    #[test]
    fn percentages_carry_a_sign_only_for_changes() {
        assert_eq!(level(0.8), "80\u{202f}%");
        assert_eq!(level(0.975), "97.5\u{202f}%");
        assert_eq!(share(0.783), "78.3\u{202f}%");
        assert_eq!(signed_percent(20.34), "+20.3\u{202f}%");
        assert_eq!(signed_percent(-20.34), "−20.3\u{202f}%");
        assert_eq!(signed_percent(-0.04), "0.0\u{202f}%");
        assert_eq!(signed_percent(0.04), "0.0\u{202f}%");
        assert_eq!(signed_percent(1e12), "+1.00×10¹²\u{202f}%");
    }

    #[test]
    fn names_are_cut_and_cleaned() {
        assert_eq!(clean(" a\nb\u{202e}c\n"), "a\\nb\\u{202e}c");
        let cell = "\u{1b}[31mred\u{7}\nnext\t\u{9b}\u{202e}é";
        assert_eq!(visible(cell), "\\x1b[31mred\\x07\\nnext\\t\\x9b\\u{202e}é");
        assert_eq!(shortened("abcdefgh", 4), "abc…");
        assert_eq!(shortened("äöü", 3), "äöü");
    }
}
