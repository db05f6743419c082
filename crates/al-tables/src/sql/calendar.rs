//! The Gregorian calendar without time zones: days and nanoseconds since
//! 1970-01-01 as years, months and days, and back.
//!
//! The arithmetic counts years from March, so that the leap day is the last
//! of its year, in eras of 400 years (146 097 days).

use super::kind::DAY;

/// A day of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct CalendarDay {
    pub(super) year: i128,
    /// From 1.
    pub(super) month: i128,
    /// From 1.
    pub(super) day: i128,
}

impl CalendarDay {
    /// The day so many days after 1970-01-01.
    pub(super) fn of(days: i128) -> CalendarDay {
        let days = days + 719_468;
        let era = days.div_euclid(146_097);
        let of_era = days.rem_euclid(146_097);
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let from_march = (5 * of_year + 2) / 153;
        let day = of_year - (153 * from_march + 2) / 5 + 1;
        let month = if from_march < 10 {
            from_march + 3
        } else {
            from_march - 9
        };
        let year = year_of_era + era * 400 + i128::from(month <= 2);
        CalendarDay { year, month, day }
    }

    /// Days after 1970-01-01.
    pub(super) fn days(self) -> i128 {
        let year = self.year - i128::from(self.month <= 2);
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let from_march = (self.month + 9) % 12;
        let of_year = (153 * from_march + 2) / 5 + self.day - 1;
        let of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year;
        era * 146_097 + of_era - 719_468
    }

    /// The day of the year, from 1.
    pub(super) fn of_year(self) -> i128 {
        let first = CalendarDay {
            year: self.year,
            month: 1,
            day: 1,
        };
        self.days() - first.days() + 1
    }

    /// So many months later; the last day of the month where it has no such
    /// day.
    pub(super) fn after_months(self, months: i128) -> CalendarDay {
        let month = self.year * 12 + self.month - 1 + months;
        let (year, month) = (month.div_euclid(12), month.rem_euclid(12) + 1);
        let day = self.day.min(days_in_month(year, month));
        CalendarDay { year, month, day }
    }
}

/// Days of a month.
fn days_in_month(year: i128, month: i128) -> i128 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The weekday, from 1 (Monday) to 7.
pub(super) fn weekday(days: i128) -> i128 {
    (days + 3).rem_euclid(7) + 1
}

/// The year and week that ISO 8601 gives a day: weeks begin on Monday, and the
/// first has the year's first Thursday.
pub(super) fn iso_week(days: i128) -> (i128, i128) {
    let thursday = CalendarDay::of(days - weekday(days) + 4);
    (thursday.year, (thursday.of_year() - 1) / 7 + 1)
}

/// The day that `2020-01-05` says, in days.
pub(super) fn parse_date(text: &str) -> Option<i128> {
    let mut parts = text.splitn(3, '-');
    let mut part = |digits: usize| -> Option<i128> {
        let part = parts.next()?;
        let digits = part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| part.parse().ok())?
    };
    let (year, month, day) = (part(4)?, part(2)?, part(2)?);
    let there = (1..=12).contains(&month) && (1..=days_in_month(year, month)).contains(&day);
    there.then(|| CalendarDay { year, month, day }.days())
}

/// The time of day that `12:00`, `12:00:30` or `12:00:30.25` says, in
/// nanoseconds.
pub(super) fn parse_time(text: &str) -> Option<i128> {
    let two = |text: Option<&str>, below: i128| -> Option<i128> {
        let text = text?;
        let digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        let value: i128 = digits.then(|| text.parse().ok())??;
        (value < below).then_some(value)
    };
    let (clock, fraction) = match text.split_once('.') {
        None => (text, None),
        Some((clock, fraction)) => (clock, Some(fraction)),
    };
    let mut parts = clock.split(':');
    let (hour, minute) = (two(parts.next(), 24)?, two(parts.next(), 60)?);
    let second = match parts.next() {
        None if fraction.is_none() => 0,
        part => two(part, 60)?,
    };
    let nanoseconds = match fraction {
        None => 0,
        Some(digits) => {
            let fits = (1..=9).contains(&digits.len());
            let fits = fits && digits.bytes().all(|byte| byte.is_ascii_digit());
            fits.then(|| format!("{digits:0<9}").parse().ok())??
        }
    };
    let rest = parts.next().is_none();
    rest.then_some(((hour * 60 + minute) * 60 + second) * 1_000_000_000 + nanoseconds)
}

/// The moment that `2020-01-05 12:00:00` says, with a blank or a `T`, in
/// nanoseconds; a day without a time begins at midnight.
pub(super) fn parse_moment(text: &str) -> Option<i128> {
    match text.split_once([' ', 'T']) {
        None => Some(parse_date(text)? * DAY),
        Some((day, time)) => Some(parse_date(day)? * DAY + parse_time(time)?),
    }
}

/// A length of time: some of it in months, which have no fixed length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TimeSpan {
    pub(super) months: i128,
    pub(super) nanoseconds: i128,
}

/// The length that `2 days`, `1 hour 30 minutes` or `3mo` says.
pub(super) fn parse_span(text: &str) -> Option<TimeSpan> {
    let mut span = TimeSpan {
        months: 0,
        nanoseconds: 0,
    };
    let lower = text.trim().to_ascii_lowercase();
    let mut rest = lower.as_str();
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let unit_at = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: i128 = rest[..unit_at].parse().ok()?;
        rest = rest[unit_at..].trim_start_matches([' ', ',']);
        let end = rest.find(|c: char| !c.is_ascii_alphabetic());
        let unit = &rest[..end.unwrap_or(rest.len())];
        rest = rest[unit.len()..].trim_start_matches([' ', ',']);
        let (months, nanoseconds) = unit_of(unit)?;
        span.months = span.months.checked_add(number.checked_mul(months)?)?;
        span.nanoseconds = span
            .nanoseconds
            .checked_add(number.checked_mul(nanoseconds)?)?;
    }
    Some(span)
}

/// The months and the nanoseconds of a unit of time.
fn unit_of(name: &str) -> Option<(i128, i128)> {
    const SECOND: i128 = 1_000_000_000;
    Some(match name {
        "ns" | "nanosecond" | "nanoseconds" => (0, 1),
        "us" | "microsecond" | "microseconds" => (0, 1_000),
        "ms" | "millisecond" | "milliseconds" => (0, 1_000_000),
        "s" | "sec" | "secs" | "second" | "seconds" => (0, SECOND),
        "m" | "min" | "mins" | "minute" | "minutes" => (0, 60 * SECOND),
        "h" | "hour" | "hours" => (0, 3_600 * SECOND),
        "d" | "day" | "days" => (0, DAY),
        "w" | "week" | "weeks" => (0, 7 * DAY),
        "mo" | "mon" | "mons" | "month" | "months" => (1, 0),
        "q" | "quarter" | "quarters" => (3, 0),
        "y" | "year" | "years" => (12, 0),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_dates_are_inverse_to_one_another() {
        for days in (-1_000_000..1_000_000).step_by(97) {
            assert_eq!(CalendarDay::of(days).days(), days);
        }
        let day = |year, month, day| CalendarDay { year, month, day };
        assert_eq!(CalendarDay::of(0), day(1970, 1, 1));
        assert_eq!(CalendarDay::of(-1), day(1969, 12, 31));
        assert_eq!(CalendarDay::of(11_016), day(2000, 2, 29));
        assert_eq!(day(2024, 12, 31).of_year(), 366);
        assert_eq!(day(2024, 1, 31).after_months(1), day(2024, 2, 29));
        assert_eq!(day(2024, 1, 31).after_months(-2), day(2023, 11, 30));
    }

    /// Computed with Python's `datetime.date.isocalendar`.
    #[test]
    fn weeks_are_those_of_iso_8601() {
        let days = |text| parse_date(text).unwrap();
        assert_eq!(weekday(days("1970-01-01")), 4);
        assert_eq!(iso_week(days("2021-01-03")), (2020, 53));
        assert_eq!(iso_week(days("2024-12-30")), (2025, 1));
        assert_eq!(iso_week(days("2024-02-29")), (2024, 9));
    }

    #[test]
    fn dates_and_times_are_read() {
        assert_eq!(parse_date("1970-01-02"), Some(1));
        for text in [
            "1970-1-02",
            "1970-02-30",
            "1970-13-01",
            "70-01-01",
            "1970-01-01x",
            "",
        ] {
            assert_eq!(parse_date(text), None, "{text}");
        }
        assert_eq!(parse_time("00:01"), Some(60_000_000_000));
        assert_eq!(parse_time("00:00:01.5"), Some(1_500_000_000));
        for text in [
            "24:00",
            "1:00",
            "00:00:60",
            "00:00:00.",
            "00:00.5",
            "00:00:00:00",
        ] {
            assert_eq!(parse_time(text), None, "{text}");
        }
        assert_eq!(parse_moment("1970-01-02"), Some(DAY));
        assert_eq!(
            parse_moment("1970-01-02T00:00:01"),
            Some(DAY + 1_000_000_000)
        );
    }

    #[test]
    fn lengths_of_time_are_read() {
        let span = |text| parse_span(text).map(|span| (span.months, span.nanoseconds));
        assert_eq!(span("2 days"), Some((0, 2 * DAY)));
        assert_eq!(span("1 Year, 3 mo 10s"), Some((15, 10_000_000_000)));
        for text in ["", "3", "days", "2 fortnights", "-1 day"] {
            assert_eq!(span(text), None, "{text}");
        }
    }
}
