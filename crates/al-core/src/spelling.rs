//! One spelling for texts that mean the same category.

use std::borrow::Cow;

use crate::digits::{canonical_number, to_twelve_digits};

/// Returns the spelling by which categories, ids and marks are compared: without blanks
/// around it, booleans in lower case, whole numbers as such where a writer of floats has
/// added `.0`, and floats as [`canonical_number`] has them where they are written with a
/// sign in the exponent or with more digits than anybody types. All other texts are as
/// they are written: `007`, `1.10` and `1e5` are codes.
///
/// ```
/// use al_core::spelling::canonical_text;
///
/// assert_eq!(canonical_text("True"), "true");
/// assert_eq!(canonical_text(" 16.0"), "16");
/// assert_eq!(canonical_text("1.10"), "1.10");
/// ```
#[must_use]
pub fn canonical_text(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    match text {
        "True" | "TRUE" => Cow::Borrowed("true"),
        "False" | "FALSE" => Cow::Borrowed("false"),
        _ => match whole(text) {
            Some(whole) => Cow::Borrowed(whole),
            None => float(text).map_or(Cow::Borrowed(text), Cow::Owned),
        },
    }
}

/// Significant digits from which a number was computed rather than typed.
const COMPUTED: usize = 13;

/// The number of a text such as `1e-05` or `0.30000000000000004`, which only writers of
/// floats write.
fn float(text: &str) -> Option<String> {
    let first = text.bytes().next()?;
    if !(first.is_ascii_digit() || b"-.".contains(&first)) {
        return None;
    }
    let signed = text.contains("e-") || text.contains("e+") || text.contains("E-");
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    if !(signed || text.contains('.') && digits >= COMPUTED) {
        return None;
    }
    let value: f64 = text.parse().ok().filter(|value: &f64| value.is_finite())?;
    Some(canonical_number(to_twelve_digits(value)))
}

/// The whole number of a text such as `16.0` or `-3.00`.
fn whole(text: &str) -> Option<&str> {
    let (number, fraction) = text.split_once('.')?;
    let digits = number.strip_prefix('-').unwrap_or(number);
    let zeros = !fraction.is_empty() && fraction.bytes().all(|byte| byte == b'0');
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let led = digits.len() > 1 && digits.starts_with('0');
    (zeros && plain && !led).then_some(if digits == "0" { digits } else { number })
}

/// Returns a text without what spellings differ in: case, blanks, `-` and `_`.
#[must_use]
pub fn without_spelling(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_whitespace() && !"-_".contains(*c))
        .flat_map(char::to_lowercase)
        .collect()
}

/// Returns whether a text stands for a missing value among numbers and booleans. In a
/// column of texts it is a text: `None` and `NA` are categories in real tables.
#[must_use]
pub fn is_missing(text: &[u8]) -> bool {
    matches!(
        text,
        b"" | b"NA"
            | b"N/A"
            | b"n/a"
            | b"NaN"
            | b"nan"
            | b"NAN"
            | b"null"
            | b"NULL"
            | b"None"
            | b"#N/A"
            | b"<NA>"
            | b"NaT"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_writers_change_is_one_spelling_and_codes_are_kept() {
        let same = [
            ("True", "true"),
            ("FALSE", "false"),
            ("L40 ", "L40"),
            ("16.0", "16"),
            ("-3.00", "-3"),
            ("0.0", "0"),
            ("-0.0", "0"),
        ];
        for (text, canonical) in same {
            assert_eq!(canonical_text(text), canonical, "{text}");
        }
        assert_eq!(canonical_text("1e-05"), "0.00001");
        assert_eq!(canonical_text("0.30000000000000004"), "0.3");
        assert_eq!(canonical_text("1e-5"), canonical_text("1E-05"));
        for code in [
            "007", "1.10", "1.1", "1e5", "007.0", ".0", "1.", "v1.0", "", "None",
        ] {
            assert_eq!(canonical_text(code), code);
        }
    }
}
