//! Which measurements are in a model, so that a results file that grows counts each of
//! its rows once.

use std::collections::BTreeMap;

use al_core::Key;
use al_core::key::to_twelve_digits;

/// Measurements by what tells them apart: configuration, outcome and cost. Repeats that
/// agree in all of it are counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct SeenMeasurements(BTreeMap<u64, u32>);

/// One measurement.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Measurement {
    pub(crate) key: Key,
    /// The target in its unit, or the code of the class; NaN where the measurement
    /// failed.
    pub(crate) value: f64,
    /// What it cost; NaN where not known.
    pub(crate) cost: f64,
}

impl Measurement {
    fn digest(&self) -> u64 {
        let mut bytes = [0; 32];
        bytes[..16].copy_from_slice(&self.key.bytes());
        for (at, number) in [(16, self.value), (24, self.cost)] {
            let canonical = match number.is_nan() {
                true => f64::NAN,
                false => to_twelve_digits(number),
            };
            bytes[at..at + 8].copy_from_slice(&canonical.to_bits().to_le_bytes());
        }
        let hash = blake3::hash(&bytes);
        u64::from_le_bytes(hash.as_bytes()[..8].try_into().expect("eight bytes"))
    }
}

impl SeenMeasurements {
    pub(crate) fn add(&mut self, measurement: Measurement) {
        *self.0.entry(measurement.digest()).or_insert(0) += 1;
    }

    pub(crate) fn extend(&mut self, other: SeenMeasurements) {
        for (digest, count) in other.0 {
            *self.0.entry(digest).or_insert(0) += count;
        }
    }

    /// Whether it is one of these, which is then taken out.
    pub(crate) fn take(&mut self, measurement: Measurement) -> bool {
        match self.0.get_mut(&measurement.digest()) {
            Some(count) if *count > 0 => {
                *count -= 1;
                true
            }
            _ => false,
        }
    }

    /// As bytes: digests ascending, each with its count.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let parts = self.0.iter();
        parts
            .flat_map(|(digest, n)| digest.to_le_bytes().into_iter().chain(n.to_le_bytes()))
            .collect()
    }

    /// Those of [`SeenMeasurements::to_bytes`]; `None` if `bytes` are others.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<SeenMeasurements> {
        let parts = bytes.chunks_exact(12);
        parts.remainder().is_empty().then(|| {
            let part = |part: &[u8]| {
                let digest = u64::from_le_bytes(part[..8].try_into().expect("eight bytes"));
                (
                    digest,
                    u32::from_le_bytes(part[8..].try_into().expect("four bytes")),
                )
            };
            SeenMeasurements(parts.map(part).collect())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_measurement_is_found_as_often_as_it_was_made() {
        let one = |value: f64, cost: f64| Measurement {
            key: Key::of_id("a"),
            value,
            cost,
        };
        let mut seen = SeenMeasurements::default();
        seen.add(one(0.3, f64::NAN));
        seen.add(one(0.3, f64::NAN));
        seen.add(one(f64::NAN, 2.0));
        let mut read = SeenMeasurements::from_bytes(&seen.to_bytes()).unwrap();
        assert_eq!(read, seen);
        // Another spelling of the same number, and one that is another.
        assert!(read.take(one(0.1 + 0.2, f64::NAN)));
        assert!(!read.take(one(0.3, 1.0)) && !read.take(one(0.31, f64::NAN)));
        assert!(read.take(one(0.3, f64::NAN)) && !read.take(one(0.3, f64::NAN)));
        assert!(read.take(one(f64::NAN, 2.0)));
        assert_eq!(SeenMeasurements::from_bytes(&[0; 13]), None);
    }
}
