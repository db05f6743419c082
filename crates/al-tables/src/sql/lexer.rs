//! Expressions cut into words, numbers, texts and symbols.

use super::error::SqlError;

/// A piece of an expression.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// A name or keyword without quotes.
    Word(String),
    /// A name in double quotes or backticks.
    Quoted(String),
    /// A number as written.
    Number(String),
    /// A text in single quotes.
    Text(String),
    /// An operator or a bracket.
    Symbol(&'static str),
    End,
}

/// A token and where it starts, in bytes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PlacedToken {
    pub(super) token: Token,
    pub(super) at: usize,
}

/// All symbols, longer ones first.
const SYMBOLS: [&str; 30] = [
    "!~~*", "~~*", "!~~", "!~*", "<=>", "||", "::", "<=", ">=", "<>", "!=", "==", "//", "~~", "~*",
    "!~", "(", ")", ",", "+", "-", "*", "/", "%", "=", "<", ">", "~", "&", "|",
];

impl std::fmt::Display for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Token::Word(text) | Token::Number(text) => f.write_str(text),
            Token::Quoted(text) => write!(f, "\"{text}\""),
            Token::Text(text) => write!(f, "'{text}'"),
            Token::Symbol(text) => f.write_str(text),
            Token::End => f.write_str("the end"),
        }
    }
}

/// The tokens of `text`; the last is [`Token::End`].
pub(super) fn tokens(text: &str) -> Result<Vec<PlacedToken>, SqlError> {
    let mut tokens = Vec::new();
    let mut at = 0;
    loop {
        at = skip_blanks(text, at)?;
        let rest = &text[at..];
        let Some(first) = rest.chars().next() else {
            break;
        };
        let (token, length) = match first {
            '\'' => {
                let (text, length) = quoted(rest, '\'', at)?;
                (Token::Text(text), length)
            }
            '"' | '`' => {
                let (name, length) = quoted(rest, first, at)?;
                (Token::Quoted(name), length)
            }
            '.' | '0'..='9' if number_length(rest) > 0 => {
                let length = number_length(rest);
                (Token::Number(rest[..length].to_owned()), length)
            }
            _ if first.is_alphabetic() || matches!(first, '_' | '#' | '@') => {
                let end = rest
                    .find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '#' | '@' | '$')));
                let length = end.unwrap_or(rest.len());
                (Token::Word(rest[..length].to_owned()), length)
            }
            _ => match SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) {
                Some(symbol) => (Token::Symbol(symbol), symbol.len()),
                None => return Err(unknown(first, at)),
            },
        };
        tokens.push(PlacedToken { token, at });
        at += length;
    }
    tokens.push(PlacedToken {
        token: Token::End,
        at: text.len(),
    });
    Ok(tokens)
}

fn unknown(symbol: char, at: usize) -> SqlError {
    let help = match symbol {
        '.' => "; a name with a dot stands in double quotes",
        ';' => "; one expression is expected, without a semicolon",
        _ => "; a name with signs in it stands in double quotes, a text in single quotes",
    };
    SqlError::syntax(at, format!("there is no operator {symbol:?}{help}"))
}

/// The offset after blanks and comments from `at`.
fn skip_blanks(text: &str, mut at: usize) -> Result<usize, SqlError> {
    loop {
        let rest = &text[at..];
        let trimmed = rest.trim_start();
        at += rest.len() - trimmed.len();
        if trimmed.starts_with("--") {
            at += trimmed.find('\n').unwrap_or(trimmed.len());
        } else if trimmed.starts_with("/*") {
            let Some(end) = trimmed.find("*/") else {
                return Err(SqlError::syntax(at, "the comment has no end"));
            };
            at += end + 2;
        } else {
            return Ok(at);
        }
    }
}

/// What stands between two marks `mark`, of which two stand for one, and its
/// length with the marks.
fn quoted(text: &str, mark: char, at: usize) -> Result<(String, usize), SqlError> {
    let mut content = String::new();
    let mut characters = text.char_indices().skip(1).peekable();
    while let Some((offset, character)) = characters.next() {
        if character != mark {
            content.push(character);
        } else if characters.next_if(|(_, next)| *next == mark).is_some() {
            content.push(mark);
        } else {
            return Ok((content, offset + mark.len_utf8()));
        }
    }
    Err(SqlError::syntax(at, format!("the {mark} has no other")))
}

/// The length of the number that `text` starts with, 0 if there is none.
fn number_length(text: &str) -> usize {
    let digits = |from: usize| {
        let rest = text[from..].bytes();
        rest.take_while(u8::is_ascii_digit).count()
    };
    let whole = digits(0);
    let mut length = whole;
    if text[length..].starts_with('.') {
        let fraction = digits(length + 1);
        if whole + fraction == 0 {
            return 0;
        }
        length += 1 + fraction;
    }
    if text[length..].starts_with(['e', 'E']) {
        let sign = usize::from(text[length + 1..].starts_with(['+', '-']));
        let exponent = digits(length + 1 + sign);
        if exponent > 0 {
            length += 1 + sign + exponent;
        }
    }
    length
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<Token> {
        let tokens = tokens(text).unwrap();
        tokens.into_iter().map(|placed| placed.token).collect()
    }

    #[test]
    fn pieces_are_told_apart() {
        let word = |text: &str| Token::Word(text.to_owned());
        let number = |text: &str| Token::Number(text.to_owned());
        assert_eq!(
            of("größe>=1.5e-3 -- why\n AND\"a \"\"b\"<>'it''s'/* here */||.5"),
            [
                word("größe"),
                Token::Symbol(">="),
                number("1.5e-3"),
                word("AND"),
                Token::Quoted("a \"b".to_owned()),
                Token::Symbol("<>"),
                Token::Text("it's".to_owned()),
                Token::Symbol("||"),
                number(".5"),
                Token::End
            ]
        );
        assert_eq!(of("1e"), [number("1"), word("e"), Token::End]);
        assert_eq!(of("5."), [number("5."), Token::End]);
    }

    #[test]
    fn what_is_no_token_is_shown() {
        let said = |text: &str| tokens(text).unwrap_err().about(text).to_string();
        assert!(
            said("ä = 'x").contains("at character 5"),
            "{}",
            said("ä = 'x")
        );
        assert!(said("x ? 1").contains("no operator '?'"));
        assert!(said("x > 1; DROP").contains("without a semicolon"));
        assert!(said("x /* 1").contains("no end"));
        assert!(said("t.x > 1").contains("double quotes"));
    }
}
