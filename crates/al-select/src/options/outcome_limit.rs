//! Limits on outcomes: what a target of a row must be for the row to be of use.

use std::fmt;

use al_words::numbers::short;

/// A limit on a target, in its own unit.
#[derive(Debug, Clone, PartialEq)]
pub struct OutcomeLimit {
    /// The target.
    pub target: String,
    /// What its value must be.
    pub bound: OutcomeBound,
}

/// What a value must be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum OutcomeBound {
    /// This or less.
    AtMost(f64),
    /// This or more.
    AtLeast(f64),
}

impl OutcomeBound {
    /// Whether a value is as it must be.
    #[must_use]
    pub fn holds(self, value: f64) -> bool {
        match self {
            OutcomeBound::AtMost(most) => value <= most,
            OutcomeBound::AtLeast(least) => value >= least,
        }
    }

    /// The end of the values that are allowed.
    #[must_use]
    pub fn end(self) -> f64 {
        match self {
            OutcomeBound::AtMost(end) | OutcomeBound::AtLeast(end) => end,
        }
    }
}

impl OutcomeLimit {
    /// Reads `latency_s<=50` or `throughput >= 100`: a target, a sign and a number in
    /// the target's unit. `<` and `>` say the same as `<=` and `>=`.
    ///
    /// # Errors
    ///
    /// What is wrong with the text, as the rest of a sentence about it.
    pub fn parse(text: &str) -> Result<OutcomeLimit, String> {
        const SIGNS: [char; 4] = ['<', '>', '≤', '≥'];
        let form =
            "write a target, <= or >=, and a number in the target's unit, as in latency_s<=50";
        let Some((at, sign)) = text
            .char_indices()
            .rfind(|(_, letter)| SIGNS.contains(letter))
        else {
            return Err(format!("has no <= or >=: {form}"));
        };
        let target = text[..at].trim();
        let number = text[at + sign.len_utf8()..].trim_start_matches('=').trim();
        if target.is_empty() {
            return Err(format!("names no target: {form}"));
        }
        let end = number.parse::<f64>().ok().filter(|end| end.is_finite());
        let Some(end) = end else {
            return Err(format!("ends with '{number}', which is no number: {form}"));
        };
        Ok(OutcomeLimit {
            target: target.to_owned(),
            bound: match sign {
                '<' | '≤' => OutcomeBound::AtMost(end),
                _ => OutcomeBound::AtLeast(end),
            },
        })
    }
}

impl fmt::Display for OutcomeLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.bound {
            OutcomeBound::AtMost(_) => "<=",
            OutcomeBound::AtLeast(_) => ">=",
        };
        write!(f, "{} {sign} {}", self.target, short(self.bound.end()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read_and_written() {
        let said = |text: &str| OutcomeLimit::parse(text).map(|limit| limit.to_string());
        assert_eq!(said("latency_s<=50").unwrap(), "latency_s <= 50");
        assert_eq!(said(" tok/s > 1e3 ").unwrap(), "tok/s >= 1000");
        assert_eq!(said("a<b≥-0.5").unwrap(), "a<b >= -0.5");
        assert!(said("latency_s=50").unwrap_err().starts_with("has no <="));
        assert!(said("<=50").unwrap_err().starts_with("names no target"));
        for number in ["fast", "50ms", "inf", "NaN", ""] {
            let text = format!("latency_s<={number}");
            assert!(said(&text).unwrap_err().contains("no number"), "{text}");
        }
    }

    #[test]
    fn ends_are_allowed() {
        assert!(OutcomeBound::AtMost(2.0).holds(2.0) && !OutcomeBound::AtMost(2.0).holds(2.1));
        assert!(OutcomeBound::AtLeast(2.0).holds(2.0) && !OutcomeBound::AtLeast(2.0).holds(1.9));
    }
}
