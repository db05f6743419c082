//! What expressions mean, over columns of every kind.

use polars_core::prelude::*;
use proptest::prelude::*;

use super::Parsed;

/// Per row `T`, `F`, or `N` where it is missing; the error, if there is one.
pub(super) fn asked(columns: &[Series], text: &str) -> Result<String, String> {
    let said = |refusal: super::SqlRefusal| refusal.to_string();
    let parsed = Parsed::new(text).map_err(said)?;
    let read: Vec<Series> = parsed
        .columns()
        .iter()
        .map(|name| {
            let found = columns.iter().find(|column| column.name() == name);
            found.cloned().ok_or_else(|| format!("no column {name}"))
        })
        .collect::<Result<_, String>>()?;
    let fields: Vec<(String, DataType)> = read
        .iter()
        .map(|column| (column.name().to_string(), column.dtype().clone()))
        .collect();
    let condition = parsed.condition(&fields).map_err(said)?;
    let truth = condition.truth(&read, columns[0].len()).map_err(said)?;
    let letter = |truth: &Option<bool>| match truth {
        Some(true) => 'T',
        Some(false) => 'F',
        None => 'N',
    };
    Ok(truth.iter().map(letter).collect())
}

/// Three rows of columns of many kinds; the last row is missing throughout.
fn columns() -> Vec<Series> {
    let days = Series::new("day".into(), [Some(18_266_i32), Some(-1), None]);
    // 2020-01-05 12:30:15.25 and one nanosecond before 1970.
    let moments = Series::new(
        "ts".into(),
        [Some(1_578_227_415_250_000_000_i64), Some(-1), None],
    );
    vec![
        Series::new("i".into(), [Some(7_i64), Some(-7), None]),
        Series::new("small".into(), [Some(127_i8), Some(-128), None]),
        Series::new("u".into(), [Some(u64::MAX), Some(0), None]),
        Series::new("x".into(), [Some(0.5_f64), Some(-2.5), None]),
        Series::new("f".into(), [Some(0.1_f32), Some(f32::NAN), None]),
        Series::new("s".into(), [Some("cuda"), Some("größe"), None]),
        Series::new("b".into(), [Some(true), Some(false), None]),
        Series::new("money".into(), [Some(1.25), Some(-3.0), None])
            .cast(&DataType::Decimal(10, 2))
            .unwrap(),
        days.cast(&DataType::Date).unwrap(),
        moments
            .cast(&DataType::Datetime(TimeUnit::Nanoseconds, None))
            .unwrap(),
        Series::new(
            "list".into(),
            [
                Some(Series::new("".into(), [1_i64])),
                Some(Series::new("".into(), [2_i64])),
                None,
            ],
        ),
    ]
}

/// Each line: an expression, `=>`, what it is in the three rows.
fn hold(lines: &str) {
    let columns = columns();
    for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (text, truth) = line.split_once(" => ").unwrap();
        let found = asked(&columns, text.trim());
        assert_eq!(found.as_deref(), Ok(truth.trim()), "{text}");
    }
}

#[test]
fn numbers_keep_their_worth() {
    hold(
        "i / 2 = 3.5                       => TFN
         i / 0 > 1e300                     => TFN
         (i - i) / 0 IS NULL               => TTT
         i // 2 = 3                        => TFN
         i // 2 = -4                       => FTN
         i % 4 = 3                         => TFN
         i % 4 = 1                         => FTN
         i % 0 IS NULL                     => TTT
         MOD(x, 1) = 0.5                   => TTN
         small + 1 = 128                   => TFN
         u + 1 = 18446744073709551616      => TFN
         u * 2 > u                         => TFN
         POW(u, 1) > 1                     => TFN
         -u < 0                            => TFN
         - - i = 7                         => TFN
         +i = 7                            => TFN
         f = 0.1                           => TNN
         f < 0.1                           => FNN
         f + x = 0.6                       => FNN
         money = 1.25                      => TFN
         money * 4 = 5                     => TFN
         ROUND(x) = 0                      => TFN
         ROUND(x) = -2                     => FTN
         ROUND(x, 1) = 0.5                 => TFN
         TRUNC(x) = -2                     => FTN
         FLOOR(x) = -3                     => FTN
         CEIL(x) = 1                       => TFN
         SQRT(x) > 0                       => TNN
         LN(x) IS NULL                     => FTT
         LOG10(1000) = 3 AND LOG2(8) = 3   => TTT
         LOG(i * i, i) = 2                 => TNN
         POW(i, 2) = 49                    => TTN
         POW(2, 0.5) = SQRT(2)             => TTT
         i & 3 = 3                         => TFN
         i | 8 = 15                        => TFN
         b + 1 = 2                         => TFN
         b = 1                             => TFN
         GREATEST(i, x) = 7                => TFN
         LEAST(i, 0, x) = 0                => TFT
         .5e1 < 1E1                        => TTT",
    );
}

#[test]
fn logic_has_three_values() {
    hold(
        "b                                 => TFN
         NOT b                             => FTN
         b AND NULL                        => NFN
         b OR NULL                         => TNN
         b = NULL                          => NNN
         b IS TRUE                         => TFF
         b IS NOT TRUE                     => FTT
         b IS FALSE                        => FTF
         b IS NOT FALSE                    => TFT
         i IS NULL                         => FFT
         list IS NOT NULL                  => TTF
         i <=> NULL                        => FFT
         i IS DISTINCT FROM 7              => FTT
         i IS NOT DISTINCT FROM NULL       => FFT
         i IN (7, NULL)                    => TNN
         i NOT IN (7, NULL)                => FNN
         i IN (7, 2.5, x)                  => TFN
         s IN ('cuda', 'cpu')              => TFN
         f IN (0.1, 0.2)                   => TNN
         day IN (DATE '2020-01-05')        => TFN
         x NOT BETWEEN 0 AND 1             => FTN
         NOT i                             => FFN
         COALESCE(x, 9) > 5                => FFT
         NULLIF(i, 7) IS NULL              => TFT
         IF(i > 0, 'p', 'n') = 'n'         => FTT
         CASE WHEN i > 0 THEN b END        => TNN
         CASE i WHEN 7 THEN 1 WHEN -7 THEN x ELSE 5 END > 0.9 => TFT
         CASE WHEN TRUE THEN TRUE END      => TTT
         i > 0 = TRUE                      => TFN
         NOT i = 7 AND TRUE                => FTN
         i = 0 OR b AND i = 7 OR i = 1     => TFN",
    );
}

#[test]
fn texts_count_in_characters() {
    hold(
        "LENGTH(s) = 5                     => FTN
         OCTET_LENGTH(s) = 7               => FTN
         UPPER(s) LIKE 'GRÖ_E'             => FFN
         UPPER(s) = 'GRÖSSE'               => FTN
         s LIKE 'gr__e'                    => FTN
         s ILIKE 'CU%'                     => TFN
         s NOT LIKE '%u%'                  => FTN
         s LIKE s                          => TTN
         s REGEXP '^c.da$'                 => TFN
         s ~* 'CU'                         => TFN
         s !~ 'c'                          => FTN
         REGEXP_LIKE(s, 'CU', 'i')         => TFN
         SUBSTR(s, 2, 3) = 'röß'           => FTN
         SUBSTR(s, 0, 3) = 'gr'            => FTN
         SUBSTR(s, -5) = s                 => TTN
         SUBSTRING(s FROM 3 FOR 1) = 'd'   => TFN
         LEFT(s, -3) = 'c'                 => TFN
         RIGHT(s, 2) = 'da'                => TFN
         STRPOS(s, 'ß') = 4                => FTN
         POSITION('u' IN s) = 2            => TFN
         CONTAINS(s, 'ud')                 => TFN
         STARTS_WITH(s, 'gr')              => FTN
         TRIM('  a ') = 'a'                => TTT
         TRIM(BOTH 'c' FROM s) = 'uda'     => TFN
         TRIM(TRAILING FROM ' a ') = ' a'  => TTT
         LTRIM(s, 'uc') = 'da'             => TFN
         LPAD(s, 6, '.') = '..cuda'        => TFN
         RPAD(s, 2) = 'cu'                 => TFN
         REVERSE(s) = 'aduc'               => TFN
         s || i = 'cuda7'                  => TFN
         s || NULL IS NULL                 => TTT
         CONCAT(s, i, NULL) = 'cuda7'      => TFF
         CONCAT_WS('-', s, i) = 'cuda-7'   => TFF
         x || '' = '0.5'                   => TFN
         b || '' = 'true'                  => TFN
         b = 'true'                        => TFN
         day || '' = '2020-01-05'          => TFN
         REPLACE(s, 'c', 'k') = 'kuda'     => TFN
         'it''s' = 'it' || '''s'           => TTT",
    );
}

#[test]
fn dates_are_calendar_days() {
    hold(
        "day = DATE '2020-01-05'           => TFN
         day > TIMESTAMP '2020-01-04 23:59:59.9' => TFN
         ts > day                          => TTN
         ts >= TIMESTAMP '2020-01-05T12:30:15.25' => TFN
         ts < TIMESTAMP '1970-01-01'       => FTN
         EXTRACT(year FROM ts) = 1969      => FTN
         EXTRACT(second FROM ts) = 15      => TFN
         EXTRACT(ms FROM ts) = 15250       => TFN
         EXTRACT(dow FROM day) = 0         => TFN
         EXTRACT(isodow FROM day) = 7      => TFN
         EXTRACT(week FROM day) = 1        => TTN
         EXTRACT(doy FROM day) = 365       => FTN
         EXTRACT(century FROM day) = 20    => FTN
         EXTRACT(epoch FROM ts) = 1578227415.25 => TFN
         YEAR(day) * 100 + MONTH(day) = 202001 => TFN
         DATE_PART('quarter', day) = 4     => FTN
         day + INTERVAL '1 month' = DATE '2020-02-05' => TFN
         day - INTERVAL '1 day' = DATE '1969-12-30' => FTN
         ts + INTERVAL '90 minutes' > TIMESTAMP '2020-01-05 14:00' => TFN
         ts - day < INTERVAL '1 day'       => TTN
         day - DATE '2020-01-01' = INTERVAL '4 days' => TFN
         CAST(ts AS DATE) = day            => TTN
         CAST(ts AS TIME) > TIME '13:00'   => FTN
         day::timestamp = TIMESTAMP '2020-01-05' => TFN
         DATE('2020-01-05') = day          => TFN
         CAST('2020-01-05' AS TIMESTAMP) = day => TFN
         CAST(day AS DATE) = '2020-01-05'  => TFN",
    );
}

#[test]
fn values_are_converted() {
    hold(
        "CAST(x AS INT) = -2               => FTN
         CAST(x AS TEXT) = '0.5'           => TFN
         CAST('7' AS BIGINT) = i           => TFN
         '0.5'::double = x                 => TFN
         CAST(b AS INT) = 1                => TFN
         CAST(i AS BOOLEAN)                => TTN
         CAST('TRUE' AS BOOLEAN)           => TTT
         TRY_CAST(s AS DOUBLE) IS NULL     => TTT
         TRY_CAST(i AS UTINYINT) IS NULL   => FTT
         TRY_CAST(1e300 AS HUGEINT) IS NULL => TTT
         CAST(x AS REAL) = 0.5             => TFN
         CAST(NULL AS INT) IS NULL         => TTT
         COALESCE(i, s) = '7'              => TFN",
    );
    let failed = |text: &str| asked(&columns(), text).unwrap_err();
    assert!(
        failed("CAST(s AS DATE) > DATE '2020-01-01'")
            .contains("CAST finds 'cuda', which is no date")
    );
    assert!(failed("CAST(i AS UTINYINT) > 0").contains("CAST finds '-7'"));
    assert!(
        failed("CAST(list AS TEXT) = ''")
            .contains("CAST makes no text of a value of the type list")
    );
}

/// Expressions, and what their errors say.
const REFUSED: [(&str, &str); 31] = [
    ("x >", "is not valid SQL: a value is missing (at its end)"),
    ("", "is not valid SQL: a value is missing (at its end)"),
    (
        "x > AND b",
        "a value is missing before AND (at character 5)",
    ),
    ("(x > 1", "is not valid SQL: ) is missing (at its end)"),
    ("x > 1)", "a ) has no ( (at character 6)"),
    (
        "x > 1 b",
        "an operator such as AND is missing before b (at character 7)",
    ),
    ("größe > 1 ?", "there is no operator '?'"),
    ("x = 'a", "the ' has no other (at character 5)"),
    ("CASE WHEN b THEN 1", "END is missing (at its end)"),
    (
        "x IS 5",
        "NULL, TRUE, FALSE or DISTINCT FROM is missing before 5",
    ),
    ("i IN ()", "a value is missing before )"),
    (
        "x > 'a'",
        "it compares a number with text (at character 3); a number stands without quotes",
    ),
    ("day > '2020-01-05'", "write a date as DATE '2020-01-05'"),
    (
        "day > DATE '2020-02-30'",
        "'2020-02-30' is not written as in DATE",
    ),
    (
        "b AND i",
        "AND needs a condition and finds a whole number (at character 7)",
    ),
    (
        "x + 1",
        "is not true or false but a number; compare it with a value",
    ),
    (
        "s + 1 > 2",
        "+ needs numbers and finds text (at character 3)",
    ),
    ("LOWER(x) = 'a'", "LOWER needs text and finds a number"),
    ("LEN(s) > 1", "there is no function 'LEN'"),
    ("LENGHT(s) > 1", "did you mean 'LENGTH'?"),
    (
        "AVG(x) > 1",
        "other than the values of the row itself: AVG (at character 1)",
    ),
    (
        "COUNT(*) > 1",
        "other than the values of the row itself: COUNT",
    ),
    (
        "x > (SELECT 1)",
        "other than the values of the row itself: a subquery",
    ),
    (
        "ROW_NUMBER() OVER (ORDER BY x) < 5",
        "values of the row itself: ROW_NUMBER",
    ),
    (
        "CASE WHEN b THEN day ELSE 1 END > 1",
        "CASE mixes a date with a whole number",
    ),
    ("EXTRACT(fortnight FROM day) = 1", "dates have no fortnight"),
    (
        "day + INTERVAL '1 fortnight' > day",
        "INTERVAL '2 days 12 hours'",
    ),
    ("ts - day > INTERVAL '1 month'", "no fixed length"),
    ("s REGEXP '('", "is no regular expression"),
    ("POW(u, 3) > 1", "leaves 128 bits"),
    ("CAST(x AS COMPLEX) = 1", "complex is no type here"),
];

#[test]
fn errors_say_what_and_where() {
    let columns = columns();
    for (text, said) in REFUSED {
        let found = asked(&columns, text).unwrap_err();
        assert!(found.contains(said), "{text}: {found}");
    }
}

#[test]
fn hostile_expressions_end_with_an_error() {
    let deep =
        |open: &str, close: &str| format!("{}1{} = 1", open.repeat(100_000), close.repeat(100_000));
    for text in [
        deep("(", ")"),
        deep("ABS(", ")"),
        deep("- ", ""),
        deep("CASE WHEN TRUE THEN ", " END"),
        format!("{} TRUE", "NOT ".repeat(100_000)),
        format!("1{} = 1", " + 1".repeat(100_000)),
        format!("i{}", "::INT".repeat(100_000)),
    ] {
        let found = asked(&columns(), &text).unwrap_err();
        assert!(found.contains("expressions are nested"), "{found}");
    }
    // Chains of conditions are as long as one likes.
    let long = format!("i = 1{}", " OR i = 7".repeat(10_000));
    assert_eq!(asked(&columns(), &long).as_deref(), Ok("TFN"));
}

/// Words out of which random texts are made: many are expressions.
const WORDS: [&str; 48] = [
    "i",
    "x",
    "s",
    "b",
    "day",
    "ts",
    "f",
    "u",
    "list",
    "NULL",
    "TRUE",
    "1",
    "-2.5",
    "'a'",
    "'2020-01-05'",
    "(",
    ")",
    ",",
    "+",
    "-",
    "*",
    "/",
    "%",
    "||",
    "=",
    "<",
    "<>",
    "AND",
    "OR",
    "NOT",
    "IS",
    "IN",
    "LIKE",
    "BETWEEN",
    "CASE",
    "WHEN",
    "THEN",
    "ELSE",
    "END",
    "CAST(",
    "AS",
    "INT",
    "::",
    "DATE",
    "INTERVAL '1 day'",
    "COALESCE(",
    "ROUND(",
    "SUBSTR(",
];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_it_panic(words in prop::collection::vec(0..WORDS.len(), 0..14)) {
        let words: Vec<&str> = words.into_iter().map(|word| WORDS[word]).collect();
        let _ = asked(&columns(), &words.join(" "));
    }

    #[test]
    fn no_characters_make_it_panic(text in "\\PC{0,40}") {
        let _ = asked(&columns(), &text);
    }

    /// The value of a row does not depend on where a table is cut.
    #[test]
    fn blocks_are_of_no_matter(values in prop::collection::vec(prop::option::of(-9_i64..9), 1..9), from in 0_usize..5000) {
        let rows = 9_000;
        let long = (0..rows).map(|row| values[(row + from) % values.len()]);
        let long = Int64Chunked::from_iter_options("i".into(), long).into_series();
        let found = asked(std::slice::from_ref(&long), "i % 3 = 1 OR i IN (2, 5)").unwrap();
        let short = Int64Chunked::from_iter_options("i".into(), values.iter().copied()).into_series();
        let one = asked(&[short], "i % 3 = 1 OR i IN (2, 5)").unwrap();
        for (row, letter) in found.char_indices() {
            let at = (row + from) % values.len();
            prop_assert_eq!(Some(letter), one[at..].chars().next());
        }
    }
}
