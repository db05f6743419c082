//! A process as bytes: its head as JSON, then its numbers.

use al_core::tanimoto::CountRows;
use ndarray::Array2;
use serde::{Deserialize, Serialize};

use super::classes::{ClassProcesses, Link, LinkedProcess, processes_of};
use super::features::RandomFeatures;
use super::points::{KernelPoints, PointStructures};
use super::process::{GaussianProcess, ProcessHead};

/// Most levels of a category: each has a training row, and there are at most 5000,
/// and one level is for unseen and one for missing values.
const MOST_LEVELS: u32 = 5002;

impl GaussianProcess {
    /// The process as bytes.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let head = serde_json::to_vec(&self.head).expect("plain values can be written");
        let mut bytes = (head.len() as u32).to_le_bytes().to_vec();
        bytes.extend(head);
        for code in &self.training.codes {
            bytes.extend(code.to_le_bytes());
        }
        if let Some(structures) = &self.training.structures {
            write_counts(&structures.rows, &mut bytes);
        }
        let numbers = self.training.numbers.iter().chain(&self.alpha);
        let drawn = self.corrections.iter().chain(&self.prior_weights);
        for value in numbers.chain(drawn).chain(&self.left_out) {
            bytes.extend(value.to_le_bytes());
        }
        bytes
    }

    /// A process from its bytes.
    ///
    /// # Errors
    ///
    /// What is wrong with them, in words.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<GaussianProcess, String> {
        let short = || "it is cut short".to_owned();
        let (length, rest) = bytes.split_first_chunk::<4>().ok_or_else(short)?;
        let length = u32::from_le_bytes(*length) as usize;
        let (head, rest) = rest.split_at_checked(length).ok_or_else(short)?;
        let head: ProcessHead = serde_json::from_slice(head).map_err(|error| error.to_string())?;
        let parameters = &head.parameters;
        let (n, m) = (head.rows, head.members);
        let (p, q) = (head.space.numbers, head.space.levels.len());
        let sound = parameters.are_sound()
            && (parameters.lengths.len(), parameters.category_lengths.len()) == (p, q)
            && head.space.is_sound()
            && parameters.likeness.is_some() == head.space.structure().is_some()
            && head
                .space
                .levels
                .iter()
                .all(|&levels| levels <= MOST_LEVELS)
            && head.centre.is_finite()
            && head.unit.is_finite()
            && n > 0
            && m > 0;
        if !sound {
            return Err("its hyperparameters cannot be".to_owned());
        }
        let size = |rows: usize, columns: usize| rows.checked_mul(columns).ok_or_else(short);
        let codes_size = size(size(n, q)?, 4)?;
        let (codes, mut rest) = rest.split_at_checked(codes_size).ok_or_else(short)?;
        let codes: Vec<u32> = codes
            .chunks_exact(4)
            .map(|four| u32::from_le_bytes([four[0], four[1], four[2], four[3]]))
            .collect();
        let codes = Array2::from_shape_vec((n, q), codes).map_err(|_| short())?;
        // They are as many as levels, which a short file could make very many.
        let most = size(rest.len(), 1)?;
        let levels = head.space.levels.iter().map(|&levels| levels as usize);
        if levels.sum::<usize>() > most {
            return Err(short());
        }
        let features = RandomFeatures::drawn(parameters, &head.space.levels, head.seed);
        let known = codes.rows().into_iter().all(|row| {
            let pairs = row.into_iter().zip(&head.space.levels);
            pairs.into_iter().all(|(code, levels)| code < levels)
        });
        let structures = match head.space.structure() {
            None => None,
            Some(_) => {
                let (rows, after) = read_counts(rest, n).ok_or_else(short)?;
                rest = after;
                Some(PointStructures::of(rows))
            }
        };
        let mut table = |rows: usize, columns: usize| {
            let bytes = size(size(rows, columns)?, 8)?;
            let (values, after) = rest.split_at_checked(bytes).ok_or_else(short)?;
            rest = after;
            let values = values
                .chunks_exact(8)
                .map(|eight| f64::from_le_bytes(eight.try_into().expect("eight bytes")));
            Array2::from_shape_vec((rows, columns), values.collect()).map_err(|_| short())
        };
        let numbers = table(n, p)?;
        let alpha = table(n, 1)?.column(0).to_owned();
        let corrections = table(n, m)?;
        let prior_weights = table(features.width(), m)?;
        let left_out = table(n, 2)?;
        if !known || !rest.is_empty() {
            return Err("its rows do not fit its columns".to_owned());
        }
        Ok(GaussianProcess {
            head,
            training: KernelPoints {
                numbers,
                codes,
                structures,
            },
            features,
            alpha,
            corrections,
            prior_weights,
            left_out,
        })
    }
}

/// Begins the bytes of processes of classes: no head is so long.
const CLASSES: [u8; 4] = [0xff; 4];

/// What of the processes of classes is saved beside them.
#[derive(Serialize, Deserialize)]
struct ClassesHead {
    classes: usize,
    links: Vec<Link>,
}

impl ClassProcesses {
    /// Whether `bytes` are those of processes of classes, not of values.
    pub(crate) fn are_in(bytes: &[u8]) -> bool {
        bytes.starts_with(&CLASSES)
    }

    /// The processes as bytes: the head as JSON and each process, each after its length.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let head = ClassesHead {
            classes: self.classes,
            links: self.parts.iter().map(|part| part.link).collect(),
        };
        let mut bytes = CLASSES.to_vec();
        let mut push = |part: Vec<u8>| {
            bytes.extend((part.len() as u64).to_le_bytes());
            bytes.extend(part);
        };
        push(serde_json::to_vec(&head).expect("plain values can be written"));
        self.parts
            .iter()
            .for_each(|part| push(part.process.to_bytes()));
        bytes
    }

    /// Processes of classes from their bytes.
    ///
    /// # Errors
    ///
    /// What is wrong with them, in words.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<ClassProcesses, String> {
        let short = || "it is cut short".to_owned();
        let mut rest = bytes.get(CLASSES.len()..).ok_or_else(short)?;
        let mut next = || {
            let (length, after) = rest.split_first_chunk::<8>().ok_or_else(short)?;
            let length = usize::try_from(u64::from_le_bytes(*length)).map_err(|_| short())?;
            let (part, after) = after.split_at_checked(length).ok_or_else(short)?;
            rest = after;
            Ok::<&[u8], String>(part)
        };
        let head: ClassesHead =
            serde_json::from_slice(next()?).map_err(|error| error.to_string())?;
        let fits = head.classes >= 2 && head.links.len() == processes_of(head.classes);
        if !fits || !head.links.iter().all(|link| link.is_sound()) {
            return Err("its classes cannot be".to_owned());
        }
        let parts = head.links.into_iter().map(|link| {
            let process = GaussianProcess::from_bytes(next()?)?;
            Ok(LinkedProcess { process, link })
        });
        let parts = parts.collect::<Result<Vec<_>, String>>()?;
        let alike = |part: &LinkedProcess| {
            let (one, first) = (&part.process, &parts[0].process);
            let same_rows = one.head.rows == first.head.rows;
            same_rows && one.members() == first.members() && one.width() == first.width()
        };
        if !parts.iter().all(alike) || !rest.is_empty() {
            return Err("its processes do not fit each other".to_owned());
        }
        Ok(ClassProcesses {
            parts,
            classes: head.classes,
        })
    }
}

/// Per row the number of its counts and these.
fn write_counts(rows: &CountRows, bytes: &mut Vec<u8>) {
    for row in 0..rows.n_rows() {
        let counts = rows.row(row);
        bytes.extend((counts.clone().count() as u16).to_le_bytes());
        for (id, n) in counts {
            bytes.extend((id as u16).to_le_bytes());
            bytes.extend((n as u16).to_le_bytes());
        }
    }
}

/// The counts of `n` rows, and the bytes behind them.
fn read_counts(mut bytes: &[u8], n: usize) -> Option<(CountRows, &[u8])> {
    let mut word = || {
        let (word, rest) = bytes.split_first_chunk::<2>()?;
        bytes = rest;
        Some(u32::from(u16::from_le_bytes(*word)))
    };
    let mut rows = CountRows::default();
    for _ in 0..n {
        let mut counts: Vec<(u32, u32)> = Vec::new();
        for _ in 0..word()? {
            counts.push((word()?, word()?));
        }
        let ascending = counts.is_sorted_by(|a, b| a.0 < b.0);
        ascending.then(|| rows.push(counts))?;
    }
    Some((rows, bytes))
}

#[cfg(test)]
mod tests {
    use al_core::{MatrixColumn, Seed};

    use super::super::classes::ClassRows;
    use super::super::points::{GaussianData, KernelRows};
    use super::super::search::OF_VALUES;
    use super::*;

    #[test]
    fn bytes_are_the_processes_of_classes() {
        let rows: Vec<f32> = (0..40).map(|at| (at as f32 * 0.7).sin()).collect();
        let rows = KernelRows {
            values: &rows,
            counts: None,
        };
        for classes in [2_u32, 3] {
            let codes: Vec<u32> = (0..20).map(|row| row % classes).collect();
            let data = ClassRows {
                rows,
                columns: &[MatrixColumn::Numeric, MatrixColumn::Numeric],
                codes: &codes,
                classes: classes as usize,
                weights: &[1.0; 20],
                groups: &[],
            };
            let processes = ClassProcesses::fit(data, 3, Seed(1)).unwrap();
            let bytes = processes.to_bytes();
            assert!(ClassProcesses::are_in(&bytes));
            let read = ClassProcesses::from_bytes(&bytes).unwrap();
            assert_eq!(read.draws(rows, 0..3), processes.draws(rows, 0..3));
            assert_eq!(read.left_out(), processes.left_out());
            for cut in [4, 11, 40, bytes.len() / 2, bytes.len() - 1] {
                assert!(ClassProcesses::from_bytes(&bytes[..cut]).is_err(), "{cut}");
            }
        }
    }

    #[test]
    fn bytes_are_the_process() {
        let rows: Vec<f32> = (0..40).map(|at| (at as f32 * 0.7).sin()).collect();
        let values: Vec<f64> = rows
            .chunks_exact(2)
            .map(|row| f64::from(row[0] - row[1]))
            .collect();
        let mut counts = CountRows::default();
        (0..20_u32).for_each(|row| counts.push([(row % 7, 2), (50 + row % 3, 1)]));
        let plain = [MatrixColumn::Numeric, MatrixColumn::Numeric];
        let structured = [
            MatrixColumn::Structure { counted: 5 },
            MatrixColumn::Numeric,
        ];
        for (columns, counts) in [(plain, None), (structured, Some(&counts))] {
            let rows = KernelRows {
                values: &rows,
                counts,
            };
            let data = GaussianData {
                rows,
                columns: &columns,
                values: &values,
                weights: &[1.0; 20],
                effort: OF_VALUES,
                groups: &[],
            };
            let process = crate::gaussian::folded::fit(data, 3, Seed(1)).unwrap();
            let bytes = process.to_bytes();
            let read = GaussianProcess::from_bytes(&bytes).unwrap();
            assert_eq!(read.draws(rows, 0..3), process.draws(rows, 0..3));
            for cut in [0, 3, 40, bytes.len() / 2, bytes.len() - 1] {
                assert!(GaussianProcess::from_bytes(&bytes[..cut]).is_err(), "{cut}");
            }
        }
    }
}
