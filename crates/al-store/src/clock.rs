//! Moments in time, and the clock.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chrono::{DateTime, SecondsFormat, Utc};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A moment: microseconds since 1970 UTC. As text it is RFC 3339, as in
/// `2026-11-29T01:42:27.000000Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(pub i64);

impl Moment {
    /// What the clock says.
    ///
    /// # Panics
    ///
    /// With a clock before 1970.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "leases, tokens and the log of a service depend on the hour"
    )]
    pub fn now() -> Moment {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        let since = since.expect("a clock after 1970");
        Moment(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }

    /// The moment so much later.
    #[must_use]
    pub fn after(self, duration: Duration) -> Moment {
        let micros = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        Moment(self.0.saturating_add(micros))
    }

    /// The moment of a text in RFC 3339; `None` if it is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Moment> {
        let moment = DateTime::parse_from_rfc3339(text).ok()?;
        Some(Moment(moment.timestamp_micros()))
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match DateTime::<Utc>::from_timestamp_micros(self.0) {
            Some(moment) => f.write_str(&moment.to_rfc3339_opts(SecondsFormat::Micros, true)),
            None => write!(f, "{} µs", self.0),
        }
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Moment, D::Error> {
        let text = String::deserialize(deserializer)?;
        Moment::parse(&text).ok_or_else(|| D::Error::custom("a time is written as in RFC 3339"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_rfc_3339() {
        let moment = Moment(1_764_380_547_000_001);
        assert_eq!(moment.to_string(), "2025-11-29T01:42:27.000001Z");
        assert_eq!(Moment::parse(&moment.to_string()), Some(moment));
        assert_eq!(Moment::parse("1970-01-01T01:00:00+01:00"), Some(Moment(0)));
        assert_eq!(Moment::parse("yesterday"), None);
    }
}
