//! `gp`: a Gaussian process whose members are joint draws of its posterior.

use std::any::Any;
use std::sync::Arc;

use al_core::{MatrixColumn, Progress, Seed};

use crate::entry::{LearnerDoc, LearnerEntry};
use crate::gaussian::folded::fit;
use crate::gaussian::points::{GaussianData, KernelRows};
use crate::gaussian::process::GaussianProcess;
use crate::layout::{LearnerRows, RowLayout};
use crate::learner::{Bag, FitError, Labelled, Labels, Learner, LeftOut, LoadError, Model};

/// Registry entry.
pub(crate) const ENTRY: LearnerEntry = LearnerEntry {
    name: NAME,
    summary: "Gaussian process, exact up to 5000 rows",
    doc: LearnerDoc {
        method: "A Gaussian process with a Matérn 5/2 kernel that has a length scale per numeric \
            column, a factor per categorical column, a linear trend, and learned noise; for \
            molecules, a Tanimoto kernel on their counts beside it. \
            Hyperparameters maximise the marginal likelihood times priors that scale with the \
            number of columns, on at most 300 rows; numbers are taken as they are or by their \
            ranks, whichever explains more. All rows are used once: members are joint draws from \
            the posterior whose mean is its mean, and each row is also predicted without itself \
            in closed form.",
        cost: "O(n³) once, O(n·p) per candidate.",
        reference: "Rasmussen & Williams 2006; priors: Hvarfner, Hellsten & Nardi 2024; draws: \
            Wilson, Borovitskiy, Terenin, Mostowsky & Deisenroth 2020.",
        use_when: "For a smooth target with up to some 1500 rows, where it often errs least.",
        not_when: "Where the target jumps, or with more rows than that: each update re-fits it.",
    },
    reads: &[],
    regression: true,
    classification: false,
    make: |_| Box::new(Gp),
};

const NAME: &str = "gp";

/// Most rows: beyond, the covariance alone would take gigabytes.
const MOST_ROWS: usize = 5000;

struct Gp;

/// A draw of a process.
#[derive(Debug)]
struct GpDraw {
    process: Arc<GaussianProcess>,
    draw: usize,
}

fn process(models: &[Box<dyn Model>]) -> Option<&GaussianProcess> {
    let first: &dyn Any = models.first()?.as_ref();
    first
        .downcast_ref::<GpDraw>()
        .map(|draw| draw.process.as_ref())
}

fn kernel_rows<'a>(rows: &'a LearnerRows<'_>) -> KernelRows<'a> {
    KernelRows {
        values: &rows.values,
        counts: rows.counts.map(|counts| &counts.rows),
    }
}

fn draws_of(process: GaussianProcess) -> Vec<Box<dyn Model>> {
    let process = Arc::new(process);
    (0..process.members())
        .map(|draw| {
            let process = Arc::clone(&process);
            Box::new(GpDraw { process, draw }) as Box<dyn Model>
        })
        .collect()
}

impl Learner for Gp {
    fn layout(&self, _columns: &[MatrixColumn], _outputs: usize) -> RowLayout {
        RowLayout::Kernel
    }

    fn weighs_rows(&self) -> bool {
        true
    }

    fn resamples(&self) -> bool {
        false
    }

    fn fit(
        &self,
        data: &Labelled,
        bags: &[Bag],
        seed: Seed,
        progress: &dyn Progress,
    ) -> Result<Vec<Box<dyn Model>>, FitError> {
        let Labels::Values(values) = &data.y else {
            return Err(FitError::Task {
                learner: NAME,
                task: "classification",
                instead: "boosted, logistic, forest or tree",
            });
        };
        if values.len() > MOST_ROWS {
            return Err(FitError::TooManyRows {
                learner: NAME,
                most: MOST_ROWS,
                found: values.len(),
            });
        }
        let rows = RowLayout::Kernel.rows(&data.x);
        let weights: Vec<f64> = data
            .weights
            .iter()
            .map(|&weight| f64::from(weight))
            .collect();
        let data = GaussianData {
            rows: kernel_rows(&rows),
            columns: &data.x.columns,
            values,
            weights: &weights,
            groups: &data.groups,
        };
        let seed = seed.derive(NAME, 0);
        let process = fit(data, bags.len(), seed).ok_or(FitError::Library {
            learner: NAME,
            reason: "no hyperparameters explain the rows".to_owned(),
        })?;
        progress.advance(bags.len() as u64);
        Ok(draws_of(process))
    }

    fn draws(&self, models: &[Box<dyn Model>], rows: &LearnerRows<'_>) -> Vec<Vec<f32>> {
        let process = process(models).expect("a process predicts its own draws");
        process.draws(kernel_rows(rows), 0..process.members())
    }

    fn left_out(&self, models: &[Box<dyn Model>]) -> Option<Vec<LeftOut>> {
        let left_out = process(models)?.left_out().into_iter();
        Some(
            left_out
                .map(|(mean, variance)| LeftOut { mean, variance })
                .collect(),
        )
    }

    fn save(&self, models: &[Box<dyn Model>]) -> Vec<Vec<u8>> {
        // The first has everything.
        let mut parts: Vec<Vec<u8>> = models.iter().skip(1).map(|_| Vec::new()).collect();
        parts.insert(
            0,
            models
                .first()
                .map(|model| model.to_bytes())
                .unwrap_or_default(),
        );
        parts
    }

    fn load_all(&self, parts: &[Vec<u8>]) -> Result<Vec<Box<dyn Model>>, LoadError> {
        let process = read(parts.first().map(Vec::as_slice).unwrap_or_default())?;
        if process.members() != parts.len() {
            return Err(LoadError {
                learner: NAME,
                reason: format!(
                    "it has {} draws instead of {}",
                    process.members(),
                    parts.len()
                ),
            });
        }
        Ok(draws_of(process))
    }

    fn load(&self, bytes: &[u8]) -> Result<Box<dyn Model>, LoadError> {
        let process = Arc::new(read(bytes)?);
        Ok(Box::new(GpDraw { process, draw: 0 }))
    }
}

fn read(bytes: &[u8]) -> Result<GaussianProcess, LoadError> {
    GaussianProcess::from_bytes(bytes).map_err(|reason| LoadError {
        learner: NAME,
        reason,
    })
}

impl Model for GpDraw {
    fn predict(&self, rows: &LearnerRows<'_>) -> Vec<f32> {
        let mut draws = self
            .process
            .draws(kernel_rows(rows), self.draw..self.draw + 1);
        draws.pop().expect("one draw")
    }

    fn to_bytes(&self) -> Vec<u8> {
        self.process.to_bytes()
    }

    fn importance(&self) -> Vec<f64> {
        self.process.importance()
    }
}
